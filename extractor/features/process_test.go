package features

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"graft/extractor/durable"
)

// A test process started with these in its environment is a writer of rows.
const writerDir, writerRows = "GRAFT_TEST_WRITER_DIR", "GRAFT_TEST_WRITER_ROWS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		if err := writeRows(dir, os.Getenv(writerRows)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// writeRows appends rows from–to that are not there, says each on its output, and merges.
func writeRows(dir, span string) error {
	from, to, _ := strings.Cut(span, "-")
	n, _ := strconv.Atoi(from)
	end, _ := strconv.Atoi(to)
	s, err := Open(dir, testMeta(), Options{SealRows: 10})
	if err != nil {
		return err
	}
	for ; n < end; n++ {
		r := testRow(n)
		if s.Has(r.Key, int(r.View)) {
			continue
		}
		if err := s.Append(r); err != nil {
			return err
		}
		fmt.Println("computed", n)
	}
	s.opts.SealRows = 1000
	if _, err := s.Merge(context.Background()); err != nil {
		return err
	}
	return s.Close()
}

func writer(t *testing.T, dir, span string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), writerDir+"="+dir, writerRows+"="+span)
	return c
}

func wantTidy(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != metaFile && !partName.MatchString(e.Name()) {
			t.Errorf("left over: %s", e.Name())
		}
	}
}

// A writer is killed at many moments and started again; at the end every row is there bit by bit,
// no file is left over, and no more than the unsealed rows were computed twice.
func TestKilledAndContinued(t *testing.T) {
	const n, kills = 300, 30
	dir := t.TempDir()
	computed := 0
	for k := range kills {
		c := writer(t, dir, fmt.Sprintf("0-%d", n))
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for i := 0; i < 3+k%13 && lines.Scan(); i++ {
			computed++
		}
		time.Sleep(time.Duration(k*k%7) * time.Millisecond)
		c.Process.Kill()
		for lines.Scan() {
			computed++
		}
		c.Wait()
	}
	out, err := writer(t, dir, fmt.Sprintf("0-%d", n)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	computed += strings.Count(string(out), "computed")
	s := mustOpen(t, dir, Options{})
	wantRows(t, s, 0, n)
	wantTidy(t, dir)
	if most := n + kills*10; computed > most {
		t.Errorf("%d rows were computed; at most 10 unsealed ones a kill may be lost, %d in all", computed, most)
	}
}

func TestManyProcessesWriteOneFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var all sync.WaitGroup
	for _, span := range []string{"0-200", "100-300", "250-400"} {
		c := writer(t, dir, span)
		all.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("rows %s: %v: %s", span, err, out)
			}
		})
	}
	all.Wait()
	s := mustOpen(t, dir, Options{SealRows: 1000})
	wantRows(t, s, 0, 400)
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, 0, 400)
	wantTidy(t, dir)
	if p := s.Problems(); len(p) > 0 {
		t.Errorf("problems %v", p)
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run(); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", dir).Run() })
	s := mustOpen(t, filepath.Join(dir, "f"), Options{SealRows: 100})
	n := 0
	var err error
	for ; err == nil && n < 5000; n++ {
		err = s.Append(testRow(n))
	}
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("after %d rows: %v", n, err)
	}
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("closing lost %d rows: error %v", n%100, err)
	}
	if s, err = OpenExisting(filepath.Join(dir, "f"), Options{}); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, 0, (n-1)/100*100)
	wantTidy(t, s.Dir())
	s.Close()
	if err := exec.Command("mount", "-o", "remount,size=4m", dir).Run(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, filepath.Join(dir, "f"), Options{})
	mustAppend(t, s, testRows(0, n)...)
	wantRows(t, s, 0, n)
	mustClose(t, s)
}

func TestUnfinishedFilesOfRunningWritersStay(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, mustOpen(t, dir, Options{}))
	f, err := durable.Create(filepath.Join(dir, newPartName()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	s := mustOpen(t, dir, Options{})
	if s.lock == nil {
		t.Skip("no locks here")
	}
	if err := f.Commit(); err != nil {
		t.Errorf("opening the folder removed a running writer's file: %v", err)
	}
}
