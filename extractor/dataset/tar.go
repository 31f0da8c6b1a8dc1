package dataset

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// tarred reads the entries of an uncompressed tar archive where its headers said that they lie.
type tarred struct{ *os.File }

// openTar reads all headers once; the data between them is skipped.
func openTar(ctx context.Context, abs string, t *archiveTree) (archive, error) {
	f, err := os.Open(abs)
	if err != nil {
		return nil, cause(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = indexTar(ctx, f, info.ModTime(), t)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return tarred{f}, nil
}

func indexTar(ctx context.Context, f *os.File, mtime time.Time, t *archiveTree) error {
	r := tar.NewReader(f)
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return cause(err)
		}
		t.tarEntry(h, at, mtime)
	}
}

func (t *archiveTree) tarEntry(h *tar.Header, at int64, mtime time.Time) {
	p, ok := t.clean(h.Name)
	if !ok {
		return
	}
	switch h.Typeflag {
	case tar.TypeDir:
		t.dir(p)
	case tar.TypeReg:
		if sparse(h) {
			t.note("%q is packed as a sparse file and is not read; packed whole, it is", p)
			return
		}
		t.add(p, h.Size, mtime, at)
	case tar.TypeLink:
		target, _ := t.clean(h.Linkname)
		f, ok := t.files[target]
		if !ok {
			t.note("%q is a link to %q, which is not in the archive", p, h.Linkname)
			return
		}
		t.add(p, f.bytes, f.mtime, f.at)
	default:
		t.note("%q is not a file and is not read from an archive", p)
	}
}

func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func (f tarred) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	b, err := readAll(io.NewSectionReader(f, s.at, s.Bytes), s.Bytes, buf, limit)
	if err == nil && int64(len(b)) < s.Bytes {
		return nil, errors.New("the archive ends before the file does")
	}
	return b, err
}

// begins gives the first bytes of an entry.
func (f tarred) begins(e file) []byte { return beginning(io.NewSectionReader(f, e.at, e.bytes)) }
