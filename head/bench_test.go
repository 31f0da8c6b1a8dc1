package head

import (
	"fmt"
	"testing"
)

// The default recipe on data of the size of hymenoptera.
func BenchmarkDefaultRecipe(b *testing.B) {
	d := problem(80, 244, 2048, 2, 1)
	for b.Loop() {
		if _, _, err := (RMSprop{}).Fit(b.Context(), d, names(2), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// Steps of RMSprop. 30 epochs over 100,000 rows are 93,750 of them with batches of 32.
func BenchmarkRMSpropStep(b *testing.B) {
	for _, s := range []struct{ rows, classes, batch int }{{3200, 2, 32}, {3200, 10, 32}, {3200, 100, 32}, {8192, 100, 1024}, {8192, 1000, 1024}} {
		b.Run(fmt.Sprintf("%dx%d", s.batch, s.classes), func(b *testing.B) {
			d, labels := problem(81, s.rows, 2048, s.classes, 1), make([]string, s.classes)
			for i := range labels {
				labels[i] = fmt.Sprint(i)
			}
			for b.Loop() {
				if _, _, err := (RMSprop{Epochs: 1, Batch: s.batch}).Fit(b.Context(), d, labels, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N*s.rows/s.batch), "ms/step")
		})
	}
}

// The whole sweep of C on data of the size of hymenoptera, and the fit that follows.
func BenchmarkSweep(b *testing.B) {
	d := problem(82, 244, 2048, 2, 1)
	for b.Loop() {
		if _, _, err := (LBFGS{}).Fit(b.Context(), d, names(2), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKNN(b *testing.B) {
	d := problem(83, 20000, 512, 10, 1)
	k, _, err := KNN{}.Fit(b.Context(), d, make([]string, 10), nil)
	if err != nil {
		b.Fatal(err)
	}
	p := make([]float64, 256*10)
	for b.Loop() {
		k.Predict(d.X[:256*512], p)
	}
}
