package dataset

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// zipped reads the entries of a zip archive in place.
type zipped struct{ *zip.ReadCloser }

func openZip(ctx context.Context, abs string, t *archiveTree) (archive, error) {
	info, err := os.Stat(abs)
	if err != nil {
		return nil, cause(err)
	}
	z, err := zip.OpenReader(abs)
	if err != nil {
		return nil, err
	}
	names := zipNames(z.File)
	if names.slashed > 0 {
		t.note("names with backslashes, as Windows writes them, that are read with slashes: %d", names.slashed)
	}
	for i, f := range z.File {
		if err := ctx.Err(); err != nil {
			z.Close()
			return nil, err
		}
		name := names.of(f)
		p, ok := t.clean(name)
		switch mode := f.Mode(); {
		case !ok:
		case mode.IsDir() || strings.HasSuffix(name, "/"):
			t.dir(p)
		case mode&fs.ModeSymlink != 0:
			t.note("%q is a link and is not followed in an archive", p)
		default:
			t.add(p, int64(min(f.UncompressedSize64, 1<<62)), info.ModTime(), int64(i))
		}
	}
	return zipped{z}, nil
}

func (z zipped) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	f, err := z.entry(s.at)
	if err != nil {
		return nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAll(r, s.Bytes, buf, limit)
}

func (z zipped) entry(at int64) (*zip.File, error) {
	if at < 0 || at >= int64(len(z.File)) {
		return nil, errors.New("not a sample of this archive")
	}
	const encrypted = 1 // bit 0 of the general purpose flags
	if z.File[at].Flags&encrypted != 0 {
		return nil, errors.New("it is encrypted")
	}
	return z.File[at], nil
}

// begins gives the first bytes of an entry.
func (z zipped) begins(e file) []byte {
	f, err := z.entry(e.at)
	if err != nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return nil
	}
	defer r.Close()
	return beginning(r)
}
