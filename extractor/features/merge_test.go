package features

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// scatter makes a folder with n rows in parts of 3.
func scatter(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{SealRows: 3})
	mustAppend(t, s, testRows(0, n)...)
	mustClose(t, s)
	return dir
}

func TestMerge(t *testing.T) {
	dir := scatter(t, 30)
	s := mustOpen(t, dir, Options{SealRows: 12})
	mustAppend(t, s, testRows(30, 32)...)
	m, err := s.Merge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m.Before != 11 || m.After != 3 {
		t.Errorf("merged %+v, want 11 parts to 3", m)
	}
	wantRows(t, s, 0, 32)
	mustClose(t, s)
	if got := len(partFiles(t, dir)); got != 3 {
		t.Errorf("%d files, want 3", got)
	}
	s = mustOpen(t, dir, Options{SealRows: 12})
	wantRows(t, s, 0, 32)
	if m, err := s.Merge(t.Context()); err != nil || m.Before != 3 || m.After != 3 {
		t.Errorf("a second merge: %+v, %v; want nothing to do", m, err)
	}
}

// crash is what a merge that dies leaves behind: the panic that stops it.
type crash struct{}

// dieAt merges and stops before step number n, as a killed process would; false if it has fewer.
func dieAt(t *testing.T, s *Store, n int) (died bool) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(crash); !ok {
				panic(r)
			}
			died = true
		}
	}()
	s.step = func(string) {
		if n--; n < 0 {
			panic(crash{})
		}
	}
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	return false
}

func TestMergeKilledAtEachStep(t *testing.T) {
	const n = 21
	for step := 0; ; step++ {
		dir := scatter(t, n)
		s := mustOpen(t, dir, Options{SealRows: 12})
		died := dieAt(t, s, step)
		s.Close()
		r, err := OpenExisting(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, r, 0, n)
		total := 0
		for _, p := range r.parts {
			total += len(p.ids)
		}
		if total != n {
			t.Errorf("killed before step %d: %d rows are read, want %d: something is doubled", step, total, n)
		}
		r.Close()
		s = mustOpen(t, dir, Options{SealRows: 12})
		if _, err := s.Merge(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, s, 0, n)
		if got := len(partFiles(t, dir)); got != 2 {
			t.Errorf("killed before step %d and merged again: %d files, want 2", step, got)
		}
		if !died {
			if step < 4 {
				t.Fatalf("the merge has only %d steps", step)
			}
			return
		}
	}
}

func TestMergeKeepsOpenReadersReadable(t *testing.T) {
	dir := scatter(t, 9)
	a, b := mustOpen(t, dir, Options{}), mustOpen(t, dir, Options{})
	if _, err := a.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, b, 0, 9) // its files are gone from the folder
	mustAppend(t, b, testRows(9, 11)...)
	if _, err := b.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, b, 0, 11)
	wantRows(t, a, 0, 9)
}

func TestMergeDropsDuplicates(t *testing.T) {
	dir := t.TempDir()
	a, b := mustOpen(t, dir, Options{}), mustOpen(t, dir, Options{})
	mustAppend(t, a, testRows(0, 6)...)
	mustAppend(t, b, testRows(3, 9)...)
	mustClose(t, a)
	mustClose(t, b)
	s := mustOpen(t, dir, Options{})
	wantRows(t, s, 0, 9)
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, 0, 9)
	if got := len(s.parts[0].ids); got != 9 {
		t.Errorf("%d rows on the disk, want 9", got)
	}
}

func TestLeftoversAreRemoved(t *testing.T) {
	dir := scatter(t, 3)
	left := filepath.Join(dir, ".part-20260101T000000000-1-abcdefgh.arrow.qwertyuiopas.graft-tmp")
	if err := os.WriteFile(left, []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, Options{})
	wantRows(t, s, 0, 3)
	if _, err := os.Stat(left); err == nil {
		t.Error("the leftover of a killed writer is still there")
	}
}

func TestGC(t *testing.T) {
	dir := scatter(t, 30)
	s := mustOpen(t, dir, Options{})
	if _, err := s.GC(t.Context(), GCOptions{}); !errors.Is(err, ErrNoTable) {
		t.Fatalf("everything would have been removed, without any table: %v", err)
	}
	if err := s.WriteTable("samples.arrow", &Table{Root: "/a", Records: testTable(10).Records}); err != nil {
		t.Fatal(err)
	}
	other := &Table{Root: filepath.Join(dir, "nowhere"), Records: testTable(20).Records[15:]}
	if err := s.WriteTable(TableName(other.Root), other); err != nil {
		t.Fatal(err)
	}
	busy := mustOpen(t, dir, Options{})
	if _, err := s.GC(t.Context(), GCOptions{}); err == nil {
		t.Fatal("rows were removed while another writer was there")
	}
	mustClose(t, busy)
	c, err := s.GC(t.Context(), GCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// 10 records less the broken one, and 5 of the other table.
	if c.Rows != 30-14 || c.Kept != 14 || c.Bytes <= 0 {
		t.Errorf("collected %+v, want 16 rows gone and 14 kept", c)
	}
	if !s.Has(testRow(17).Key, 2) || s.Has(testRow(12).Key, 0) || s.Has(testRow(1).Key, 1) {
		t.Error("the wrong rows were kept")
	}
	c, err = s.GC(t.Context(), GCOptions{DropTables: true})
	if err != nil || !slices.Equal(c.Tables, []string{"/a", other.Root}) && !slices.Equal(c.Tables, []string{other.Root, "/a"}) {
		t.Errorf("collected %+v, %v; want both tables gone, whose roots do not exist", c, err)
	}
	mustClose(t, s)
	if names := partFiles(t, dir); len(names) != 0 {
		t.Errorf("left are %v", names)
	}
}

func TestManyPartsMerge(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		if _, err := writePartOf(dir, testRows(i, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, dirWithMeta(t, dir), Options{})
	m, err := s.Merge(t.Context())
	if err != nil || m.Before != 300 || m.After != 2 {
		t.Fatalf("merged %+v, %v; want 300 parts to 2", m, err)
	}
	mustClose(t, s)
	wantRows(t, mustOpen(t, dir, Options{}), 0, 300)
}

func writePartOf(dir string, list []Row) (string, error) {
	r := &rows{d: testDim}
	for _, row := range list {
		r.add(row.ID, row.Features)
	}
	return writePart(dir, r, nil)
}

func dirWithMeta(t *testing.T, dir string) string {
	t.Helper()
	b, err := testMeta().Encode()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, metaFile), b, 0o666)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("graft.json: %w", err))
	}
	return dir
}
