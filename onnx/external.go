package onnx

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// external says where the elements of a tensor are: length bytes from offset on
// of a file in the model's folder (TensorProto.external_data).
type external struct {
	is             bool // data_location is EXTERNAL
	location       string
	offset, length int64  // length -1: to the end of what the shape needs
	raw            []byte // the fields, as they came
}

// read reads one of the fields external_data and data_location.
func (e *external) read(x field) error {
	if e.raw == nil {
		e.length = -1
	}
	e.raw = append(e.raw, x.raw...)
	if x.n == 14 {
		e.is = x.v == 1
		return nil
	}
	p, err := sub(x, property)
	if err != nil {
		return err
	}
	number := func(to *int64) error {
		if *to, err = strconv.ParseInt(p.Value, 10, 64); err != nil || *to < 0 {
			return fmt.Errorf("its %s in another file is %q", p.Key, p.Value)
		}
		return nil
	}
	switch p.Key {
	case "location":
		e.location = p.Value
	case "offset":
		return number(&e.offset)
	case "length":
		return number(&e.length)
	}
	return nil
}

// elsewhere notes a tensor whose elements are in another file, or refuses it.
func (d decoder) elsewhere(t *Tensor, e *external) error {
	if d.waiting == nil {
		return fmt.Errorf("keeps its values in another file, %q, which is not here to be read", e.location)
	}
	n, err := t.count()
	bits := t.Type.bits()
	switch {
	case err != nil:
		return err
	case bits == 0:
		return fmt.Errorf("keeps values of type %s in another file", t.Type)
	case e.length >= 0 && e.length != (n*bits+7)/8:
		return fmt.Errorf("%d bytes in %q for %s of shape %v, want %d", e.length, e.location, t.Type, t.Dims, (n*bits+7)/8)
	}
	e.length = (n*bits + 7) / 8
	t.external = e
	*d.waiting = append(*d.waiting, t)
	return nil
}

// A TooLargeError says that a model does not fit one file.
type TooLargeError struct{ Bytes int64 }

// Error says how large it is.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the model has %.2f GB, and a model in one file ends at 2.15 GB (protobuf's limit)", float64(e.Bytes)/1e9)
}

// An ExternalError says why the weights of a model that are in another file
// cannot be read.
type ExternalError struct {
	Location string // as the model names the file
	Reason   string
}

// Error names the file.
func (e *ExternalError) Error() string {
	return fmt.Sprintf("its weights in %q cannot be read: %s", e.Location, e.Reason)
}

// An ExternalFile is a file beside a model that holds weights.
type ExternalFile struct {
	Location string // as the model names it
	Path     string
}

// Open reads the model at path, and the weights that it keeps in other files of
// its folder, which it lists. Paths that leave the folder are refused, and so is
// a model that would not fit one file (a [*TooLargeError]), before its weights are
// read. Other errors about such files are an [*ExternalError].
func Open(path string) (*Model, []ExternalFile, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the model: %w", err)
	}
	var waiting []*Tensor
	m, err := decode(file, &waiting)
	if err != nil {
		return nil, nil, err
	}
	total := int64(len(file))
	for _, t := range waiting {
		if total += t.external.length; total > MaxBytes {
			return nil, nil, &TooLargeError{wanted(waiting) + int64(len(file))}
		}
	}
	r := &externalReader{model: path, open: map[string]*os.File{}, read: map[piece][]byte{}}
	defer r.close()
	for _, t := range waiting {
		if t.Raw, err = r.bytes(*t.external); err != nil {
			return nil, nil, err
		}
		t.external = nil
	}
	return m, r.files, nil
}

// wanted is how many bytes tensors have in other files.
func wanted(waiting []*Tensor) (n int64) {
	for _, t := range waiting {
		n += min(t.external.length, 1<<62-n)
	}
	return n
}

// A piece of another file.
type piece struct {
	location       string
	offset, length int64
}

// An externalReader reads the pieces of files beside a model, each once.
type externalReader struct {
	model string
	files []ExternalFile
	open  map[string]*os.File
	read  map[piece][]byte
}

func (r *externalReader) close() {
	for _, f := range r.open {
		f.Close()
	}
}

// bytes reads one piece.
func (r *externalReader) bytes(e external) ([]byte, error) {
	key := piece{e.location, e.offset, e.length}
	if b, ok := r.read[key]; ok {
		return b, nil
	}
	f, err := r.file(e.location)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (e.offset > info.Size() || e.length > info.Size()-e.offset) {
		err = fmt.Errorf("it has %d bytes, and %d from byte %d on are wanted", info.Size(), e.length, e.offset)
	}
	if err != nil {
		return nil, &ExternalError{e.location, err.Error()}
	}
	b := make([]byte, e.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, e.offset, e.length), b); err != nil {
		return nil, &ExternalError{e.location, err.Error()}
	}
	r.read[key] = b
	return b, nil
}

// file opens a file that the model names, once.
func (r *externalReader) file(location string) (*os.File, error) {
	if f := r.open[location]; f != nil {
		return f, nil
	}
	path, err := r.place(location)
	if err != nil {
		return nil, &ExternalError{location, err.Error()}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &ExternalError{location, err.Error()}
	}
	r.open[location] = f
	r.files = append(r.files, ExternalFile{location, path})
	return f, nil
}

// place is the path of a file that the model names. It must be in the model's
// folder, also if links are followed; where the model itself is a link, as in
// the cache of a hub, the file may lie beside what the model links to.
func (r *externalReader) place(location string) (string, error) {
	if location == "" || !filepath.IsLocal(filepath.FromSlash(location)) || strings.ContainsRune(location, 0) {
		return "", fmt.Errorf("the path leaves the model's folder")
	}
	path := filepath.Join(filepath.Dir(r.model), filepath.FromSlash(location))
	real, err := filepath.EvalSymlinks(path)
	if os.IsNotExist(err) {
		return "", fmt.Errorf("there is no such file in %q; it belongs beside the model", filepath.Dir(r.model))
	} else if err != nil {
		return "", err
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", err
	} else if !info.Mode().IsRegular() {
		return "", fmt.Errorf("it is no regular file")
	}
	model, err := filepath.EvalSymlinks(r.model)
	if err != nil {
		return "", err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(r.model))
	if err != nil {
		return "", err
	}
	if !within(folder, real) && !within(filepath.Dir(model), real) {
		return "", fmt.Errorf("it is a link that leaves the model's folder")
	}
	return real, nil
}

// within reports whether path is in folder or below.
func within(folder, path string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rel)
}
