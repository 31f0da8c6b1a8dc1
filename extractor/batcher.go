package extractor

import (
	"context"
	"sync"
	"time"

	"graft/extractor/pixels"
)

// patience is how long a batch waits for more crops once it has one. Full
// batches take far less on a machine whose decoders keep up; on others the
// padding costs nothing, since the accelerator waits anyway.
const patience = 100 * time.Millisecond

// A batcher gathers crops from many workers into batches of a fixed size, as
// accelerators want them: every new shape costs them a search for algorithms.
type batcher struct {
	trunk     Trunk
	batch     int
	transform pixels.Transform
	requests  chan *request
	gathering sync.Mutex // one server fills a batch while another runs its own
}

// A request is one crop waiting for its features.
type request struct {
	crop []byte
	rows [][]float32
	done chan error
}

func newBatcher(trunk Trunk, batch int, t pixels.Transform) *batcher {
	return &batcher{trunk: trunk, batch: batch, transform: t, requests: make(chan *request)}
}

// close says that no more crops will come.
func (b *batcher) close() { close(b.requests) }

// run hands in one crop and waits for its features.
func (b *batcher) run(ctx context.Context, crop []byte, rows [][]float32) error {
	r := &request{crop: crop, rows: rows, done: make(chan error, 1)}
	select {
	case b.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serve runs batches until requests is closed: one runner of the device.
func (b *batcher) serve(ctx context.Context) error {
	size := b.transform.Bytes()
	crops := make([]byte, b.batch*size)
	var out [][]float32
	for _, d := range b.trunk.Dims() {
		out = append(out, make([]float32, b.batch*d))
	}
	for {
		batch := b.gather(ctx)
		if len(batch) == 0 {
			return ctx.Err()
		}
		for i, r := range batch {
			copy(crops[i*size:(i+1)*size], r.crop)
		}
		err := b.trunk.Run(ctx, crops, b.batch, b.transform.Height(), b.transform.Width(), out)
		for i, r := range batch {
			for o, row := range r.rows {
				copy(row, out[o][i*len(row):])
			}
			r.done <- err
		}
		if err != nil {
			return err
		}
	}
}

// gather waits for a batch: a full one, or what came within patience of the
// first crop. It is empty when there is no more to come.
func (b *batcher) gather(ctx context.Context) []*request {
	b.gathering.Lock()
	defer b.gathering.Unlock()
	var batch []*request
	var expired <-chan time.Time // nil, so for ever, until there is a crop
	for len(batch) < b.batch {
		select {
		case r, ok := <-b.requests:
			if !ok {
				return batch
			}
			if expired == nil {
				expired = time.After(patience)
			}
			batch = append(batch, r)
		case <-expired:
			return batch
		case <-ctx.Done():
			return nil
		}
	}
	return batch
}
