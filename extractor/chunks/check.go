package chunks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"graft/extractor"
	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// A row may be so far, over its largest value, from one that is computed anew: as in
// features.Verify, and half of the last bit of float16 further.
const (
	tolerance     = 1e-4
	halfTolerance = tolerance + 0x1p-11
)

// check reads the photographs of the sample again, and computes their rows anew if somebody can.
func (f *finishing) check(ctx context.Context) error {
	if len(f.sample) == 0 {
		return nil
	}
	f.options.Progress.Begin("check", len(f.sample))
	root := cmp.Or(f.options.Data, f.plan.Root)
	c := &checking{finishing: f, dim: f.made.Trunk.Dim}
	if bucket.IsURL(root) {
		b, err := bucket.Open(root)
		if err != nil {
			return err
		}
		defer b.Close()
		if c.read = fromBucket(ctx, b); f.plan.WebDataset {
			c.read = func(r features.Record) ([]byte, error) { return fromBucketShard(ctx, b, r) }
		}
	} else if f.plan.WebDataset {
		c.read = func(r features.Record) ([]byte, error) { return fromShard(root, r) }
	} else {
		samples := make([]dataset.Sample, len(f.sample))
		for i, r := range f.sample {
			samples[i] = dataset.Sample{Path: r.Path, Bytes: r.Bytes, ModTime: r.ModTime}
		}
		data, err := dataset.FromSamples(ctx, root, samples, dataset.Options{})
		if err != nil {
			return err
		}
		defer data.Close()
		at := map[string]dataset.Sample{}
		for _, s := range samples {
			at[s.Path] = s
		}
		c.read = func(r features.Record) ([]byte, error) { return data.Read(at[r.Path], nil) }
	}
	return c.run(ctx)
}

// checking compares the sample with its photographs.
type checking struct {
	*finishing
	dim  int
	read func(features.Record) ([]byte, error)
	rows *extractor.Recomputer // nil: no rows are computed anew
}

func (c *checking) run(ctx context.Context) (err error) {
	if c.rows, err = c.recomputer(ctx); err != nil {
		return err
	}
	if c.rows != nil {
		defer c.rows.Close()
	}
	wrong := &ChangedError{Store: c.name}
	for _, r := range c.sample {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := c.one(ctx, r); err != nil {
			wrong.List = append(wrong.List, fmt.Sprintf("%s: %v", r.Path, err))
		}
		c.options.Progress.Advance(1)
	}
	if wrong.List != nil {
		return wrong
	}
	return nil
}

// recomputer computes rows anew with the trunk that made them; nil if it is not here.
func (c *checking) recomputer(ctx context.Context) (*extractor.Recomputer, error) {
	o := c.options.Ingest
	o.Identity = &trunk.Identity{Trunk: c.made.Trunk.SHA256, Tap: c.made.Trunk.Tap, Transform: c.made.Transform}
	o.Progress, o.Half = c.options.Progress, c.made.Rows == features.Float16
	r, err := o.Recipe()
	var missing *trunk.MissingError
	if errors.As(err, &missing) && o.Trunk == "" {
		c.options.Progress.Note("no rows are computed anew: %v", err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if metas, err := r.Metas(); err != nil || metas[0].Runtime != c.made.Runtime {
		c.options.Progress.Note("no rows are computed anew: they were made on %q, in %q", c.made.Runtime.Device, c.made.Runtime.Precision)
		return nil, err
	}
	return r.Extractor().Recomputer(ctx)
}

// one says what is wrong with a photograph or its row.
func (c *checking) one(ctx context.Context, r sampled) error {
	c.done.Checked++
	file, err := c.read(r.Record)
	if err != nil {
		return err
	}
	if pixels.KeyOf(file) != r.Key {
		return errors.New("it is not the photograph that was computed")
	}
	if c.rows == nil {
		return nil
	}
	c.done.Again++
	now, there := make([]float32, c.dim), r.row
	if err := c.rows.Row(ctx, file, r.Key, 0, now); err != nil {
		return err
	}
	most, scale := 0.0, 0.0
	for i := range now {
		most, scale = max(most, math.Abs(float64(now[i]-there[i]))), max(scale, math.Abs(float64(there[i])))
	}
	limit := tolerance
	if c.made.Rows == features.Float16 {
		limit = halfTolerance
	}
	if most > limit*scale {
		return fmt.Errorf("its features came out differently: by %.2g of the largest", most/scale)
	}
	return nil
}

// fromShard reads a photograph out of its shard.
func fromShard(root string, r features.Record) ([]byte, error) {
	for dir := r.Path; ; {
		dir = filepath.ToSlash(filepath.Dir(dir))
		if dir == "." || dir == "/" {
			return nil, os.ErrNotExist
		}
		f, err := os.Open(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err != nil || info.IsDir() {
			f.Close()
			return nil, os.ErrNotExist
		}
		defer f.Close()
		s := &dataset.ShardReader{Name: dir}
		for shown, err := range s.Samples(f) {
			if err != nil {
				return nil, err
			}
			if shown.Path == r.Path {
				return shown.File, nil
			}
		}
		return nil, os.ErrNotExist
	}
}

// fromBucket reads photographs of a bucket.
func fromBucket(ctx context.Context, b *bucket.Bucket) func(features.Record) ([]byte, error) {
	return func(r features.Record) ([]byte, error) {
		d := dataset.Fetched(nil, fetcher(ctx, b), dataset.Options{})
		return d.Read(dataset.Sample{Path: r.Path}, nil)
	}
}

// fromBucketShard fetches the shard of a photograph, and reads that.
func fromBucketShard(ctx context.Context, b *bucket.Bucket, r features.Record) ([]byte, error) {
	root, err := os.MkdirTemp("", "graft-shard-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	for dir := filepath.ToSlash(filepath.Dir(r.Path)); dir != "."; dir = filepath.ToSlash(filepath.Dir(dir)) {
		file := filepath.Join(root, filepath.FromSlash(dir))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return nil, err
		}
		if err := b.Get(ctx, dir, file); err == nil {
			return fromShard(root, r)
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return nil, os.ErrNotExist
}
