package pixels

import (
	"fmt"
	"strings"

	"graft/extractor/pixels/jpeg"
)

// The kinds of errors are those of package jpeg: a FormatError says that a file is broken, an
// UnsupportedError that it may be in order, but that graft does not read its kind.
type (
	FormatError      = jpeg.FormatError
	UnsupportedError = jpeg.UnsupportedError
)

// A LimitError says that a file is larger than the Limits allow. Nothing was allocated for it.
type LimitError string

// Error is what went wrong, in words.
func (e LimitError) Error() string { return string(e) }

// MayReadLater reports whether the reason that an earlier version has recorded for a file is that it
// did not know its kind: this one may.
func MayReadLater(reason string) bool {
	return strings.Contains(reason, "not read") || strings.Contains(reason, "not an image")
}

func broken(format string, args ...any) error { return FormatError(fmt.Sprintf(format, args...)) }

func unsupported(format string, args ...any) error {
	return UnsupportedError(fmt.Sprintf(format, args...))
}

// truncated is the reason for image data that stop before the last row.
func truncated(format string, row, rows int) error {
	return broken("%s is truncated: the data ends in row %d of %d", format, row+1, rows)
}
