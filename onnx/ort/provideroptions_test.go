package ort

import (
	"maps"
	"testing"
)

func TestSessionSettings(t *testing.T) {
	fails := map[string]string{"session.disable_cpu_ep_fallback": "1"}
	cuda := func(change map[string]string) map[string]string {
		o := map[string]string{"device_id": "0", "use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC",
			"arena_extend_strategy": "kSameAsRequested", "prefer_nhwc": "1"}
		maps.Copy(o, change)
		return o
	}
	openVINO := func(hint string) map[string]string {
		return map[string]string{"device_type": "CPU", "num_streams": "4", "num_of_threads": "4",
			"load_config": `{"CPU":{"INFERENCE_PRECISION_HINT":"` + hint + `"}}`}
	}
	for name, c := range map[string]struct {
		device  string
		o       Options
		want    []map[string]string
		threads int
		workers int
		batch   int
	}{
		"cpu":           {"cpu", Options{Batch: 8}, []map[string]string{nil}, 1, 4, 1},
		"cuda":          {"cuda", Options{}, []map[string]string{cuda(nil)}, 0, 1, 32},
		"cuda tf32":     {"cuda:1", Options{Precision: TF32, Batch: 8}, []map[string]string{cuda(map[string]string{"device_id": "1", "use_tf32": "1"})}, 0, 1, 8},
		"cuda memory":   {"cuda", Options{GPUMemory: 1 << 30, Search: Exhaustive}, []map[string]string{cuda(map[string]string{"gpu_mem_limit": "1073741824", "cudnn_conv_algo_search": "EXHAUSTIVE"})}, 0, 1, 32},
		"two GPUs":      {"cuda:0,2", Options{}, []map[string]string{cuda(nil), cuda(map[string]string{"device_id": "2"})}, 0, 2, 32},
		"tensorrt":      {"tensorrt", Options{Precision: FP16}, []map[string]string{{"device_id": "0", "trt_fp16_enable": "1", "trt_bf16_enable": "0"}}, 0, 1, 32},
		"openvino":      {"openvino", Options{}, []map[string]string{openVINO("f32")}, 1, 8, 1},
		"openvino bf16": {"openvino", Options{Precision: BF16}, []map[string]string{openVINO("bf16")}, 1, 8, 1},
		"coreml":        {"coreml", Options{}, []map[string]string{{"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"}}, 0, 1, 32},
		"directml":      {"directml", Options{}, []map[string]string{nil}, 0, 1, 32},
		"webgpu":        {"webgpu", Options{}, []map[string]string{{"ep.webgpuexecutionprovider.preferredLayout": "NHWC"}}, 0, 1, 32},
	} {
		d, err := ParseDevice(c.device)
		if err != nil {
			t.Fatal(err)
		}
		got := settingsOf(d, c.o, 4)
		if len(got) != len(c.want) {
			t.Fatalf("%s: %d settings, want %d", name, len(got), len(c.want))
		}
		for i, p := range got {
			if !maps.Equal(p.options, c.want[i]) || p.threads != c.threads {
				t.Errorf("%s: options %v on %d threads, want %v on %d", name, p.options, p.threads, c.want[i], c.threads)
			}
			if d.Kind != CPU && !maps.Equal(p.config, fails) || d.Kind == CPU && len(p.config) > 0 {
				t.Errorf("%s: config %v", name, p.config)
			}
		}
		if w, b := workersOf(d, 4), batchOf(d, c.o); w != c.workers || b != c.batch {
			t.Errorf("%s: %d workers, batch %d; want %d and %d", name, w, b, c.workers, c.batch)
		}
	}
}

func TestRecorded(t *testing.T) {
	for want, o := range map[string]Options{
		"":                    {Device: Device{Kind: OpenVINO}, Batch: 8},
		"batch 32, heuristic": {Device: Device{Kind: CUDA}},
		"batch 8, exhaustive": {Device: Device{Kind: CUDA}, Batch: 8, Search: Exhaustive},
		"batch 32":            {Device: Device{Kind: TensorRT}},
	} {
		if got := o.Recorded(); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, o := range []Options{{Batch: -1}, {GPUMemory: -1}, {Search: "FAST"}} {
		if o.validate() == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
