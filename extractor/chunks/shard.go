package chunks

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
)

// What is read of a shard before it is computed: enough to keep all cores busy.
const (
	lotImages = 512
	lotBytes  = 64 << 20
)

// shard computes the samples of a tar, which is read once.
func (d *doing) shard(ctx context.Context) error {
	f, err := d.openShard(ctx)
	if err != nil {
		return fmt.Errorf("shard: %w", err)
	}
	defer f.Close()
	r := &dataset.ShardReader{Name: d.chunk.Shard, Limit: d.options.Ingest.Data.MaxBytes}
	var lot lot
	seen := 0
	for s, err := range r.Samples(bufio.NewReaderSize(f, 1<<20)) {
		if err != nil {
			return err
		}
		if seen++; seen <= d.skip {
			continue
		}
		lot.samples, lot.files = append(lot.samples, s.Sample), append(lot.files, s.File)
		if lot.bytes += len(s.File); len(lot.samples) == lotImages || lot.bytes >= lotBytes {
			if err := d.lot(ctx, &lot); err != nil {
				return err
			}
		}
	}
	return d.lot(ctx, &lot)
}

// A lot is some samples of a shard with their files.
type lot struct {
	samples []dataset.Sample
	files   [][]byte
	bytes   int
}

func (d *doing) lot(ctx context.Context, l *lot) error {
	if len(l.samples) == 0 {
		return nil
	}
	data := dataset.Held(l.samples, l.files, d.options.Ingest.Data)
	data.Root = d.root
	err := d.each(ctx, data)
	*l = lot{}
	return err
}

// openShard opens the tar; one in a bucket is fetched whole, which takes one request.
func (d *doing) openShard(ctx context.Context) (*os.File, error) {
	if !bucket.IsURL(d.root) {
		return os.Open(filepath.Join(d.root, filepath.FromSlash(d.chunk.Shard)))
	}
	b, err := d.bucketOf(d.root)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("graft-shard-%d", os.Getpid()))
	if err := b.Get(ctx, d.chunk.Shard, file); err != nil {
		return nil, err
	}
	defer os.Remove(file) // it is open
	return os.Open(file)
}
