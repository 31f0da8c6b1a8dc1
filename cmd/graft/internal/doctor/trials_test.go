package doctor

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"graft/onnx/ort"
)

// TestAdviceIsMeasured: what is faster is recommended with how much, what is
// slower or was not measured is not, whatever instructions the CPU has.
func TestAdviceIsMeasured(t *testing.T) {
	rates := func(bf16 float64) ort.Rates {
		return ort.Rates{
			{Device: ort.CPU, Precision: ort.FP32, Library: ort.Version, Images: 25},
			{Device: ort.OpenVINO, Precision: ort.BF16, Library: "1.24.1", Images: bf16},
			{Device: ort.WebGPU, Precision: ort.FP32, Library: ort.Version, Failed: "a trial did not end within 40s"},
		}
	}
	for _, c := range []struct {
		name   string
		trials *Trials
		advice string // "" = none
		print  string
	}{
		{"slower", trialsOf(rates(15), true), "", "15.0 images/s, 0.60 × fp32 on the CPU"},
		{"faster", trialsOf(rates(47.5), true), "--device openvino --precision bf16: 1.9 times the speed", "47.5 images/s, 1.90 ×"},
		{"by chance", trialsOf(rates(27), true), "", "27.0 images/s, 1.08 ×"},
		{"not measured", nil, "", ""},
	} {
		d := &Diagnosis{Trials: c.trials, Devices: []Device{{Device: "openvino", Usable: true}}}
		d.advise()
		if got := strings.Join(d.Advice, "\n"); !strings.Contains(got, c.advice) || c.advice == "" && got != "" {
			t.Errorf("%s: advice %q, want %q", c.name, got, c.advice)
		}
		var b bytes.Buffer
		Print(&b, d)
		if !strings.Contains(b.String(), c.print) {
			t.Errorf("%s: no %q in\n%s", c.name, c.print, &b)
		}
	}
}

// TestReasonIn takes the reason out of what another process said.
func TestReasonIn(t *testing.T) {
	err := errors.New("exit status 1")
	for said, want := range map[string]string{
		"": "exit status 1",
		"Warning: of a driver\ngraft: trunk \"x\": a note\ngraft: trunk \"x\": device webgpu: no adapter: none\ngraft: hint: take another\n": "no adapter: none",
		"graft: there is no trunk yet\n": "there is no trunk yet",
	} {
		if got := reasonIn(said, err); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}
