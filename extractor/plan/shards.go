package plan

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/features"
)

// shardImage is about how many bytes an image of a shard has, to guess their number.
const shardImage = 64 << 10

// shards plans the tars below a folder, each of them a chunk.
func (s Settings) shards(ctx context.Context, dir string) (*Made, error) {
	m := &Made{Plan: &Plan{Version: Version, WebDataset: true, Splits: []string{}, Scanned: time.Now().UTC(), Made: s.Made}}
	add := func(name string, bytes int64, mtime time.Time) error {
		if s.Listed != nil {
			s.Listed(1)
		}
		return m.shard(dir, name, bytes, mtime)
	}
	if err := s.eachShard(ctx, m, add); err != nil {
		return nil, fmt.Errorf("scan %q: %w", s.Data, err)
	}
	if m.Chunks() == 0 {
		return nil, fmt.Errorf("scan %q: no .tar files", s.Data)
	}
	if m.Partitions = s.Partitions; m.Partitions == 0 {
		m.Partitions = features.Partitions(m.Bytes / shardImage)
	}
	return m, m.write(dir)
}

// eachShard gives the tars of a bucket or of a folder.
func (s Settings) eachShard(ctx context.Context, m *Made, add func(name string, bytes int64, mtime time.Time) error) error {
	if m.Root = s.Data; bucket.IsURL(s.Data) {
		b, err := bucket.Open(s.Data)
		if err != nil {
			return err
		}
		defer b.Close()
		return (&objects{bucket: b}).shards(ctx, add)
	}
	var err error
	if m.Root, err = filepath.Abs(dataset.Resolve(s.Data)); err != nil {
		return err
	}
	others := 0
	err = filepath.WalkDir(m.Root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case e.IsDir():
			return nil
		case !strings.EqualFold(filepath.Ext(path), ".tar"):
			others++
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(m.Root, path)
		if err != nil {
			return err
		}
		return add(filepath.ToSlash(name), info.Size(), info.ModTime())
	})
	if others > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("%d files are no .tar and are not read", others))
	}
	return err
}

// shard adds the chunk of a tar.
func (m *Made) shard(dir, name string, size int64, mtime time.Time) error {
	var b bytes.Buffer
	l := line{Shard: dataset.Escape(name), Bytes: size, MTime: mtime.UTC()}
	if err := l.append(&b); err != nil {
		return err
	}
	m.Bytes += size
	return m.add(dir, &b)
}
