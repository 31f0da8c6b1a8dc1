package features

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"graft/extractor/dataset"
	"graft/extractor/durable"
)

// Exported says what Export wrote.
type Exported struct {
	Files []string
	Rows  int // records × views
	Dim   int // d
}

// Export writes the set's rows, all views of each record one after the other, for other tools:
//
//	csv      path,label,split,key,view,f0,f1,…  numbers in the fewest digits that read back the same
//	parquet  the same columns; the features as float32, label and split null where there is none
//	npy      the n×d matrix, little-endian float32; the other columns in a .csv beside it
//
// Paths that are not UTF-8 are written as in the samples table. The files appear whole or not at all.
func (s *Set) Export(ctx context.Context, path, format string) (Exported, error) {
	e := Exported{Files: []string{path}, Rows: s.Len() * (1 + s.Views), Dim: s.Dim()}
	var err error
	switch format {
	case "csv":
		err = durable.Write(path, func(w io.Writer) error { return s.writeCSV(ctx, w, true) })
	case "parquet":
		err = durable.Write(path, func(w io.Writer) error { return s.writeParquet(ctx, w) })
	case "npy":
		beside := strings.TrimSuffix(path, filepath.Ext(path)) + ".csv"
		if beside == path {
			return e, fmt.Errorf("export: %q has the name of the .csv that will lie beside it; name it .npy", path)
		}
		e.Files = append(e.Files, beside)
		err = durable.Write(path, func(w io.Writer) error { return s.writeNPY(ctx, w) })
		if err == nil {
			err = durable.Write(beside, func(w io.Writer) error { return s.writeCSV(ctx, w, false) })
		}
	default:
		return e, fmt.Errorf("export: the format is %q; possible are npy, csv and parquet", format)
	}
	return e, err
}

// each calls use with every row to be exported.
func (s *Set) each(ctx context.Context, use func(r *Record, view int, x []float32) error) error {
	x := make([]float32, s.Dim())
	for i := range s.Records {
		if err := ctx.Err(); err != nil {
			return err
		}
		for view := range s.Views + 1 {
			if err := s.View(i, view, x); err != nil {
				return err
			}
			if err := use(&s.Records[i], view, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCSV writes the columns, with or without the features.
func (s *Set) writeCSV(ctx context.Context, w io.Writer, features bool) error {
	out := csv.NewWriter(w)
	line := []string{"path", "label", "split", "key", "view"}
	if features {
		for k := range s.Dim() {
			line = append(line, "f"+strconv.Itoa(k))
		}
	}
	if err := out.Write(line); err != nil {
		return err
	}
	err := s.each(ctx, func(r *Record, view int, x []float32) error {
		line = append(line[:0], dataset.Escape(r.Path), dataset.Escape(r.Label), dataset.Escape(r.Split), r.Key.String(), strconv.Itoa(view))
		if features {
			for _, v := range x {
				line = append(line, strconv.FormatFloat(float64(v), 'g', -1, 32))
			}
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeNPY writes version 1.0 of numpy's format: magic, header length, header padded to a
// multiple of 64 bytes, data in rows.
func (s *Set) writeNPY(ctx context.Context, w io.Writer) error {
	const before = 10 // bytes ahead of the header: magic, version, length
	head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", s.Len()*(1+s.Views), s.Dim())
	pad := 63 - (before+len(head))%64
	head += strings.Repeat(" ", pad) + "\n"
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString("\x93NUMPY\x01\x00")
	binary.Write(out, binary.LittleEndian, uint16(len(head)))
	out.WriteString(head)
	b := make([]byte, 0, 4*s.Dim())
	err := s.each(ctx, func(_ *Record, _ int, x []float32) error {
		b = b[:0]
		for _, v := range x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		_, err := out.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
