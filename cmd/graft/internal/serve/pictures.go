package serve

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

	"graft/extractor/dataset"
)

// A picture is an image of a request: a file, one that is to be unpacked, or
// ready pixels.
type picture struct {
	name   string // as the client has it; "" if it has none. It is echoed and used for nothing
	file   []byte
	unpack func() ([]byte, error) // what is wrong is an imageError
	crop   []byte
}

// longestName is how many bytes of a name are echoed.
const longestName = 512

func clipped(name string) string {
	return strings.ToValidUTF8(name[:min(len(name), longestName)], "\uFFFD")
}

// isZip tells a zip archive by how it begins.
func isZip(file []byte) bool {
	return bytes.HasPrefix(file, []byte("PK\x03\x04")) || bytes.HasPrefix(file, []byte("PK\x05\x06"))
}

// pictures reads the body of a request: a multipart form with any number of
// images and zips of images, or the bytes of an image or a zip.
func (s *Server) pictures(b *body, r *http.Request) (list []picture, err error) {
	defer func() {
		if err == nil {
			b.ended()
		}
	}()
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // whatever it is, the bytes say what they are
	}
	if kind == "multipart/form-data" {
		return s.parts(b, parameters["boundary"])
	}
	file, err := b.all(b, max(r.ContentLength, 0))
	switch {
	case err != nil:
		return nil, err
	case len(file) == 0:
		return nil, refuse(http.StatusBadRequest, "the body is empty; it should be an image, a zip of images, or a form with images")
	case isZip(file):
		return s.zipped(file, nil)
	}
	return []picture{{file: file}}, nil
}

// parts reads a form. Fields that are no files are passed over.
func (s *Server) parts(b *body, boundary string) (list []picture, err error) {
	if boundary == "" {
		return nil, refuse(http.StatusBadRequest, "the form has no boundary")
	}
	form := multipart.NewReader(b, boundary)
	for fields := 0; ; fields++ {
		part, err := form.NextRawPart()
		switch {
		case err == io.EOF:
			if len(list) == 0 {
				return nil, refuse(http.StatusBadRequest, "the form holds no file")
			}
			return list, nil
		case err != nil:
			return nil, readRefusal(err)
		case fields >= 2*s.options.Limits.Images+16:
			return nil, s.tooMany()
		}
		if part.FileName() == "" && part.Header.Get("Content-Type") == "" {
			continue
		}
		file, err := b.all(part, 0)
		switch {
		case err != nil:
			return nil, err
		case isZip(file):
			list, err = s.zipped(file, list)
		default:
			list = append(list, picture{name: clipped(part.FileName()), file: file})
		}
		if err != nil {
			return nil, err
		}
		if len(list) > s.options.Limits.Images {
			return nil, s.tooMany()
		}
	}
}

func (s *Server) tooMany() error {
	return refuse(http.StatusRequestEntityTooLarge, "more than the %d images that this service takes in a request", s.options.Limits.Images)
}

// zipped adds the images in a zip. They are unpacked in a slot, when their turn
// comes, so that no more lie unpacked in memory than there are slots.
func (s *Server) zipped(file []byte, list []picture) ([]picture, error) {
	// Each entry of the directory has this mark; a directory of a million entries
	// would cost more memory than the file.
	if most := 4*s.options.Limits.Images + 1024; bytes.Count(file, []byte("PK\x01\x02")) > most {
		return nil, s.tooMany()
	}
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // no name is ever used as a path
		return nil, refuse(http.StatusBadRequest, "the zip is damaged")
	}
	for _, f := range archive.File {
		if !isImageEntry(f) {
			continue
		}
		if len(list) >= s.options.Limits.Images {
			return nil, s.tooMany()
		}
		list = append(list, picture{name: clipped(path.Clean(f.Name)), unpack: func() ([]byte, error) { return s.unpack(f) }})
	}
	if len(list) == 0 {
		return nil, refuse(http.StatusBadRequest, "the zip holds no images")
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
func (s *Server) unpack(f *zip.File) ([]byte, error) {
	const encrypted = 1 // bit 0 of the general purpose flags
	if f.Flags&encrypted != 0 {
		return nil, imageError("it is encrypted")
	}
	r, err := f.Open()
	if err != nil {
		return nil, imageError("it cannot be unpacked: the zip is damaged, or packed in a way that is not understood")
	}
	defer r.Close()
	limit := s.options.Limits.Body
	file, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case int64(len(file)) > limit:
		return nil, imageError("it is larger than this service takes")
	case err != nil:
		return nil, imageError("it cannot be unpacked: the zip is damaged")
	}
	return file, nil
}

// An imageError is what is wrong with one image of a request; the others are
// answered.
type imageError string

func (e imageError) Error() string { return string(e) }
