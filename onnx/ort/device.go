package ort

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Kind is a sort of device that ONNX Runtime can run a model on.
type Kind string

// The kinds of devices, by the names that people type.
const (
	Auto     Kind = "auto" // the first of [AutoOrder] that works
	CPU      Kind = "cpu"
	CUDA     Kind = "cuda"     // NVIDIA GPUs
	TensorRT Kind = "tensorrt" // NVIDIA GPUs, through TensorRT
	OpenVINO Kind = "openvino" // CPUs, through Intel's library
	CoreML   Kind = "coreml"   // Apple's GPUs and Neural Engine
	DirectML Kind = "directml" // any GPU under Windows
	WebGPU   Kind = "webgpu"   // any GPU with Vulkan, Metal or Direct3D
)

// Kinds lists every kind.
var Kinds = []Kind{Auto, CPU, CUDA, TensorRT, OpenVINO, CoreML, DirectML, WebGPU}

// AutoOrder is the order in which [Auto] tries the kinds: the fastest first, the
// CPU last. OpenVINO is taken for fp32, in which it is seldom faster than the
// CPU's own provider, and for int8 only if that was measured; TensorRT is never
// taken, since it spends minutes on building an engine.
var AutoOrder = []Kind{CUDA, CoreML, DirectML, WebGPU, OpenVINO, CPU}

// provider is the name of a kind's execution provider in ONNX Runtime.
func (k Kind) provider() string {
	return map[Kind]string{
		CPU: "CPUExecutionProvider", CUDA: "CUDAExecutionProvider", TensorRT: "TensorrtExecutionProvider",
		OpenVINO: "OpenVINOExecutionProvider", CoreML: "CoreMLExecutionProvider",
		DirectML: "DmlExecutionProvider", WebGPU: "WebGpuExecutionProvider",
	}[k]
}

// A Device is what runs a model. The zero value is the CPU.
type Device struct {
	Kind Kind
	// Index numbers the devices of the kind, from 0; nil means the first.
	// Several, for CUDA only, share the work.
	Index []int
}

// maxIndex is the largest number of a device: more GPUs than any machine has.
const maxIndex = 63

// ParseDevice reads a device as people write it: a kind, or for CUDA and
// TensorRT a kind and numbers, as in "cuda:1" and "cuda:0,2". "" is the CPU.
func ParseDevice(s string) (Device, error) {
	name, numbers, numbered := strings.Cut(s, ":")
	d := Device{Kind: Kind(name)}
	if s == "" {
		d.Kind = CPU
	}
	if !slices.Contains(Kinds, d.Kind) {
		return Device{}, fmt.Errorf("unknown device %q; known are %s", s, kindNames())
	}
	if !numbered {
		return d, nil
	}
	if d.Kind != CUDA && d.Kind != TensorRT {
		return Device{}, fmt.Errorf("device %q: only cuda and tensorrt take numbers", s)
	}
	for number := range strings.SplitSeq(numbers, ",") {
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 || i > maxIndex || slices.Contains(d.Index, i) {
			return Device{}, fmt.Errorf("device %q: %q is not the number of one more device", s, number)
		}
		d.Index = append(d.Index, i)
	}
	if d.Kind == TensorRT && len(d.Index) > 1 {
		return Device{}, fmt.Errorf("device %q: tensorrt runs on one device", s)
	}
	return d, nil
}

func kindNames() string {
	var names []string
	for _, k := range Kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// String returns the form that [ParseDevice] reads.
func (d Device) String() string {
	var numbers []string
	for _, i := range d.Index {
		numbers = append(numbers, strconv.Itoa(i))
	}
	kind := string(d.kind())
	if numbers == nil {
		return kind
	}
	return kind + ":" + strings.Join(numbers, ",")
}

func (d Device) kind() Kind {
	if d.Kind == "" {
		return CPU
	}
	return d.Kind
}

// indexes are the devices' numbers, at least one.
func (d Device) indexes() []int {
	if len(d.Index) == 0 {
		return []int{0}
	}
	return d.Index
}
