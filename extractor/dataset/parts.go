package dataset

import (
	"context"
	"errors"
	"iter"
	"math"
	"path/filepath"
	"slices"
)

// Collect gives all photographs as one Dataset, with the notes. It reads through p, which is the one
// to close.
func (p *Paths) Collect(ctx context.Context) (*Dataset, error) {
	d := Files(nil, p.options)
	d.Notes, d.Unread = p.Notes, p.Unread
	files := collected{}
	for part, err := range p.Parts(ctx, math.MaxInt) {
		if err != nil {
			return nil, err
		}
		d.Samples = append(d.Samples, part.Samples...)
		if _, disk := part.files.(folder); !disk {
			for _, s := range part.Samples {
				files[s.Path] = part.files
			}
		}
	}
	d.files = files
	return d, nil
}

// collected reads photographs of archives, by path, and all others from the disk.
type collected map[string]source

func (c collected) read(s Sample, buf []byte, limit int64) ([]byte, error) {
	if f := c[s.Path]; f != nil {
		return f.read(s, buf, limit)
	}
	return folder{}.read(s, buf, limit)
}

func (c collected) Close() error { return nil }

// Parts gives the photographs in parts of n at most, in the order of the paths. Beside a part it
// holds the names in one folder, or in the archives.
func (p *Paths) Parts(ctx context.Context, n int) iter.Seq2[*Dataset, error] {
	return func(yield func(*Dataset, error) bool) {
		b := &parting{options: p.options, n: n, yield: func(d *Dataset) bool { return yield(d, nil) }}
		b.part = Files(nil, p.options)
		err := p.each(ctx, b)
		if err == nil {
			err = b.flush()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// A parting makes parts of paths and archives.
type parting struct {
	options Options
	n       int
	part    *Dataset
	yield   func(*Dataset) bool
}

// errStopped ends the walk when the reader of the parts has stopped.
var errStopped = errors.New("stopped")

// flush gives what has come up to now.
func (b *parting) flush() error {
	if len(b.part.Samples) == 0 {
		return nil
	}
	full := b.part
	b.part = Files(nil, b.options)
	if !b.yield(full) {
		return errStopped
	}
	return nil
}

// file takes a photograph on the disk.
func (b *parting) file(path string) error {
	b.part.Samples = append(b.part.Samples, Sample{Path: filepath.ToSlash(path)})
	if len(b.part.Samples) == b.n {
		return b.flush()
	}
	return nil
}

// archive takes the photographs of an archive.
func (b *parting) archive(d *Dataset) error {
	if err := b.flush(); err != nil {
		return err
	}
	for samples := range slices.Chunk(d.Samples, b.n) {
		if !b.yield(d.Part(samples)) {
			return errStopped
		}
	}
	return nil
}

// each gives b every path, in order.
func (p *Paths) each(ctx context.Context, b *parting) (err error) {
	for _, g := range p.given {
		switch {
		case g.data != nil:
			err = b.archive(g.data)
		case g.tree != nil:
			err = g.tree.revisit(ctx, func(name string) error { return b.file(filepath.Join(g.path, filepath.FromSlash(name))) })
		default:
			err = b.file(g.path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// revisit reads a tree that was counted once more, folder by folder, and adds the images.
func (t *tree) revisit(ctx context.Context, add func(path string) error) error {
	for _, dir := range t.root.below() {
		if err := ctx.Err(); err != nil {
			return err
		}
		once := &tree{abs: t.abs, shallow: true}
		entries, err := once.list(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			n := &node{path: dir.path}
			if err := once.entry(ctx, n, e, nil); err != nil {
				return err
			}
			if len(n.files) > 0 {
				if err := add(filepath.Join(dir.path, n.files[0].name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
