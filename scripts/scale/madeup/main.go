// Madeup does the chunks of a plan as "graft work" would, with made-up features
// in place of those of photographs, which need not be there.
//
//	madeup PLAN STORE D
//
// The features of an image are uniform in [0, 1), drawn from its path; its class
// lifts sixteen of them, so that there is something to learn.
package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"graft/extractor/chunks"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/plan"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: madeup PLAN STORE D")
		os.Exit(2)
	}
	d, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = work(os.Args[1], os.Args[2], d)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "madeup: %v\n", err)
		os.Exit(1)
	}
}

func work(dir, store string, d int) error {
	p, err := plan.Read(dir)
	if err != nil {
		return err
	}
	w := &worker{plan: p, store: store, meta: features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: "made up", SHA256: fmt.Sprintf("%064d", 0), Tap: "features", Dim: d, Trained: true},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}}
	if w.sink, err = features.NewSink(store, w.meta, features.Layout{Partitions: p.Partitions}); err != nil {
		return err
	}
	for i := range p.Chunks() {
		c, err := p.ReadChunk(plan.ChunkFile(dir, i))
		if err != nil {
			return err
		}
		if err := w.chunk(c); err != nil {
			return err
		}
	}
	return nil
}

type worker struct {
	plan  *plan.Plan
	store string
	meta  features.Meta
	sink  *features.Sink
}

func (w *worker) chunk(c *plan.Chunk) error {
	begin := time.Now()
	w.sink.Begin()
	about := chunks.About{Chunk: c.Name, Digest: c.Digest, Images: len(c.Samples), Rows: len(c.Samples), Made: w.meta, Started: begin.UTC()}
	table := &features.Table{Root: w.plan.Root, Scanned: w.plan.Scanned}
	row := features.Row{Features: make([]float32, w.meta.Trunk.Dim)}
	seal := func() error {
		names, err := w.sink.Seal()
		about.Parts = append(about.Parts, names...)
		return err
	}
	for _, s := range c.Samples {
		row.Key = pixels.KeyOf([]byte(s.Path))
		fill(row.Features, s.Path, s.Label)
		full, err := w.sink.Append(row)
		if err == nil && full {
			err = seal()
		}
		if err != nil {
			return err
		}
		table.Records = append(table.Records, features.Record{Path: s.Path, Label: s.Label, Split: s.Split, Key: row.Key, Bytes: s.Bytes, ModTime: s.ModTime})
	}
	if err := seal(); err != nil {
		return err
	}
	about.Seconds.All = time.Since(begin).Seconds()
	_, err := about.Write(w.store, table)
	return err
}

func fill(x []float32, path, label string) {
	r := rand.New(rand.NewPCG(hashed(path), 0))
	for j := range x {
		x[j] = r.Float32()
	}
	class := rand.New(rand.NewPCG(hashed(label), 0))
	for range min(16, len(x)) {
		x[class.IntN(len(x))] += 0.2
	}
}

func hashed(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
