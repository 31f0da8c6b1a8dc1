// Package export writes features for other tools: csv, npy and parquet. Write does it for a set of
// features; NewParquet opens a Parquet file, and Compress a compressed one, for tables of another
// kind.
package export

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor/durable"
	"graft/extractor/features"
)

// Formats are the names that Write takes.
var Formats = []string{"csv", "csv.gz", "csv.zst", "npy", "parquet"}

// FormatOf is the format that a file's name ends in, "" if it is none.
func FormatOf(filename string) string {
	name := strings.ToLower(filepath.Base(filename))
	for _, f := range slices.Backward(Formats) {
		if strings.HasSuffix(name, "."+f) {
			return f
		}
	}
	return ""
}

// Written says what Write wrote.
type Written struct {
	Files []string
	Rows  int // records × views
	Dim   int // d
}

// Write writes the set's rows, all views of each record one after the other, to path:
//
//	csv      path,label,split,key,view,f0,f1,…  numbers in the fewest digits that read back the same;
//	         csv.gz and csv.zst are the same, compressed
//	parquet  the same columns; the features as float32, label and split null where there is none
//	npy      the n×d matrix, little-endian float32; the other columns in a .csv beside it
//
// Paths that are not UTF-8 are written as in the samples table. The files appear whole or not at all.
func Write(ctx context.Context, set *features.Set, path, format string) (Written, error) {
	w := Written{Files: []string{path}, Rows: set.Len() * (1 + set.Views), Dim: set.Dim()}
	t := table{set}
	var err error
	switch format {
	case "csv", "csv.gz", "csv.zst":
		err = durable.Write(path, func(w io.Writer) error { return t.compressed(ctx, w, CompressionOf(format)) })
	case "parquet":
		err = durable.Write(path, func(w io.Writer) error { return t.parquet(ctx, w) })
	case "npy":
		beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".csv"
		if beside == path {
			return w, fmt.Errorf("export: %q has the name of the .csv that will lie beside it; name it .npy", path)
		}
		w.Files = append(w.Files, beside)
		err = durable.Write(path, func(w io.Writer) error { return t.npy(ctx, w) })
		if err == nil {
			err = durable.Write(beside, func(w io.Writer) error { return t.csv(ctx, w, 0) })
		}
	default:
		return w, fmt.Errorf("export: the format is %q; possible are %s", format, strings.Join(Formats, ", "))
	}
	return w, err
}

// compressed writes csv with all features, compressed or, with "", as it is.
func (t table) compressed(ctx context.Context, w io.Writer, compression string) error {
	out, err := Compress(w, compression)
	if err != nil {
		return err
	}
	if err := t.csv(ctx, out, t.Dim()); err != nil {
		return err
	}
	return out.Close()
}

// A table is a set being written, a row a view of a record.
type table struct{ *features.Set }

// each calls use with every row; x is valid until the next.
func (t table) each(ctx context.Context, use func(r *features.Record, view int, x []float32) error) error {
	x := make([]float32, t.Dim())
	for i := range t.Records {
		if err := ctx.Err(); err != nil {
			return err
		}
		for view := range t.Views + 1 {
			if err := t.View(i, view, x); err != nil {
				return err
			}
			if err := use(&t.Records[i], view, x); err != nil {
				return err
			}
		}
	}
	return nil
}
