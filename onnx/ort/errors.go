package ort

import "fmt"

// A Problem is the kind of reason for which a device cannot be used.
type Problem int

// The problems of devices.
const (
	ProblemSystem     Problem = iota + 1 // the kind does not exist on this operating system
	ProblemPrecision                     // it does not compute in the precision asked for
	ProblemWeights                       // it computes in what the model's weights are, and those are not float16
	ProblemDriver                        // the GPU's driver is not installed or not visible
	ProblemDependency                    // other shared libraries are missing or cannot be opened
	ProblemProvider                      // the ONNX Runtime at hand has no execution provider for it
	ProblemStart                         // everything is there, but the session did not start
)

// A DeviceError says why a device cannot be used.
type DeviceError struct {
	Device    Device
	Problem   Problem
	Reason    string       // in words
	Precision Precision    // that was asked for, for ProblemPrecision and ProblemWeights
	Missing   []Dependency // for ProblemDriver and ProblemDependency: the first is the one in Reason
	Passed    []Passed     // for ProblemPrecision of [Auto]: why none of the devices will do
}

// Error names the device and the reason.
func (e *DeviceError) Error() string { return "device " + e.Device.String() + ": " + e.Reason }

// Hint says what to install where that is the system's own package; "" where
// it depends on how graft and ONNX Runtime were installed.
func (e *DeviceError) Hint() string {
	switch {
	case e.Problem == ProblemDriver && len(e.Missing) == 0:
		return "install the GPU's driver, or take another device"
	case e.Problem == ProblemDriver:
		return "install " + e.Missing[0].Package + ", version 580 or newer (in a container: start it with access to the GPU)"
	case e.Problem == ProblemDependency && e.Missing[0].System:
		return "install " + e.Missing[0].Package
	}
	return ""
}

// missingError is about dependencies that are missing, at least one.
func missingError(d Device, list []Dependency) *DeviceError {
	e := &DeviceError{Device: d, Problem: ProblemDependency, Reason: list[0].reason(), Missing: list}
	if list[0].Driver {
		e.Problem = ProblemDriver
	}
	return e
}

// A LibraryError says why ONNX Runtime cannot be used.
type LibraryError struct {
	Path    string  // of the library; "" if none was found
	Flavour Flavour // that was wanted
	Found   string  // version of the library, "" if it could not be read
	Reason  string  // in words
}

// Error names the library and the reason.
func (e *LibraryError) Error() string {
	if e.Path == "" {
		return "ONNX Runtime: " + e.Reason
	}
	return fmt.Sprintf("ONNX Runtime %q: %s", e.Path, e.Reason)
}
