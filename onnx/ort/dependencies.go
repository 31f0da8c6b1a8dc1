package ort

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A Dependency is a shared library that a device's execution provider needs.
type Dependency struct {
	Name    string // file name, as the loader looks for it
	Package string // that provides it
	Driver  bool   // part of the GPU's driver, not of a toolkit
	System  bool   // comes with the system's packages, not with a flavour of ONNX Runtime
	// Path is where it was found: a file, or the name alone if the system's
	// loader found it; "" if it is missing or cannot be opened.
	Path string
	// OpenError says why it cannot be opened, "" if it can be or is missing.
	OpenError string
}

// driverPackage provides libcuda.so.1.
const driverPackage = "NVIDIA's driver"

// cudaDependencies are what the CUDA provider 1.30.0 links with, and what cuDNN
// opens by name when it is needed, each after its own dependencies.
var cudaDependencies = []Dependency{
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

// dependenciesOf lists what a kind of device needs beside ONNX Runtime on this
// system.
func dependenciesOf(k Kind) []Dependency {
	switch {
	case runtime.GOOS != "linux":
		return nil
	case k == CUDA:
		return slices.Clone(cudaDependencies)
	case k == TensorRT:
		return append(slices.Clone(cudaDependencies),
			Dependency{Name: "libnvinfer.so.10", Package: "tensorrt-cu13"},
			Dependency{Name: "libnvonnxparser.so.10", Package: "tensorrt-cu13"})
	case k == WebGPU:
		return []Dependency{{Name: "libvulkan.so.1", Package: "the Vulkan loader (package libvulkan1, vulkan-loader or vulkan-icd-loader)", System: true}}
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

// searchPath lists the folders that toolkits are installed in, most particular
// first: beside ONNX Runtime, beside it as wheels unpack, where the environment
// says, and where installers and distributions put them.
func searchPath(library string) []string {
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

// loadAll opens every dependency, so that ONNX Runtime's providers find them
// by name without any environment variable. They stay open.
func loadAll(dependencies []Dependency, dirs []string) {
	for i := range dependencies {
		dependencies[i].open(dirs)
	}
}

// loadUntilDriver does the same, but stops at a driver that is missing: without
// it the rest is of no use.
func loadUntilDriver(dependencies []Dependency, dirs []string) {
	for i := range dependencies {
		dependencies[i].open(dirs)
		if dependencies[i].Driver && dependencies[i].Path == "" {
			return
		}
	}
}

// open looks in dirs, but for the driver, which only the system's loader knows;
// then it leaves the search to that.
func (d *Dependency) open(dirs []string) {
	if !d.Driver {
		for _, dir := range dirs {
			path := filepath.Join(dir, d.Name)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			if _, err := openDependency(path); err == nil {
				d.Path, d.OpenError = path, ""
				return
			} else if d.OpenError == "" {
				d.OpenError = err.Error()
			}
		}
	}
	// The name alone is for the loader: LD_LIBRARY_PATH, ld.so.cache.
	_, err := openDependency(d.Name)
	if err == nil {
		d.Path, d.OpenError = d.Name, ""
	} else if d.OpenError == "" && !strings.HasPrefix(err.Error(), d.Name+": cannot open shared object file") {
		d.OpenError = err.Error()
	}
}

// missing returns the dependencies that were not found or cannot be opened, the
// driver first.
func missing(dependencies []Dependency) (list []Dependency) {
	for _, driver := range []bool{true, false} {
		for _, d := range dependencies {
			if d.Driver == driver && d.Path == "" {
				list = append(list, d)
			}
		}
	}
	return list
}

// reason says what is wrong with a dependency that is missing.
func (d Dependency) reason() string {
	reason := d.Name + " is missing"
	if d.OpenError != "" {
		reason = d.Name + " cannot be opened: " + d.OpenError
	}
	if d.Driver {
		reason += ": " + d.Package + " is not installed, or not visible here"
	}
	return reason
}
