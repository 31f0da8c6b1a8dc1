package head_test

import (
	"context"
	"fmt"
	"log"

	"graft/head"
	"graft/head/metrics"
)

// flowers is rows of two features in memory: head.Data.
type flowers struct {
	x [][2]float32
	y []int
}

func (f flowers) Len() int        { return len(f.x) }
func (f flowers) Dim() int        { return 2 }
func (f flowers) Label(i int) int { return f.y[i] }
func (f flowers) Row(i int, dst []float32) error {
	copy(dst, f.x[i][:])
	return nil
}

// Train a head on four fifths of some rows in memory, and judge it on the others.
func Example() {
	labels := []string{"daisy", "poppy"}
	var data flowers
	for i := range 100 {
		class := i % 2
		data.x = append(data.x, [2]float32{float32(i%7) / 7, float32(class) + float32(i%5)/10})
		data.y = append(data.y, class)
	}
	in, out, err := head.HoldOut(data.y, labels, 0.2, 0)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	h, record, err := head.RMSprop{Rate: 0.01}.Fit(ctx, head.Subset(data, in), labels, nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := head.Evaluate(ctx, h, head.Subset(data, out), metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d epochs on %d rows\n", len(record.Epochs), record.Rows)
	fmt.Println(report)

	p := make([]float64, 2)
	h.Predict([]float32{0.5, 1.2}, p)
	fmt.Println(labels[metrics.Predictions(p, 2)[0]])
	// Output:
	// 30 epochs on 80 rows
	// 1.0000 (20/20), 95 % interval 0.839–1.000
	// poppy
}

// Compare solvers by cross-validation.
func ExampleCrossValidate() {
	labels := []string{"daisy", "poppy"}
	var data flowers
	for i := range 60 {
		data.x = append(data.x, [2]float32{float32(i % 2), float32(i%7) / 7})
		data.y = append(data.y, i%2)
	}
	for _, s := range []head.Solver{head.LBFGS{C: 1}, head.KNN{K: 5}} {
		v, err := head.CrossValidate(context.Background(), data, labels, s, head.FoldSettings{K: 5})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T: %.1f ± %.1f\n", s, v.Accuracy, v.Spread)
	}
	// Output:
	// head.LBFGS: 1.0 ± 0.0
	// head.KNN: 1.0 ± 0.0
}
