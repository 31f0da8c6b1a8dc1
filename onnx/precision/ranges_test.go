package precision

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// TestHistogram: counts survive widening and merging.
func TestHistogram(t *testing.T) {
	var a, b Histogram
	for i := range 1000 {
		a.Add([]float32{float32(i) / 1000, 0})
		b.Add([]float32{-float32(i) * 3})
	}
	if a.total() != 999 || b.total() != 999 || a.width != 1 || b.width != 4096 {
		t.Fatalf("%v values in ±%v, %v in ±%v", a.total(), a.width, b.total(), b.width)
	}
	a.merge(&b)
	if a.total() != 2*999 || a.Min != -2997 || a.Max != 0.999 || a.width != 4096 {
		t.Errorf("merged: %v values, %v…%v in ±%v", a.total(), a.Min, a.Max, a.width)
	}
	var c Histogram
	c.merge(&a)
	if c.count != a.count {
		t.Error("merged into an empty one: another histogram")
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if c.Add([]float32{float32(v)}) || c.total() != a.total() {
			t.Errorf("%v was counted", v)
		}
	}
}

// TestRanges: outliers count by minimum and maximum, and hardly otherwise.
func TestRanges(t *testing.T) {
	var h Histogram
	for i := range 300_000 {
		h.Add([]float32{float32(i%1000) / 1000, -float32(i%1000) / 2000})
	}
	h.Add([]float32{8, -8})
	for m, want := range map[Method]valueRange{MinMax: {-8, 8}, Percentile: {-0.5, 1}} {
		if r := m.rangeOf(&h); math.Abs(r.lo-want.lo) > 0.01 || math.Abs(r.hi-want.hi) > 0.01 {
			t.Errorf("%s: %v, want %v", m, r, want)
		}
	}
	if r := MSE.rangeOf(&h); !(r.hi < 4 && r.hi >= 1 && r.lo > -4 && r.lo <= -0.5) {
		t.Errorf("mse: %v", r)
	}
	var positive Histogram
	positive.Add([]float32{2, 3})
	for _, m := range Methods {
		r := m.rangeOf(&positive)
		if _, zero := r.scale(); r.lo != 0 || zero != 0 {
			t.Errorf("%s: %v of positive values, zero point %d", m, r, zero)
		}
		if scale, zero := m.rangeOf(new(Histogram)).scale(); scale != 1 || zero != 0 {
			t.Errorf("%s of nothing: scale %v, zero point %d", m, scale, zero)
		}
	}
	if _, err := ParseMethod("entropy"); err == nil {
		t.Error("method entropy is known")
	}
}

// TestSquaredError holds the estimate against errors that were really made.
func TestSquaredError(t *testing.T) {
	var h Histogram
	var values []float32
	for i := range 20_000 {
		values = append(values, float32(3*math.Sin(float64(i*i)+0.5)))
	}
	h.Add(values)
	for _, r := range []valueRange{{-3, 3}, {-1, 2}, {-0.2, 0.1}} {
		scale, zero := r.scale()
		sum := 0.0
		for _, v := range values {
			q := min(max(math.RoundToEven(float64(v)/float64(scale))+float64(zero), 0), 255)
			d := float64(v) - (q-float64(zero))*float64(scale)
			sum += d * d
		}
		if got := h.squaredError(r.lo, r.hi); math.Abs(got/sum-1) > 0.05 {
			t.Errorf("%v: estimated %g, made %g", r, got, sum)
		}
	}
}

func TestQuantiseWeights(t *testing.T) {
	w := widen(weights(4*5, 2))
	for i := range 5 {
		w[5+i] = 0 // a dead channel
	}
	bias := []float64{0.25, 0, -3, 1e9}
	q := quantiseWeights(w, bias, 0.01, 127)
	for i, v := range w {
		c := i / 5
		if d := math.Abs(v - float64(q.scale[c])*float64(q.weight[i])); d > 0.5001*float64(q.scale[c]) {
			t.Errorf("weight %d: %v became %v steps of %v", i, v, q.weight[i], q.scale[c])
		}
	}
	for c, b := range bias {
		if d := math.Abs(b - float64(q.products[c])*float64(q.bias[c])); d > 0.5001*float64(q.products[c])+1e-6*math.Abs(b) {
			t.Errorf("bias %d: %v became %v steps of %v", c, b, q.bias[c], q.products[c])
		}
	}
	if largest := slices.Max(q.weight[:5]); largest != 127 && slices.Min(q.weight[:5]) != -127 {
		t.Errorf("the first channel's weights are %v", q.weight[:5])
	}
}

// A table judges by what is kept, without running anything.
type table struct {
	network *Network
	cosine  func(kept int) float64 // of the method mse; others are worse
	noise   map[string]float64
	err     error
}

func (j table) Cosines(_ context.Context, m *onnx.Model) ([]float64, error) {
	kept := 0
	for _, n := range m.Graph.Nodes {
		if n.Op == "Conv" && m.Graph.Initializer(n.Inputs[1]) != nil {
			kept++
		}
	}
	return []float64{j.cosine(kept) + 0.01, j.cosine(kept) - 0.01}, j.err
}

func (j table) Noise(context.Context, *onnx.Model) ([]float64, error) {
	var list []float64
	for _, name := range j.network.Activations() {
		list = append(list, j.noise[name])
	}
	return list, j.err
}

func TestTune(t *testing.T) {
	n, calibration := measured(t, network(t, networks["plain"]))
	j := table{network: n, cosine: func(kept int) float64 { return 0.9 + 0.02*float64(kept) },
		noise: map[string]float64{"first.relu": 0.1, "one.relu": 0.5, "around": 0.2, "two": 0.3, "three": 0.1, "right": 0.9}}
	for name, c := range map[string]struct {
		o    TuneOptions
		kept []string
		n    int // trials
	}{
		"every method":      {TuneOptions{}, nil, 3},
		"one method":        {TuneOptions{Methods: []Method{MSE}}, nil, 1},
		"reached already":   {TuneOptions{Cosine: 0.9}, nil, 3},
		"two are kept":      {TuneOptions{Keep: 2}, []string{"right", "one.relu"}, 4},
		"until it suffices": {TuneOptions{Cosine: 0.93}, []string{"right", "one.relu"}, 5},
	} {
		trials, err := Tune(t.Context(), n, calibration, j, c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		last := trials[len(trials)-1]
		if len(trials) != c.n || !slices.Equal(last.Keep, c.kept) {
			t.Errorf("%s: %d trials, %q kept; want %d, %q", name, len(trials), last.Keep, c.n, c.kept)
		}
		if math.Abs(last.Mean()-j.cosine(len(c.kept))) > 1e-9 || last.Percent() != last.Cosines[0] {
			t.Errorf("%s: mean %v, 1st percentile %v", name, last.Mean(), last.Percent())
		}
	}
	if _, err := Tune(t.Context(), n, calibration, j, TuneOptions{Cosine: 0.99}); err == nil || !strings.Contains(err.Error(), "0.99 is wanted") {
		t.Errorf("a cosine that is not reached: %v", err)
	}
	j.err = errors.New("stop")
	if _, err := Tune(t.Context(), n, calibration, j, TuneOptions{}); !errors.Is(err, j.err) {
		t.Errorf("a judge that fails: %v", err)
	}
}
