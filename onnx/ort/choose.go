package ort

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// A Choice is the device, precision and library that a session will use.
type Choice struct {
	Device    Device
	Precision Precision
	Library   string   // path of ONNX Runtime
	Version   string   // of it
	Measured  bool     // the speed of the device is among Options.Rates
	Passed    []Passed // by [Auto], in the order tried, before Device was taken
}

// Passed is a kind of device that [Auto] did not take.
type Passed struct {
	Kind Kind
	Err  error // why not, often a [*DeviceError] or a [*LibraryError]
}

// Reason is why not, in words, without the device's name.
func (p Passed) Reason() string {
	var device *DeviceError
	var library *LibraryError
	switch {
	case errors.As(p.Err, &device):
		return device.Reason
	case errors.As(p.Err, &library) && library.Path == "" && library.Flavour != FlavourCPU:
		return fmt.Sprintf("flavour %s is not installed", library.Flavour)
	case errors.As(p.Err, &library):
		return library.Reason
	}
	return p.Err.Error()
}

// Choose chooses the device and the library, without starting anything. An
// explicit device that cannot be used is an error, a [*DeviceError] or a
// [*LibraryError]; [Auto] takes the first of [AutoOrder] that can be used and was
// not measured to be slower than the CPU.
func Choose(o Options) (Choice, error) {
	p, err := ParsePrecision(string(o.Precision))
	if err != nil {
		return Choice{}, err
	}
	if o.Device.kind() != Auto {
		return choose(o, o.Device, p)
	}
	var passed []Passed
	for _, k := range AutoOrder {
		c, err := choose(o, Device{Kind: k}, p)
		if err == nil {
			err = o.Rates.Objection(c)
		}
		if err == nil {
			c.Passed = passed
			_, c.Measured = o.Rates.Of(k, p, c.Version)
			return c, nil
		}
		if k == CPU && p == FP32 {
			return Choice{}, err
		}
		passed = append(passed, Passed{k, err})
	}
	var why []string
	for _, p := range passed {
		why = append(why, fmt.Sprintf("%s: %s", p.Kind, p.Reason()))
	}
	return Choice{}, &DeviceError{Device: o.Device, Problem: ProblemPrecision, Precision: p, Passed: passed,
		Reason: fmt.Sprintf("nothing here computes in %s (%s)", p, strings.Join(why, "; "))}
}

// choose checks whether one device can be used.
func choose(o Options, d Device, p Precision) (Choice, error) {
	if !slices.Contains(Kinds, d.kind()) {
		return Choice{}, fmt.Errorf("unknown device %q; known are %s", d.Kind, kindNames())
	}
	if err := checkSystem(d); err != nil {
		return Choice{}, err
	}
	if err := checkPrecision(d.kind(), p); err != nil {
		return Choice{}, &DeviceError{Device: d, Problem: ProblemPrecision, Precision: p, Reason: err.Error()}
	}
	g, err := check(d, o.Library)
	if err != nil {
		return Choice{}, err
	}
	return Choice{Device: d, Precision: p, Library: g.Library, Version: g.Version}, nil
}

// cores is the number of concurrent runs on the CPU: that of Go's threads.
func cores() int { return runtime.GOMAXPROCS(0) }
