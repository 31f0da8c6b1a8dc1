package predictions_test

import (
	"log"
	"os"

	"graft/head/predictions"
)

// Write what two photographs show, as csv, where less than a probability of 0.6 is unsure.
func Example() {
	rule := predictions.Rule{Unsure: "unsure", Least: 0.6}
	w, err := predictions.NewWriter("csv", os.Stdout, rule.Columns())
	if err != nil {
		log.Fatal(err)
	}
	labels := []string{"ants", "bees"}
	for _, photo := range []struct {
		path string
		p    []float64
	}{
		{"garden/1.jpg", []float64{0.03, 0.97}},
		{"garden/2.jpg", []float64{0.55, 0.45}},
	} {
		if err := w.Write(rule.Predict(photo.path, labels, photo.p)); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// path,label,probability,guess
	// garden/1.jpg,bees,0.970000,bees
	// garden/2.jpg,unsure,0.550000,ants
}
