package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"graft/extractor/bucket"
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
// one folder is there as a whole. Close closes it; what was fetched stays.
func OpenMirror(ctx context.Context, c trunk.Cache, url string) (*Mirror, error) {
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
	if err := m.describe(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return m, nil
}

func (m *Mirror) describe(ctx context.Context) error {
	described := func(name string) bool { return name == "graft.json" || name == "partitions.json" }
	if err := m.bucket.Mirror(ctx, "", m.Dir, described); err != nil {
		return err
	}
	layout, err := features.ReadLayout(m.Dir)
	if err != nil {
		return fmt.Errorf("%q is no store of features: %w", m.bucket.URL, errors.Unwrap(err))
	}
	if layout.Partitions > 1 {
		return nil
	}
	return m.Partition(ctx, layout, 0)
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
	of := func(name string) bool {
		return features.IsPart(name) || name == "graft.json" || name == features.SamplesTable
	}
	if err := m.bucket.Mirror(ctx, prefix, dir, of); err != nil {
		return err
	}
	m.have[i] = true
	return nil
}

// Close closes the bucket.
func (m *Mirror) Close() error { return m.bucket.Close() }
