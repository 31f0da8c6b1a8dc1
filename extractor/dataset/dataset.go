// Package dataset finds the photographs of a data set: which files there are, what they show and
// which split they belong to. It reads folders as torchvision's ImageFolder does, .zip and .tar
// archives of such folders, lists (csv, json or jsonl), and files, folders and archives given one
// by one. It never writes.
//
// [Scan] finds a data set and [FromPaths] photographs without labels; [Dataset.Read] reads a file.
//
// # Folders
//
//	ROOT/CLASS/…/photo.jpg            the class is the folder directly under the root
//	ROOT/train/CLASS/…/photo.jpg      the same under train, val and test, or what means these
//	ROOT/photo.jpg                    no class folders at all: photographs without a label
//
// Classes are sorted by bytes. Inside a class, folders are visited in the order of their paths and
// files in the order of their names, as torchvision does. A file counts by its extension, in any
// case: .jpg .jpeg .jfif .jpe .jif .mpo .png .ppm .bmp .dib .pgm .tif .tiff .webp; one without any,
// if it begins like an image. Pictures of other kinds are counted, see [Dataset.NotRead]. Whatever a
// list or a path names is a photograph; so are GIFs, which folders of photographs often have beside
// them.
//
// The names that mean splits are those of [SplitOf], in any case. They do if train is there, or a
// folder that means it and holds folders, or if the root holds no other folder; otherwise they are
// classes like any other.
//
// Links are followed; a link that leads back to a folder that it lies in is left out. Names that
// start with a dot (.DS_Store, ._photo.jpg, .git) and the folders that systems keep for themselves
// ($RECYCLE.BIN, lost+found, #recycle, @eaDir, …) are not part of the data, and are left out, which
// torchvision does not do. What is left out for any other reason is in Dataset.Notes, and folders
// that cannot be entered are in Dataset.Unread.
//
// # Names
//
// Paths may hold any bytes and stay as they are; where they are written, [Escape] makes them UTF-8,
// and [Resolve] finds the file again. A class's name is its folder's [Label]: UTF-8 in the composed
// form of Unicode (NFC). Names in zip archives are read as the standard has it: UTF-8 where the
// archive says so, else code page 437.
package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Sample is one photograph.
type Sample struct {
	Path    string    // relative to the data's root, with slashes; as given where there is no root
	Label   string    // the class's name; "" = none
	Split   string    // train, val or test; "" = none
	Bytes   int64     // size of the file
	ModTime time.Time // of the file; in an archive: of the archive

	at int64 // in an archive: index of the zip entry, or where the tar entry's data begins
}

// A Dataset is what Scan found.
type Dataset struct {
	Root    string    // absolute path of the folder or archive, or of the folder that a list's paths start at; "" for paths given one by one
	List    string    // the list that names the samples; "" = there is none
	Samples []Sample  // in torchvision's order: splits train, val, test; classes; paths
	Classes []string  // sorted by bytes; also those without images
	Splits  []string  // those there are, of train, val, test
	Empty   []string  // class folders without an image, relative to the root: fit refuses them
	Others  []Count   // files that are not read, by extension, most first
	Unread  []Unread  // folders that could not be entered; what is in them is not in Samples
	Beside  []string  // folders beside the splits that are none and are not read
	Notes   []string  // what was left out and why, for people, but for Unread
	Scanned time.Time // when the scan began: what changed later is not in it

	files   source
	max     int64
	inEmpty [][]Count // what each of Empty holds that is not read
}

// An Unread folder is one that could not be entered.
type Unread struct {
	Path string // relative to the data's root
	Err  error
}

// Error says so.
func (u Unread) Error() string { return fmt.Sprintf("the folder cannot be entered: %v", u.Err) }

// A Count is how often a name occurred.
type Count struct {
	Name string
	N    int
}

// Options say what to scan and what to refuse. The zero value scans a folder or an archive.
type Options struct {
	List       string // csv, json or jsonl file with path, label and split; relative paths start at the root, or at the list's folder
	Unlabeled  bool   // every image below the root, whatever the folders; no labels, no splits
	AllowEmpty bool   // class folders without images are noted and left out, and not in Empty
	MaxBytes   int64  // larger files are refused by Read; 0 = 256 MiB
}

// defaultMaxBytes is the largest file that Read returns unless Options say otherwise.
const defaultMaxBytes = 256 << 20

// ErrTooLarge is in the error of Read for a file over the size limit.
var ErrTooLarge = errors.New("file is too large")

// source reads the files of one kind of input. It is safe for concurrent use.
type source interface {
	read(s Sample, buf []byte, limit int64) ([]byte, error)
	Close() error
}

var _ source = folder{}

// Read returns the whole file of a sample of d, in buf if it is large enough. It is safe for
// concurrent use. A file over the limit gives an error that wraps ErrTooLarge.
func (d *Dataset) Read(s Sample, buf []byte) ([]byte, error) {
	b, err := d.files.read(s, buf[:0], cmp.Or(d.max, defaultMaxBytes))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", s.Path, err)
	}
	return b, nil
}

// Part is d with some of its samples only. It reads through d, which is the one to close.
func (d *Dataset) Part(samples []Sample) *Dataset {
	p := *d
	p.Samples = samples
	return &p
}

// Close closes the archive, if d is one.
func (d *Dataset) Close() error { return d.files.Close() }

// Labels counts the samples of each label, in the order of Classes, in one split or in all ("").
func (d *Dataset) Labels(split string) []Count {
	n := map[string]int{}
	for _, s := range d.Samples {
		if split == "" || s.Split == split {
			n[s.Label]++
		}
	}
	return counts(n, func(a, b Count) int { return cmp.Compare(a.Name, b.Name) })
}

func counts(n map[string]int, order func(a, b Count) int) []Count {
	var list []Count
	for name, k := range n {
		list = append(list, Count{name, k})
	}
	slices.SortFunc(list, order)
	return list
}

func mostFirst(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) }
