package chunks

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"graft/extractor/bucket"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
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
	l := lot{from: d.skip}
	seen := 0
	for s, err := range r.Samples(bufio.NewReaderSize(f, 1<<20)) {
		if err != nil {
			return err
		}
		if seen++; seen <= d.skip {
			if before := d.records[seen-1]; before.Path != s.Path || before.Error == "" && before.Key != pixels.KeyOf(s.File) {
				d.skip, d.records, d.rows, d.bytes, d.parts = 0, nil, 0, 0, nil // the shard is another one than the worker before has begun
				return d.shard(ctx)
			}
			continue
		}
		l.samples, l.files = append(l.samples, s.Sample), append(l.files, s.File)
		full := len(l.samples) == lotImages || seen == d.care.end(l.from, 0)
		if l.bytes += len(s.File); full || l.bytes >= lotBytes {
			if err := d.lot(ctx, &l); err != nil {
				return err
			}
		}
	}
	return d.lot(ctx, &l)
}

// A lot is some samples of a shard with their files.
type lot struct {
	from    int // number of the first one
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
	err := d.step(ctx, data, l.from)
	*l = lot{from: l.from + len(l.samples)}
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
	dir, err := d.folder()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "shard.tar")
	if err := b.Get(ctx, d.chunk.Shard, file); err != nil {
		return nil, err
	}
	defer os.Remove(file) // it is open
	return os.Open(file)
}
