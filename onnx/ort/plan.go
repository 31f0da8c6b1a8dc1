package ort

import (
	"fmt"
	"strconv"
)

// defaultBatch is how many images an accelerator gets at once. Larger batches
// give GPUs little more and cost memory and patience.
const defaultBatch = 32

// A plan is how the session on one device is started.
type plan struct {
	options map[string]string // of the execution provider
	config  map[string]string // of the session
	threads int               // of one run, on the CPU; 0 leaves it to the provider
	index   int               // number of the device, for providers that want it apart
}

// plans gives the plan of each device, in order.
func plans(d Device, o Options, cores int) []plan {
	var list []plan
	for _, i := range d.indexes() {
		p := plan{index: i, options: providerOptions(d.kind(), i, o, cores), config: map[string]string{}}
		if d.kind() == CPU || d.kind() == OpenVINO {
			p.threads = 1
		}
		if d.kind() != CPU {
			p.config["session.disable_cpu_ep_fallback"] = "1" // works or fails
		}
		list = append(list, p)
	}
	return list
}

// providerOptions are the options of the execution provider for device number
// index of a kind.
func providerOptions(k Kind, index int, o Options, cores int) map[string]string {
	switch k {
	case CUDA:
		return cudaOptions(index, o)
	case TensorRT:
		return tensorRTOptions(index, o)
	case OpenVINO:
		return openVINOOptions(o.precision(), cores)
	case CoreML:
		return coreMLOptions(o.precision())
	case WebGPU:
		return map[string]string{"ep.webgpuexecutionprovider.preferredLayout": "NHWC"}
	}
	return nil
}

// cudaOptions follow what was measured: TF32 is on unless switched off, memory
// grows by powers of two unless told not to, and the search for algorithms runs
// for every new shape, which is why batches are padded to one size.
func cudaOptions(index int, o Options) map[string]string {
	options := map[string]string{
		"device_id":              strconv.Itoa(index),
		"use_tf32":               flag(o.precision() == TF32),
		"cudnn_conv_algo_search": string(o.search()),
		"arena_extend_strategy":  "kSameAsRequested",
		"prefer_nhwc":            "1",
	}
	if o.GPUMemory > 0 {
		options["gpu_mem_limit"] = strconv.FormatInt(o.GPUMemory, 10)
	}
	return options
}

func tensorRTOptions(index int, o Options) map[string]string {
	options := map[string]string{
		"device_id":       strconv.Itoa(index),
		"trt_fp16_enable": flag(o.precision() == FP16),
		"trt_bf16_enable": flag(o.precision() == BF16),
	}
	if o.EngineCache != "" {
		options["trt_engine_cache_enable"] = "1"
		options["trt_engine_cache_path"] = o.EngineCache
		options["trt_timing_cache_enable"] = "1"
	}
	if o.GPUMemory > 0 {
		options["trt_max_workspace_size"] = strconv.FormatInt(o.GPUMemory, 10)
	}
	return options
}

// openVINOOptions give every core a stream of its own, as graft's own runs on
// the CPU have. load_config is the JSON itself, not a path. The precision is
// always said, since OpenVINO would take bf16 by itself where there is AMX.
func openVINOOptions(p Precision, cores int) map[string]string {
	hint := "f32"
	if p == BF16 {
		hint = "bf16"
	}
	return map[string]string{
		"device_type":    "CPU",
		"num_streams":    strconv.Itoa(cores),
		"num_of_threads": strconv.Itoa(cores),
		"load_config":    fmt.Sprintf(`{"CPU":{"INFERENCE_PRECISION_HINT":%q}}`, hint),
	}
}

// coreMLOptions keep off the Neural Engine, which computes in float16, unless
// that was asked for.
func coreMLOptions(p Precision) map[string]string {
	units := "CPUAndGPU"
	if p == FP16 {
		units = "ALL"
	}
	return map[string]string{"ModelFormat": "MLProgram", "MLComputeUnits": units}
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// workersOf and batchOf are what [Session.Workers] and [Session.Batch] say.
func workersOf(d Device, cores int) int {
	switch d.kind() {
	case CPU:
		return cores
	case OpenVINO:
		return 2 * cores // one runs on each stream while another waits its turn
	}
	return len(d.indexes())
}

func batchOf(d Device, o Options) int {
	switch {
	case d.kind() == CPU || d.kind() == OpenVINO:
		return 1
	case o.Batch > 0:
		return o.Batch
	}
	return defaultBatch
}
