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
	"graft/extractor/plan"
)

// TestPoison has an image that kills whoever computes it: its chunk is missing, nothing else is.
func TestPoison(t *testing.T) {
	c := newCluster(t, 16)
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		img.Set(i%64, i/64, color.RGBA{poisonPixel, poisonPixel, 0, 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	extractortest.Write(t, filepath.Join(c.data, "train", "ladybirds", "poison.png"), file.Bytes())
	c.replan(t, 16)
	poisoned := -1
	for _, i := range c.Chunks {
		j := c.job
		j.Poison, j.Chunks = true, []int{i}
		for range 2 { // a scheduler tries again
			err := j.process(t).Run()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == 9 {
				poisoned = i
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if poisoned < 0 {
		t.Fatal("no process was killed")
	}
	_, err := c.finish(t)
	wantMissing(t, err, poisoned)
	do(t, c.worker(t), c.Plan, poisoned)
	c.finished(t)
	c.wantStore(t)
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
	for range 6 {
		p := c.job.process(t)
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
