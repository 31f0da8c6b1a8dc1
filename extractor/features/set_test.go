package features

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"graft/extractor/pixels"
)

// photoTable is 6 photographs in two splits with labels, of which number 4 has no features and 5
// is broken; the others have views 0 to 2.
func photoTable(t *testing.T, s *Store) *Table {
	t.Helper()
	table := &Table{Root: "/data"}
	for n, label := range []string{"bee", "ant", "bee", "", "ant", "wasp"} {
		key := testRow(n).Key
		r := Record{Path: fmt.Sprintf("%d,\xff.jpg", n), Label: label, Split: []string{"train", "val"}[n%2], Key: key}
		if n == 5 {
			r.Key, r.Error = pixels.Key{}, "no image"
		} else {
			r.SetInfo(testInfo(n))
		}
		table.Records = append(table.Records, r)
		for view := range 3 {
			if n < 4 {
				mustAppend(t, s, Row{ID{key, int32(view)}, testRow(10*n + view).Features})
			}
		}
	}
	return table
}

// testInfo is a header that its number alone decides.
func testInfo(n int) pixels.Info {
	return pixels.Info{
		Width: 500 + n, Height: 300 + n, Format: []string{"JPEG", "PNG"}[n%2], Orientation: 1 + n%8,
		BitDepth: []int{8, 16}[n%2], Gray: n%3 == 0, Alpha: n%4 == 1,
	}
}

func TestSet(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	table := photoTable(t, s)
	set, err := s.Set(table)
	if err != nil {
		t.Fatal(err)
	}
	if set.Len() != 4 || set.Dim() != testDim || set.Views != 2 || len(set.Missing) != 2 || !slices.Equal(set.Labels, []string{"ant", "bee"}) {
		t.Errorf("%d rows of %d, %d views, missing %v, labels %q", set.Len(), set.Dim(), set.Views, set.Missing, set.Labels)
	}
	for i, want := range []int{1, 0, 1, -1} {
		if got := set.Label(i); got != want {
			t.Errorf("label of %d is %d, want %d", i, got, want)
		}
	}
	x := make([]float32, testDim)
	if err := set.View(2, 1, x); err != nil || !slices.Equal(x, testRow(21).Features) {
		t.Errorf("row %v, %v", x, err)
	}
	if set, err = s.Set(table, "val"); err != nil || set.Len() != 2 || set.Records[0].Path != table.Records[1].Path {
		t.Errorf("val has %d rows, %v", set.Len(), err)
	}
}

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	table := photoTable(t, s)
	mustClose(t, s)
	s = mustOpen(t, dir, Options{})
	o := VerifyOptions{
		Hash: func(_ context.Context, r Record) (pixels.Key, error) {
			if r.Path == table.Records[1].Path {
				return pixels.Key{}, errors.New("gone")
			}
			return r.Key, nil
		},
		Features: func(_ context.Context, r Record, view int, dst []float32) error {
			n := slices.IndexFunc(table.Records, func(q Record) bool { return q.Path == r.Path })
			copy(dst, testRow(10*n+view).Features)
			if n == 2 && view == 1 {
				dst[3] += 0.5
			}
			return nil
		},
	}
	v, err := s.Verify(t.Context(), table, o)
	if err != nil {
		t.Fatal(err)
	}
	// Nine rows: those of the photograph that is gone are not computed again.
	if v.Parts != 1 || v.Rows != 12 || v.Hashed != 5 || len(v.Changed) != 1 || v.Recomputed != 9 || v.OK() ||
		len(v.Missing) != 1 || v.Missing[0].Path != table.Records[4].Path ||
		len(v.Different) != 1 || v.Different[0] != (ID{table.Records[2].Key, 1}) {
		t.Errorf("found %+v", v)
	}
	if v, err = s.Verify(t.Context(), nil, VerifyOptions{}); err != nil || !v.OK() {
		t.Errorf("checksums alone: %+v, %v", v, err)
	}
}

func TestInfo(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	if err := s.WriteTable("samples.arrow", photoTable(t, s)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "samples-bad.arrow"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	i, err := s.Info()
	if err != nil {
		t.Fatal(err)
	}
	if i.Rows != 12 || len(i.Views) != 3 || i.Views[1].N != 4 || len(i.Tables) != 1 || len(i.Problems) != 1 {
		t.Fatalf("info %+v", i)
	}
	got := fmt.Sprint(i.Tables[0].Samples, i.Tables[0].Ready, i.Tables[0].Errors, i.Tables[0].Splits, i.Tables[0].Labels)
	if want := "6 4 1 [{train 0 3} {val 0 3}] [{ 0 1} {ant 0 2} {bee 0 2} {wasp 0 1}]"; got != want {
		t.Errorf("table %s, want %s", got, want)
	}
}
