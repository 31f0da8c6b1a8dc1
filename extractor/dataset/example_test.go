package dataset_test

import (
	"context"
	"fmt"
	"log"

	"graft/extractor/dataset"
)

// A folder with a folder for each class in each split.
func ExampleScan() {
	d, err := dataset.Scan(context.Background(), "../../testdata/demo", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	fmt.Println(d.Splits, d.Classes)
	for _, c := range d.Labels("val") {
		fmt.Println(c.Name, c.N)
	}
	file, err := d.Read(d.Samples[0], nil)
	fmt.Println(d.Samples[0].Path, len(file) > 0, err)
	// Output:
	// [train val] [butterflies dragonflies ladybirds]
	// butterflies 24
	// dragonflies 24
	// ladybirds 24
	// train/butterflies/00.jpg true <nil>
}

// Photographs to predict, however they are given, in parts.
func ExampleFromPaths() {
	ctx := context.Background()
	paths, err := dataset.FromPaths(ctx, []string{"../../testdata/demo/val", "../../testdata/golden/pixels/exif6.jpg"}, dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(paths.Count, "photographs")
	n := 0
	for part, err := range paths.Parts(ctx, 5) {
		if err != nil {
			log.Fatal(err)
		}
		n += len(part.Samples)
	}
	fmt.Println(n, "of them in parts")
	// Output:
	// 73 photographs
	// 73 of them in parts
}
