package export

import (
	"compress/gzip"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Compressions are what Compress takes, as file names end in them.
var Compressions = []string{"gz", "zst"}

// CompressionOf is the compression that a file's name ends in, "" if it is none.
func CompressionOf(filename string) string {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(filename)), ".")
	if !slices.Contains(Compressions, ending) {
		return ""
	}
	return ending
}

// Compress gives a writer whose content goes to w compressed, or, with "", as it is. Its Close ends
// the compression and leaves w open. The same content gives the same bytes.
func Compress(w io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case "":
		return plain{w}, nil
	case "gz":
		return gzip.NewWriter(w), nil
	case "zst":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return nil, fmt.Errorf("export: the compression is %q; possible are %s", compression, strings.Join(Compressions, ", "))
}

// plain is a writer with a Close that does nothing.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
