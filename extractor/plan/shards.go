package plan

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor/dataset"
	"graft/extractor/features"
)

// shardImage is about how many bytes an image of a shard has, to guess their number.
const shardImage = 64 << 10

// shards plans the tars below a folder, each of them a chunk.
func (s Settings) shards(ctx context.Context, dir string) (*Made, error) {
	root, err := filepath.Abs(dataset.Resolve(s.Data))
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", s.Data, err)
	}
	m := &Made{Plan: &Plan{Version: Version, Root: root, WebDataset: true, Splits: []string{}, Scanned: time.Now().UTC(), Made: s.Made}}
	others := 0
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
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
		if s.Listed != nil {
			s.Listed(1)
		}
		return m.shard(dir, path, e)
	})
	if err != nil {
		return nil, fmt.Errorf("scan %q: %w", s.Data, err)
	}
	if m.Chunks() == 0 {
		return nil, fmt.Errorf("scan %q: no .tar files", s.Data)
	}
	if others > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("%d files are no .tar and are not read", others))
	}
	if m.Partitions = s.Partitions; m.Partitions == 0 {
		m.Partitions = features.Partitions(m.Bytes / shardImage)
	}
	return m, m.write(dir)
}

// shard adds the chunk of a tar.
func (m *Made) shard(dir, path string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	name, err := filepath.Rel(m.Root, path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	l := line{Shard: dataset.Escape(filepath.ToSlash(name)), Bytes: info.Size(), MTime: info.ModTime().UTC()}
	if err := l.append(&b); err != nil {
		return err
	}
	m.Bytes += info.Size()
	return m.add(dir, &b)
}
