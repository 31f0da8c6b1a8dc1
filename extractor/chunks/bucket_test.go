package chunks

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"graft/extractor/bucket"
	"graft/extractor/bucket/buckettest"
	"graft/extractor/plan"
)

// TestBucket has data, plan and store in buckets: the store is the one that is made on the disk.
func TestBucket(t *testing.T) {
	for _, partitions := range []int{1, 16} {
		c := newCluster(t, partitions)
		root := buckettest.Folder(t)
		if err := os.CopyFS(filepath.Join(root, "b", "data"), os.DirFS(c.data)); err != nil {
			t.Fatal(err)
		}
		planned, store := "s3://b/plan", "s3://b/store"
		made, err := plan.Make(t.Context(), plan.Settings{Data: "s3://b/data", Images: 5, Partitions: partitions}, planned)
		if err != nil {
			t.Fatal(err)
		}
		if made.Images != images || !slices.Equal(made.Splits, []string{"train", "val"}) {
			t.Errorf("made %+v", made.Plan)
		}
		ask := func(w *Worker, chunks ...int) (done int) {
			for _, i := range chunks {
				a, err := w.Do(t.Context(), bucket.Join(planned, plan.Name(i)+".jsonl"))
				if err != nil {
					t.Error(err)
				} else if a.State == Done {
					done++
				}
			}
			return done
		}
		at := func(o *Options) { o.Ingest.Folder = store }
		ask(c.worker(t, at), 0, 1)
		_, err = Finish(t.Context(), store, planned, FinishOptions{})
		wantMissing(t, err, c.Chunks[2:]...)
		var wait sync.WaitGroup
		for seed := range 2 {
			w := c.worker(t, at)
			wait.Go(func() { ask(w, c.shuffled(uint64(seed))...) })
		}
		wait.Wait()
		if done := ask(c.worker(t, at), c.Chunks...); done != 0 {
			t.Errorf("%d chunks were done again", done)
		}
		s, err := ReadStatus(t.Context(), store, planned)
		if err != nil || s.Done != len(c.Chunks) || s.Images != images {
			t.Errorf("status %+v, error %v", s, err)
		}
		for range 2 {
			f, err := Finish(t.Context(), store, planned, FinishOptions{Sample: 8})
			if err != nil || f.Images != images || f.Rows != images || f.Checked != 8 {
				t.Fatalf("finished %+v, error %v", f, err)
			}
		}
		wantBucket(t, c, root)
	}
}

// wantBucket compares the store of the bucket, which is a folder here, with an undisturbed run.
func wantBucket(t *testing.T, c *cluster, root string) {
	t.Helper()
	c.Store, c.data = filepath.Join(root, "b", "store"), filepath.Join(root, "b", "data")
	c.times = false
	c.wantStore(t)
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "graft-store-*"))
	if _, err := os.Stat(filepath.Join(c.Store, "records", ".finishing")); err == nil {
		t.Errorf("the lock is left over (%q)", left)
	}
}
