package chunks

import (
	"archive/tar"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/plan"
)

// TestWebDataset has the same photographs in shards: the rows are the same, labels and splits are
// those of the shards.
func TestWebDataset(t *testing.T) {
	c := newCluster(t, 1)
	_, rows := c.want(t)
	data, err := dataset.Scan(t.Context(), c.data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shards, byPath := t.TempDir(), map[string]dataset.Sample{}
	for split, name := range map[string]string{"train": "birds-train-000000.tar", "val": "birds-val-000000.tar"} {
		var samples []dataset.Sample
		for _, s := range data.Samples {
			if s.Split == split {
				byPath[fmt.Sprintf("%s/%05d.jpg", name, len(samples))] = s
				samples = append(samples, s)
			}
		}
		writeShard(t, filepath.Join(shards, name), data, samples)
	}
	c.Plan = filepath.Join(t.TempDir(), "shards")
	made, err := plan.Make(t.Context(), plan.Settings{Data: shards, WebDataset: true}, c.Plan)
	if err != nil || made.Chunks() != 2 {
		t.Fatal(made, err)
	}
	do(t, c.worker(t), c.Plan, 0, 1)
	c.finished(t)
	s, err := features.OpenExisting(c.Store, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	table, err := s.ReadTable(features.SamplesTable)
	if err != nil || len(table.Records) != images {
		t.Fatal(len(table.Records), err)
	}
	x := make([]float32, s.Dim())
	for _, r := range table.Records {
		of := byPath[r.Path]
		if r.Label != of.Label || r.Split != of.Split {
			t.Errorf("%s: label %q, split %q; want %q, %q", r.Path, r.Label, r.Split, of.Label, of.Split)
		}
		if err := s.Row(r.Key, 0, x); err != nil || fmt.Sprint(x) != rows[of.Path] {
			t.Errorf("%s: row %v, error %v", r.Path, x, err)
		}
	}
}

// TestShardChangesMeanwhile stops a worker in a shard, which is another one when the next begins: nothing of
// the old one is among its records.
func TestShardChangesMeanwhile(t *testing.T) {
	c := newCluster(t, 1)
	data, err := dataset.Scan(t.Context(), c.data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shards := t.TempDir()
	file := filepath.Join(shards, "birds-000000.tar")
	writeShard(t, file, data, data.Samples[:20])
	c.Plan = filepath.Join(t.TempDir(), "shards")
	if _, err := plan.Make(t.Context(), plan.Settings{Data: shards, WebDataset: true}, c.Plan); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	w := c.worker(t, func(o *Options) {
		o.Ingest.Workers = 1
		o.open = func(context.Context) (extractor.Trunk, error) {
			return &stripes{ran: func() {
				if ran++; ran == 6 {
					cancel()
				}
			}}, nil
		}
	})
	if a, err := w.Do(ctx, plan.ChunkFile(c.Plan, 0)); a.State != Stopped || a.Images == 0 {
		t.Fatalf("answer %+v, error %v", a, err)
	}
	other := slices.Concat(data.Samples[25:27], data.Samples[2:20])
	writeShard(t, file, data, other)
	if a := do(t, c.worker(t), c.Plan, 0)[0]; a.Images != len(other) {
		t.Errorf("answer %+v", a)
	}
	f := c.finished(t)
	if f.Images != int64(len(other)) || f.Checked != 8 {
		t.Errorf("finished %+v", f)
	}
	store, err := features.OpenExisting(c.Store, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	table, err := store.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range table.Records {
		b, err := data.Read(other[i], nil)
		if err != nil || r.Key != pixels.KeyOf(b) {
			t.Errorf("record %d, %s, is not of %s", i, r.Path, other[i].Path)
		}
	}
}

// writeShard writes samples by turns with .cls and with .json.
func writeShard(t *testing.T, path string, data *dataset.Dataset, samples []dataset.Sample) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	put := func(name string, b []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(b)), Mode: 0o666}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	for i, s := range samples {
		file, err := data.Read(s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			put(fmt.Sprintf("./%05d.cls", i), []byte(s.Label+"\n"))
			put(fmt.Sprintf("./%05d.jpg", i), file)
		} else {
			put(fmt.Sprintf("./%05d.jpg", i), file)
			put(fmt.Sprintf("./%05d.json", i), fmt.Appendf(nil, `{"label": %q, "width": 1}`, s.Label))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
