package head

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
)

func TestCosPi(t *testing.T) {
	for u := 0.0; u <= 1; u += 1.0 / 512 {
		near(t, "cos", cosPi(u), math.Cos(math.Pi*u), 1e-15)
	}
}

func TestRateFactor(t *testing.T) {
	s := RMSprop{Batch: 1024, Warmup: 2, Schedule: Cosine, LinearScaling: true}
	const perEpoch, steps = 10, 100
	for step, want := range map[int]float64{0: 32. / 20, 9: 16, 19: 32, 20: 32, 60: 16, 99: 16 * (1 - math.Cos(math.Pi/80))} {
		near(t, "factor", s.rateFactor(step, steps, perEpoch), want, 1e-12)
	}
	near(t, "the default", RMSprop{Batch: 32}.rateFactor(7, steps, perEpoch), 1, 0)
}

// The mean of the heads of the last epochs, against heads of fewer epochs.
func TestAverage(t *testing.T) {
	d := problem(95, 90, 24, 3, 1)
	fit := func(s RMSprop) *Head {
		p, _, err := s.Fit(t.Context(), d, names(3), nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.(*Head)
	}
	got := fit(RMSprop{Epochs: 4, Average: 2})
	third, fourth := fit(RMSprop{Epochs: 3}), fit(RMSprop{Epochs: 4})
	for i, w := range got.W {
		near(t, "weight", float64(w), (float64(third.W[i])+float64(fourth.W[i]))/2, 1e-8)
	}
	if (RMSprop{Average: 31}).Check() == nil || (RMSprop{Average: 2, EarlyStop: 1}).Check() == nil || (RMSprop{Schedule: "step"}).Check() == nil {
		t.Error("settings that make no sense pass the check")
	}
}

// An interrupt keeps the head of the last whole epoch.
func TestKeepOnInterrupt(t *testing.T) {
	d := problem(96, 90, 24, 3, 1)
	want, _, err := RMSprop{Epochs: 3}.Fit(t.Context(), d, names(3), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	s := RMSprop{Epochs: 9, KeepOnInterrupt: true, OnBatch: func(n int) {
		if rows += n; rows == 3*90+32 {
			cancel()
		}
	}}
	got, record, err := s.Fit(ctx, d, names(3), nil)
	if err != nil || !record.Interrupted || len(record.Epochs) != 3 {
		t.Fatalf("error %v, record %+v", err, record)
	}
	if !slices.Equal(got.(*Head).W, want.(*Head).W) {
		t.Error("the head is not that of three epochs")
	}
	rows = 3*90 + 32
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Fit(ctx, d, names(3), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted in the first epoch: error %v", err)
	}
}
