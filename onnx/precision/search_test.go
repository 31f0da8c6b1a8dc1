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

// A table evaluates by what is kept, without running anything.
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

func TestSearch(t *testing.T) {
	n, calibration := measured(t, network(t, networks["plain"]))
	j := table{network: n, cosine: func(kept int) float64 { return 0.9 + 0.02*float64(kept) },
		noise: map[string]float64{"first.relu": 0.1, "one.relu": 0.5, "around": 0.2, "two": 0.3, "three": 0.1, "right": 0.9}}
	for name, c := range map[string]struct {
		o    SearchOptions
		kept []string
		n    int // trials
	}{
		"every method":      {SearchOptions{}, nil, 3},
		"one method":        {SearchOptions{Methods: []Method{MSE}}, nil, 1},
		"reached already":   {SearchOptions{Cosine: 0.9}, nil, 3},
		"two are kept":      {SearchOptions{Keep: 2}, []string{"right", "one.relu"}, 4},
		"until it suffices": {SearchOptions{Cosine: 0.93}, []string{"right", "one.relu"}, 5},
	} {
		trials, err := Search(t.Context(), n, calibration, j, c.o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		last := trials[len(trials)-1]
		if len(trials) != c.n || !slices.Equal(last.Keep, c.kept) {
			t.Errorf("%s: %d trials, %q kept; want %d, %q", name, len(trials), last.Keep, c.n, c.kept)
		}
		if math.Abs(last.Mean()-j.cosine(len(c.kept))) > 1e-9 || last.Percentile1() != last.Cosines[0] {
			t.Errorf("%s: mean %v, 1st percentile %v", name, last.Mean(), last.Percentile1())
		}
	}
	if _, err := Search(t.Context(), n, calibration, j, SearchOptions{Cosine: 0.99}); err == nil || !strings.Contains(err.Error(), "0.99 is wanted") {
		t.Errorf("a cosine that is not reached: %v", err)
	}
	most := len(n.Convolutions())
	trials, err := Search(t.Context(), n, calibration, j, SearchOptions{Methods: []Method{MSE}, Keep: 2 * most})
	if err != nil || len(trials[len(trials)-1].Keep) != most {
		t.Errorf("more convolutions are to be kept than there are: %v", err)
	}
	if _, err := Search(t.Context(), n, calibration, j, SearchOptions{Keep: 2 * most, Cosine: 1.5}); err == nil {
		t.Error("no error, though no number of convolutions reaches the cosine")
	}
	j.err = errors.New("stop")
	if _, err := Search(t.Context(), n, calibration, j, SearchOptions{}); !errors.Is(err, j.err) {
		t.Errorf("an evaluator that fails: %v", err)
	}
}
