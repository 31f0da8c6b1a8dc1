package dataset

import (
	"archive/zip"
	"context"
	"errors"
	"io/fs"
	"os"
)

// zipped reads the entries of a zip archive in place.
type zipped struct{ *zip.ReadCloser }

func openZip(ctx context.Context, abs string, t *archiveTree) (source, error) {
	info, err := os.Stat(abs)
	if err != nil {
		return nil, cause(err)
	}
	z, err := zip.OpenReader(abs)
	if err != nil {
		return nil, err
	}
	for i, f := range z.File {
		if err := ctx.Err(); err != nil {
			z.Close()
			return nil, err
		}
		p, ok := t.clean(f.Name)
		switch mode := f.Mode(); {
		case !ok:
		case mode.IsDir():
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
	if s.at < 0 || s.at >= int64(len(z.File)) {
		return nil, errors.New("not a sample of this archive")
	}
	f := z.File[s.at]
	const encrypted = 1 // bit 0 of the general purpose flags
	if f.Flags&encrypted != 0 {
		return nil, errors.New("it is encrypted")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readAll(r, s.Bytes, buf, limit)
}
