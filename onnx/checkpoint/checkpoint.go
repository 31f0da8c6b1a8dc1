// Package checkpoint reads the tensors of a trained network from a file:
// .safetensors, and the files of torch.save, both in the zip format and in the
// pickle format of before 2020. The format is recognised by content, never by
// the file's name. Call [Open] and then [File.Tensor]; [Download] fetches a file.
//
// No code in a file is ever run. A pickle may build tensors, dictionaries and
// plain values; any other global in it is an error that names it.
package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// File is an open checkpoint. Only its directory of tensors is in memory; a
// tensor is read by [File.Tensor]. Methods may be called concurrently.
type File struct {
	path     string
	format   string // formatSafetensors, formatZip or formatLegacy
	size     int64
	in       *os.File
	names    []string
	tensors  map[string]*entry
	metadata map[string]string
}

// Open opens a checkpoint of any of the three formats.
//
// The state dict may be part of a training checkpoint, as the entry
// "state_dict", "model_state_dict", "model_state" or "model"; and if every
// name begins with "module.", "_orig_mod." or "model.", as wrappers in training
// leave them, that prefix is removed.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %q: %w", path, withoutPath(err))
	}
	f := &File{path: path, in: in}
	if err := f.load(); err != nil {
		in.Close()
		return nil, fmt.Errorf("checkpoint %q: %w", path, err)
	}
	return f, nil
}

// withoutPath is the reason in an error of the file system, for messages that
// have the path already.
func withoutPath(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// load reads the directory of tensors.
func (f *File) load() error {
	stat, err := f.in.Stat()
	switch {
	case err != nil:
		return err
	case stat.IsDir():
		return fmt.Errorf("is a directory; name the .pth or .safetensors file in it")
	case !stat.Mode().IsRegular():
		return fmt.Errorf("is not a regular file")
	}
	f.size = stat.Size()
	d, format, err := read(f.in, f.size)
	if err != nil {
		return err
	}
	d.stripPrefixes()
	f.format, f.metadata = format, d.metadata
	f.names, f.tensors = d.names, d.tensors
	return nil
}

// read reads the directory of tensors of a file of any format, and returns the
// format, too.
func read(r io.ReaderAt, size int64) (*directory, string, error) {
	head := make([]byte, min(512, size))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, "", err
	}
	switch format := sniff(head); format {
	case formatSafetensors:
		d, err := readSafetensors(r, size)
		return d, format, err
	case formatZip:
		d, err := readZip(r, size)
		return d, format, err
	case formatLegacy:
		d, err := readLegacy(r, size)
		return d, format, err
	default:
		return nil, "", fmt.Errorf("%s, not a checkpoint (want .safetensors, or .pth written by torch.save)", describe(head))
	}
}

// Names lists the tensors in the file's order.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata returns the "__metadata__" of a .safetensors file; it is empty for the
// other formats.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Tensor reads a tensor of type float32, float16 or bfloat16 and returns its
// dimensions and its values in C order as float32, which represents all three
// exactly. A tensor that the file does not have is an error that wraps
// [fs.ErrNotExist].
func (f *File) Tensor(name string) (dims []int64, data []float32, err error) {
	e, ok := f.tensors[name]
	if !ok {
		return nil, nil, fmt.Errorf("checkpoint %q: no tensor %q among its %d: %w", f.path, name, len(f.names), fs.ErrNotExist)
	}
	data, err = e.floats()
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint %q: tensor %q: %w", f.path, name, err)
	}
	return slices.Clone(e.dims), data, nil
}

// SHA256 reads the whole file and returns its hash in lower-case hex.
func (f *File) SHA256() (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f.in, 0, f.size)); err != nil {
		return "", fmt.Errorf("checkpoint %q: %w", f.path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Close closes the file.
func (f *File) Close() error { return f.in.Close() }

// A directory lists the tensors of a file.
type directory struct {
	names    []string
	tensors  map[string]*entry
	metadata map[string]string
}

func newDirectory() *directory {
	return &directory{tensors: map[string]*entry{}}
}

func (d *directory) add(name string, e *entry) {
	if _, twice := d.tensors[name]; !twice {
		d.names = append(d.names, name)
	}
	d.tensors[name] = e
}

// wrappers are the prefixes that DataParallel, torch.compile and training
// frameworks add to every name.
var wrappers = []string{"module.", "_orig_mod.", "model."}

func (d *directory) stripPrefixes() {
	for again := len(d.names) > 0; again; {
		again = slices.ContainsFunc(wrappers, d.strip)
	}
}

// strip removes prefix from every name, if every name has it.
func (d *directory) strip(prefix string) bool {
	for _, name := range d.names {
		if len(name) == len(prefix) || !strings.HasPrefix(name, prefix) {
			return false
		}
	}
	bare := make(map[string]*entry, len(d.names))
	for i, name := range d.names {
		d.names[i] = name[len(prefix):]
		bare[d.names[i]] = d.tensors[name]
	}
	d.tensors = bare
	return true
}
