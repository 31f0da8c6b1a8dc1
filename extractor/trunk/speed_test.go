package trunk

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/onnx"
	"graft/onnx/ort"
)

// A clock stands in for time: a run of a session moves it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// A session of this kind takes a time for each image and nothing else.
type paced struct {
	clock *clock
	image time.Duration
	runs  int
}

func (s *paced) Run(_ context.Context, _ []byte, n, _, _ int, _ [][]float32) error {
	s.clock.mu.Lock()
	defer s.clock.mu.Unlock()
	s.clock.at, s.runs = s.clock.at.Add(time.Duration(n)*s.image), s.runs+1
	return nil
}
func (s *paced) Workers() int { return 1 }
func (s *paced) Batch() int   { return 1 }
func (s *paced) Dims() []int  { return []int{4} }
func (s *paced) Close() error { return nil }

// measured is the rate that a trial finds of a session.
func measured(t *testing.T, image time.Duration) float64 {
	t.Helper()
	c := &clock{at: time.Unix(0, 0)}
	trial := Trial{Trunk: &File{Trunk: onnx.Trunk{Crop: 8}}, Time: 2 * time.Second, now: c.now}
	s := &paced{clock: c, image: image}
	rate, err := trial.measure(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if s.runs < 2 {
		t.Errorf("%d runs, want one that warms up and one that counts", s.runs)
	}
	return rate
}

// TestTrialDecides measures two CPUs with a stand-in clock: one on which bf16 runs
// at 0.6 times fp32 although it has instructions for it, and one on which it runs
// at 1.9 times. What auto does afterwards depends on that, and on nothing else.
func TestTrialDecides(t *testing.T) {
	if !ort.HasBF16() {
		t.Log("this CPU has no bf16 at all: the choice is made of rates alone")
	}
	for _, c := range []struct {
		fp32, bf16 time.Duration
		taken      bool
	}{
		{40 * time.Millisecond, 66667 * time.Microsecond, false},
		{40 * time.Millisecond, 21 * time.Millisecond, true},
		{30 * time.Second, 40 * time.Second, false}, // one image is the least
	} {
		cache := Cache{Dir: t.TempDir()}
		rates := ort.Rates{
			{Device: ort.CPU, Precision: ort.FP32, Library: ort.Version, Images: measured(t, c.fp32)},
			{Device: ort.OpenVINO, Precision: ort.BF16, Library: ort.FlavourOpenVINO.Version(), Images: measured(t, c.bf16)},
		}
		if want := 1 / c.fp32.Seconds(); math.Abs(rates[0].Images/want-1) > 1e-6 {
			t.Errorf("%v an image: %g images/s, want %g", c.fp32, rates[0].Images, want)
		}
		if err := cache.KeepRates(rates); err != nil {
			t.Fatal(err)
		}
		err := cache.Rates().Objection(ort.Choice{Device: ort.Device{Kind: ort.OpenVINO}, Precision: ort.BF16, Version: ort.FlavourOpenVINO.Version()})
		if (err == nil) != c.taken {
			t.Errorf("%v against %v: objection %v", c.bf16, c.fp32, err)
		}
		if err != nil && !strings.Contains(err.Error(), "no faster in bf16") {
			t.Errorf("it says %v", err)
		}
	}
}

// TestKeepRates: the last result of a device counts, others stay, and a damaged
// file is as none.
func TestKeepRates(t *testing.T) {
	c := Cache{Dir: t.TempDir()}
	if r := c.Rates(); len(r) != 0 {
		t.Errorf("of nothing: %v", r)
	}
	for _, r := range []ort.Rate{
		{Device: ort.CPU, Precision: ort.FP32, Library: "1", Images: 10},
		{Device: ort.CPU, Precision: ort.INT8, Library: "1", Images: 20},
		{Device: ort.CPU, Precision: ort.FP32, Library: "1", Images: 30},
		{Device: ort.CPU, Precision: ort.FP32, Library: "2", Images: 40},
	} {
		if err := c.KeepRates(ort.Rates{r}); err != nil {
			t.Fatal(err)
		}
	}
	rates := c.Rates()
	first, _ := rates.Of(ort.CPU, ort.FP32, "1")
	second, _ := rates.Of(ort.CPU, ort.FP32, "2")
	if len(rates) != 3 || first.Images != 30 || second.Images != 40 {
		t.Errorf("kept %v", rates)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, speedsName), []byte(`{"version": 1, "mach`), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := c.Rates(); len(r) != 0 {
		t.Errorf("of a damaged file: %v", r)
	}
}
