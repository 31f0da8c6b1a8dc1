package chunks

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/plan"
)

// TestPoison has an image that kills whoever computes it: its chunk is missing, nothing else is.
func TestPoison(t *testing.T) {
	c := newCluster(t, 16)
	c.poison(t)
	at := -1
	for _, i := range c.Chunks {
		j := c.job
		j.Poison, j.Chunks = true, []int{i}
		for range 2 { // a scheduler tries again
			err := j.process(t).Run()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 9 {
				at = i
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if at < 0 {
		t.Fatal("no process was killed")
	}
	_, err := c.finish(t)
	wantMissing(t, err, at)
	do(t, c.worker(t), c.Plan, at)
	c.finished(t)
	c.wantStore(t)
}

// poison adds an image that kills a process with Poison, and plans again.
func (c *cluster) poison(t *testing.T) {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{poisonPixel, poisonPixel, 0, 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	extractortest.Write(t, filepath.Join(c.data, poisoned), file.Bytes())
	c.replan(t, 16)
}

const poisoned = "train/ladybirds/poison.png"

// TestPoisonIsNamed has a scheduler that tries each chunk until it is done: the image that kills the
// workers is found, left out and named, in a folder and in a bucket.
func TestPoisonIsNamed(t *testing.T) {
	for _, where := range []string{"folder", "bucket"} {
		c := newCluster(t, 16)
		c.poison(t)
		planned := c.Plan
		if where == "bucket" {
			planned = filepath.Join(c.inBucket(t, 16), "b", "plan")
		}
		at, w := -1, c.worker(t)
		for _, i := range c.Chunks {
			if text, err := os.ReadFile(plan.ChunkFile(planned, i)); err != nil {
				t.Fatal(err)
			} else if strings.Contains(string(text), poisoned) {
				at = i
			} else if _, err := w.Do(t.Context(), plan.Resolve(c.Plan, plan.Name(i))); err != nil {
				t.Fatal(err)
			}
		}
		deaths := 0
		j := c.job
		j.Poison, j.Chunks, j.Wait = true, []int{at}, 10*time.Millisecond
		for ; j.process(t).Run() != nil; deaths++ {
			var missing *MissingError
			if _, err := c.finish(t); !errors.As(err, &missing) {
				t.Fatalf("after %d deaths: %v", deaths+1, err)
			}
			why := missing.Why[plan.Name(at)]
			if !strings.Contains(why, "not ended it") || deaths > 0 && !strings.Contains(why, poisoned) {
				t.Errorf("after %d deaths: %q", deaths+1, why)
			}
			if deaths > 8 {
				break
			}
		}
		if deaths != 1+deadlyAt { // the chunk, and then the image alone
			t.Errorf("%s: %d workers died", where, deaths)
		}
		f := c.finished(t)
		if f.Images != images+1 || f.Rows != images || len(f.Failed) != 1 || f.Failed[0].Path != poisoned || !strings.Contains(f.Failed[0].Error, "workers died of it") {
			t.Errorf("%s: finished %+v", where, f)
		}
	}
}

// TestCare plays workers that die at certain images of a large chunk, or anywhere: those images are
// left out and no others, before long.
func TestCare(t *testing.T) {
	const samples = 10_000
	for _, c := range []struct {
		deadly []int
		known  bool // how many samples there are
		most   int  // workers that die
	}{
		{[]int{0}, true, 5}, {[]int{9_999}, true, 5}, {[]int{4_321}, true, 5}, {[]int{4_321}, false, 5},
		{[]int{5_000, 5_001}, true, 9}, {[]int{17, 9_000}, true, 9}, {[]int{17, 600}, false, 9},
	} {
		of := 0
		if c.known {
			of = samples
		}
		var dead []Attempt
		for {
			care := careOf(dead, of)
			from := 0
			var died bool
			for !died && from < samples {
				to := care.end(from, of)
				if to == 0 {
					to = min(from+lotImages, samples)
				}
				if to = min(to, samples); to <= from {
					t.Fatalf("the step from %d ends at %d", from, to)
				}
				for _, i := range c.deadly {
					if _, left := care.leave[from]; i >= from && i < to && !left {
						dead, died = append(dead, Attempt{From: from, To: to}), true
						break
					}
				}
				if !died {
					from = to
				}
			}
			if !died {
				if len(care.leave) != len(c.deadly) {
					t.Errorf("%v: %v are left out", c.deadly, care.leave)
				}
				break
			}
			if len(dead) > c.most {
				t.Errorf("%v: %d workers died: %v", c.deadly, len(dead), dead)
				break
			}
		}
	}
}

// TestLivingIsNotBlamed has two workers alone at the same image, one of which goes on meanwhile.
func TestLivingIsNotBlamed(t *testing.T) {
	c := newCluster(t, 16)
	chunk, err := mustPlan(t, c.Plan).ReadChunk(plan.ChunkFile(c.Plan, 0))
	if err != nil {
		t.Fatal(err)
	}
	w := c.worker(t, func(o *Options) { o.wait = time.Second })
	write := func(name string, from int) {
		d := &doing{Worker: w, chunk: chunk, here: Attempt{Host: "elsewhere", name: chunk.Name + "-" + chunk.Digest + "-" + name + attemptSuffix}}
		d.sink = new(features.Sink)
		if err := d.mark(t.Context(), from, from+1, chunk.Samples[from].Path); err != nil {
			t.Error(err)
		}
		d.sink = nil
	}
	write("a", 2)
	write("b", 2)
	write("c", 2)
	timer := time.AfterFunc(200*time.Millisecond, func() {
		os.Remove(filepath.Join(c.Store, recordsFolder, chunk.Name+"-"+chunk.Digest+"-a"+attemptSuffix))
		os.Remove(filepath.Join(c.Store, recordsFolder, chunk.Name+"-"+chunk.Digest+"-b"+attemptSuffix))
	})
	defer timer.Stop()
	do(t, w, c.Plan, c.Chunks...)
	if f := c.finished(t); f.Without != 0 {
		t.Errorf("finished %+v", f)
	}
	c.wantStore(t)
}

func mustPlan(t *testing.T, dir string) *plan.Plan {
	t.Helper()
	p, err := plan.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFinishersKilled kills finishers at twenty random moments, then lets two at once finish.
func TestFinishersKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const kills = 20
	begun := 0
	for _, partitions := range []int{1, 16} {
		c := newCluster(t, partitions)
		do(t, c.worker(t), c.Plan, c.Chunks...)
		do(t, c.worker(t, func(o *Options) { o.Again = true }), c.Plan, 1, 2, 3)
		j := c.job
		j.Chunks = nil
		for range kills / 2 {
			p := j.process(t)
			p.Stderr = nil
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(5+random.IntN(60)) * time.Millisecond)
			p.Process.Kill()
			if p.Wait() != nil {
				begun++
			}
		}
		two := []*exec.Cmd{j.process(t), j.process(t)}
		said := make([]bytes.Buffer, 2)
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
		f := c.finished(t)
		if f.Images != images || f.Rows != images {
			t.Errorf("finished %+v", f)
		}
		c.wantStore(t)
	}
	t.Logf("%d of %d were killed before they ended", begun, kills)
}

// TestWorkersKilled kills workers at random moments.
func TestWorkersKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	c := newCluster(t, 16)
	for i := range 6 {
		j := c.job
		j.Chunks = c.shuffled(uint64(i)) // as a scheduler that tries others first
		p := j.process(t)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+random.IntN(60)) * time.Millisecond)
		p.Process.Kill()
		p.Wait()
	}
	do(t, c.worker(t), c.Plan, c.Chunks...)
	c.finished(t)
	c.wantStore(t)
}

// TestFullDisk fills a small disk in a worker, and in the finisher.
func TestFullDisk(t *testing.T) {
	c, disk := newCluster(t, 1), t.TempDir()
	mount := func(options string) {
		t.Helper()
		if err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk).Run(); err != nil {
			t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
		}
	}
	resize := func(pages int) {
		t.Helper()
		if err := exec.Command("mount", "-o", fmt.Sprintf("remount,size=%d", pages*os.Getpagesize()), disk).Run(); err != nil {
			t.Fatal(err)
		}
	}
	mount(fmt.Sprintf("size=%d", 12*os.Getpagesize()))
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	c.Store = filepath.Join(disk, "store")
	w, full := c.worker(t), 0
	for _, i := range c.Chunks {
		if a, err := w.Do(t.Context(), plan.ChunkFile(c.Plan, i)); err != nil {
			if full++; a.State != Failed || !strings.Contains(err.Error(), "the disk is full") {
				t.Fatalf("answer %+v, error %v", a, err)
			}
		}
	}
	if full == 0 || full == len(c.Chunks) {
		t.Fatalf("%d of %d chunks found the disk full; the test wants some", full, len(c.Chunks))
	}
	_, err := c.finish(t)
	var missing *MissingError
	if !errors.As(err, &missing) || len(missing.Chunks) != full {
		t.Fatalf("error %v; %d found the disk full", err, full)
	}
	resize(1000)
	do(t, w, c.Plan, c.Chunks...)
	var used int
	if out, err := exec.Command("du", "-s", "-B", fmt.Sprint(os.Getpagesize()), disk).Output(); err == nil {
		fmt.Sscan(string(out), &used)
	}
	resize(used + 1)
	if _, err := c.finish(t); err == nil || !strings.Contains(err.Error(), "the disk is full") && !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the finisher on a full disk: %v", err)
	}
	resize(1000)
	c.finished(t)
	c.wantStore(t)
}
