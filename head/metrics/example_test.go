package metrics_test

import (
	"fmt"
	"log"

	"graft/head/metrics"
)

// Judge the probabilities that a classifier gave to four rows of two classes.
func ExampleJudge() {
	labels := []string{"ants", "bees"}
	y := []int{0, 0, 1, 1}
	p := []float64{
		0.9, 0.1,
		0.6, 0.4,
		0.2, 0.8,
		0.7, 0.3,
	}
	report, err := metrics.Judge(labels, y, p, metrics.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	for _, c := range report.Confused {
		fmt.Printf("%d of %s taken for %s\n", c.Count, c.True, c.Predicted)
	}
	// Output:
	// 0.7500 (3/4), 95 % interval 0.301–0.954
	// 1 of bees taken for ants
}

// Compare two classifiers on the same rows: B is right on eight that A gets wrong.
func ExampleCompare() {
	y := make([]int, 20)
	a, b := make([]int, 20), make([]int, 20)
	for i := range 8 {
		a[i] = 1
	}
	c := metrics.Compare(y, a, b)
	fmt.Printf("A alone %d, B alone %d, p = %.4f\n", c.OnlyA, c.OnlyB, c.P)
	// Output:
	// A alone 0, B alone 8, p = 0.0078
}
