package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKilledExtractContinues kills a run 30 times at random moments and lets
// the last one end: the rows are those of an undisturbed run, what was sealed
// was never computed again, and no file is left over.
func TestKilledExtractContinues(t *testing.T) {
	p := newProgram(t, demo)
	const views, kills = 2, 30
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "killed")
	begin := time.Now()
	finish(t, p.extract(t, whole, "--views", fmt.Sprint(views)), exitOK)
	took := time.Since(begin)

	const all = demoImages * (views + 1)
	random := rand.New(rand.NewPCG(1, 2))
	sealed, grew, folders := 0, 0, 0
	settle := func() {
		said := finish(t, p.extract(t, dir, "--views", fmt.Sprint(views)), exitOK)
		if got := numberOf(t, said, "rows computed"); got != all-sealed {
			t.Errorf("the last run computed %d rows; %d of %d were there", got, sealed, all)
		}
		wantSame(t, dir, whole, views)
		sealed, dir = 0, filepath.Join(t.TempDir(), "killed")
		folders++
	}
	for range kills {
		c := p.extract(t, dir, "--views", fmt.Sprint(views))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int64N(int64(took))))
		c.Process.Kill()
		c.Wait()
		n := sealedIn(t, dir)
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

// TestKilledWhileMerging kills runs that have nothing left but to merge 36 parts
// into one.
func TestKilledWhileMerging(t *testing.T) {
	p := newProgram(t, demo)
	whole := filepath.Join(t.TempDir(), "whole")
	c := p.extract(t, whole)
	c.Env = append(c.Env, sealRows+"=4")
	finish(t, c, exitOK)
	random := rand.New(rand.NewPCG(3, 4))
	half := 0
	for range 10 {
		dir := filepath.Join(t.TempDir(), "killed")
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		killWhileMerging(t, p.extract(t, dir), dir, time.Duration(random.Int64N(int64(5*time.Millisecond))))
		if left, _ := filepath.Glob(filepath.Join(dir, "*part-*")); len(left) != 1 && len(left) != demoImages/4 {
			half++ // the new part, whole or not, lies beside old ones
		}
		if n := sealedIn(t, dir); n != demoImages {
			t.Fatalf("%d rows after a kill, want all %d", n, demoImages)
		}
		if got := numberOf(t, finish(t, p.extract(t, dir), exitOK), "rows computed"); got != 0 {
			t.Errorf("%d rows were computed again", got)
		}
		wantSame(t, dir, whole, 0)
	}
	t.Logf("%d of 10 were killed in the middle of a merge", half)
}

// killWhileMerging starts a run and kills it some time after it has written the
// table, which comes right before the merge.
func killWhileMerging(t *testing.T, c *exec.Cmd, dir string, later time.Duration) {
	t.Helper()
	c.Env = append(c.Env, sealRows+"=1000")
	table := filepath.Join(dir, "samples.arrow")
	before, err := os.Stat(table)
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if now, err := os.Stat(table); err == nil && !os.SameFile(before, now) {
			break
		}
	}
	time.Sleep(later)
	c.Process.Kill()
	c.Wait()
}
