package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Loose finds photographs to predict: each path is a file, taken whatever its name, or a folder,
// of which all images below are taken, in order. Nothing has a label or a split. Paths stay as
// given (a folder's images are below its path), and Root is empty, so there is nothing that a
// samples table could tell unchanged files by.
func Loose(ctx context.Context, paths []string, o Options) (*Dataset, error) {
	d := &Dataset{Scanned: time.Now(), files: folder{}, max: o.MaxBytes}
	for _, p := range paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
			return nil, fmt.Errorf("scan %q: %w", p, cause(err))
		case info.IsDir():
			below, err := Scan(ctx, p, Options{Unlabeled: true})
			if err != nil {
				return nil, err
			}
			for _, s := range below.Samples {
				s.Path = filepath.ToSlash(filepath.Join(p, filepath.FromSlash(s.Path)))
				d.Samples = append(d.Samples, s)
			}
			d.Notes = append(d.Notes, below.Notes...)
		default:
			d.Samples = append(d.Samples, Sample{Path: filepath.ToSlash(p), Bytes: info.Size(), ModTime: info.ModTime()})
		}
	}
	return d, nil
}

// Files takes each path for a photograph, without looking: reading one that is none, or that is
// not there, will say so. It is for lists too long to hold, a part at a time.
func Files(paths []string) *Dataset {
	d := &Dataset{Scanned: time.Now(), files: folder{}, Samples: make([]Sample, len(paths))}
	for i, p := range paths {
		d.Samples[i].Path = filepath.ToSlash(p)
	}
	return d
}
