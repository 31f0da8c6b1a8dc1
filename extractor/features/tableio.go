package features

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
)

const tableFormat = "1"

// tableBatch is the rows of a batch of a table on disk.
const tableBatch = 1 << 12

// tableColumns are the columns of a table. Those from tableHeader on were added later; a table has
// all of them or none.
var tableColumns = []arrow.Field{
	{Name: "path", Type: arrow.BinaryTypes.String},
	{Name: "label", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "split", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "key", Type: &arrow.FixedSizeBinaryType{ByteWidth: len(pixels.Key{})}, Nullable: true},
	{Name: "bytes", Type: arrow.PrimitiveTypes.Int64},
	{Name: "mtime", Type: &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}},
	{Name: "width", Type: arrow.PrimitiveTypes.Int32},
	{Name: "height", Type: arrow.PrimitiveTypes.Int32},
	{Name: "error", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "format", Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: "orientation", Type: arrow.PrimitiveTypes.Int32},
	{Name: "bit_depth", Type: arrow.PrimitiveTypes.Int32},
	{Name: "gray", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "alpha", Type: arrow.FixedWidthTypes.Boolean},
}

const tableHeader = 9

// tableSchema is the schema of t with some of the columns.
func tableSchema(t *Table, columns []arrow.Field) *arrow.Schema {
	keys := []string{"graft.format", "graft.root", "graft.scanned", sealKey}
	values := []string{tableFormat, dataset.Escape(t.Root), t.Scanned.UTC().Format(time.RFC3339Nano), seal{}.String()}
	if t.About != "" {
		keys, values = append(keys, aboutKey), append(values, t.About)
	}
	meta := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(columns, &meta)
}

// writeTable writes the table whole or not at all, holding one batch at a time.
func writeTable(path string, t *Table) error {
	schema := tableSchema(t, tableColumns)
	return durable.WriteFile(path, func(f *durable.File) error {
		out := &holeWriter{w: f}
		w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema))
		if err != nil {
			return err
		}
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		for rest := t.Records; ; {
			n := min(len(rest), tableBatch)
			for _, r := range rest[:n] {
				r.append(b)
			}
			if err := writeBatch(w, b); err != nil {
				return err
			}
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		return sealFile(f, out.size, 0, 0)
	})
}

func writeBatch(w *ipc.FileWriter, b *array.RecordBuilder) error {
	batch := b.NewRecordBatch()
	defer batch.Release()
	return w.Write(batch)
}

func (r *Record) append(b *array.RecordBuilder) {
	text := func(i int, s string, null bool) {
		if c := b.Field(i).(*array.StringBuilder); null {
			c.AppendNull()
		} else {
			c.Append(s)
		}
	}
	text(0, dataset.Escape(r.Path), false)
	text(1, dataset.Label(r.Label), r.Label == "")
	text(2, dataset.Escape(r.Split), r.Split == "")
	if key := b.Field(3).(*array.FixedSizeBinaryBuilder); r.Key == (pixels.Key{}) {
		key.AppendNull()
	} else {
		key.Append(r.Key[:])
	}
	b.Field(4).(*array.Int64Builder).Append(r.Bytes)
	b.Field(5).(*array.TimestampBuilder).Append(arrow.Timestamp(nanos(r.ModTime)))
	b.Field(6).(*array.Int32Builder).Append(int32(r.Width))
	b.Field(7).(*array.Int32Builder).Append(int32(r.Height))
	text(8, strings.ToValidUTF8(r.Error, "\uFFFD"), r.Error == "")
	text(9, r.Format, r.Format == "")
	b.Field(10).(*array.Int32Builder).Append(int32(r.Orientation))
	b.Field(11).(*array.Int32Builder).Append(int32(r.BitDepth))
	b.Field(12).(*array.BooleanBuilder).Append(r.Gray)
	b.Field(13).(*array.BooleanBuilder).Append(r.Alpha)
}

// readTable reads and checks a table.
func readTable(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errUnsealed
	}
	return parseTable(f, info.Size())
}

// parseTable checks the seal of a table of that size, and decodes it.
func parseTable(f ipc.ReadAtSeeker, size int64) (*Table, error) {
	s, err := readSeal(f, size)
	if err != nil {
		return nil, err
	}
	if s.bytes != 0 {
		return nil, errUnsealed
	}
	return decodeTable(f, size)
}

// decodeTable reads a table whose checksum was right; see readSchema about panics.
func decodeTable(f ipc.ReadAtSeeker, size int64) (t *Table, err error) {
	defer func() {
		if r := recover(); r != nil {
			t, err = nil, fmt.Errorf("it is malformed: %v", r)
		}
	}()
	if err := guard(f, size); err != nil {
		return nil, err
	}
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t = &Table{}
	if s := r.Schema(); !s.Equal(tableSchema(t, tableColumns)) && !s.Equal(tableSchema(t, tableColumns[:tableHeader])) {
		return nil, errors.New("it has other columns than a samples table")
	}
	meta := r.Schema().Metadata()
	if v, _ := meta.GetValue("graft.format"); v != tableFormat {
		return nil, fmt.Errorf("it has format %q; this graft reads %q", v, tableFormat)
	}
	root, _ := meta.GetValue("graft.root")
	t.Root = dataset.Unescape(root)
	t.About, _ = meta.GetValue(aboutKey)
	scanned, _ := meta.GetValue("graft.scanned")
	if t.Scanned, err = time.Parse(time.RFC3339Nano, cmp.Or(scanned, "missing")); err != nil {
		return nil, err
	}
	for i := range r.NumRecords() {
		b, err := r.RecordBatchAt(i)
		if err != nil {
			return nil, err
		}
		if i == 0 { // batches are of one length, and a row has more than its key
			t.Records = make([]Record, 0, min(b.NumRows()*int64(r.NumRecords()), size/int64(len(pixels.Key{}))))
		}
		t.Records = appendRecords(t.Records, b)
		b.Release()
	}
	t.paths = new(pathIndex)
	return t, nil
}

// appendRecords copies the rows of a batch.
func appendRecords(list []Record, b arrow.RecordBatch) []Record {
	text := func(i, row int) string {
		if c := b.Column(i).(*array.String); !c.IsNull(row) {
			return strings.Clone(c.Value(row))
		}
		return ""
	}
	keys, bytes := b.Column(3).(*array.FixedSizeBinary), b.Column(4).(*array.Int64)
	mtimes := b.Column(5).(*array.Timestamp)
	widths, heights := b.Column(6).(*array.Int32), b.Column(7).(*array.Int32)
	names := map[string]string{} // labels and splits repeat
	shared := func(s string) string {
		if old, ok := names[s]; ok {
			return old
		}
		names[s] = s
		return s
	}
	at := len(list)
	for i := range int(b.NumRows()) {
		r := Record{
			Path: dataset.Unescape(text(0, i)), Label: shared(dataset.Label(text(1, i))), Split: shared(dataset.Unescape(text(2, i))),
			Bytes: bytes.Value(i), ModTime: time.Unix(0, int64(mtimes.Value(i))),
			Width: int(widths.Value(i)), Height: int(heights.Value(i)), Error: dataset.Unescape(text(8, i)),
		}
		if !keys.IsNull(i) {
			r.Key = pixels.Key(keys.Value(i))
		}
		list = append(list, r)
	}
	if b.NumCols() > tableHeader {
		readHeaders(list[at:], b, shared)
	}
	return list
}

// readHeaders fills in what the files' headers say.
func readHeaders(list []Record, b arrow.RecordBatch, shared func(string) string) {
	formats, orientations, depths := b.Column(9).(*array.String), b.Column(10).(*array.Int32), b.Column(11).(*array.Int32)
	grays, alphas := b.Column(12).(*array.Boolean), b.Column(13).(*array.Boolean)
	for i := range list {
		r := &list[i]
		if !formats.IsNull(i) {
			r.Format = shared(strings.Clone(formats.Value(i)))
		}
		r.Orientation, r.BitDepth = int(orientations.Value(i)), int(depths.Value(i))
		r.Gray, r.Alpha = grays.Value(i), alphas.Value(i)
	}
}
