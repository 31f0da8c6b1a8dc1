package features

import (
	"errors"
	"math"
	"path/filepath"
	"slices"
	"testing"
)

// hotFolder is a folder of an earlier version: the photographs of photoTable,
// of which number 2 has a row of view 0 that is not finite, and number 1 one of
// view 2.
func hotFolder(t *testing.T) (dir string, table *Table) {
	t.Helper()
	dir = t.TempDir()
	s := mustOpen(t, dir, Options{})
	table = photoTable(t, s)
	mustClose(t, s)
	part := partFiles(t, dir)[0]
	p, err := openPart(dir, filepath.Base(part), testDim)
	if err != nil {
		t.Fatal(err)
	}
	defer p.file.Close()
	hot := &rows{d: testDim}
	x := make([]float32, testDim)
	for i, id := range p.ids {
		if err := p.row(i, x); err != nil {
			t.Fatal(err)
		}
		switch id {
		case ID{table.Records[2].Key, 0}:
			x[testDim-1] = float32(math.NaN())
		case ID{table.Records[1].Key, 2}:
			x[0] = float32(math.Inf(1))
		}
		hot.add(id, x)
	}
	if _, err := writePart(dir, hot, []string{p.name}); err != nil {
		t.Fatal(err)
	}
	return dir, table
}

// TestNotFiniteRowsAreNotUsed: such a row is none, is found by Verify, and a
// merge drops it.
func TestNotFiniteRowsAreNotUsed(t *testing.T) {
	dir, table := hotFolder(t)
	s := mustOpen(t, dir, Options{})
	hot, mild := table.Records[2].Key, table.Records[1].Key
	if s.Has(hot, 0) || !s.Has(hot, 1) || s.Has(mild, 2) || !s.Has(mild, 0) {
		t.Error("a row that is not finite is there, or another one is not")
	}
	if err := s.Row(hot, 0, make([]float32, testDim)); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v, want ErrMissing", err)
	}
	v, err := s.Verify(t.Context(), table, VerifyOptions{})
	if err != nil || len(v.Missing) != 2 || v.Missing[0].Path != table.Records[2].Path || len(v.Problems) != 2 {
		t.Errorf("found %+v, %v", v, err)
	}
	for _, p := range v.Problems {
		if !errors.Is(p, ErrNotFinite) || p.ID == nil {
			t.Errorf("problem %v", p)
		}
	}
	if m, err := s.Merge(t.Context()); err != nil || m.Damaged != 2 {
		t.Errorf("merged %+v, %v", m, err)
	}
	mustClose(t, s)
	s = mustOpen(t, dir, Options{})
	if _, err := s.Info(); err != nil || len(s.Problems()) > 0 || s.Len() != 10 {
		t.Errorf("%d rows, %v, problems %v", s.Len(), err, s.Problems())
	}
}

// TestLost: a reader finds less than the table promises.
func TestLost(t *testing.T) {
	dir, table := hotFolder(t)
	table.Records = append(table.Records, Record{Path: "next shard.jpg"})
	s := mustOpen(t, dir, Options{})
	paths := func(list []Record) (paths []string) {
		for _, r := range list {
			paths = append(paths, r.Path)
		}
		return paths
	}
	want := []string{table.Records[2].Path, table.Records[4].Path}
	if got := paths(s.Lost(table)); !slices.Equal(got, want) {
		t.Errorf("lost %q, want %q", got, want)
	}
	set, err := s.Set(table)
	if err != nil || set.Views != 1 || !slices.Equal(paths(set.Short), []string{table.Records[1].Path}) {
		t.Errorf("%d views, short %q, %v", set.Views, paths(set.Short), err)
	}
	if set, err = s.Set(&Table{Records: table.Records[:1]}); err != nil || set.Views != 2 || set.Short != nil {
		t.Errorf("%d views, short %v, %v", set.Views, set.Short, err)
	}
	if err := s.WriteTable(SamplesTable, table); err != nil {
		t.Fatal(err)
	}
	i, err := s.Info()
	if err != nil || !slices.Equal(i.Tables[0].Lost, want) || i.Tables[0].Ready != 3 || i.Tables[0].Errors != 1 || len(i.Problems) != 2 {
		t.Errorf("info %+v, %v", i, err)
	}
	last := table.Records[len(table.Records)-1]
	if !last.Waiting() || last.Promised() || table.Records[5].Waiting() || table.Records[5].Promised() || !table.Records[0].Promised() {
		t.Error("what waits, or is promised, is not what it should be")
	}
}
