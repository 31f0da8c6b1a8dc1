package features_test

import (
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

// Features of two photographs are written, and read again with their labels.
func Example() {
	dir, err := os.MkdirTemp("", "features")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	meta := features.Meta{
		Trunk:     features.Trunk{Name: "tiny", SHA256: strings.Repeat("0", 64), Tap: "features", Dim: 3},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}
	store, err := features.Open(dir, meta, features.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	ant, bee := pixels.KeyOf([]byte("ant.jpg's content")), pixels.KeyOf([]byte("bee.jpg's content"))
	err = store.Append(
		features.Row{ID: features.ID{Key: ant}, Features: []float32{1, 2, 3}},
		features.Row{ID: features.ID{Key: bee}, Features: []float32{4, 5, 6}},
	)
	if err != nil {
		log.Fatal(err)
	}
	err = store.WriteTable(features.SamplesTable, &features.Table{Root: "/photographs", Scanned: time.Now(), Records: []features.Record{
		{Path: "ants/ant.jpg", Label: "ants", Key: ant},
		{Path: "bees/bee.jpg", Label: "bees", Key: bee},
		{Path: "bees/broken.jpg", Label: "bees", Error: "JPEG is truncated"},
	}})
	if err != nil {
		log.Fatal(err)
	}

	table, err := store.ReadTable(features.SamplesTable)
	if err != nil {
		log.Fatal(err)
	}
	set, err := store.Set(table)
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float32, set.Dim())
	for i := range set.Len() {
		if err := set.Row(i, x); err != nil {
			log.Fatal(err)
		}
		fmt.Println(set.Records[i].Path, set.Labels[set.Label(i)], x)
	}
	fmt.Println("without features:", set.Missing[0].Path)
	// Output:
	// ants/ant.jpg ants [1 2 3]
	// bees/bee.jpg bees [4 5 6]
	// without features: bees/broken.jpg
}
