package dataset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// FromSamples is the data set of samples that were found before, a part of those below root: a
// folder, "" for paths given one by one, or an archive. Reading one that is not there any more
// says so. Of the options, MaxBytes counts. Close it when done.
func FromSamples(ctx context.Context, root string, samples []Sample, o Options) (*Dataset, error) {
	d := &Dataset{Root: root, Samples: samples, Scanned: time.Now(), files: folder{root}, max: o.MaxBytes}
	info, err := os.Stat(root)
	if root == "" || err == nil && info.IsDir() {
		return d, nil
	}
	if err != nil {
		return nil, fmt.Errorf("data %q: %w", root, missing(root, err))
	}
	a, err := Scan(ctx, root, Options{Unlabeled: true, MaxBytes: o.MaxBytes})
	if err != nil {
		return nil, err
	}
	at := make(map[string]Sample, len(a.Samples))
	for _, s := range a.Samples {
		at[s.Path] = s
	}
	for i := range samples {
		s, ok := at[samples[i].Path]
		if !ok {
			s.at, s.Bytes = goneFromArchive, samples[i].Bytes
		}
		samples[i].at, samples[i].Bytes = s.at, s.Bytes
	}
	d.files = a.files
	return d, nil
}

// goneFromArchive is where a sample lies that its archive does not have any more: behind its end,
// so that reading it says that the archive ends before.
const goneFromArchive = 1 << 60

// Held is the data set of samples whose files are in memory; nil for one that was too large.
func Held(samples []Sample, files [][]byte, o Options) *Dataset {
	at := make(map[string]int, len(samples))
	for i := range samples {
		samples[i].at = int64(i)
		at[samples[i].Path] = i
	}
	return &Dataset{Samples: samples, Scanned: time.Now(), files: held(files), max: o.MaxBytes}
}

// held are files in memory, by the number of the sample.
type held [][]byte

var _ source = held(nil)

func (h held) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	if s.Bytes > limit || h[s.at] == nil {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, s.Bytes, limit)
	}
	return append(buf[:0], h[s.at]...), nil
}

func (held) Close() error { return nil }

// Fetched is the data set of samples whose files fetch brings to the disk, each for as long as it is
// read.
func Fetched(samples []Sample, fetch func(name, file string) error, o Options) *Dataset {
	return &Dataset{Samples: samples, Scanned: time.Now(), files: fetched(fetch), max: o.MaxBytes}
}

// fetched brings files to the disk.
type fetched func(name, file string) error

var _ source = fetched(nil)

func (f fetched) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	if s.Bytes > limit {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, s.Bytes, limit)
	}
	dir, err := os.MkdirTemp("", "graft-photograph-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "photograph")
	if err := f(s.Path, path); err != nil {
		return nil, err
	}
	return folder{}.read(Sample{Path: path}, buf, limit)
}

func (fetched) Close() error { return nil }
