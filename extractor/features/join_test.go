package features

import (
	"slices"
	"testing"
	"time"

	"graft/extractor/pixels"
)

// Two processes scanned the same data and know different files of it; whoever writes last, the
// table is the later scan's and has what both know.
func TestTablesOfTwoScansAreJoined(t *testing.T) {
	day := time.Unix(1_700_000_000, 0)
	at := func(d time.Duration) time.Time { return day.Add(d) }
	key := func(s string) pixels.Key { return pixels.KeyOf([]byte(s)) }
	file := func(path string, k pixels.Key) Record {
		return Record{Path: path, Key: k, Bytes: 9, ModTime: at(-time.Hour), Width: 3}
	}
	first := Table{Root: "/data", Scanned: day, Records: []Record{
		file("a", key("a")), file("b", pixels.Key{}), file("changed", key("old")), file("gone", key("gone")),
	}}
	later := Table{Root: "/data", Scanned: at(time.Minute), Records: []Record{
		file("a", pixels.Key{}), file("b", key("b")), file("changed", pixels.Key{}), file("new", pixels.Key{}),
	}}
	later.Records[2].ModTime = at(time.Second)
	for name, order := range map[string][2]*Table{"later last": {&first, &later}, "later first": {&later, &first}} {
		got := joined(order[1], order[0], at(time.Hour))
		if len(got.Records) != 4 || !got.Scanned.Equal(later.Scanned) {
			t.Fatalf("%s: %+v, want the files of the later scan", name, got)
		}
		for i, want := range []pixels.Key{key("a"), key("b"), {}, {}} {
			if r := got.Records[i]; r.Path != later.Records[i].Path || r.Key != want {
				t.Errorf("%s: record %d is %q with key %v, want %q with %v", name, i, r.Path, r.Key, later.Records[i].Path, want)
			}
		}
	}
	headed := first
	headed.Records = slices.Clone(first.Records)
	headed.Records[0].SetInfo(testInfo(1))
	if got := joined(&headed, &later, at(time.Hour)).Records[0]; got.Info() != testInfo(1) {
		t.Errorf("of a file that only the other scan read, the header is %+v", got.Info())
	}
	if later.Records[0].Key != (pixels.Key{}) {
		t.Error("joining changed a table that went in")
	}
	// A clock was wrong: a scan of the future does not keep the files of the present out.
	if got := joined(&first, &later, at(time.Second)); got.Records[3].Path != "gone" {
		t.Errorf("the table of a scan of the future won: %+v", got)
	}
}

// A file written about when it was read may have been written again since: what the other process
// found is taken over, but a later run reads it.
func TestJoinedTablesDoNotBelieveYoungFiles(t *testing.T) {
	scanned := time.Unix(1_700_000_000, 0)
	young := Record{Path: "young", Key: pixels.KeyOf([]byte("x")), Bytes: 9, ModTime: scanned.Add(-time.Second)}
	old := Table{Root: "/data", Scanned: scanned, Records: []Record{young}}
	unread := young
	unread.Key = pixels.Key{}
	got := joined(&Table{Root: "/data", Scanned: scanned.Add(time.Minute), Records: []Record{unread}}, &old, scanned.Add(time.Hour))
	if got.Records[0].Key != young.Key {
		t.Error("the key was not taken over")
	}
	if _, ok := got.Lookup("/data", "young", 9, young.ModTime); ok {
		t.Error("the file is believed to be unchanged")
	}
}
