package ort

import (
	"errors"
	"fmt"
	"slices"
)

// A Rate is what a device was measured to do on this machine. It marshals to
// JSON; the names of the fields are kept stable.
type Rate struct {
	Device    Kind      `json:"device"`
	Precision Precision `json:"precision"`
	Library   string    `json:"library"`           // version of ONNX Runtime
	Images    float64   `json:"images_per_second"` // on all cores, from pixels to features; 0 if it failed
	Failed    string    `json:"failed,omitempty"`  // why there is no rate
}

// Rates are the results of a trial.
type Rates []Rate

// Of is the rate of a kind of device in a precision, with any version of the
// library if version is "".
func (r Rates) Of(k Kind, p Precision, version string) (Rate, bool) {
	i := slices.IndexFunc(r, func(r Rate) bool {
		return r.Device == k && r.Precision == p && (version == "" || r.Library == version)
	})
	if i < 0 {
		return Rate{}, false
	}
	return r[i], true
}

// WorthIt is how many times as fast as the CPU in fp32 something must be measured
// before it is recommended: less may be chance.
const WorthIt = 1.2

// Objection is why [Auto] does not take a device that can be used, or nil: that
// it was measured to be no faster than what there is without it. OpenVINO, which
// runs on the CPU as well, is taken for more than bf16 only if it was measured to
// be worth it.
func (r Rates) Objection(c Choice) error {
	k, p := c.Device.kind(), c.Precision
	than := FP32
	if p == INT8 {
		than = INT8
	}
	if k == CPU {
		return nil
	}
	rate, measured := r.Of(k, p, c.Version)
	cpu, known := r.Of(CPU, than, "")
	switch {
	case k == OpenVINO && p == FP32 && !(measured && known && rate.Images >= WorthIt*cpu.Images):
		return errors.New("is no faster than the CPU by itself in fp32")
	case !measured && k == OpenVINO && p == INT8:
		return errors.New("its speed was not measured on this machine")
	case measured && rate.Failed != "":
		return errors.New(rate.Failed)
	case measured && known && cpu.Images > 0 && rate.Images <= cpu.Images:
		return fmt.Errorf("is no faster in %s than the CPU in %s here: %.3g against %.3g images/s", p, than, rate.Images, cpu.Images)
	}
	return nil
}
