package ort

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	all := func() []Need {
		needs := append([]Need{}, cudaNeeds...)
		for i := range needs {
			needs[i].Path = needs[i].Name
		}
		return needs
	}
	if reason, _ := missing(all(), "setup"); reason != "" {
		t.Errorf("nothing is missing, but %q", reason)
	}
	for i, n := range cudaNeeds {
		needs := all()
		needs[i].Path = ""
		reason, cure := missing(needs, "scripts/setup --cuda")
		if !strings.HasPrefix(reason, n.Name+" is missing") || !strings.Contains(cure, n.Package) {
			t.Errorf("%s: %q, %q", n.Name, reason, cure)
		}
		if strings.Contains(cure, "scripts/setup --cuda") == n.Driver {
			t.Errorf("%s: a driver is no toolkit: %q", n.Name, cure)
		}
	}
	needs := all()
	needs[0].Path, needs[3].Path = "", ""
	if reason, _ := missing(needs, ""); !strings.HasPrefix(reason, "libcuda.so.1") {
		t.Errorf("driver and toolkit are missing: %q, want the driver", reason)
	}
	needs[0].Path, needs[3].Problem = "libcuda.so.1", "wrong ELF class"
	if reason, _ := missing(needs, ""); !strings.Contains(reason, "cannot be opened: wrong ELF class") {
		t.Errorf("got %q", reason)
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
		if !errors.As(err, &library) || !strings.Contains(library.Hint(), "scripts/setup --"+string(k.Flavour())) {
			t.Errorf("%s: error %v", k, err)
		}
	}
	for _, k := range []Kind{CoreML, DirectML} {
		_, err := Choose(Options{Device: Device{Kind: k}})
		var device *DeviceError
		if !errors.As(err, &device) || !strings.Contains(err.Error(), "is for ") {
			t.Errorf("%s: error %v", k, err)
		}
	}
	_, err := Choose(Options{Device: Device{Kind: Auto}, Precision: BF16})
	if err == nil || !strings.Contains(err.Error(), "nothing here computes in bf16") || !strings.Contains(err.Error(), "cpu: cannot compute in bf16") {
		t.Errorf("auto in bf16: error %v", err)
	}
}

// TestAutoFallsThrough takes the CPU and says why not the others.
func TestAutoFallsThrough(t *testing.T) {
	path, _, err := Load("")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("%v; scripts/setup installs it", err)
	}
	cache := t.TempDir() // without other flavours
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(LibraryVariable, path)
	if runtime.GOOS == "linux" {
		c, err := Choose(Options{Device: Device{Kind: Auto}})
		if err != nil || c.Device.Kind != CPU || len(c.Passed) != len(AutoOrder)-1 || c.Library != path {
			t.Fatalf("got %+v, %v", c, err)
		}
		for i, p := range c.Passed {
			if p.Kind != AutoOrder[i] || p.Reason == "" {
				t.Errorf("passed %+v at place %d", p, i)
			}
		}
	}
	g := Diagnose(Device{}, "")
	if g.Err != nil || !strings.HasPrefix(g.Version, "1.") || !g.offers() {
		t.Errorf("diagnosis of the cpu: %+v", g)
	}
}

// TestProviderFileMissing copies the library without its provider.
func TestProviderFileMissing(t *testing.T) {
	g := Diagnosis{Device: Device{Kind: OpenVINO}, Library: filepath.Join(t.TempDir(), LibraryName())}
	if g.lacks(); runtime.GOOS == "linux" && len(g.Files) != 2 {
		t.Errorf("files that are missing: %q", g.Files)
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
