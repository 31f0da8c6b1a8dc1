package predictions

import (
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/extractor/features/export"
)

// parquetWriter writes a Parquet table.
type parquetWriter struct {
	columns Columns
	file    *pqarrow.FileWriter
	rows    *array.RecordBuilder
	n       int // rows that are not in the file yet
}

// rowGroup is how many rows are held until they are written.
const rowGroup = 8192

func newParquet(w io.Writer, c Columns) (Writer, error) {
	var fields []arrow.Field
	for _, name := range c.names() {
		field := arrow.Field{Name: name, Type: arrow.BinaryTypes.String}
		if strings.HasPrefix(name, "probability") {
			field.Type = arrow.PrimitiveTypes.Float64
		}
		fields = append(fields, field)
	}
	schema := arrow.NewSchema(fields, nil)
	file, err := export.NewParquet(w, schema)
	if err != nil {
		return nil, fmt.Errorf("write parquet: %w", err)
	}
	return &parquetWriter{columns: c, file: file, rows: array.NewRecordBuilder(memory.DefaultAllocator, schema)}, nil
}

func (w *parquetWriter) Write(p *Prediction) error {
	others, err := w.columns.others(p)
	if err != nil {
		return err
	}
	next := 0
	text := func(s string) { w.rows.Field(next).(*array.StringBuilder).Append(escaped(s)); next++ }
	number := func(x float64) { w.rows.Field(next).(*array.Float64Builder).Append(x); next++ }
	text(p.Path)
	text(p.Label)
	number(p.Probability)
	if w.columns.Guess {
		text(p.Guess)
	}
	for _, s := range others {
		text(s.Label)
		number(s.Probability)
	}
	if w.n++; w.n == rowGroup {
		return w.flush()
	}
	return nil
}

func (w *parquetWriter) flush() error {
	batch := w.rows.NewRecordBatch()
	defer batch.Release()
	w.n = 0
	if err := w.file.Write(batch); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}

func (w *parquetWriter) Close() error {
	defer w.rows.Release()
	if w.n > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if err := w.file.Close(); err != nil {
		return fmt.Errorf("write parquet: %w", err)
	}
	return nil
}
