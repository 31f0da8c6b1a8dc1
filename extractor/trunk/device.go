package trunk

import (
	"fmt"
	"strings"

	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/precision"
)

// A Device is what a trunk runs on, decided, and what of it changes the bits of
// features. The CPU in fp32 is the reference: it is not recorded, so that it
// needs no library to be found where everything is there already.
type Device struct {
	Options  ort.Options // with device, precision and library as they were decided
	Recorded Recorded
	Version  string // of ONNX Runtime; "" for the reference, which needs none to be found
	Note     string // what was decided of several, and why, for people; "" if nothing was
}

// Recorded is what of a device changes bits; the zero value is the CPU in fp32.
type Recorded struct {
	Device    string // kind
	Precision string
	Library   string // version of ONNX Runtime
	Options   string // of the device's provider
}

// A NotInt8Error says that a trunk in 8-bit integers was asked for and another is
// at hand.
type NotInt8Error struct{ Trunk string } // what it calls itself

// Error names the trunk.
func (e *NotInt8Error) Error() string {
	return fmt.Sprintf("the trunk %q does not compute in 8-bit integers", e.Trunk)
}

// DecideFor is Decide for a trunk, which must be in 8-bit integers if those are
// asked for.
func DecideFor(t onnx.Trunk, o ort.Options) (Device, error) {
	if o.Precision == ort.INT8 && t.Precision != precision.Int8 {
		return Device{Options: o}, &NotInt8Error{t.Name}
	}
	return Decide(o)
}

// Decide settles what a trunk runs on. A device that was asked for works or
// fails, ort.Auto takes the first that can be used and the note says why not
// those before it. 8-bit
// integers are in the trunk itself: what runs it computes the rest in fp32.
func Decide(o ort.Options) (Device, error) {
	if isReference(o) {
		return Device{Options: o}, nil
	}
	choice, err := ort.Choose(o)
	if err != nil {
		return Device{Options: o}, err
	}
	d := Device{Options: o}
	if o.Device.Kind == ort.Auto {
		d.Note = fmt.Sprintf("device auto takes %s%s", choice.Device, passedOver(choice))
	}
	d.Options.Device, d.Options.Precision, d.Options.Library, d.Version = choice.Device, choice.Precision, choice.Library, choice.Version
	if d.Options.Precision == ort.INT8 {
		d.Options.Precision = ort.FP32
	}
	if !isReference(d.Options) {
		d.Recorded = Recorded{
			Device: string(d.Options.Device.Kind), Precision: string(d.Options.Precision),
			Library: choice.Version, Options: d.Options.Recorded(),
		}
	}
	return d, nil
}

// passedOver says why auto did not take the devices before its choice.
func passedOver(choice ort.Choice) string {
	var why []string
	if !choice.Measured && choice.Device.Kind != ort.CPU {
		why = append(why, "its speed was not measured on this machine")
	}
	for _, p := range choice.Passed {
		why = append(why, fmt.Sprintf("%s: %s", p.Kind, p.Reason()))
	}
	if why == nil {
		return ""
	}
	return " (" + strings.Join(why, "; ") + ")"
}

// isReference reports whether options ask for the CPU in fp32.
func isReference(o ort.Options) bool {
	return (o.Device.Kind == ort.CPU || o.Device.Kind == "") && (o.Precision == ort.FP32 || o.Precision == "")
}
