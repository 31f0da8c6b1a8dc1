package pixels

import "fmt"

// A FormatError says that a file is broken: it is not what its first bytes promise, or it ends
// too early. The text is a whole reason, such as "PNG is truncated: the data ends in row 12 of 40".
type FormatError string

// Error is what went wrong, in words.
func (e FormatError) Error() string { return string(e) }

// An UnsupportedError says that a file may be in order, but that graft does not read its kind.
type UnsupportedError string

// Error is what went wrong, in words.
func (e UnsupportedError) Error() string { return string(e) }

// A LimitError says that a file is larger than the Limits allow. Nothing was allocated for it.
type LimitError string

// Error is what went wrong, in words.
func (e LimitError) Error() string { return string(e) }

func broken(format string, args ...any) error { return FormatError(fmt.Sprintf(format, args...)) }

func unsupported(format string, args ...any) error {
	return UnsupportedError(fmt.Sprintf(format, args...))
}

// truncated is the reason for image data that stop before the last row.
func truncated(format string, row, rows int) error {
	return broken("%s is truncated: the data ends in row %d of %d", format, row+1, rows)
}
