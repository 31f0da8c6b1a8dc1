package plan

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
)

// objects gives the photographs in a bucket, or its tars. It is listed twice: the folders tell
// whether they are splits.
type objects struct {
	bucket *bucket.Bucket
	notes  []string
}

// each gives the images.
func (o *objects) each(ctx context.Context, s Settings, give func(dataset.Sample) error) error {
	labels := dataset.NewObjects(s.Scan)
	for object, err := range o.bucket.List(ctx, "") {
		if err != nil {
			return err
		}
		labels.See(object.Name)
	}
	n := 0
	for object, err := range o.bucket.List(ctx, "") {
		if err != nil {
			return err
		}
		sample, ok := labels.Sample(object.Name, object.Bytes, object.MTime)
		if !ok {
			continue
		}
		n++
		if err := give(sample); err != nil {
			return err
		}
	}
	if labels.Left > 0 {
		o.notes = append(o.notes, fmt.Sprintf("%d images belong to no class and are not read", labels.Left))
	}
	if n == 0 {
		return fmt.Errorf("scan %q: no images", o.bucket.URL)
	}
	return nil
}

// shards gives the tars.
func (o *objects) shards(ctx context.Context, give func(name string, bytes int64, mtime time.Time) error) error {
	for object, err := range o.bucket.List(ctx, "") {
		if err == nil && strings.EqualFold(filepath.Ext(object.Name), ".tar") {
			err = give(object.Name, object.Bytes, object.MTime)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeInto makes a plan on the disk and puts it into a bucket, its description last.
func makeInto(ctx context.Context, s Settings, url string) (*Made, error) {
	b, err := bucket.Open(url)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	before, err := clearBucket(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("plan %q: %w", url, err)
	}
	dir, err := os.MkdirTemp("", "graft-plan-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made, err := Make(ctx, s, dir)
	if err != nil {
		return nil, err
	}
	for i := range made.Chunks() {
		if err := b.Put(ctx, ChunkFile(dir, i), Name(i)+chunkSuffix); err != nil {
			return nil, err
		}
		delete(before, Name(i)+chunkSuffix)
	}
	for name := range before {
		if err := b.Delete(ctx, name); err != nil {
			return nil, err
		}
	}
	return made, b.PutNew(ctx, filepath.Join(dir, File), File)
}

// clearBucket is clear for a bucket: it gives the chunks that a run which was cut short has left.
func clearBucket(ctx context.Context, b *bucket.Bucket) (left map[string]bool, err error) {
	left = map[string]bool{}
	for o, err := range b.List(ctx, "") {
		switch {
		case err != nil:
			return nil, err
		case o.Name == File:
			return nil, errPlanned
		case !isChunk(o.Name):
			return nil, fmt.Errorf("it holds other objects (%s); name an empty folder", o.Name)
		}
		left[o.Name] = true
	}
	return left, nil
}
