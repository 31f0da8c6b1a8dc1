package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor"
	"graft/extractor/bucket/buckettest"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx/ort/orttest"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	if text := os.Getenv(processVariable); text != "" {
		os.Exit(child(text))
	}
	os.Exit(m.Run())
}

// processVariable is in the environment of a test process that is to do a job,
// because a test kills it or measures it.
const processVariable = "GRAFT_TEST_INGEST"

// A process is a job that a process of its own does.
type process struct {
	Data, Folder, Trunk string
	Views, SealRows     int
	Shard               dataset.Shard
}

// A tally is what a job did.
type tally struct{ Computed, Failed, Total int }

// child does a job, and says what it did.
func child(text string) int {
	var p process
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	progress := new(extractor.Progress)
	r, err := Run(context.Background(), p.Data, Options{
		Trunk: p.Trunk, Folder: p.Folder, Views: p.Views, Shard: p.Shard, Progress: progress,
		sealing: features.Options{SealRows: p.SealRows},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	json.NewEncoder(os.Stdout).Encode(tally{int(progress.Computed.Load()), len(r.Failed), r.Total})
	return 0
}

// tiny are options for a trunk that takes milliseconds, with a cache of their
// own. Tests that run it need the library.
func tiny(t *testing.T) Options {
	t.Helper()
	orttest.Library(t)
	extractortest.NoSessions(t)
	return Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}}
}

// ran is what a run did; it must not fail.
func ran(t *testing.T, path string, o Options) (*Result, *extractor.Progress) {
	t.Helper()
	o.Progress = new(extractor.Progress)
	r, err := Run(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, o.Progress
}

// wantComputed fails unless a run on the data computes that many rows.
func wantComputed(t *testing.T, path string, o Options, want int) *Result {
	t.Helper()
	r, p := ran(t, path, o)
	if got := int(p.Computed.Load()); got != want {
		t.Errorf("%d rows were computed, want %d; notes %q", got, want, p.Notes())
	}
	return r
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

// contents writes each record of the table with the bits of all its rows.
func contents(t *testing.T, dir string, views int) map[string]string {
	t.Helper()
	s, table := opened(t, dir)
	defer s.Close()
	all := map[string]string{}
	row := make([]float32, s.Dim())
	for _, r := range table.Records {
		line := fmt.Sprint(r.Label, r.Split, r.Key, r.Bytes, r.Info(), r.Error)
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

// opened is a folder of features that was named, and its table.
func opened(t *testing.T, dir string) (*features.Store, *features.Table) {
	t.Helper()
	s, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	return s, table
}

// rewrite opens a folder of features that was named for writing, and gives
// change its records.
func rewrite(t *testing.T, dir string, change func(*features.Store, []features.Record)) {
	t.Helper()
	existing, table := opened(t, dir)
	existing.Close()
	s, err := features.Open(dir, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	change(s, table.Records)
	// Beside the one that is there, a table would not lose what that one knows.
	if err := os.Remove(filepath.Join(dir, features.SamplesTable)); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteTable(features.SamplesTable, table); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// keyOf is the key of a file.
func keyOf(t *testing.T, path string) pixels.Key {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return pixels.KeyOf(file)
}
