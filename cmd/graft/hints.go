package main

import (
	"errors"

	"graft/onnx"
	"graft/onnx/ort"
)

// hintOf is what to do about an error: its own Hint, or what the flags and
// commands of graft can do about it; "" if nothing is known to help.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return hinted.Hint()
	}
	return hintFor(err)
}

// hintFor names the flags, commands and scripts that help where a library
// reports an error: it knows none of them.
func hintFor(err error) string {
	var library *ort.LibraryError
	var device *ort.DeviceError
	var trunk *onnx.NotTrunkError
	switch {
	case errors.As(err, &device):
		return deviceHint(device)
	case errors.As(err, &library):
		return setupOf(library.Flavour) + " installs ONNX Runtime " + library.Flavour.Version() + "; --ort-lib or $" + ort.LibraryVariable + " names another library"
	case errors.As(err, &trunk) && trunk.Importable:
		return `"graft trunk import" makes a trunk of it`
	}
	return ""
}

// deviceHint is what helps about a device that cannot be used.
func deviceHint(e *ort.DeviceError) string {
	flavour := e.Device.Kind.Flavour()
	switch e.Problem {
	case ort.ProblemPrecision:
		for _, p := range e.Passed {
			var library *ort.LibraryError
			if errors.As(p.Err, &library) && library.Path == "" {
				return setupOf(library.Flavour) + " installs ONNX Runtime for " + string(p.Kind)
			}
		}
		return "take another --precision or --device"
	case ort.ProblemWeights:
		return `"graft trunk convert TRUNK --dtype fp16 --out FILE" makes such a trunk`
	case ort.ProblemDependency:
		return e.Missing[0].Package + " has it; " + setupOf(flavour) + " installs it"
	case ort.ProblemProvider:
		return "use the library that " + setupOf(flavour) + " installs"
	case ort.ProblemStart:
		return `"graft doctor" says what it needs; --device cpu works everywhere`
	}
	return ""
}

// setupOf is the command that installs a flavour of ONNX Runtime.
func setupOf(f ort.Flavour) string {
	if f == ort.FlavourCPU {
		return "scripts/setup"
	}
	return "scripts/setup --" + string(f)
}
