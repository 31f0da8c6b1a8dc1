package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/trunk"
)

// A Mirror is a store of features in a bucket, of which the cache has what was read: parts are
// immutable, so they are fetched once.
type Mirror struct {
	Dir string // of the store in the cache

	bucket *bucket.Bucket
	mu     sync.Mutex
	have   map[int]bool // partitions that were fetched
}

// OpenMirror opens the store at a URL: what describes it is in the cache then, and a store that is
// one folder is there as a whole. Before anything large is fetched, its size is noted in progress, and
// refused with a [*RoomError] if the disk is too small. Close closes it; what was fetched stays.
func OpenMirror(ctx context.Context, c trunk.Cache, url string, progress *extractor.Progress) (*Mirror, error) {
	sum := sha256.Sum256([]byte(url))
	dir, err := c.Path("buckets", hex.EncodeToString(sum[:16]))
	if err != nil {
		return nil, err
	}
	b, err := bucket.Open(url)
	if err != nil {
		return nil, err
	}
	m := &Mirror{Dir: dir, bucket: b, have: map[int]bool{}}
	if err := m.describe(ctx, progress); err != nil {
		b.Close()
		return nil, err
	}
	return m, nil
}

func (m *Mirror) describe(ctx context.Context, progress *extractor.Progress) error {
	described := func(name string) bool { return name == "graft.json" || name == "partitions.json" }
	if err := m.bucket.Mirror(ctx, "", m.Dir, described); err != nil {
		return err
	}
	layout, err := features.ReadLayout(m.Dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return &NoStoreError{m.bucket.URL}
		}
		return fmt.Errorf("features %q: %w", m.bucket.URL, err)
	}
	if err := m.room(ctx, progress); err != nil {
		return err
	}
	if layout.Partitions > 1 {
		return nil
	}
	return m.Partition(ctx, layout, 0)
}

// A NoStoreError says that there are no features at the URL of a bucket.
type NoStoreError struct{ URL string }

// Error names it.
func (e *NoStoreError) Error() string {
	return fmt.Sprintf("features %q: there is no graft.json and no partitions.json, so it is no store of features", e.URL)
}

// A RoomError says that the disk of the cache is too small for a store.
type RoomError struct {
	Store, Dir  string
	Bytes, Free int64 // that are to be fetched; that can be written
}

// Error names both.
func (e *RoomError) Error() string {
	return fmt.Sprintf("features %q: %.1f GB have to be fetched into %s, which has room for %.1f GB", e.Store, float64(e.Bytes)/1e9, e.Dir, float64(e.Free)/1e9)
}

// room says how much is to be fetched, and where to.
func (m *Mirror) room(ctx context.Context, progress *extractor.Progress) error {
	var all, missing int64
	for o, err := range m.bucket.List(ctx, "") {
		if err != nil {
			return err
		}
		if dir, name := path.Split(o.Name); strings.Count(dir, "/") > 1 || !ofStore(name) {
			continue
		}
		all += o.Bytes
		if info, err := os.Stat(filepath.Join(m.Dir, filepath.FromSlash(o.Name))); err != nil || info.Size() != o.Bytes {
			missing += o.Bytes
		}
	}
	if free, ok := durable.Free(m.Dir); ok && missing > free {
		return &RoomError{m.bucket.URL, m.Dir, missing, free}
	}
	if missing > 0 && progress != nil {
		progress.Note("%s is %.1f MB, of which %.1f MB are fetched into %s, where they stay", m.bucket.URL, float64(all)/1e6, float64(missing)/1e6, m.Dir)
	}
	return nil
}

// ofStore reports whether a file is part of a folder of features.
func ofStore(name string) bool {
	return features.IsPart(name) || name == "graft.json" || name == features.SamplesTable
}

// Partition fetches one, once.
func (m *Mirror) Partition(ctx context.Context, l features.Layout, i int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.have[i] {
		return nil
	}
	dir := l.Folder(m.Dir, i)
	prefix := ""
	if l.Partitions > 1 {
		prefix = filepath.Base(dir) + "/"
	}
	if err := m.bucket.Mirror(ctx, prefix, dir, ofStore); err != nil {
		return err
	}
	m.have[i] = true
	return nil
}

// Close closes the bucket.
func (m *Mirror) Close() error { return m.bucket.Close() }
