package extractortest

import (
	"path/filepath"
	"testing"

	"graft/extractor/features"
)

// Partitioned copies a folder of features with one table into a store of so many partitions. With
// another lot, rows lie in other parts.
func Partitioned(t testing.TB, dir string, partitions, lot int) string {
	t.Helper()
	from, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	table, err := from.ReadTable(features.SamplesTable)
	if err != nil {
		t.Fatal(err)
	}
	layout, to := features.Layout{Partitions: partitions}, filepath.Join(t.TempDir(), "partitioned")
	sink, err := features.NewSink(to, from.Meta(), layout)
	if err != nil {
		t.Fatal(err)
	}
	tables := make([]features.Table, partitions)
	for i, r := range table.Records {
		x := make([]float32, from.Dim())
		if err := from.Row(r.Key, 0, x); err != nil {
			t.Fatal(err)
		}
		if _, err := sink.Append(features.Row{ID: features.ID{Key: r.Key}, Features: x}); err != nil {
			t.Fatal(err)
		}
		if (i+1)%lot == 0 || i+1 == len(table.Records) {
			if _, err := sink.Seal(); err != nil {
				t.Fatal(err)
			}
		}
		p := layout.OfSample(&r)
		tables[p].Records = append(tables[p].Records, r)
	}
	for i := range tables {
		tables[i].Root, tables[i].Scanned = table.Root, table.Scanned
		if len(tables[i].Records) == 0 {
			continue
		}
		if err := features.WriteTableFile(filepath.Join(layout.Folder(to, i), features.SamplesTable), &tables[i]); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
