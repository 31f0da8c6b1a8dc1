package features

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every byte of a part is flipped in turn. Whatever the byte, the damage is found and named, no
// value of a damaged row is served, what is missing can be appended again, and a merge leaves a
// sound folder. The repair, which waits for the disk, is done for every 16th byte.
func TestEveryByteOfAPartFlipped(t *testing.T) {
	const n = 4
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	mustAppend(t, s, testRows(0, n)...)
	mustClose(t, s)
	path := partFiles(t, dir)[0]
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sound {
		mask := byte(1) << (i % 8)
		if i%3 == 0 {
			mask = 0xFF
		}
		flipped := append([]byte(nil), sound...)
		flipped[i] ^= mask
		if err := os.WriteFile(path, flipped, 0o666); err != nil {
			t.Fatal(err)
		}
		damaged(t, dir, filepath.Base(path), n, i, i%16 == 0)
		for _, f := range partFiles(t, dir) {
			os.Remove(f)
		}
	}
}

// damaged opens the folder as extracting again does, and with repair appends what is missing.
func damaged(t *testing.T, dir, name string, n, at int, repair bool) {
	t.Helper()
	s, err := Open(dir, testMeta(), Options{})
	if err != nil {
		t.Fatalf("byte %d: %v", at, err)
	}
	missing := 0
	for i := range n {
		r := testRow(i)
		if !s.Has(r.Key, int(r.View)) {
			missing++
			if err := s.Row(r.Key, int(r.View), make([]float32, testDim)); !errors.Is(err, ErrMissing) {
				t.Fatalf("byte %d: a damaged row gave %v, want ErrMissing", at, err)
			}
			if repair {
				mustAppend(t, s, r)
			}
		}
	}
	if p := s.Problems(); missing == 0 || len(p) != 1 || !strings.Contains(p[0].Error(), name) {
		t.Fatalf("byte %d: %d rows missing, problems %v; want one that names %s", at, missing, p, name)
	}
	defer s.Close()
	if !repair {
		return
	}
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatalf("byte %d: %v", at, err)
	}
	mustClose(t, s)
	if s, err = OpenExisting(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantRows(t, s, 0, n)
	if p := s.Problems(); len(p) > 0 {
		t.Fatalf("byte %d: after the repair: %v", at, p)
	}
}

// The same for the samples table, which is one unit: damaged anywhere, it is refused.
func TestEveryByteOfATableFlipped(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if err := s.WriteTable("samples.arrow", testTable(4)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "samples.arrow")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= 1 << (i % 8)
		if _, err := parseTable(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Fatalf("byte %d flipped was not found", i)
		}
		b[i] ^= 1 << (i % 8)
	}
	for n := range b {
		if _, err := parseTable(bytes.NewReader(b[:n]), int64(n)); err == nil {
			t.Fatalf("the first %d bytes were taken for a table", n)
		}
	}
	if err := os.WriteFile(path, b[:len(b)-1], 0o666); err != nil {
		t.Fatal(err)
	}
	var damaged *TableError
	if _, err := s.ReadTable(SamplesTable); !errors.As(err, &damaged) || damaged.Name != SamplesTable || damaged.Hint() == "" {
		t.Errorf("error %v, want one that names the table", err)
	}
}

func TestTornAndForeignParts(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	mustAppend(t, s, testRows(0, 3)...)
	mustClose(t, s)
	b, err := os.ReadFile(partFiles(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	foreign := map[string][]byte{
		"part-empty.arrow": nil, "part-text.arrow": []byte("hello"), "part-half.arrow": b[:len(b)/2],
		"part-magic.arrow": []byte("ARROW1\x00\x00\xff\xff\xff\xff\xff\xff\xff\xffARROW1"),
	}
	for name, content := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "part-folder.arrow"), 0o777); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{})
	wantRows(t, s, 0, 3)
	if got := len(s.Problems()); got != len(foreign)+1 {
		t.Errorf("problems %v, want one for each foreign file", s.Problems())
	}
	if _, err := s.Merge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(partFiles(t, dir)); got != len(foreign)+2 {
		t.Errorf("%d files after a merge; it must leave alone what graft did not write", got)
	}
}

func TestPartOfAnotherWidth(t *testing.T) {
	dir := dirWithMeta(t, t.TempDir())
	r := &rows{d: testDim + 1}
	r.add(ID{}, make([]float32, testDim+1))
	name, err := writePart(dir, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, Options{})
	if p := s.Problems(); len(p) != 1 || p[0].File != name || s.Len() != 0 {
		t.Errorf("problems %v, %d rows; want one problem and none", p, s.Len())
	}
}

// A row that is damaged in one part is read from another one that has it.
func TestSpareCopyIsServed(t *testing.T) {
	dir := dirWithMeta(t, t.TempDir())
	for range 2 {
		if _, err := writePartOf(dir, testRows(0, 2)); err != nil {
			t.Fatal(err)
		}
	}
	path := partFiles(t, dir)[0]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPart(dir, filepath.Base(path), testDim)
	if err != nil {
		t.Fatal(err)
	}
	b[p.at] ^= 1
	p.file.Close()
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, Options{})
	wantRows(t, s, 0, 2)
	if p := s.Problems(); len(p) != 1 || p[0].ID == nil {
		t.Errorf("problems %v, want the damaged row", p)
	}
}

// A file cut short under an open store is a failure of reading, not of the process.
func TestPartCutWhileOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{SealRows: 5000})
	mustAppend(t, s, testRows(0, 5000)...)
	path := partFiles(t, dir)[0]
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	r := testRow(4999)
	if err := s.Row(r.Key, int(r.View), make([]float32, testDim)); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v, want ErrMissing", err)
	}
}
