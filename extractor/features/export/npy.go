package export

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"graft/extractor/features"
)

// npy writes version 1.0 of numpy's format: magic, header length, header padded to a multiple of 64
// bytes, data in rows.
func (t table) npy(ctx context.Context, w io.Writer) error {
	const before = 10 // bytes ahead of the header: magic, version, length
	head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", t.Len()*(1+t.Views), t.Dim())
	pad := 63 - (before+len(head))%64
	head += strings.Repeat(" ", pad) + "\n"
	out := bufio.NewWriterSize(w, 1<<20)
	out.WriteString("\x93NUMPY\x01\x00")
	binary.Write(out, binary.LittleEndian, uint16(len(head)))
	out.WriteString(head)
	b := make([]byte, 0, 4*t.Dim())
	err := t.each(ctx, func(_ *features.Record, _ int, x []float32) error {
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
