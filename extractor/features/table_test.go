package features

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

func testTable(n int) *Table {
	t := &Table{Root: "/data/caf\xe9", Scanned: time.Unix(1_700_000_000, 5).UTC()}
	for i := range n {
		r := testRow(i)
		t.Records = append(t.Records, Record{
			Path: fmt.Sprintf("train/bees/%d \xff\uEF41.jpg", i), Label: "bees", Split: "train", Key: r.Key,
			Bytes: int64(i), ModTime: time.Unix(1_600_000_000, int64(i)), Width: i, Height: 2 * i,
		})
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
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d records: got %+v, want %+v", n, got, want)
		}
	}
}
