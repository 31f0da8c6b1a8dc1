package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	all := func() []Dependency {
		list := slices.Clone(cudaDependencies)
		for i := range list {
			list[i].Path = list[i].Name
		}
		return list
	}
	if list := missing(all()); len(list) > 0 {
		t.Errorf("nothing is missing, but %v", list)
	}
	for i, d := range cudaDependencies {
		list := all()
		list[i].Path = ""
		err := missingError(Device{Kind: CUDA}, missing(list))
		if !strings.HasPrefix(err.Reason, d.Name+" is missing") || len(err.Missing) != 1 || err.Missing[0].Package != d.Package {
			t.Errorf("%s: %+v", d.Name, err)
		}
		if driver := err.Problem == ProblemDriver; driver != d.Driver || driver != strings.Contains(err.Hint(), "install NVIDIA's driver") {
			t.Errorf("%s: problem %d, hint %q", d.Name, err.Problem, err.Hint())
		}
	}
	list := all()
	list[0].Path, list[3].Path = "", ""
	if m := missing(list); len(m) != 2 || m[0].Name != "libcuda.so.1" {
		t.Errorf("driver and toolkit are missing: %v, want the driver first", m)
	}
	list[0].Path, list[3].OpenError = "libcuda.so.1", "wrong ELF class"
	if err := missingError(Device{Kind: CUDA}, missing(list)); !strings.Contains(err.Reason, "cannot be opened: wrong ELF class") {
		t.Errorf("got %q", err.Reason)
	}
}

// TestDeviceErrorHint: what the system's packages install is said here, what
// else helps depends on how graft was installed.
func TestDeviceErrorHint(t *testing.T) {
	loader := []Dependency{{Name: "libvulkan.so.1", Package: "the Vulkan loader", System: true}}
	for want, e := range map[string]*DeviceError{
		"install the GPU's driver, or take another device": {Problem: ProblemDriver},
		"install the Vulkan loader":                        {Problem: ProblemDependency, Missing: loader},
		"":                                                 {Problem: ProblemDependency, Missing: cudaDependencies[3:]},
	} {
		if got := e.Hint(); got != want {
			t.Errorf("%+v: hint %q, want %q", e, got, want)
		}
	}
	for _, p := range []Problem{ProblemSystem, ProblemPrecision, ProblemWeights, ProblemProvider, ProblemStart} {
		if got := (&DeviceError{Problem: p}).Hint(); got != "" {
			t.Errorf("problem %d: hint %q", p, got)
		}
	}
}

// TestStartError: where WebGPU finds no GPU, that is what is said, and not where in
// ONNX Runtime it was found.
func TestStartError(t *testing.T) {
	const text = "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n"
	e := startError(Device{Kind: WebGPU}, errors.New(text))
	if e.Problem != ProblemDriver || !strings.HasPrefix(e.Error(), "device webgpu: no adapter: No supported adapters (") || e.Hint() == "" {
		t.Errorf("%v, hint %q", e, e.Hint())
	}
	if e := startError(Device{Kind: CUDA}, errors.New("out of memory")); e.Problem != ProblemStart || e.Reason != "out of memory" {
		t.Errorf("%+v", e)
	}
}

// TestChooseWithoutFlavours looks for devices in an empty cache.
func TestChooseWithoutFlavours(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the places and the libraries are Linux's")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv(LibraryVariable, "")
	for _, k := range []Kind{CUDA, TensorRT, OpenVINO, WebGPU} {
		_, err := Choose(Options{Device: Device{Kind: k}})
		var library *LibraryError
		if !errors.As(err, &library) || library.Flavour != k.Flavour() || library.Path != "" {
			t.Errorf("%s: error %v", k, err)
		}
	}
	for _, k := range []Kind{CoreML, DirectML} {
		_, err := Choose(Options{Device: Device{Kind: k}})
		var device *DeviceError
		if !errors.As(err, &device) || device.Problem != ProblemSystem || !strings.Contains(err.Error(), "is for ") {
			t.Errorf("%s: error %v", k, err)
		}
	}
	_, err := Choose(Options{Device: Device{Kind: Auto}, Precision: BF16})
	var device *DeviceError
	if !errors.As(err, &device) || len(device.Passed) != len(AutoOrder) || device.Precision != BF16 || !strings.Contains(err.Error(), "nothing here computes in bf16") || !strings.Contains(err.Error(), "cpu: cannot compute in bf16") {
		t.Errorf("auto in bf16: error %v", err)
	}
}

// TestAutoFallsThrough takes the CPU and says why not the others.
func TestAutoFallsThrough(t *testing.T) {
	found := Diagnose(Device{}, "")
	if found.Err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(found.Err)
		}
		t.Skipf("%v; scripts/setup installs it", found.Err)
	}
	path := found.Library
	cache := t.TempDir() // without other flavours
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(LibraryVariable, path)
	if runtime.GOOS == "linux" {
		c, err := Choose(Options{Device: Device{Kind: Auto}})
		if err != nil || c.Device.Kind != CPU || len(c.Passed) != len(AutoOrder)-1 || c.Library != path {
			t.Fatalf("got %+v, %v", c, err)
		}
		for i, p := range c.Passed {
			if p.Kind != AutoOrder[i] || p.Reason() == "" {
				t.Errorf("passed %+v at place %d", p, i)
			}
		}
	}
	g := Diagnose(Device{}, "")
	if g.Err != nil || !strings.HasPrefix(g.Version, "1.") || !g.hasProvider() {
		t.Errorf("diagnosis of the cpu: %+v", g)
	}
}

// TestProviderFileMissing copies the library without its provider.
func TestProviderFileMissing(t *testing.T) {
	g := Diagnosis{Device: Device{Kind: OpenVINO}, Library: filepath.Join(t.TempDir(), LibraryName())}
	if g.findMissingFiles(); runtime.GOOS == "linux" && len(g.MissingFiles) != 2 {
		t.Errorf("files that are missing: %q", g.MissingFiles)
	}
}

func TestTidy(t *testing.T) {
	for in, want := range map[string]string{
		"Error creating C session: [ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed to load model":                                                                                                               "Failed to load model",
		"/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1695 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library libx.so: no file": "Failed to load library libx.so: no file",
		"plain words": "plain words",
	} {
		if got := tidy(errors.New(in)).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
