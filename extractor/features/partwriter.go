package features

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"graft/extractor/durable"
	"graft/extractor/pixels"
)

const partFormat = "1"

// rows are rows on their way into a part, in the layout that they will have there.
type rows struct {
	d                           int
	half                        bool // float16
	ids                         []ID
	keys, views, crcs, features []byte
}

// reserve makes room for n rows at once: memory that is not written to yet costs nothing.
func (r *rows) reserve(n int) {
	if cap(r.features) == 0 {
		r.ids = make([]ID, 0, n)
		r.keys = make([]byte, 0, n*len(pixels.Key{}))
		r.views, r.crcs = make([]byte, 0, 4*n), make([]byte, 0, 4*n)
		r.features = make([]byte, 0, r.width()*n*r.d)
	}
}

// add appends one row; the order of bytes is the file's.
func (r *rows) add(id ID, x []float32) {
	begin := len(r.features)
	if r.half {
		r.features = appendHalves(r.features, x)
	} else {
		for _, v := range x {
			r.features = binary.LittleEndian.AppendUint32(r.features, math.Float32bits(v))
		}
	}
	r.ids = append(r.ids, id)
	r.keys = append(r.keys, id.Key[:]...)
	r.views = binary.LittleEndian.AppendUint32(r.views, uint32(id.View))
	r.crcs = binary.LittleEndian.AppendUint32(r.crcs, crc32.Checksum(r.features[begin:], castagnoli))
}

// reset empties r and keeps its memory.
func (r *rows) reset() {
	r.ids, r.keys, r.views, r.crcs, r.features = r.ids[:0], r.keys[:0], r.views[:0], r.crcs[:0], r.features[:0]
}

// row copies row i into dst.
func (r *rows) row(i int, dst []float32) {
	wide := r.d * r.width()
	decode(dst, r.features[i*wide:(i+1)*wide], r.width())
}

// width is the bytes of a value.
func (r *rows) width() int {
	if r.half {
		return 2
	}
	return 4
}

// valueType is the type of features in a part.
func valueType(half bool) arrow.DataType {
	if half {
		return arrow.FixedWidthTypes.Float16
	}
	return arrow.PrimitiveTypes.Float32
}

func partSchema(d int, half bool, replaces []string) *arrow.Schema {
	list := arrow.FixedSizeListOfNonNullable(int32(d), valueType(half))
	meta := arrow.NewMetadata(
		[]string{"graft.format", "graft.replaces", sealKey},
		[]string{partFormat, strings.Join(replaces, " "), seal{}.String()})
	return arrow.NewSchema([]arrow.Field{
		{Name: "key", Type: &arrow.FixedSizeBinaryType{ByteWidth: len(pixels.Key{})}},
		{Name: "view", Type: arrow.PrimitiveTypes.Int32},
		{Name: "crc", Type: arrow.PrimitiveTypes.Uint32},
		{Name: "features", Type: list},
	}, &meta)
}

// batch is r as an Arrow record batch that shares its memory.
func (r *rows) batch(schema *arrow.Schema) arrow.RecordBatch {
	n := len(r.ids)
	column := func(i int, b []byte) arrow.ArrayData {
		return array.NewData(schema.Field(i).Type, n, []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0)
	}
	values := array.NewData(valueType(r.half), n*r.d, []*memory.Buffer{nil, memory.NewBufferBytes(r.features)}, nil, 0, 0)
	list := array.NewData(schema.Field(3).Type, n, []*memory.Buffer{nil}, []arrow.ArrayData{values}, 0, 0)
	return array.NewRecordBatch(schema, []arrow.Array{
		array.MakeFromData(column(0, r.keys)), array.MakeFromData(column(1, r.views)),
		array.MakeFromData(column(2, r.crcs)), array.MakeFromData(list),
	}, int64(n))
}

// writePart makes a part of the rows and returns its name.
func writePart(dir string, r *rows, replaces []string) (string, error) {
	name := newPartName()
	err := durable.WriteFile(filepath.Join(dir, name), func(f *durable.File) error {
		schema := partSchema(r.d, r.half, replaces)
		out := &holeWriter{w: f, hole: r.features, at: -1}
		if err := writeArrow(out, schema, r.batch(schema)); err != nil {
			return err
		}
		if out.at < 0 {
			return errors.New("the features were not written in one piece")
		}
		return sealFile(f, out.size, out.at, int64(len(r.features)))
	})
	return name, err
}

// writeArrow writes a whole Arrow IPC file.
func writeArrow(w io.Writer, schema *arrow.Schema, batches ...arrow.RecordBatch) error {
	f, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := f.Write(b); err != nil {
			return err
		}
	}
	return f.Close()
}

// newPartName is unique on all machines; names sort by time.
func newPartName() string {
	now := strings.Replace(time.Now().UTC().Format("20060102T150405.000"), ".", "", 1)
	return fmt.Sprintf("part-%s-%d-%s.arrow", now, os.Getpid(), strings.ToLower(rand.Text()[:8]))
}

// A holeWriter notes where the features begin in the file. arrow-go hands each buffer on as it is.
type holeWriter struct {
	w        *durable.File
	hole     []byte
	at, size int64
}

func (h *holeWriter) Write(p []byte) (int, error) {
	if len(p) == len(h.hole) && &p[0] == &h.hole[0] {
		h.at = h.size
	}
	n, err := h.w.Write(p)
	h.size += int64(n)
	return n, err
}
