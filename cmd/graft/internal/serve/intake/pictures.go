package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"graft/cmd/graft/internal/web"
	"graft/extractor/dataset"
)

// A Picture is an image of a request: a file, one that is to be unpacked, or
// ready pixels.
type Picture struct {
	Name   string                 // as the client has it; "" if it has none. It is echoed and used for nothing
	File   []byte                 // encoded
	Unpack func() ([]byte, error) // what is wrong is an ImageError
	Crop   []byte                 // ready pixels, crop×crop×3 bytes of RGB
}

// Limits bound what a request may hold.
type Limits struct {
	Body   int64 // bytes, also unpacked
	Images int
}

// isZip tells a zip archive by how it begins.
func isZip(file []byte) bool {
	return bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte("PK\x05\x06"))
}

// Pictures reads the body of a request: a multipart form with any number of
// images and zips of images, or the bytes of an image or a zip.
func (l Limits) Pictures(b *Body) (list []Picture, err error) {
	defer func() {
		if err == nil {
			b.Ended()
		}
	}()
	kind, parameters, err := mime.ParseMediaType(b.request.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // whatever it is, the bytes say what they are
	}
	if kind == "multipart/form-data" {
		return l.parts(b, parameters["boundary"])
	}
	file, err := b.All(b, max(b.request.ContentLength, 0))
	switch {
	case err != nil:
		return nil, err
	case len(file) == 0:
		return nil, web.Refuse(http.StatusBadRequest, "the body is empty; it should be an image, a zip of images, or a form with images")
	case isZip(file):
		return l.zipped(file, nil)
	}
	return []Picture{{File: file}}, nil
}

// parts reads a form. Fields that are no files are passed over.
func (l Limits) parts(b *Body, boundary string) (list []Picture, err error) {
	if boundary == "" {
		return nil, web.Refuse(http.StatusBadRequest, "the form has no boundary")
	}
	end := &watch{from: b, mark: []byte("--" + boundary + "--")}
	form := multipart.NewReader(end, boundary)
	for fields := 0; ; fields++ {
		part, err := form.NextRawPart()
		switch {
		case err == io.EOF && !end.seen: // in the middle of a part's header
			return nil, readRefusal(io.ErrUnexpectedEOF)
		case err == io.EOF:
			if len(list) == 0 {
				return nil, web.Refuse(http.StatusBadRequest, "the form holds no file")
			}
			return list, nil
		case err != nil:
			return nil, readRefusal(err)
		case fields >= 2*l.Images+16:
			return nil, l.TooMany()
		}
		if part.FileName() == "" && part.Header.Get("Content-Type") == "" {
			continue
		}
		file, err := b.All(part, 0)
		switch {
		case err != nil:
			return nil, err
		case isZip(file):
			list, err = l.zipped(file, list)
		default:
			list = append(list, Picture{Name: web.Clipped(part.FileName()), File: file})
		}
		if err != nil {
			return nil, err
		}
		if len(list) > l.Images {
			return nil, l.TooMany()
		}
	}
}

// A watch reads, and notices when a mark has passed.
type watch struct {
	from io.Reader
	mark []byte
	tail []byte // the last bytes that were read, fewer than the mark has
	seen bool
}

// Read reads.
func (w *watch) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if w.seen {
		return n, err
	}
	head := min(n, len(w.mark)-1)
	w.seen = bytes.Contains(p[:n], w.mark) || bytes.Contains(append(w.tail, p[:head]...), w.mark)
	w.tail = append(w.tail, p[max(0, n-len(w.mark)+1):n]...)
	w.tail = append([]byte(nil), w.tail[max(0, len(w.tail)-len(w.mark)+1):]...)
	return n, err
}

// TooMany is the refusal of more images than there may be.
func (l Limits) TooMany() error {
	return web.Refuse(http.StatusRequestEntityTooLarge, "more than the %d images that this service takes in a request", l.Images)
}

// zipped adds the images in a zip. They are unpacked in a slot, when their turn
// comes, so that no more lie unpacked in memory than there are slots.
func (l Limits) zipped(file []byte, list []Picture) ([]Picture, error) {
	// Each entry of the directory has this mark; a directory of a million entries
	// would cost more memory than the file.
	if most := 4*l.Images + 1024; bytes.Count(file, []byte("PK\x01\x02")) > most {
		return nil, l.TooMany()
	}
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // no name is ever used as a path
		return nil, web.Refuse(http.StatusBadRequest, "the zip is damaged")
	}
	for _, f := range archive.File {
		if !isImageEntry(f) {
			continue
		}
		if len(list) >= l.Images {
			return nil, l.TooMany()
		}
		list = append(list, Picture{Name: web.Clipped(path.Clean(f.Name)), Unpack: func() ([]byte, error) { return l.unpack(f) }})
	}
	if len(list) == 0 {
		return nil, web.Refuse(http.StatusBadRequest, "the zip holds no images")
	}
	return list, nil
}

// isImageEntry leaves out folders, links, what is no image by its name, and what
// systems put beside.
func isImageEntry(f *zip.File) bool {
	if !f.Mode().IsRegular() || !dataset.IsImage(f.Name) {
		return false
	}
	for part := range strings.SplitSeq(f.Name, "/") {
		if part == "__MACOSX" || strings.HasPrefix(part, ".") && part != "." && part != ".." {
			return false
		}
	}
	return true
}

// unpack reads an entry of a zip, within the limit of a body, whatever its header
// says.
func (l Limits) unpack(f *zip.File) ([]byte, error) {
	const encrypted = 1 // bit 0 of the general purpose flags
	if f.Flags&encrypted != 0 {
		return nil, ImageError("it is encrypted")
	}
	r, err := f.Open()
	if err != nil {
		return nil, ImageError("it cannot be unpacked: the zip is damaged, or packed in a way that is not understood")
	}
	defer r.Close()
	limit := l.Body
	file, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case int64(len(file)) > limit:
		return nil, ImageError("it is larger than this service takes")
	case err != nil:
		return nil, ImageError("it cannot be unpacked: the zip is damaged")
	}
	return file, nil
}

// An ImageError is what is wrong with one image of a request; the others are
// answered.
type ImageError string

// Error is what is wrong.
func (e ImageError) Error() string { return string(e) }
