package features

import (
	"encoding/binary"
	"errors"
	"io"
)

// The metadata of an Arrow file is a flatbuffer, whose vectors say how long they are. arrow-go
// believes them and allocates that much, which a forged file (its checksum made to match) could
// use to exhaust the memory. guard looks at those lengths first. The layout is that of Arrow's
// File.fbs, Schema.fbs and Message.fbs: a table begins with the distance back to its vtable,
// which has the place of each slot; references are distances forward.
//
// guard panics, as arrow-go does, where a reference leads out of the buffer; see readSchema.
func guard(f io.ReaderAt, size int64) error {
	const trailer = 10 // length of the footer, "ARROW1"
	if size < 2*trailer {
		return errUnsealed
	}
	tail := make([]byte, 4)
	if _, err := f.ReadAt(tail, size-trailer); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint32(tail))
	if n < 4 || n > size-2*trailer {
		return errUnsealed
	}
	buf := make([]byte, n)
	if _, err := f.ReadAt(buf, size-trailer-n); err != nil {
		return err
	}
	footer := root(buf)
	const schema, dictionaries, batches = 1, 2, 3
	if s, ok := footer.table(schema); !ok || !s.sane(1, 2, 0) {
		return errForged
	}
	if n, _ := footer.vector(dictionaries, 0); n != 0 {
		return errForged
	}
	return guardBatches(f, size, footer, batches)
}

var errForged = errors.New("its Arrow metadata is malformed")

// guardBatches refuses compressed batches: their buffers also say how long they will be.
func guardBatches(f io.ReaderAt, size int64, footer table, slot int) error {
	const blockBytes, header, compression = 24, 2, 3
	n, at := footer.vector(slot, blockBytes)
	for i := range n {
		block := footer.buf[at+i*blockBytes:]
		off, length := int64(binary.LittleEndian.Uint64(block)), int64(int32(binary.LittleEndian.Uint32(block[8:])))
		if off < 0 || length < 16 || off > size-length {
			return errForged
		}
		buf := make([]byte, length)
		if _, err := f.ReadAt(buf, off); err != nil {
			return err
		}
		const prefix = 8 // a marker and the length
		batch, ok := root(buf[prefix:]).table(header)
		if !ok || batch.slot(compression) != 0 {
			return errForged
		}
	}
	return nil
}

// A table is one of a flatbuffer.
type table struct {
	buf []byte
	pos int
}

func root(buf []byte) table { return table{buf, int(binary.LittleEndian.Uint32(buf))} }

// slot is where slot i's value lies, or 0 if it has none.
func (t table) slot(i int) int {
	vtable := t.pos - int(int32(binary.LittleEndian.Uint32(t.buf[t.pos:])))
	if at := 4 + 2*i; at < int(binary.LittleEndian.Uint16(t.buf[vtable:])) {
		if off := int(binary.LittleEndian.Uint16(t.buf[vtable+at:])); off != 0 {
			return t.pos + off
		}
	}
	return 0
}

func (t table) table(i int) (table, bool) {
	at := t.slot(i)
	if at == 0 {
		return table{}, false
	}
	return table{t.buf, at + int(binary.LittleEndian.Uint32(t.buf[at:]))}, true
}

// vector returns the length of slot i's vector and where it begins; −1 if so many elements of
// width bytes do not fit into the buffer.
func (t table) vector(i, width int) (n, at int) {
	if at = t.slot(i); at == 0 {
		return 0, 0
	}
	at += int(binary.LittleEndian.Uint32(t.buf[at:]))
	n, at = int(binary.LittleEndian.Uint32(t.buf[at:])), at+4
	if n > (len(t.buf)-at)/max(width, 1) {
		return -1, at
	}
	return n, at
}

// sane checks the vectors of a schema or field: its fields and its metadata.
func (t table) sane(fields, metadata, depth int) bool {
	const deepest, most = 4, 256
	const children, childMetadata = 5, 6
	n, at := t.vector(fields, 4)
	m, _ := t.vector(metadata, 4)
	if n < 0 || n > most || m < 0 || m > most || depth > deepest {
		return false
	}
	for i := range n {
		pos := at + 4*i
		field := table{t.buf, pos + int(binary.LittleEndian.Uint32(t.buf[pos:]))}
		if !field.sane(children, childMetadata, depth+1) {
			return false
		}
	}
	return true
}
