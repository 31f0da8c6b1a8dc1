package extractor

import (
	"context"
	"errors"
	"math"
	"testing"
)

func TestFinite(t *testing.T) {
	for n := range 11 {
		x := make([]float32, n)
		for i := range x {
			x[i] = []float32{0, -1, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32}[i%5]
		}
		if !Finite(x) {
			t.Errorf("%v: not finite", x)
		}
		for i := range x {
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				old := x[i]
				if x[i] = float32(v); Finite(x) {
					t.Errorf("%v: finite", x)
				}
				x[i] = old
			}
		}
	}
}

// A hotTrunk overflows on the pictures whose first pixel has one of some values.
type hotTrunk struct {
	meanTrunk
	output int
	hot    map[byte]float32 // what its output becomes
}

func (t *hotTrunk) Run(ctx context.Context, pixels []byte, n, h, w int, out [][]float32) error {
	if err := t.meanTrunk.Run(ctx, pixels, n, h, w, out); err != nil {
		return err
	}
	for i := range n {
		if v, ok := t.hot[pixels[3*i*h*w]]; ok {
			d := len(out[t.output]) / n
			out[t.output][i*d+d-1] = v
		}
	}
	return nil
}

// TestNotFiniteIsTheImages: an image that the trunk overflows on has an error,
// whatever the output, the batch and the view; the others are done.
func TestNotFiniteIsTheImages(t *testing.T) {
	d := folder(t, 12)
	want := collected(t, newExtractor(&meanTrunk{workers: 1, batch: 1}), d)
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, batch := range []int{1, 5} {
		for output := range 2 {
			trunk := &hotTrunk{meanTrunk{workers: 2, batch: batch}, output, map[byte]float32{3: nan, 7: inf}}
			e := newExtractor(&trunk.meanTrunk)
			e.Open = func(context.Context) (Trunk, error) { return trunk, nil }
			var failed []int
			err := e.Each(t.Context(), d, func(i int, o Outcome, computed []Features) error {
				var not *NotFiniteError
				if errors.As(o.Err, &not) {
					failed = append(failed, i)
					if not.Output != output || computed != nil || o.Key == ([32]byte{}) || o.Info.Width != crop || o.Cached {
						t.Errorf("batch %d: %+v, %+v, computed %v", batch, not, o, computed)
					}
				} else if o.Err != nil || len(computed) != 1 {
					t.Errorf("batch %d, image %d: %v, computed %v", batch, i, o.Err, computed)
				}
				return nil
			})
			if err != nil || len(failed) != 2 || failed[0] != 3 || failed[1] != 7 {
				t.Errorf("batch %d, output %d: %v failed (%v), want 3 and 7", batch, output, failed, err)
			}
			if p := e.Progress; p.Done.Load() != int64(len(want)) || p.Failed.Load() != 2 || p.Computed.Load() != 10 {
				t.Errorf("%d done, %d failed, %d computed", p.Done.Load(), p.Failed.Load(), p.Computed.Load())
			}
		}
	}
}

// TestNotFiniteView: what the trunk cannot do with one view of an image, it does
// not have for the image.
func TestNotFiniteView(t *testing.T) {
	e := newExtractor(nil)
	calls := 0
	trunk := &hotTrunk{meanTrunk{workers: 1, batch: 1}, 0, map[byte]float32{}}
	e.Open = func(context.Context) (Trunk, error) { return trunk, nil }
	e.Views, e.Workers = 2, 1
	e.Store = fakeStore{has: func(view int) bool {
		if calls++; view == 2 {
			for b := range 256 {
				trunk.hot[byte(b)] = float32(math.NaN())
			}
		}
		return false
	}}
	err := e.Each(t.Context(), folder(t, 1), func(_ int, o Outcome, computed []Features) error {
		var not *NotFiniteError
		if !errors.As(o.Err, &not) || not.View != 2 || computed != nil {
			t.Errorf("%v, computed %v", o.Err, computed)
		}
		return nil
	})
	if err != nil || calls != 3 {
		t.Errorf("%v, %d questions", err, calls)
	}
}

// BenchmarkFinite is what the check costs an image: some tenths of a microsecond
// beside the milliseconds of a trunk.
func BenchmarkFinite(b *testing.B) {
	x := make([]float32, 2048)
	for i := range x {
		x[i] = float32(i)
	}
	for b.Loop() {
		if !Finite(x) {
			b.Fatal("not finite")
		}
	}
}
