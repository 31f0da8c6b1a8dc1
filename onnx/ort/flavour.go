package ort

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// A Flavour is a build of ONNX Runtime. A process can load one, so the device
// decides the flavour.
type Flavour string

// The flavours that graft knows.
const (
	FlavourCPU      Flavour = "cpu"
	FlavourCUDA     Flavour = "cuda"
	FlavourOpenVINO Flavour = "openvino"
	FlavourWebGPU   Flavour = "webgpu"
)

// Flavour is the build that a kind of device needs. Builds for Apple's and
// Microsoft's systems have Core ML and DirectML inside.
func (k Kind) Flavour() Flavour {
	switch k {
	case CUDA, TensorRT:
		return FlavourCUDA
	case OpenVINO:
		return FlavourOpenVINO
	case WebGPU:
		return FlavourWebGPU
	}
	return FlavourCPU
}

// Version is the version of ONNX Runtime in the flavour.
func (f Flavour) Version() string {
	if f == FlavourOpenVINO {
		return "1.24.1"
	}
	return Version
}

// Dir is the folder in the cache that the flavour is installed in:
// <user cache>/graft/onnxruntime/<flavour>-<version>.
func (f Flavour) Dir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache: %w", err)
	}
	return filepath.Join(cache, "graft", "onnxruntime", string(f)+"-"+f.Version()), nil
}

// installed is the path of the flavour's library in the cache, "" if it is not
// there.
func (f Flavour) installed() string {
	dir, err := f.Dir()
	if err != nil {
		return ""
	}
	return libraryIn(dir)
}

// LibraryName is the file name of the library on this system.
func LibraryName() string {
	switch runtime.GOOS {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime.dylib"
	}
	return "libonnxruntime.so"
}

// libraryNames are those that the library may have on this system, LibraryName
// first.
func libraryNames() []string {
	switch runtime.GOOS {
	case "windows":
		return []string{LibraryName()}
	case "darwin":
		return []string{LibraryName(), "libonnxruntime." + Version + ".dylib", "libonnxruntime.1.dylib"}
	}
	return []string{LibraryName(), "libonnxruntime.so." + Version, "libonnxruntime.so.1"}
}
