package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/pixels"
)

// images is how many photographs the processes extract.
const images = 36

// newProcess is a job on some photographs; it seals a part every four rows.
func newProcess(t *testing.T) process {
	t.Helper()
	o := tiny(t)
	return process{Data: extractortest.Photographs(t, images), Trunk: o.Trunk, Folder: filepath.Join(t.TempDir(), "features"), SealRows: 4}
}

// command is the process, not started yet.
func (p process) command(t *testing.T) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), processVariable+"="+string(text))
	return c
}

// finish runs the process to its end.
func (p process) finish(t *testing.T) (said tally) {
	t.Helper()
	said, err := finish(p.command(t))
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func finish(c *exec.Cmd) (said tally, err error) {
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		os.Stderr.Write(stderr.Bytes())
	}
	return said, err
}

// killWhen starts the process and kills it some time after something has
// happened, unless it ends before.
func (p process) killWhen(t *testing.T, happened func() bool, later time.Duration) {
	t.Helper()
	c := p.command(t)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		c.Wait()
		close(ended)
	}()
	for !happened() {
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(later)
	c.Process.Kill()
	<-ended
}

// parts counts the parts of a folder, also one that is being written.
func parts(dir string) int {
	names, _ := filepath.Glob(filepath.Join(dir, "*part-*"))
	return len(names)
}

// TestKilledRunContinues kills runs at many moments, some right after the start
// and some after a few parts, and lets the last one end: the rows are those of an
// undisturbed run, what was sealed was never computed again, and no file is left
// over.
func TestKilledRunContinues(t *testing.T) {
	p := newProcess(t)
	p.Views = 2
	const kills, all = 10, images * 3
	whole := p
	whole.Folder = filepath.Join(t.TempDir(), "whole")
	whole.finish(t)

	random := rand.New(rand.NewPCG(1, 2))
	sealed, grew, folders := 0, 0, 0
	settle := func() {
		if got := p.finish(t).Computed; got != all-sealed {
			t.Errorf("the last run computed %d rows; %d of %d were there", got, sealed, all)
		}
		wantSame(t, p.Folder, whole.Folder, p.Views)
		sealed, p.Folder = 0, filepath.Join(t.TempDir(), "killed")
		folders++
	}
	for range kills {
		before, more := parts(p.Folder), random.IntN(5)
		p.killWhen(t, func() bool { return parts(p.Folder) >= before+more }, time.Duration(random.IntN(5))*time.Millisecond)
		n := sealedIn(t, p.Folder)
		if n < sealed {
			t.Fatalf("%d rows are on the disk after a kill, %d were there before", n, sealed)
		}
		if n > sealed {
			grew++
		}
		if sealed = n; sealed == all {
			settle()
		}
	}
	settle()
	t.Logf("%d of %d runs sealed something before they were killed, in %d folders", grew, kills, folders)
}

// TestKilledWhileMerging kills runs that have nothing left but to merge nine parts
// into one.
func TestKilledWhileMerging(t *testing.T) {
	p := newProcess(t)
	const kills = 6
	whole := p
	whole.finish(t)
	p.SealRows = 1000
	random := rand.New(rand.NewPCG(3, 4))
	half := 0
	for range kills {
		p.Folder = filepath.Join(t.TempDir(), "killed")
		if err := os.CopyFS(p.Folder, os.DirFS(whole.Folder)); err != nil {
			t.Fatal(err)
		}
		table := filepath.Join(p.Folder, "samples.arrow")
		before, err := os.Stat(table)
		if err != nil {
			t.Fatal(err)
		}
		written := func() bool { // right before the merge
			now, err := os.Stat(table)
			return err == nil && !os.SameFile(before, now)
		}
		p.killWhen(t, written, time.Duration(random.IntN(3))*time.Millisecond)
		if left := parts(p.Folder); left != 1 && left != images/4 {
			half++ // the new part, whole or not, lies beside old ones
		}
		if n := sealedIn(t, p.Folder); n != images {
			t.Fatalf("%d rows after a kill, want all %d", n, images)
		}
		if got := p.finish(t).Computed; got != 0 {
			t.Errorf("%d rows were computed again", got)
		}
		wantSame(t, p.Folder, whole.Folder, 0)
	}
	t.Logf("%d of %d were killed in the middle of a merge", half, kills)
}

// TestShardsAndProcessesAtOnce lets three shards, then two whole runs, write one
// folder at the same time.
func TestShardsAndProcessesAtOnce(t *testing.T) {
	p := newProcess(t)
	whole := p
	whole.finish(t)
	for name, shards := range map[string][]dataset.Shard{
		"shards":    {{Number: 1, Parts: 3}, {Number: 2, Parts: 3}, {Number: 3, Parts: 3}},
		"processes": {{}, {}},
	} {
		p.Folder = filepath.Join(t.TempDir(), name)
		var wait sync.WaitGroup
		said := make([]tally, len(shards))
		for i, s := range shards {
			p.Shard = s
			c := p.command(t)
			wait.Go(func() {
				var err error
				if said[i], err = finish(c); err != nil {
					t.Errorf("%v: %v", s, err)
				}
			})
		}
		wait.Wait()
		wantSame(t, p.Folder, whole.Folder, 0)
		computed := 0
		for _, s := range said {
			computed += s.Computed
		}
		if name == "shards" && computed != images {
			t.Errorf("the shards computed %d rows, want %d", computed, images)
		}
		p.Shard = dataset.Shard{}
		if got := p.finish(t).Computed; got != 0 {
			t.Errorf("%s: %d rows were still missing", name, got)
		}
	}
}

// TestFullDisk fills a small disk, sees what is said, makes room and goes on.
func TestFullDisk(t *testing.T) {
	o, data, disk := tiny(t), extractortest.Photographs(t, images), t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", 8*os.Getpagesize()), "tmpfs", disk).Run(); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	o.Folder, o.sealing.SealRows = filepath.Join(disk, "features"), 4
	_, err := Run(t.Context(), data, o)
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), o.Folder) {
		t.Errorf("error %v", err)
	}
	sealed := sealedIn(t, o.Folder)
	if sealed == 0 || sealed == images {
		t.Fatalf("%d rows are on the disk; the test wants some, and not all", sealed)
	}
	if err := exec.Command("mount", "-o", "remount,size=8m", disk).Run(); err != nil {
		t.Fatal(err)
	}
	wantComputed(t, data, o, images-sealed)
	full := o.Folder
	o.Folder = filepath.Join(t.TempDir(), "whole")
	wantComputed(t, data, o, images)
	wantSame(t, full, o.Folder, 0)
}

// A canceller cancels a run of one worker when some views have been kept, and
// holds it up when it has computed twice as many.
type canceller struct {
	extractor.Trunk
	keep, kept, computed int
	cancel               func()
}

func (c *canceller) Watch(t extractor.Trunk) extractor.Trunk {
	c.Trunk = t
	return c
}

func (c *canceller) Keep(pixels.Key, extractor.Features) error {
	if c.kept++; c.kept == c.keep {
		c.cancel()
	}
	return nil
}

func (c *canceller) Run(ctx context.Context, crops []byte, n, h, w int, out [][]float32) error {
	if c.computed++; c.computed > 2*c.keep {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.Trunk.Run(ctx, crops, n, h, w, out)
}

// TestCancelledRunKeepsWhatIsFinished cancels in the middle and runs again: what
// was computed is not computed a second time.
func TestCancelledRunKeepsWhatIsFinished(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, images)
	o.Folder, o.Views = filepath.Join(t.TempDir(), "features"), 1
	o.Progress, o.Workers = new(extractor.Progress), 1
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	const kept = 15
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j.Observer = &canceller{keep: kept, cancel: cancel}
	if _, err := j.Run(ctx, data); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
	sealed := sealedIn(t, o.Folder)
	if sealed < kept || sealed == 2*images {
		t.Errorf("%d rows are on the disk, %d were kept when it was cancelled, of %d", sealed, kept, 2*images)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	store, table := opened(t, o.Folder)
	store.Close()
	read := 0
	for _, r := range table.Records {
		if r.Key != (pixels.Key{}) {
			read++
		}
	}
	if len(table.Records) != images || 2*read < kept || read == images {
		t.Errorf("the table has %d records, %d with a key", len(table.Records), read)
	}
	wantComputed(t, data, o, 2*images-sealed)
}
