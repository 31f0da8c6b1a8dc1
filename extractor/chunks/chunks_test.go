package chunks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/extractor"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/plan"
)

// TestWorkAndFinish has two workers do all chunks in any order, some of them both and at once.
func TestWorkAndFinish(t *testing.T) {
	for _, partitions := range []int{1, 16, 256} {
		c := newCluster(t, partitions)
		var wait sync.WaitGroup
		answers := make([][]*Answer, 2)
		for i := range answers {
			w := c.worker(t)
			wait.Go(func() { answers[i] = do(t, w, c.Plan, c.shuffled(uint64(i))...) })
		}
		wait.Wait()
		done := 0
		for _, a := range slices.Concat(answers...) {
			if a.State == Done {
				done++
			}
		}
		if done < len(c.Chunks) {
			t.Errorf("%d chunks were done, want %d or more", done, len(c.Chunks))
		}
		s, err := ReadStatus(t.Context(), c.Store, c.Plan)
		if err != nil || s.Done != len(c.Chunks) || len(s.Missing) > 0 || s.Images != images || len(s.Double) != done-len(c.Chunks) {
			t.Errorf("status %+v, error %v", s, err)
		}
		f := c.finished(t)
		if f.Images != images || f.Rows != images || f.Checked != 8 || len(f.Double) != done-len(c.Chunks) {
			t.Errorf("finished %+v", f)
		}
		c.wantStore(t)
		again := c.finished(t)
		if again.Images != images || again.Rows != images || again.Removed != 0 || again.Parts != f.Parts {
			t.Errorf("finished again %+v", again)
		}
		c.wantStore(t)
	}
}

// TestSameChunkTwice does a chunk a second time, and computes nothing; and then all the same.
func TestSameChunkTwice(t *testing.T) {
	c := newCluster(t, 16)
	w := c.worker(t)
	do(t, w, c.Plan, c.Chunks...)
	ran := 0
	count := func(o *Options) {
		o.open = func(context.Context) (extractor.Trunk, error) { return &stripes{ran: func() { ran++ }}, nil }
		o.Ingest.Workers = 1
	}
	if a := do(t, c.worker(t, count), c.Plan, 0)[0]; a.State != Already || a.Images == 0 || ran > 0 {
		t.Errorf("answer %+v, %d rows computed", a, ran)
	}
	if a := do(t, c.worker(t, count, func(o *Options) { o.Again = true }), c.Plan, 0)[0]; a.State != Done || ran != a.Images {
		t.Errorf("answer %+v, %d rows computed", a, ran)
	}
	if f := c.finished(t); !slices.Equal(f.Double, []string{plan.Name(0)}) || int(f.Removed) != ran {
		t.Errorf("finished %+v", f)
	}
	c.wantStore(t)
	// A finished store can be worked on once more.
	do(t, c.worker(t, func(o *Options) { o.Again = true }), c.Plan, 3)
	c.finished(t)
	c.wantStore(t)
}

// TestWrongTrunk refuses chunks that are planned for another trunk, and stores of one.
func TestWrongTrunk(t *testing.T) {
	c := newCluster(t, 16)
	right := c.worker(t)
	do(t, right, c.Plan, 0)
	other := c.worker(t, func(o *Options) { o.Ingest.Trunk = extractortest.Trunk(t, 2) })
	a, err := other.Do(t.Context(), plan.ChunkFile(c.Plan, 1))
	var different *features.DifferentError
	if !errors.As(err, &different) || a.State != Failed || !strings.Contains(a.Error, "the trunk") {
		t.Errorf("answer %+v, error %v", a, err)
	}
	meta := right.Meta()
	pinned := filepath.Join(t.TempDir(), "pinned")
	if _, err := plan.Make(t.Context(), plan.Settings{Data: c.data, Images: 5, Made: &meta}, pinned); err != nil {
		t.Fatal(err)
	}
	fresh := c.worker(t, func(o *Options) {
		o.Ingest.Trunk, o.Ingest.Folder = extractortest.Trunk(t, 2), filepath.Join(t.TempDir(), "fresh")
	})
	var wrong *WrongError
	if _, err := fresh.Do(t.Context(), plan.ChunkFile(pinned, 1)); !errors.As(err, &wrong) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(fresh.options.Ingest.Folder); err == nil {
		t.Error("the refused worker has made a store")
	}
	_, err = c.finish(t)
	wantMissing(t, err, c.Chunks[1:]...)
}

// TestDamagedChunk refuses a chunk that is not what was planned.
func TestDamagedChunk(t *testing.T) {
	c := newCluster(t, 1)
	file := plan.ChunkFile(c.Plan, 2)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	var damaged *plan.NotPlannedError
	if a, err := c.worker(t).Do(t.Context(), file); !errors.As(err, &damaged) || a.State != Failed {
		t.Errorf("answer %+v, error %v", a, err)
	}
}

// TestVanishedFile has a file go between plan and work, and one that is no image.
func TestVanishedFile(t *testing.T) {
	c := newCluster(t, 16)
	gone, bad := filepath.Join(c.data, "train", "ladybirds", "03.jpg"), filepath.Join(c.data, "val", "ladybirds", "00.jpg")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, []byte("no image"), 0o666); err != nil {
		t.Fatal(err)
	}
	var problems []features.Record
	for _, a := range do(t, c.worker(t), c.Plan, c.Chunks...) {
		problems = append(problems, a.Problems...)
	}
	f := c.finished(t)
	if len(problems) != 2 || f.Without != 2 || len(f.Failed) != 2 || f.Images != images {
		t.Errorf("problems %v, finished %+v", problems, f)
	}
	for _, r := range f.Failed {
		if r.Path != "train/ladybirds/03.jpg" && r.Path != "val/ladybirds/00.jpg" || r.Error == "" {
			t.Errorf("failed: %+v", r)
		}
	}
}

// TestChangedMeanwhile has photographs be others than were planned, in a folder and in a bucket: what is
// recorded is what was read, size and time too.
func TestChangedMeanwhile(t *testing.T) {
	for _, where := range []string{"folder", "bucket"} {
		c := newCluster(t, 16)
		data, root := c.data, ""
		if where == "bucket" {
			root = c.inBucket(t, 16)
			data = filepath.Join(root, "b", "data")
		}
		later := time.Now().Add(-time.Minute).Truncate(time.Second)
		for i, name := range []string{"train/ladybirds/03.jpg", "val/ladybirds/00.jpg"} {
			file := filepath.Join(data, filepath.FromSlash(name))
			b, err := os.ReadFile(file)
			if err == nil {
				err = errors.Join(os.WriteFile(file, append(b, make([]byte, i)...), 0o666), os.Chtimes(file, later, later))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		changed := 0
		w := c.worker(t)
		for _, i := range c.Chunks {
			a, err := w.Do(t.Context(), plan.Resolve(c.Plan, plan.Name(i)))
			if err != nil {
				t.Fatal(err)
			}
			changed += a.Changed
		}
		f := c.finished(t)
		if changed != 2 || f.Checked != 8 {
			t.Errorf("%s: %d changed, finished %+v", where, changed, f)
		}
		if where == "folder" {
			c.wantStore(t)
		} else {
			wantBucket(t, c, root)
		}
	}
}

// TestStopped stops a chunk in the middle: what was done is not done again.
func TestStopped(t *testing.T) {
	c := newCluster(t, 16)
	made := c.replan(t, 16)
	_ = made
	ctx, cancel := context.WithCancel(t.Context())
	ran := 0
	w := c.worker(t, func(o *Options) {
		o.Ingest.Workers = 1
		o.open = func(context.Context) (extractor.Trunk, error) {
			return &stripes{ran: func() {
				if ran++; ran == 4 {
					cancel()
				}
			}}, nil
		}
	})
	a, err := w.Do(ctx, plan.ChunkFile(c.Plan, 1))
	if !errors.Is(err, context.Canceled) || a.State != Stopped {
		t.Fatalf("answer %+v, error %v", a, err)
	}
	kept := a.Images
	if kept == 0 || kept > 4 {
		t.Fatalf("%d images are kept of 4 that ran", kept)
	}
	s, err := ReadStatus(t.Context(), c.Store, c.Plan)
	if err != nil || !slices.Equal(s.Partial, []string{plan.Name(1)}) || s.Done != 0 {
		t.Errorf("status %+v, error %v", s, err)
	}
	ran = 100
	a = do(t, w, c.Plan, 1)[0]
	if a.State != Done || a.Images != a.Rows || ran-100 != a.Images-kept {
		t.Errorf("answer %+v; %d of %d were kept, %d ran", a, kept, a.Images, ran-100)
	}
	do(t, w, c.Plan, c.Chunks...)
	c.finished(t)
	c.wantStore(t)
}

// TestLostRows has a part vanish after its chunk was acknowledged: the chunk has to be done again.
func TestLostRows(t *testing.T) {
	c := newCluster(t, 1)
	w := c.worker(t)
	do(t, w, c.Plan, c.Chunks...)
	records, err := findRecords(c.Store, "")
	if err != nil {
		t.Fatal(err)
	}
	_, about, err := readRecord(records[4].path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(c.Store, filepath.FromSlash(about.Parts[0]))); err != nil {
		t.Fatal(err)
	}
	_, err = c.finish(t)
	if missing := wantMissing(t, err, 4); !strings.Contains(missing.Why[plan.Name(4)], "are lost") {
		t.Errorf("why: %q", missing.Why)
	}
	for _, a := range do(t, w, c.Plan, c.Chunks...) {
		if want := a.Chunk == plan.ChunkFile(c.Plan, 4); (a.State == Done) != want {
			t.Errorf("answer %+v", a)
		}
	}
	c.finished(t)
	c.wantStore(t)
	// So does a record whose bytes changed.
	file, err := os.ReadFile(records[2].path)
	if err != nil {
		t.Fatal(err)
	}
	file[len(file)/2] ^= 1
	if err := os.WriteFile(records[2].path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	do(t, c.worker(t, func(o *Options) { o.Again = true }), c.Plan, 5) // else there is nothing to join
	_, err = c.finish(t)
	wantMissing(t, err, 2)
	do(t, w, c.Plan, 2)
	c.finished(t)
	c.wantStore(t)
}

// TestRecordOfManyParts writes records that name as many parts as they may, and more.
func TestRecordOfManyParts(t *testing.T) {
	c := newCluster(t, 256)
	made := c.worker(t).Meta()
	for _, n := range []int{256, 5000} {
		about := About{Chunk: plan.Name(0), Digest: "0123456789abcdef", Made: made}
		for i := range n {
			about.Parts = append(about.Parts, fmt.Sprintf("%02x/part-20260102T030405678-1234567-abcdefgh.arrow", i%256))
		}
		path, err := about.Write(t.TempDir(), &features.Table{Root: c.data})
		if err != nil {
			t.Fatal(err)
		}
		if _, again, err := readRecord(path); err != nil || again.Chunk != about.Chunk || n == 256 && len(again.Parts) != n {
			t.Errorf("%d parts: %d are named, error %v", n, len(again.Parts), err)
		}
	}
}
