package ort

import (
	"fmt"
	"strconv"
)

// defaultBatch is the number of images in a batch for an accelerator. Larger
// batches add little throughput on GPUs and cost memory and latency.
const defaultBatch = 32

// sessionSettings are the settings of the session on one device.
type sessionSettings struct {
	options map[string]string // of the execution provider
	config  map[string]string // of the session
	threads int               // of one run, on the CPU; 0 leaves it to the provider
	index   int               // number of the device, for providers that take it as an argument
}

// settingsOf returns the settings of each of the devices in d, in order.
func settingsOf(d Device, o Options, cores int) []sessionSettings {
	var list []sessionSettings
	for _, i := range d.indexes() {
		s := sessionSettings{index: i, options: providerOptions(d.kind(), i, o, cores), config: map[string]string{}}
		if d.kind() == CPU || d.kind() == OpenVINO {
			s.threads = 1
		}
		if d.kind() != CPU {
			s.config["session.disable_cpu_ep_fallback"] = "1" // all of the model, or an error
		}
		list = append(list, s)
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

// cudaOptions follow measurements: TF32 is on unless switched off, memory grows
// by powers of two unless kSameAsRequested is set, and the search for algorithms
// runs for every new shape, which is why batches are padded to one size.
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

// openVINOOptions set one stream for each core, as the runs on the CPU have.
// load_config is the JSON itself, not a path. The precision is always set, since
// OpenVINO takes bf16 by default where there is AMX.
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

// coreMLOptions exclude the Neural Engine, which computes in float16, unless p is
// FP16.
func coreMLOptions(p Precision) map[string]string {
	units := "CPUAndGPU"
	if p == FP16 {
		units = "ALL"
	}
	return map[string]string{"ModelFormat": "MLProgram", "MLComputeUnits": units}
}

// flag is a boolean provider option.
func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// workersOf is the value of [Session.Workers].
func workersOf(d Device, cores int) int {
	switch d.kind() {
	case CPU:
		return cores
	case OpenVINO:
		return 2 * cores // one runs on each stream while another waits for it
	}
	return len(d.indexes())
}

// batchOf is the value of [Session.Batch].
func batchOf(d Device, o Options) int {
	switch {
	case d.kind() == CPU || d.kind() == OpenVINO:
		return 1
	case o.Batch > 0:
		return o.Batch
	}
	return defaultBatch
}
