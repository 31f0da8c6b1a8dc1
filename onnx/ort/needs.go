package ort

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ebitengine/purego"
)

// A Need is a shared library that a device's provider needs.
type Need struct {
	Name    string // file name, as the loader looks for it
	Package string // what has it
	Driver  bool   // part of the GPU's driver, not of a toolkit
	System  bool   // installed by the system's packages, not by scripts/setup
	// Path is where it was found: a file, or the name alone if the system's
	// loader found it; "" if it is missing or cannot be opened.
	Path string
	// Problem says why it cannot be opened, "" if it can be or is missing.
	Problem string
}

// driverPackage is what has libcuda.so.1.
const driverPackage = "NVIDIA's driver"

// cudaNeeds are what the CUDA provider 1.30.0 links with, and what cuDNN opens
// by name when it is needed, each after what it needs itself.
var cudaNeeds = []Need{
	{Name: "libcuda.so.1", Package: driverPackage, Driver: true},
	{Name: "libcudart.so.13", Package: "nvidia-cuda-runtime"},
	{Name: "libnvrtc.so.13", Package: "nvidia-cuda-nvrtc"},
	{Name: "libcublasLt.so.13", Package: "nvidia-cublas"},
	{Name: "libcublas.so.13", Package: "nvidia-cublas"},
	{Name: "libcurand.so.10", Package: "nvidia-curand"},
	{Name: "libcudnn_graph.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn_ops.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn_cnn.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn_heuristic.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn_engines_precompiled.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn_engines_runtime_compiled.so.9", Package: "nvidia-cudnn-cu13"},
	{Name: "libcudnn.so.9", Package: "nvidia-cudnn-cu13"},
}

// needsOf lists what a kind of device needs beside ONNX Runtime on this system.
func needsOf(k Kind) []Need {
	switch {
	case runtime.GOOS != "linux":
		return nil
	case k == CUDA:
		return append([]Need{}, cudaNeeds...)
	case k == TensorRT:
		return append(append([]Need{}, cudaNeeds...),
			Need{Name: "libnvinfer.so.10", Package: "tensorrt-cu13"},
			Need{Name: "libnvonnxparser.so.10", Package: "tensorrt-cu13"})
	case k == WebGPU:
		return []Need{{Name: "libvulkan.so.1", Package: "the Vulkan loader (package libvulkan1, vulkan-loader or vulkan-icd-loader)", System: true}}
	}
	return nil
}

// providerFiles are the files beside the library that a kind of device needs.
func providerFiles(k Kind) []string {
	name := map[Kind]string{CUDA: "cuda", TensorRT: "tensorrt", OpenVINO: "openvino"}[k]
	if name == "" {
		return nil
	}
	return []string{"libonnxruntime_providers_shared.so", "libonnxruntime_providers_" + name + ".so"}
}

// usualPlaces are where toolkits are put, most particular first: beside ONNX
// Runtime (scripts/setup), beside it as wheels unpack, where the environment
// says, and where installers and distributions put them.
func usualPlaces(library string) []string {
	dir := filepath.Dir(library)
	list := []string{dir}
	for _, site := range []string{dir, filepath.Join(dir, "..", "..")} {
		list = append(list, filepath.Join(site, "nvidia", "cu13", "lib"), filepath.Join(site, "nvidia", "cudnn", "lib"), filepath.Join(site, "tensorrt_libs"))
	}
	for _, variable := range []string{"CUDA_HOME", "CUDA_PATH"} {
		if home := os.Getenv(variable); home != "" {
			list = append(list, filepath.Join(home, "lib64"))
		}
	}
	return append(list, "/usr/local/cuda-13/lib64", "/usr/local/cuda/lib64", "/opt/cuda/lib64",
		"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib")
}

// satisfy opens every library that is needed, so that ONNX Runtime's providers
// find them by name without any environment variable. They stay open. Unless all
// are asked for, it stops at a driver that is missing: without it the rest is of
// no use.
func satisfy(needs []Need, places []string, all bool) {
	for i := range needs {
		needs[i].open(places)
		if needs[i].Driver && needs[i].Path == "" && !all {
			return
		}
	}
}

// open looks in the places, but for the driver, which only the system's loader
// knows; then it leaves the search to that.
func (n *Need) open(places []string) {
	if !n.Driver {
		for _, dir := range places {
			path := filepath.Join(dir, n.Name)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			if _, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_GLOBAL); err == nil {
				n.Path, n.Problem = path, ""
				return
			} else if n.Problem == "" {
				n.Problem = err.Error()
			}
		}
	}
	// The name alone is for the loader: LD_LIBRARY_PATH, ld.so.cache.
	_, err := purego.Dlopen(n.Name, purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err == nil {
		n.Path, n.Problem = n.Name, ""
	} else if n.Problem == "" && !strings.HasPrefix(err.Error(), n.Name+": cannot open shared object file") {
		n.Problem = err.Error()
	}
}

// missing says what is wrong with the needs, and what to do; "" if nothing is.
// The driver goes first.
func missing(needs []Need, setup string) (reason, cure string) {
	for _, driver := range []bool{true, false} {
		for _, n := range needs {
			if n.Driver != driver || n.Path != "" {
				continue
			}
			reason = n.Name + " is missing"
			if n.Problem != "" {
				reason = n.Name + " cannot be opened: " + n.Problem
			}
			if driver {
				return reason + ": " + n.Package + " is not installed, or not visible here",
					"install " + n.Package + ", version 580 or newer (in a container: start it with access to the GPU)"
			}
			if n.System {
				return reason, "install " + n.Package
			}
			return reason, fmt.Sprintf("%s has it; %s installs it", n.Package, setup)
		}
	}
	return "", ""
}
