package features

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

func testTable(n int) *Table {
	t := &Table{Root: "/data/caf\xe9", Scanned: time.Unix(1_700_000_000, 5).UTC()}
	for i := range n {
		r := testRow(i)
		t.Records = append(t.Records, Record{
			Path: fmt.Sprintf("train/bees/%d \xff\uEF41.jpg", i), Label: "bees", Split: "train", Key: r.Key,
			Bytes: int64(i), ModTime: time.Unix(1_600_000_000, int64(i)), Width: i, Height: 2 * i,
		})
		if i%3 > 0 {
			t.Records[i].SetInfo(testInfo(i))
		}
	}
	if n > 2 {
		t.Records[1] = Record{Path: "broken.jpg", Error: "no \xff image", ModTime: time.Unix(0, 0)}
	}
	return t
}

func TestTableComesBack(t *testing.T) {
	for _, n := range []int{0, 1, 3, 1000} {
		dir := t.TempDir()
		s := mustOpen(t, dir, Options{})
		want := testTable(n)
		if err := s.WriteTable("samples.arrow", want); err != nil {
			t.Fatal(err)
		}
		got, err := s.ReadTable("samples.arrow")
		if err != nil {
			t.Fatal(err)
		}
		if n > 2 {
			want.Records[1].Error = "no \uFFFD image"
		}
		if got.Root != want.Root || !got.Scanned.Equal(want.Scanned) || !slices.EqualFunc(got.Records, want.Records, sameRecord) {
			t.Errorf("%d records: got %+v, want %+v", n, got, want)
		}
	}
}

// TestLabelsOfTables are those of data, also in tables of earlier versions, which escaped bytes that
// are not UTF-8 and left accents as they were.
func TestLabelsOfTables(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	stored := []string{"bees", "b\uefe9", "cafe\u0301", "b\xe9", ""}
	want := []string{"bees", "b\uefe9", "caf\u00e9", "b\uefe9", ""}
	table := &Table{Root: "/data"}
	for i, label := range stored {
		table.Records = append(table.Records, Record{Path: fmt.Sprint(i), Label: label})
	}
	if err := s.WriteTable("samples.arrow", table); err != nil {
		t.Fatal(err)
	}
	got, err := s.ReadTable("samples.arrow")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got.Records {
		if r.Label != want[i] {
			t.Errorf("%+q is %+q, want %+q", stored[i], r.Label, want[i])
		}
	}
}

func sameRecord(a, b Record) bool {
	sameTime := a.ModTime.Equal(b.ModTime)
	a.ModTime, b.ModTime = time.Time{}, time.Time{}
	return sameTime && a == b
}

func TestLookup(t *testing.T) {
	scanned := time.Unix(1_700_000_000, 0)
	old, young := scanned.Add(-time.Hour), scanned.Add(-time.Second)
	key := pixels.KeyOf([]byte("x"))
	table := &Table{Root: "/data", Scanned: scanned, Records: []Record{
		{Path: "a.jpg", Key: key, Bytes: 10, ModTime: old, Width: 3},
		{Path: "young.jpg", Key: key, Bytes: 10, ModTime: young},
		{Path: "broken.jpg", Error: "no image", Bytes: 10, ModTime: old},
		{Path: "unread.jpg", Bytes: 10, ModTime: old},
	}}
	for _, c := range []struct {
		root, path string
		bytes      int64
		mtime      time.Time
		want       bool
	}{
		{"/data", "a.jpg", 10, old, true},
		{"/data", "broken.jpg", 10, old, true},
		{"/data", "a.jpg", 11, old, false},
		{"/data", "a.jpg", 10, old.Add(1), false},
		{"/copy", "a.jpg", 10, old, false},
		{"/data", "b.jpg", 10, old, false},
		{"/data", "young.jpg", 10, young, false}, // could have been written again within its time's grain
		{"/data", "unread.jpg", 10, old, false},
	} {
		if _, ok := table.Lookup(c.root, c.path, c.bytes, c.mtime); ok != c.want {
			t.Errorf("%+v: %v", c, ok)
		}
	}
	if _, ok := (*Table)(nil).Lookup("", "", 0, old); ok {
		t.Error("found in no table")
	}
}

// Each of two shards knows its own keys; the table has both, whoever writes last.
func TestShardsFillOneTable(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{})
	whole := testTable(6)
	for shard := range 2 {
		part := *whole
		part.Records = append([]Record(nil), whole.Records...)
		for i := range part.Records {
			if i%2 != shard {
				part.Records[i].Key, part.Records[i].Width, part.Records[i].Height, part.Records[i].Error = pixels.Key{}, 0, 0, ""
			}
		}
		if err := s.WriteTable("samples.arrow", &part); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.ReadTable("samples.arrow")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got.Records {
		if r.Key != whole.Records[i].Key || r.Width != whole.Records[i].Width || (r.Error == "") != (whole.Records[i].Error == "") {
			t.Errorf("record %d is %+v, want %+v", i, r, whole.Records[i])
		}
	}
}

func TestTableNames(t *testing.T) {
	a, b := TableName("/a"), TableName("/b")
	if a == b || !isTable(a) || !isTable(b) || !isTable(SamplesTable) || SamplesTable != "samples.arrow" || isTable("samplesx.arrow") || isTable("part-1.arrow") {
		t.Errorf("names %q and %q", a, b)
	}
}

func BenchmarkUnchangedFiles(b *testing.B) {
	dir := b.TempDir()
	table := testTable(40_000)
	path := filepath.Join(dir, "samples.arrow")
	if err := writeTable(path, table); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := readTable(path)
		if err != nil {
			b.Fatal(err)
		}
		for i := range table.Records {
			r := &table.Records[i]
			if _, ok := t.Lookup(t.Root, r.Path, r.Bytes, r.ModTime); !ok {
				b.Fatalf("%q was not found", r.Path)
			}
		}
	}
}

func FuzzTable(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "samples.arrow")
	if err := writeTable(path, testTable(3)); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, false)
	f.Add(seed, true)
	// Forged, the checksum is made to match, so that what lies behind it is tried too. Whatever
	// is read has texts that can be written and read again, and is found by its path.
	f.Fuzz(func(t *testing.T, b []byte, forged bool) {
		if forged {
			b = bytes.Clone(b)
			forge(b)
		}
		table, err := parseTable(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, r := range table.Records {
			if p := dataset.Escape(r.Path); !utf8.ValidString(p) || dataset.Unescape(p) != r.Path {
				t.Fatalf("path %q is written as %q", r.Path, p)
			}
			if i, ok := table.find(r.Path); !ok || table.Records[i].Path != r.Path {
				t.Fatalf("path %q is not found", r.Path)
			}
		}
	})
}

// forge puts the right checksum into both seals.
func forge(b []byte) {
	r, size := bytes.NewReader(b), int64(len(b))
	at, err := sealPlaces(r, size)
	if err != nil {
		return
	}
	sum, err := checksum(r, size, seal{}, at)
	if err != nil {
		return
	}
	for _, pos := range at {
		copy(b[pos:], seal{crc: sum}.String())
	}
}

// Every byte changed and the checksum forged: an error or a table, and no exhausted memory.
func TestForgedTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "samples.arrow")
	if err := writeTable(path, testTable(3)); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range sound {
		for _, mask := range []byte{1, 0x80, 0xFF} {
			b := bytes.Clone(sound)
			b[i] ^= mask
			forge(b)
			if _, err := parseTable(bytes.NewReader(b), int64(len(b))); err != nil {
				refused++
			}
		}
	}
	if refused == 0 || refused == 3*len(sound) {
		t.Errorf("%d of %d were refused", refused, 3*len(sound))
	}
}
