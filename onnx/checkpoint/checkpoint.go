// Package checkpoint reads the tensors of a trained network from a file:
// .safetensors, and what torch.save writes, both its zip form and the bare
// pickle stream of before 2020. The form is recognised by content, never by
// the file's name.
//
// Nothing in a file is ever run. A pickle may rebuild tensors, dictionaries
// and plain values; whatever else it asks for is an error that names it.
package checkpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// File is an open checkpoint. Only its directory of tensors is in memory;
// a tensor is read when it is asked for. Methods may be called concurrently.
type File struct {
	path     string
	format   string
	size     int64
	in       *os.File
	names    []string
	tensors  map[string]*entry
	metadata map[string]string
}

// Info says what a tensor is without reading it.
type Info struct {
	Type DType
	Dims []int64 // empty for a scalar
}

// Open opens a checkpoint of any of the three forms.
//
// The state dict may lie inside a training checkpoint, as the entry
// "state_dict", "model_state_dict", "model_state" or "model"; and if every
// name begins with "module.", "_orig_mod." or "model.", as wrappers of
// training leave them, that prefix is taken off.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening checkpoint: %w", err)
	}
	f := &File{path: path, in: in}
	if err := f.load(); err != nil {
		in.Close()
		return nil, fmt.Errorf("checkpoint %q: %w", path, err)
	}
	return f, nil
}

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

// read takes the directory of tensors from a file's content.
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

// Format is "safetensors", "torch zip" or "torch pickle".
func (f *File) Format() string { return f.format }

// Names lists the tensors in the file's order.
func (f *File) Names() []string { return slices.Clone(f.names) }

// Metadata is what a .safetensors file says under "__metadata__"; empty for
// the other forms.
func (f *File) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Info describes a tensor; ok is false if there is none of this name.
func (f *File) Info(name string) (info Info, ok bool) {
	e, ok := f.tensors[name]
	if !ok {
		return Info{}, false
	}
	return Info{Type: e.dtype, Dims: slices.Clone(e.dims)}, true
}

// Tensor reads a tensor of type float32, float16 or bfloat16: its dimensions,
// and its values row by row as float32, which holds all three exactly.
// A tensor that is not there is an error that wraps [fs.ErrNotExist].
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

// A directory is what the three readers find in a file.
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
// frameworks put before every name.
var wrappers = []string{"module.", "_orig_mod.", "model."}

func (d *directory) stripPrefixes() {
	for again := len(d.names) > 0; again; {
		again = slices.ContainsFunc(wrappers, d.strip)
	}
}

// strip takes prefix off every name, if every name has it.
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
