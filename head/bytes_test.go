package head

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"graft/head/internal/headtest"
	"graft/head/internal/kernel"
)

// hashOf is a hash of the weights, biases and losses of a solver's predictor, and of what it predicts.
func hashOf(t *testing.T, s Solver, d headtest.Data, c int) string {
	labels := make([]string, c)
	for i := range labels {
		labels[i] = fmt.Sprint(i)
	}
	p, record, err := s.Fit(t.Context(), d, labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	if h, ok := p.(*Head); ok {
		binary.Write(sum, binary.LittleEndian, h.W)
		binary.Write(sum, binary.LittleEndian, h.B)
	}
	for _, e := range record.Epochs {
		binary.Write(sum, binary.LittleEndian, []float64{e.Loss, e.Accuracy})
	}
	binary.Write(sum, binary.LittleEndian, record.Objective)
	if l, ok := s.(LBFGS); ok && l.large {
		for _, r := range record.Sweep {
			binary.Write(sum, binary.LittleEndian, []float64{r.Accuracy, r.Loss})
		}
	}
	probs := make([]float64, 5*c)
	p.Predict(d.X[:5*d.D], probs)
	binary.Write(sum, binary.LittleEndian, probs)
	return fmt.Sprintf("%x", sum.Sum(nil)[:8])
}

// The same data and settings give the same bytes on any number of cores and with any instructions:
// those that are written here. A change of them is one that users of a seed will see.
func TestSameBytes(t *testing.T) {
	for name, c := range map[string]struct {
		s       Solver
		n, d, c int
		want    string // of any processor
	}{
		"two classes":  {RMSprop{Epochs: 3}, 244, 2048, 2, "dbd50aac8733d831"},
		"100 classes":  {RMSprop{Epochs: 2}, 500, 768, 100, "b4faa38a6f7efe02"},
		"large batch":  {RMSprop{Epochs: 2, Batch: 300, LabelSmoothing: 0.1}, 700, 256, 37, "4f47ea1ee7920c98"},
		"all settings": {RMSprop{Epochs: 2, Batch: 7, Centered: true, Momentum: 0.9, WeightDecay: 1e-3, Standardize: true, FeatureDropout: 0.3}, 300, 192, 11, "55445d562bc10200"},
		"odd width":    {RMSprop{Epochs: 2, Momentum: 0.9, FeatureDropout: 0.3, ClassWeights: ClassWeights{Auto: true}}, 301, 65, 7, "31e666ccca38bbdd"},
		"rates":        {RMSprop{Epochs: 2, RateAuto: true}, 300, 192, 5, "900a6121d1c287da"},
		"few rows":     {LBFGS{}, 61, 256, 3, "be170d35e80e5d44"},
		"lbfgs, two":   {LBFGS{}, 61, 256, 2, "556cbc0215f78c8d"},
		"many, two":    {LBFGS{C: 0.1}, 300, 131, 2, "3f1c8ff7f7905ddb"},
		"many rows":    {LBFGS{C: 0.1}, 700, 131, 20, "7dbf40bbaacfc9f5"},
		"large sweep":  {LBFGS{large: true, ClassWeights: ClassWeights{Auto: true}}, 305, 65, 5, "f20d8adcba32af27"},
		"knn":          {KNN{}, 300, 192, 5, "6c0565c12537abd2"},
	} {
		t.Run(name, func(t *testing.T) {
			data := problem(90, c.n, c.d, c.c, 1)
			for _, level := range kernel.Levels() {
				restore := kernel.Use(level)
				for _, cores := range []int{1, 2, 5} {
					before := runtime.GOMAXPROCS(cores)
					got := hashOf(t, c.s, data, c.c)
					runtime.GOMAXPROCS(before)
					if got != c.want {
						t.Errorf("%v, %d cores: hash %s, want %s", level, cores, got, c.want)
					}
				}
				restore()
			}
		})
	}
}
