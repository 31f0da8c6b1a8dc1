package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/extractor/dataset"
	"graft/extractor/features/export"
)

// parquetWriter writes predictions as one Parquet table: labels are strings,
// probabilities doubles.
type parquetWriter struct {
	columns predictionColumns
	file    *pqarrow.FileWriter
	rows    *array.RecordBuilder
	n       int // rows that are not in the file yet
	err     error
}

// rowGroup is how many rows are held until they are written.
const rowGroup = 8192

func newParquetWriter(w io.Writer, columns predictionColumns) *parquetWriter {
	var fields []arrow.Field
	for _, name := range columns.names() {
		field := arrow.Field{Name: name, Type: arrow.BinaryTypes.String}
		if strings.HasPrefix(name, "probability") {
			field.Type = arrow.PrimitiveTypes.Float64
		}
		fields = append(fields, field)
	}
	schema := arrow.NewSchema(fields, nil)
	p := &parquetWriter{columns: columns, rows: array.NewRecordBuilder(memory.DefaultAllocator, schema)}
	p.file, p.err = export.NewParquet(w, schema)
	return p
}

func (p *parquetWriter) write(v *verdict) error {
	if p.err != nil {
		return fmt.Errorf("write parquet: %w", p.err)
	}
	next := 0
	text := func(s string) { p.rows.Field(next).(*array.StringBuilder).Append(dataset.Escape(s)); next++ }
	number := func(x float64) { p.rows.Field(next).(*array.Float64Builder).Append(x); next++ }
	text(v.Path)
	text(v.Label)
	number(v.Probability)
	if p.columns.guess {
		text(v.Guess)
	}
	for i := 1; i < p.columns.k; i++ {
		text(v.Top[i].Label)
		number(v.Top[i].Probability)
	}
	if p.n++; p.n == rowGroup {
		return p.flush()
	}
	return nil
}

func (p *parquetWriter) flush() error {
	batch := p.rows.NewRecordBatch()
	defer batch.Release()
	p.n = 0
	if err := p.file.Write(batch); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

func (p *parquetWriter) end() error {
	if p.err != nil {
		return fmt.Errorf("write parquet: %w", p.err)
	}
	defer p.rows.Release()
	if p.n > 0 {
		if err := p.flush(); err != nil {
			return err
		}
	}
	if err := p.file.Close(); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}
