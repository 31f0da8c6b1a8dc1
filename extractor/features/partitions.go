package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"graft/extractor/durable"
	"graft/extractor/pixels"
)

// A store of many millions of rows is a folder of partitions, each of them an ordinary folder of
// features:
//
//	DIR/partitions.json   {"version": 1, "digits": 2}
//	DIR/00/ … DIR/ff/     the rows and samples whose key begins with these hexadecimal digits
//
// Keys are hashes, so a partition is a random sample of the data, and everything works on one after
// the other: what it needs in memory is that of the largest. With one digit there are 16, with two
// 256. A sample that has no key, because its file could not be read, is where the SHA-256 of its
// path says.

const (
	partitionsFile    = "partitions.json"
	partitionsVersion = 1
)

// Partitions is how many partitions suit a number of images: 1, an ordinary folder, up to 250,000,
// 16 up to 4 million, and 256 beyond.
func Partitions(images int64) int {
	switch {
	case images <= 250_000:
		return 1
	case images <= 4_000_000:
		return 16
	}
	return 256
}

// Digits is how many hexadecimal digits name one of so many partitions: 0, 1 or 2; −1 if there
// cannot be so many.
func Digits(partitions int) int {
	switch partitions {
	case 1:
		return 0
	case 16:
		return 1
	case 256:
		return 2
	}
	return -1
}

// A Layout is how many partitions a store has: 1, an ordinary folder, 16 or 256.
type Layout struct{ Partitions int }

// Of is the number of the partition of a key.
func (l Layout) Of(k pixels.Key) int { return int(k[0]) * l.Partitions / 256 }

// OfSample is the number of the partition of a sample, also of one without a key.
func (l Layout) OfSample(r *Record) int {
	if r.Key == (pixels.Key{}) {
		return l.Of(pixels.KeyOf([]byte(r.Path)))
	}
	return l.Of(r.Key)
}

// Folder is where partition number i of the store in dir lies.
func (l Layout) Folder(dir string, i int) string {
	switch l.Partitions {
	case 16:
		return filepath.Join(dir, fmt.Sprintf("%x", i))
	case 256:
		return filepath.Join(dir, fmt.Sprintf("%02x", i))
	}
	return dir
}

// ReadLayout says how many partitions the store in dir has: 1 if it is an ordinary folder. Of a
// folder that is no store the error wraps fs.ErrNotExist.
func ReadLayout(dir string) (Layout, error) {
	b, err := os.ReadFile(filepath.Join(dir, partitionsFile))
	if errors.Is(err, fs.ErrNotExist) && IsDir(dir) {
		return Layout{1}, nil
	}
	if err != nil {
		return Layout{}, fmt.Errorf("features %q: %w", dir, err)
	}
	var d struct{ Version, Digits int }
	if err := json.Unmarshal(b, &d); err != nil {
		return Layout{}, fmt.Errorf("features %q: %s: %w", dir, partitionsFile, err)
	}
	if d.Version != partitionsVersion || d.Digits < 1 || d.Digits > 2 {
		return Layout{}, fmt.Errorf("features %q: %s has version %d and %d digits; this graft reads version %d with 1 or 2", dir, partitionsFile, d.Version, d.Digits, partitionsVersion)
	}
	return Layout{1 << (4 * d.Digits)}, nil
}

// ErrPartitions is the error of opening a store of several partitions as the folder of features that
// each of them is.
var ErrPartitions = errors.New("it is a store of partitions, each of them a folder of features")

// IsPartitioned reports whether dir is a store of several partitions.
func IsPartitioned(dir string) bool {
	l, err := ReadLayout(dir)
	return err == nil && l.Partitions > 1
}

// Create makes the store in dir one of this layout, if it is none yet. One of another layout is
// refused.
func (l Layout) Create(dir string) error {
	digits := Digits(l.Partitions)
	if digits < 0 {
		return fmt.Errorf("features %q: %d partitions; possible are 1, 16 and 256", dir, l.Partitions)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("features %q: %w", dir, err)
	}
	there, err := ReadLayout(dir)
	if errors.Is(err, fs.ErrNotExist) && digits > 0 {
		err = durable.WriteNew(filepath.Join(dir, partitionsFile), func(w io.Writer) error {
			var b bytes.Buffer
			fmt.Fprintf(&b, "{\"version\": %d, \"digits\": %d}\n", partitionsVersion, digits)
			_, err := w.Write(b.Bytes())
			return err
		})
		if errors.Is(err, fs.ErrExist) || err == nil {
			there, err = ReadLayout(dir)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // an ordinary folder is made by whoever writes to it
		return nil
	case err != nil:
		return err
	case there != l:
		return fmt.Errorf("features %q have %d partitions, not %d; use another folder", dir, there.Partitions, l.Partitions)
	}
	return nil
}
