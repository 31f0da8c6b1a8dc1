package train_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/train"
)

// A folder of features is trained on, and the head is judged on the split val of
// it. The path of photographs, or of an archive of them, would do as well: their
// features are computed first.
func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	source := train.Source{Path: filepath.Join(dir, "features")}
	if err := madeUp(source.Path); err != nil {
		log.Fatal(err)
	}

	ctx, path := context.Background(), filepath.Join(dir, "head.onnx")
	fitted, err := train.Fit(ctx, train.FitOptions{Source: source, Solver: head.RMSprop{Epochs: 10}}, path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("trained on", fitted.Images, "images of", strings.Join(fitted.Labels, " and "))

	judged, err := train.Evaluate(ctx, train.EvaluateOptions{Source: source, Head: path})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d of %d are right, accuracy %.2f…%.2f\n",
		judged.Split, judged.Correct, judged.Report.Total, judged.Interval.Low, judged.Interval.High)
	// Output:
	// trained on 80 images of ants and bees
	// val: 20 of 20 are right, accuracy 0.84…1.00
}

// madeUp makes a folder of features of a hundred images that there are not, every
// fifth of which is to judge on.
func madeUp(dir string) error {
	const d = 16
	store, err := features.Open(dir, features.Meta{
		Trunk:     features.Trunk{Name: "made up", SHA256: strings.Repeat("0", 64), Tap: "features", Dim: d, Trained: true},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}, features.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	table := &features.Table{Root: dir, Scanned: time.Now()}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 100 {
		class := i % 2
		row := features.Row{ID: features.ID{Key: pixels.KeyOf(fmt.Append(nil, i))}, Features: make([]float32, d)}
		for j := range row.Features {
			row.Features[j] = random.Float32()
		}
		row.Features[class] += 2
		if err := store.Append(row); err != nil {
			return err
		}
		r := features.Record{Path: fmt.Sprintf("%d.jpg", i), Label: []string{"ants", "bees"}[class], Split: "train", Key: row.Key}
		if i%5 == 0 {
			r.Split = "val"
		}
		table.Records = append(table.Records, r)
	}
	return store.WriteTable("samples.arrow", table)
}
