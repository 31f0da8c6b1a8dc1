package hints

import (
	"strings"
	"testing"

	"graft/onnx/ort"
)

// TestHintsFitThePlace: no hint names what is not there.
func TestHintsFitThePlace(t *testing.T) {
	checkout, archive := place{"linux", "amd64", false}, place{"linux", "arm64", true}
	windows, mac := place{"windows", "amd64", true}, place{"darwin", "arm64", true}
	missing := &ort.LibraryError{Flavour: ort.FlavourCPU}
	broken := &ort.LibraryError{Flavour: ort.FlavourCPU, Path: `C:\graft\onnxruntime.dll`}
	for want, text := range map[string]string{
		"scripts/setup installs ONNX Runtime 1.30.0; --ort-lib or":       checkout.ofLibrary(missing),
		"scripts/setup --openvino installs ONNX Runtime 1.24.1":          checkout.library(ort.FlavourOpenVINO),
		"unpack or install graft anew: ONNX Runtime 1.30.0":              archive.ofLibrary(missing),
		"there is no ready build of ONNX Runtime's flavour openvino for": archive.library(ort.FlavourOpenVINO),
		"Visual C++ Redistributable":                                     windows.ofLibrary(broken),
		"Python's package onnxruntime-openvino 1.24.1":                   windows.library(ort.FlavourOpenVINO),
		"Python's package onnxruntime 1.30.0":                            place{"windows", "amd64", false}.library(ort.FlavourCPU),
		"onnxruntime-directml":                                           windows.ofProvider(&ort.DeviceError{Device: ort.Device{Kind: ort.DirectML}}),
		"set %LocalAppData%":                                             windows.ofCache(),
		"brew install":                                                   mac.turboJPEG(),
		"beside graft.exe":                                               windows.turboJPEG(),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want it to say %q", text, want)
		}
	}
	for _, p := range []place{archive, windows, mac} {
		for _, f := range []ort.Flavour{ort.FlavourCPU, ort.FlavourCUDA, ort.FlavourOpenVINO, ort.FlavourWebGPU} {
			if text := p.library(f); strings.Contains(text, "scripts/") {
				t.Errorf("%+v: %q names a script that is not there", p, text)
			}
		}
		if text := p.cacheFolder("with more room"); strings.Contains(text, "XDG") != (p.system == "linux") {
			t.Errorf("%+v: %q", p, text)
		}
	}
}
