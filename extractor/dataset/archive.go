package dataset

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
)

// Archived reports whether the samples lie in an archive: their paths are none of the disk.
func (d *Dataset) Archived() bool {
	_, ok := d.files.(archive)
	return ok
}

// scanArchive opens a file that holds a data set, told by its content.
func scanArchive(ctx context.Context, abs string, o Options) (*Dataset, error) {
	kind, err := archiveKind(abs)
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", abs, err)
	}
	d := &Dataset{Root: abs, max: o.MaxBytes}
	t := newArchiveTree()
	var files archive
	switch kind {
	case "zip":
		files, err = openZip(ctx, abs, t)
	case "tar":
		files, err = openTar(ctx, abs, t)
	default:
		err = &NotArchiveError{Compression: kind}
	}
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", abs, err)
	}
	d.files = files
	root := t.finish(files)
	if !o.Unlabeled {
		root = t.unwrapped()
	}
	d.Notes = t.notes
	if err := d.arrange(root, o); err != nil {
		d.files.Close()
		return nil, fmt.Errorf("scan %q: %w", abs, err)
	}
	return d, nil
}

// A NotArchiveError is in the error of Scan for a file that is no archive that can be read at any
// place, as photographs are.
type NotArchiveError struct {
	Compression string // what the file is compressed with: gzip, Zstandard, xz, bzip2, 7-Zip or RAR; "" = nothing known
}

// Error says what the file is not, and what it is.
func (e *NotArchiveError) Error() string {
	text := "not a folder and not a .zip or .tar archive"
	if e.Compression != "" {
		text += ", but compressed with " + e.Compression
	}
	return text
}

// Hint says what to do about a compressed file.
func (e *NotArchiveError) Hint() string {
	switch e.Compression {
	case "":
		return ""
	case "7-Zip", "RAR":
		return "unpack it first"
	}
	return "decompress it first; a .tar can then be read as it is"
}

// compressed are the first bytes of archives that cannot be read at any place.
var compressed = []struct{ magic, name string }{
	{"\x1f\x8b", "gzip"},
	{"\x28\xb5\x2f\xfd", "Zstandard"},
	{"\xfd7zXZ\x00", "xz"},
	{"BZh", "bzip2"},
	{"7z\xbc\xaf\x27\x1c", "7-Zip"},
	{"Rar!", "RAR"},
}

// archiveKind returns "zip", "tar", or what the file is compressed with, "" if with nothing known.
func archiveKind(abs string) (string, error) {
	f, err := os.Open(abs)
	if err != nil {
		return "", cause(err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", cause(err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip", nil
	case n == 512 && string(head[257:262]) == "ustar":
		return "tar", nil
	}
	for _, c := range compressed {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.name, nil
		}
	}
	return "", nil
}

// An archive is the source of what lies in one.
type archive interface {
	source
	begins(f file) []byte // the first bytes of an entry, none if it cannot be read
}

var (
	_ archive = zipped{}
	_ archive = tarred{}
)
