package features

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"graft/extractor/pixels"
)

var update = flag.Bool("update", false, "write the golden folder of features anew")

// golden is a folder of features, version 1 of the format, of photoTable's rows. Written anew, it
// keeps its part: delete that for another one.
var golden = filepath.Join("..", "..", "testdata", "golden", "features")

// before is photoTable as graft wrote it before tables had what the files' headers say.
var before = filepath.Join("..", "..", "testdata", "golden", "tables", "before-header.arrow")

func TestGoldenFolder(t *testing.T) {
	if *update {
		s := mustOpen(t, golden, Options{})
		if err := s.WriteTable("samples.arrow", photoTable(t, s)); err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)
	}
	s, err := OpenExisting(golden, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if diff := testMeta().Difference(s.Meta()); diff != "" {
		t.Error(diff)
	}
	table, err := s.ReadTable("samples.arrow")
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.Set(table)
	if err != nil {
		t.Fatal(err)
	}
	if set.Len() != 4 || len(set.Missing) != 2 || set.Records[1].Path != "1,\xff.jpg" || set.Missing[1].Error != "no image" {
		t.Errorf("records %+v, missing %+v", set.Records, set.Missing)
	}
	for n, r := range table.Records[:5] {
		if !r.HasHeader() || r.Info() != testInfo(n) {
			t.Errorf("header %+v of photograph %d, want %+v", r.Info(), n, testInfo(n))
		}
	}
	x := make([]float32, testDim)
	for n := range 4 {
		for view := range 3 {
			if err := set.View(n, view, x); err != nil || !slices.Equal(x, testRow(10*n+view).Features) {
				t.Errorf("photograph %d, view %d: %v, %v", n, view, x, err)
			}
		}
	}
}

// A table of an earlier graft has the same photographs, without what their headers say.
func TestTableBeforeHeaders(t *testing.T) {
	old, err := readTable(before)
	if err != nil {
		t.Fatal(err)
	}
	table, err := readTable(filepath.Join(golden, "samples.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	if len(old.Records) != len(table.Records) || old.Root != table.Root {
		t.Fatalf("%d records below %q, want %d below %q", len(old.Records), old.Root, len(table.Records), table.Root)
	}
	for i, r := range old.Records {
		want := table.Records[i]
		want.SetInfo(pixels.Info{})
		if r.HasHeader() || !sameRecord(r, want) {
			t.Errorf("record %d is %+v, want %+v", i, r, want)
		}
	}
}

// An old table that is written again, joined with what a new run read, has the headers; and a
// later run that knows the photographs from an old table alone does not lose them.
func TestOldTableGetsHeaders(t *testing.T) {
	old, err := readTable(before)
	if err != nil {
		t.Fatal(err)
	}
	read, err := readTable(filepath.Join(golden, "samples.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	for name, order := range map[string][2]*Table{"old first": {old, read}, "old last": {read, old}} {
		s := mustOpen(t, t.TempDir(), Options{})
		for _, table := range order {
			if err := s.WriteTable("samples.arrow", table); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.ReadTable("samples.arrow")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got.Records, read.Records, sameRecord) {
			t.Errorf("%s: %+v, want %+v", name, got.Records, read.Records)
		}
	}
}

// The golden part read with arrow-go alone, as any Arrow reader would.
func TestGoldenWithArrow(t *testing.T) {
	names := partFiles(t, golden)
	if len(names) != 1 {
		t.Fatalf("parts %q, want one", names)
	}
	f, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := r.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	list := b.Column(3).(*array.FixedSizeList)
	values := list.ListValues().(*array.Float32).Float32Values()
	for n := range 12 {
		key := testRow(n / 3).Key
		if got := b.Column(0).(*array.FixedSizeBinary).Value(n); !slices.Equal(got, key[:]) {
			t.Errorf("row %d: key %x", n, got)
		}
		if got := values[n*testDim : (n+1)*testDim]; !slices.Equal(got, testRow(n/3*10+n%3).Features) {
			t.Errorf("row %d: %v", n, got)
		}
	}
}
