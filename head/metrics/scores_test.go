package metrics

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// golden reads a file that scripts/goldens/head.py made.
func golden(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "golden", "head", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// names is c labels.
func names(c int) []string {
	return []string{"ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"}[:c]
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v within %g", what, got, want, tolerance)
	}
}

func TestMetricsAreScikitLearns(t *testing.T) {
	var cases []struct {
		Classes                        int
		Y                              []int
		P                              []float64
		Accuracy, Balanced, ECE, Brier float64
		LogLoss                        float64 `json:"log_loss"`
		Precision, Recall, F1, AUC     []float64
		MacroAUC                       float64 `json:"macro_auc"`
		Support                        []int
		Confusion                      [][]int
		Top2, Top3                     float64
	}
	golden(t, "metrics.json", &cases)
	if len(cases) != 20 {
		t.Fatalf("%d problems", len(cases))
	}
	for _, c := range cases {
		r, err := Judge(names(c.Classes), c.Y, c.P, Options{})
		if err != nil {
			t.Fatal(err)
		}
		const tol = 1e-9
		near(t, "accuracy", r.Accuracy, c.Accuracy, tol)
		near(t, "balanced accuracy", r.Balanced, c.Balanced, tol)
		near(t, "log loss", r.LogLoss, c.LogLoss, tol)
		near(t, "Brier score", r.Brier, c.Brier, tol)
		near(t, "ECE", r.ECE, c.ECE, tol)
		near(t, "AUC", *r.AUC, c.MacroAUC, tol)
		for k, row := range r.Classes {
			near(t, "precision", row.Precision, c.Precision[k], tol)
			near(t, "recall", *row.Recall, c.Recall[k], tol)
			near(t, "F1", *row.F1, c.F1[k], tol)
			near(t, "AUC of a class", *row.AUC, c.AUC[k], tol)
			if row.Support != c.Support[k] {
				t.Errorf("support %d, want %d", row.Support, c.Support[k])
			}
			for j, n := range r.Confusion[k] {
				if n != c.Confusion[k][j] {
					t.Errorf("confusion[%d][%d] is %d, want %d", k, j, n, c.Confusion[k][j])
				}
			}
		}
		for _, top := range r.TopK {
			if want, ok := map[int]float64{1: c.Accuracy, 2: c.Top2, 3: c.Top3}[top.K]; ok {
				near(t, "top-k", top.Accuracy, want, tol)
			}
		}
	}
}

func TestIntervalsAndTestsAreSciPys(t *testing.T) {
	var want struct{ Wilson, Coin [][]float64 }
	golden(t, "tests.json", &want)
	for _, w := range want.Wilson {
		i := Wilson(int(w[0]), int(w[1]))
		near(t, "low", i.Low, w[2], 1e-12)
		near(t, "high", i.High, w[3], 1e-12)
	}
	for _, w := range want.Coin {
		near(t, "p", McNemar(int(w[0]), int(w[1])), w[2], 1e-12)
	}
}
