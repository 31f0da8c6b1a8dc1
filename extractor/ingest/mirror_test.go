package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/bucket/buckettest"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/trunk"
)

// TestMirror fetches stores from a bucket, of one folder and of partitions: how much, and where to, is said
// before; the second time nothing is fetched.
func TestMirror(t *testing.T) {
	plain := extractortest.Synthetic{N: 60, D: 4}.Folder(t)
	for _, partitions := range []int{1, 16} {
		root, c := buckettest.Folder(t), trunk.Cache{Dir: t.TempDir()}
		store := plain
		if partitions > 1 {
			store = extractortest.Partitioned(t, plain, partitions, 10)
		}
		if err := os.CopyFS(filepath.Join(root, "b", "store"), os.DirFS(store)); err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			progress := new(extractor.Progress)
			m, err := OpenMirror(t.Context(), c, "s3://b/store", progress)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(progress.Notes(), "\n")
			if said := strings.Contains(notes, "are fetched into "+m.Dir); said != (n == 0) {
				t.Errorf("the notes are %q", notes)
			}
			rows := 0
			layout := features.Layout{Partitions: partitions}
			for i := range partitions {
				if err := m.Partition(t.Context(), layout, i); err != nil {
					t.Fatal(err)
				}
				if s, err := features.OpenExisting(layout.Folder(m.Dir, i), features.Options{}); err == nil {
					rows += s.Len()
					s.Close()
				}
			}
			if rows != 60 {
				t.Errorf("%d partitions: %d rows", partitions, rows)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	var none *NoStoreError
	if _, err := OpenMirror(t.Context(), trunk.Cache{Dir: t.TempDir()}, "s3://b/nothing", nil); !errors.As(err, &none) {
		t.Errorf("no store: %v", err)
	}
}
