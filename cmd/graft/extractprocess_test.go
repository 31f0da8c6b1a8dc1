package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"graft/extractor/features"
	"graft/onnx/inception"
	"graft/onnx/ort/orttest"
)

// demo are the pictures that whole programs extract here.
const demo, demoImages = "../../testdata/demo", 144

// A program runs graft extract as processes of its own, on a trunk so small
// that they take a fraction of a second.
type program struct{ trunk, data string }

func newProgram(t *testing.T, data string) *program {
	t.Helper()
	orttest.Library(t)
	p := &program{trunk: filepath.Join(t.TempDir(), "tiny.onnx"), data: data}
	w := inception.Seeded{Width: 0.05}
	m, err := inception.Build(w, inception.Options{Width: w.Width, Source: w.Source()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeModel(p.trunk, m); err != nil {
		t.Fatal(err)
	}
	return p
}

// extract is graft extract into dir, sealing a part every 20 rows.
func (p *program) extract(t *testing.T, dir string, flags ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Args = append([]string{"graft", "extract", p.data, "--features", dir, "--trunk", p.trunk, "--resize", "86", "--crop", "75"}, flags...)
	c.Env = append(os.Environ(), sealRows+"=20")
	return c
}

// finish runs a command to its end; it returns what it said for people.
func finish(t *testing.T, c *exec.Cmd, wantCode int) string {
	t.Helper()
	var said bytes.Buffer
	c.Stderr = &said
	err := c.Run()
	if code := c.ProcessState.ExitCode(); code != wantCode {
		t.Fatalf("%v: exit code %d, want %d (%v); it said:\n%s", c.Args, code, wantCode, err, &said)
	}
	return said.String()
}

// numberOf is the number before some words in what graft said.
func numberOf(t *testing.T, said, words string) int {
	t.Helper()
	match := regexp.MustCompile(`(\d+) ` + words).FindStringSubmatch(said)
	if match == nil {
		t.Fatalf("no %q in:\n%s", words, said)
	}
	n, _ := strconv.Atoi(match[1])
	return n
}

// sealedIn counts the rows that are on the disk, of a folder that must be sound.
func sealedIn(t *testing.T, dir string) int {
	t.Helper()
	s, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return 0
	}
	defer s.Close()
	if p := s.Problems(); len(p) > 0 {
		t.Fatalf("%s: %v", dir, p)
	}
	return s.Len()
}

// wantSame fails unless two folders have the same records and, byte for byte,
// the same rows, and nothing else lies in the first.
func wantSame(t *testing.T, dir, undisturbed string, views int) {
	t.Helper()
	a, b := contents(t, dir, views), contents(t, undisturbed, views)
	if len(a) != len(b) {
		t.Fatalf("%d records, want %d", len(a), len(b))
	}
	for path, want := range b {
		if a[path] != want {
			t.Fatalf("%s: got %.200s, want %.200s", path, a[path], want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if n := e.Name(); n != "graft.json" && n != "samples.arrow" && !features.IsPart(n) {
			t.Errorf("left over: %s", n)
		}
	}
}

// opened is a folder of features, closed at the end of the test, and its table.
func opened(t *testing.T, dir string) (*features.Store, *features.Table) {
	t.Helper()
	s, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	table, err := s.ReadTable("samples.arrow")
	if err != nil {
		t.Fatal(err)
	}
	return s, table
}

// contents writes each record of the table with the bits of all its rows.
func contents(t *testing.T, dir string, views int) map[string]string {
	t.Helper()
	s, table := opened(t, dir)
	all := map[string]string{}
	row := make([]float32, s.Dim())
	for _, r := range table.Records {
		line := fmt.Sprint(r.Label, r.Split, r.Key, r.Bytes, r.Width, r.Height, r.Error)
		for view := 0; r.Error == "" && view <= views; view++ {
			if err := s.Row(r.Key, view, row); err != nil {
				t.Fatalf("%s: %v", r.Path, err)
			}
			for _, v := range row {
				line += fmt.Sprintf(" %08x", math.Float32bits(v))
			}
		}
		all[r.Path] = line
	}
	if p := s.Problems(); len(p) > 0 {
		t.Fatalf("%s: %v", dir, p)
	}
	return all
}

// TestShardsAndProcessesAtOnce lets three shards, then two whole runs, write one
// folder at the same time.
func TestShardsAndProcessesAtOnce(t *testing.T) {
	p := newProgram(t, demo)
	whole := filepath.Join(t.TempDir(), "whole")
	finish(t, p.extract(t, whole), exitOK)
	for name, flags := range map[string][][]string{
		"shards":    {{"--shard", "1/3"}, {"--shard", "2/3"}, {"--shard", "3/3"}},
		"processes": {nil, nil},
	} {
		dir := filepath.Join(t.TempDir(), name)
		var wait sync.WaitGroup
		said := make([]string, len(flags))
		for i, f := range flags {
			c := p.extract(t, dir, f...)
			wait.Go(func() {
				out, err := c.CombinedOutput()
				if said[i] = string(out); err != nil {
					t.Errorf("%v: %v: %s", f, err, out)
				}
			})
		}
		wait.Wait()
		wantSame(t, dir, whole, 0)
		if name == "shards" {
			computed := 0
			for _, s := range said {
				computed += numberOf(t, s, "rows computed")
			}
			if computed != demoImages {
				t.Errorf("the shards computed %d rows, want %d", computed, demoImages)
			}
		}
		if got := numberOf(t, finish(t, p.extract(t, dir), exitOK), "rows computed"); got != 0 {
			t.Errorf("%s: %d rows were still missing", name, got)
		}
	}
}

// TestExtractOnAFullDisk fills a small disk, sees what is said, makes room and
// goes on.
func TestExtractOnAFullDisk(t *testing.T) {
	p := newProgram(t, demo)
	disk := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).Run(); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	dir := filepath.Join(disk, "features")
	said := finish(t, p.extract(t, dir), exitFailure)
	if last := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]; !strings.Contains(said, "the disk is full") || !strings.Contains(said, dir) || strings.Contains(last, "goroutine") {
		t.Errorf("it said:\n%s", said)
	}
	sealed := sealedIn(t, dir)
	if sealed == 0 || sealed == demoImages {
		t.Fatalf("%d rows are on the disk; the test wants some, and not all", sealed)
	}
	if err := exec.Command("mount", "-o", "remount,size=8m", disk).Run(); err != nil {
		t.Fatal(err)
	}
	if got := numberOf(t, finish(t, p.extract(t, dir), exitOK), "rows computed"); got != demoImages-sealed {
		t.Errorf("%d rows were computed with more room; %d of %d were there", got, sealed, demoImages)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	finish(t, p.extract(t, whole), exitOK)
	wantSame(t, dir, whole, 0)
}
