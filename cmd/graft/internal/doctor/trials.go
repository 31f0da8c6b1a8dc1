package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx/ort"
)

// How long all trials take together beside what starting costs, how long one
// takes at least, and after which time one is given up.
const (
	trialTime   = 2 * time.Second
	leastTime   = 500 * time.Millisecond
	longestTime = 40 * time.Second
)

// Trial is how fast a device runs the trunk here.
type Trial struct {
	ort.Rate
	TimesFP32 float64 `json:"times_fp32,omitempty"` // against the CPU in fp32
}

// Trials are those of all devices that can be used, and what comes of them.
type Trials struct {
	Trials []Trial `json:"trials"`
	// Auto is the device that --device auto takes now, by precision; "" if none.
	Auto map[ort.Precision]string `json:"auto"`
	// NoInt8 says that there is no trunk in 8-bit integers to try.
	NoInt8 bool `json:"no_int8"`
}

// Try runs one trial: that of the options' device and precision.
func Try(ctx context.Context, o Options, d time.Duration) (ort.Rate, error) {
	f, err := o.Cache.Find(o.Trunk)
	if err != nil {
		return ort.Rate{}, err
	}
	return trunk.Trial{Trunk: f, Device: o.Device, Time: d}.Run(ctx)
}

// A candidate is a device, a precision and the trunk that is run on it.
type candidate struct {
	device    ort.Kind
	precision ort.Precision
	trunk     string
}

// candidates are what is worth trying of the devices that can be used. TensorRT
// is not: it spends minutes on an engine.
func (d *Diagnosis) candidates(f, int8 *trunk.File) (list []candidate) {
	for _, r := range d.Devices {
		k := ort.Kind(r.Device)
		if !r.Usable || k == ort.TensorRT {
			continue
		}
		list = append(list, candidate{k, ort.FP32, f.Path})
		if k == ort.OpenVINO && ort.HasBF16() {
			list = append(list, candidate{k, ort.BF16, f.Path})
		}
		if int8 != nil && (k == ort.CPU || k == ort.OpenVINO) {
			list = append(list, candidate{k, ort.INT8, int8.Path})
		}
	}
	return list
}

// try measures every candidate, each in a process of its own, since a process
// holds one ONNX Runtime, keeps the results for auto, and asks what that does now.
func (d *Diagnosis) try(ctx context.Context, o Options) error {
	f, err := o.Cache.Find(o.Trunk)
	if err != nil || o.Program == "" {
		return err
	}
	int8 := o.Cache.Int8Of(f)
	list := d.candidates(f, int8)
	each := max(trialTime/time.Duration(max(len(list), 1)), leastTime)
	var rates ort.Rates
	for _, c := range list {
		rate := o.tryElsewhere(ctx, c, each)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rate.Device, rate.Precision, rate.Library = c.device, c.precision, d.version(c.device)
		rates = append(rates, rate)
		if rate.Failed != "" {
			d.notUsable(c.device, rate.Failed)
		}
	}
	d.Trials = trialsOf(rates, int8 == nil)
	d.Trials.Auto = map[ort.Precision]string{}
	for _, p := range []ort.Precision{ort.FP32, ort.BF16, ort.INT8} {
		choice, err := ort.Choose(ort.Options{Library: o.Device.Library, Device: ort.Device{Kind: ort.Auto}, Precision: p, Rates: rates})
		if err == nil {
			d.Trials.Auto[p] = choice.Device.String()
		}
	}
	return o.Cache.KeepRates(rates)
}

// notUsable notes why a device cannot be used that seemed to be there.
func (d *Diagnosis) notUsable(k ort.Kind, reason string) {
	for i := range d.Devices {
		if r := &d.Devices[i]; r.Device == string(k) && k != ort.CPU {
			r.Usable, r.Reason = false, strings.TrimPrefix(reason, "a trial failed: ")
		}
	}
}

// version is that of a device's library.
func (d *Diagnosis) version(k ort.Kind) string {
	i := slices.IndexFunc(d.Devices, func(r Device) bool { return r.Device == string(k) })
	return d.Devices[i].Version
}

// trialsOf compares rates with the CPU's in fp32.
func trialsOf(rates ort.Rates, noInt8 bool) *Trials {
	t := &Trials{NoInt8: noInt8}
	reference, _ := rates.Of(ort.CPU, ort.FP32, "")
	for _, r := range rates {
		trial := Trial{Rate: r}
		if reference.Images > 0 {
			trial.TimesFP32 = r.Images / reference.Images
		}
		t.Trials = append(t.Trials, trial)
	}
	return t
}

// tryElsewhere has another process of this program run a trial.
func (o Options) tryElsewhere(ctx context.Context, c candidate, d time.Duration) ort.Rate {
	inTime, cancel := context.WithTimeout(ctx, longestTime)
	defer cancel()
	args := []string{"doctor", "--trial", d.String(), "--device", string(c.device), "--precision", string(c.precision), "--trunk", c.trunk}
	if o.Device.Library != "" {
		args = append(args, "--ort-lib", o.Device.Library)
	}
	cmd := exec.CommandContext(inTime, o.Program, args...)
	var said bytes.Buffer
	cmd.Stderr, cmd.Env = &said, os.Environ()
	out, err := cmd.Output()
	var rate ort.Rate
	if err == nil {
		err = json.Unmarshal(out, &rate)
	}
	switch {
	case errors.Is(inTime.Err(), context.DeadlineExceeded):
		rate.Failed = fmt.Sprintf("a trial did not end within %v", longestTime)
	case err != nil:
		rate.Failed = "a trial failed: " + reasonIn(said.String(), err)
	}
	return rate
}

// reasonIn is the reason in what another process of this program said: the last of
// its lines that is no hint, without the trunk and the device that it names; of
// one that said nothing, why it ended.
func reasonIn(said string, err error) string {
	reason := err.Error()
	for line := range strings.Lines(said) {
		if text, ok := strings.CutPrefix(line, "graft: "); ok && !strings.HasPrefix(text, "hint: ") {
			reason = strings.TrimSpace(text)
		}
	}
	if _, after, ok := strings.Cut(reason, ": device "); ok {
		_, reason, _ = strings.Cut(after, ": ")
	}
	return ui.OneLine(reason)
}

// adviseByTrials recommends what was measured to be faster, best first, and
// nothing else.
func (d *Diagnosis) adviseByTrials() {
	if d.Trials == nil {
		return
	}
	list := slices.Clone(d.Trials.Trials)
	slices.SortStableFunc(list, func(a, b Trial) int { return int(1000 * (b.TimesFP32 - a.TimesFP32)) })
	for _, t := range list {
		if t.TimesFP32 < ort.WorthIt {
			continue
		}
		var flags []string
		if t.Device != ort.CPU {
			flags = append(flags, "--device "+string(t.Device))
		}
		if t.Precision != ort.FP32 {
			flags = append(flags, "--precision "+string(t.Precision))
		}
		d.Advice = append(d.Advice, fmt.Sprintf("%s: %.1f times the speed of fp32 on the CPU, as measured just now", strings.Join(flags, " "), t.TimesFP32))
	}
}
