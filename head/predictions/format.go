package predictions

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"graft/extractor/features/export"
)

// Formats is the names of the formats that [NewWriter] knows. Those of text may end in .gz or .zst:
// compressed.
var Formats = []string{"csv", "tsv", "jsonl", "json", "parquet"}

// FormatOf is the format that a file's name ends in, "" if it is none: csv.gz of labels.csv.gz.
func FormatOf(filename string) string {
	compression := export.CompressionOf(filename)
	if filename = strings.ToLower(filename); compression != "" {
		filename = strings.TrimSuffix(filename, "."+compression)
	}
	return Compressed(strings.TrimPrefix(filepath.Ext(filename), "."), compression)
}

// Compressed is a format, one of text with a compression, gz or zst, if that is not "". It is "" if
// there is none.
func Compressed(format, compression string) string {
	if format == "ndjson" { // another name
		format = "jsonl"
	}
	switch {
	case !slices.Contains(Formats, format):
		return ""
	case compression == "":
		return format
	case format == "parquet" || !slices.Contains(export.Compressions, compression): // Parquet is compressed inside
		return ""
	}
	return format + "." + compression
}

// A FormatError is a format that is none of [Formats].
type FormatError struct{ Format string }

// Error names it, and those that there are.
func (e *FormatError) Error() string {
	last := len(Formats) - 1
	return fmt.Sprintf("predictions: the format is %q; it must be %s or %s, those of text compressed with .gz or .zst",
		e.Format, strings.Join(Formats[:last], ", "), Formats[last])
}
