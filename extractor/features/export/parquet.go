package export

import (
	"context"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"graft/extractor/dataset"
	"graft/extractor/features"
)

// NewParquet begins a Parquet file with Zstandard compression and the schema in its metadata. Each
// Write of the writer is a row group. Its Close ends the file and leaves w open, which Close of a
// pqarrow.FileWriter otherwise closes if it can.
func NewParquet(w io.Writer, schema *arrow.Schema, more ...parquet.WriterProperty) (*pqarrow.FileWriter, error) {
	props := parquet.NewWriterProperties(append([]parquet.WriterProperty{parquet.WithCompression(compress.Codecs.Zstd)}, more...)...)
	hidden := struct{ io.Writer }{w}
	return pqarrow.NewFileWriter(schema, hidden, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
}

func parquetSchema(d int) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "path", Type: arrow.BinaryTypes.String},
		{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "split", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "key", Type: arrow.BinaryTypes.String},
		{Name: "view", Type: arrow.PrimitiveTypes.Int32},
	}
	for k := range d {
		fields = append(fields, arrow.Field{Name: "f" + strconv.Itoa(k), Type: arrow.PrimitiveTypes.Float32})
	}
	return arrow.NewSchema(fields, nil)
}

// parquetRows is the rows of a row group, which is what writing holds in memory.
const parquetRows = 4096

func (t table) parquet(ctx context.Context, w io.Writer) error {
	schema := parquetSchema(t.Dim())
	// A dictionary of features would hold each value once: it only costs.
	out, err := NewParquet(w, schema, parquet.WithDictionaryDefault(false))
	if err != nil {
		return err
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	n := 0
	flush := func() error {
		batch := b.NewRecordBatch()
		defer batch.Release()
		n = 0
		return out.Write(batch)
	}
	err = t.each(ctx, func(r *features.Record, view int, x []float32) error {
		appendRow(b, r, view, x)
		if n++; n == parquetRows {
			return flush()
		}
		return nil
	})
	if err == nil && n > 0 {
		err = flush()
	}
	if err != nil {
		return err
	}
	return out.Close()
}

func appendRow(b *array.RecordBuilder, r *features.Record, view int, x []float32) {
	for i, text := range []string{dataset.Escape(r.Path), dataset.Label(r.Label), dataset.Escape(r.Split)} {
		if c := b.Field(i).(*array.StringBuilder); text == "" {
			c.AppendNull()
		} else {
			c.Append(text)
		}
	}
	b.Field(3).(*array.StringBuilder).Append(r.Key.String())
	b.Field(4).(*array.Int32Builder).Append(int32(view))
	for k, v := range x {
		b.Field(5 + k).(*array.Float32Builder).Append(v)
	}
}
