package chunks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/extractor"
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
}

// inBucket puts the data of a cluster into a bucket, and plans it there for a store there. It returns
// the folder that has the buckets.
func (c *cluster) inBucket(t *testing.T, partitions int) (root string) {
	t.Helper()
	root = buckettest.Folder(t)
	if err := os.CopyFS(filepath.Join(root, "b", "data"), os.DirFS(c.data)); err != nil {
		t.Fatal(err)
	}
	c.Plan, c.Store = "s3://b/plan", "s3://b/store"
	if _, err := plan.Make(t.Context(), plan.Settings{Data: "s3://b/data", Images: 5, Partitions: partitions}, c.Plan); err != nil {
		t.Fatal(err)
	}
	return root
}

// TestBucketFinishersKilled kills finishers of a bucket at random moments, has two finish at once, and
// then one.
func TestBucketFinishersKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	c := newCluster(t, 16)
	root := c.inBucket(t, 16)
	for range 2 {
		w := c.worker(t, func(o *Options) { o.Again = true })
		for _, i := range c.Chunks {
			if _, err := w.Do(t.Context(), plan.Resolve(c.Plan, plan.Name(i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	j := c.job
	j.Chunks, j.Wait = nil, 20*time.Millisecond
	begun, leases := 0, 0
	const kills = 8
	for i := range kills {
		p := j.process(t)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		if i == 0 { // however slow the machine is
			waitForLease(t, root)
		} else {
			time.Sleep(time.Duration(20+random.IntN(400)) * time.Millisecond)
		}
		p.Process.Kill()
		if p.Wait() != nil {
			begun++
		}
		if _, err := os.Stat(filepath.Join(root, "b", "store", filepath.FromSlash(leaseObject))); err == nil {
			leases++
		}
	}
	t.Logf("%d of %d were killed before they ended, %d leases were left", begun, kills, leases)
	if leases == 0 {
		t.Error("no lease was left by one that was killed")
	}
	j.Wait = 200 * time.Millisecond
	two, said := []*exec.Cmd{j.process(t), j.process(t)}, make([]bytes.Buffer, 2)
	for i, p := range two {
		p.Stderr = &said[i]
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range two {
		if err := p.Wait(); err != nil && !strings.Contains(said[i].String(), ErrBusy.Error()) {
			t.Errorf("%v: %s", err, &said[i])
		}
	}
	f, err := Finish(t.Context(), c.Store, c.Plan, FinishOptions{Sample: 8, beat: 50 * time.Millisecond})
	if err != nil || f.Images != images || f.Rows != images {
		t.Fatalf("finished %+v, error %v", f, err)
	}
	wantBucket(t, c, root)
}

// waitForLease waits until a finisher has it.
func waitForLease(t *testing.T, root string) {
	t.Helper()
	file := filepath.Join(root, "b", "store", filepath.FromSlash(leaseObject))
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestLease has one that is renewed, one that is lost, and one that nobody renews.
func TestLease(t *testing.T) {
	root := buckettest.Folder(t)
	const beat = 40 * time.Millisecond
	var stores [2]*remote
	for i := range stores {
		var err error
		if stores[i], err = openRemote("s3://b/store"); err != nil {
			t.Fatal(err)
		}
		defer stores[i].Close()
	}
	progress := new(extractor.Progress)
	ctx, first, err := stores[0].take(t.Context(), beat, progress)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := stores[1].take(t.Context(), beat, progress); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "process ") {
		t.Errorf("while another one has it: %v", err)
	}
	file := filepath.Join(root, "b", "store", filepath.FromSlash(leaseObject))
	for n := 0; ctx.Err() == nil; n++ { // its owner may write between another one's look and write
		if err := os.WriteFile(file, fmt.Appendf(nil, "process 1 on elsewhere, x, %d\n", n), 0o666); err != nil {
			t.Fatal(err)
		}
		time.Sleep(beat / 3)
	}
	if err := context.Cause(ctx); !errors.Is(err, ErrBusy) {
		t.Errorf("who lost it ends with %v", err)
	}
	first.giveBack(ctx)
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the lease of another one was removed: %v", err)
	}
	_, second, err := stores[1].take(t.Context(), beat, progress)
	if err != nil {
		t.Fatalf("nobody renews it: %v", err)
	}
	second.giveBack(t.Context())
	if _, err := os.Stat(file); err == nil {
		t.Error("it was not given back")
	}
}

// TestScratch removes what processes have left that do not live, and nothing else.
func TestScratch(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left := filepath.Join(os.TempDir(), scratchName+"left")
	if err := os.MkdirAll(filepath.Join(left, "records"), 0o777); err != nil {
		t.Fatal(err)
	}
	first, err := newScratch()
	if err != nil {
		t.Fatal(err)
	}
	second, err := newScratch()
	if err != nil {
		t.Fatal(err)
	}
	if there, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(there) != 2 {
		t.Errorf("%q", there)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Error(err)
	}
}
