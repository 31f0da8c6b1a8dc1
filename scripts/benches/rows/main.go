// Rows writes a folder of made-up features, for the benches: as many labelled
// rows as asked for, all in the split train.
//
//	rows DIR N D CLASSES
//
// Row i is of class i mod CLASSES. Features are uniform in [0, 1); each class
// lifts sixteen of its own, so that there is something to learn.
package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: rows DIR N D CLASSES")
		os.Exit(2)
	}
	var size [3]int
	for i, text := range os.Args[2:] {
		v, err := strconv.Atoi(text)
		if err != nil || v < 1 {
			fmt.Fprintf(os.Stderr, "rows: %q is not a number above 0\n", text)
			os.Exit(2)
		}
		size[i] = v
	}
	if err := write(os.Args[1], size[0], size[1], size[2]); err != nil {
		fmt.Fprintf(os.Stderr, "rows: %v\n", err)
		os.Exit(1)
	}
}

func write(dir string, n, d, classes int) (err error) {
	store, err := features.Open(dir, features.Meta{
		Trunk:     features.Trunk{Name: "made up", SHA256: fmt.Sprintf("%064d", 0), Tap: "features", Dim: d},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}, features.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if closed := store.Close(); err == nil {
			err = closed
		}
	}()
	table := features.Table{Root: dir, Scanned: time.Now(), Records: make([]features.Record, n)}
	row := features.Row{Features: make([]float32, d)}
	for i := range n {
		row.Key = pixels.KeyOf(binary.LittleEndian.AppendUint64(nil, uint64(i)))
		class := i % classes
		fill(row.Features, uint64(i), class)
		if err := store.Append(row); err != nil {
			return err
		}
		label := fmt.Sprintf("class-%03d", class)
		table.Records[i] = features.Record{Path: fmt.Sprintf("%s/%06d.jpg", label, i), Label: label, Split: "train", Key: row.Key}
	}
	return store.WriteTable(features.SamplesTable, &table)
}

func fill(x []float32, seed uint64, class int) {
	r := rand.New(rand.NewPCG(seed, 0))
	for j := range x {
		x[j] = r.Float32()
	}
	for k := range 16 {
		x[(16*class+k)%len(x)] += 0.2
	}
}
