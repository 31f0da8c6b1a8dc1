package extractor

import (
	"context"
	"sync"
	"time"
)

// patience is how long a batch of a run waits for more crops once it has one. Full
// batches take far less on a machine whose decoders keep up; on others the
// padding costs nothing, since the accelerator waits anyway.
const patience = 100 * time.Millisecond

// A Batcher gathers crops from many goroutines into batches of a fixed size, as
// accelerators want them: every new shape costs them a search for algorithms. The
// last crops of a batch that is not full are black. [Batcher.Run] hands a crop in,
// [Batcher.Serve] runs batches.
type Batcher struct {
	trunk     Trunk
	settings  BatcherSettings
	requests  chan *request
	gathering sync.Mutex // one server fills a batch while another runs its own
}

// BatcherSettings are the shape of batches, and how long one waits to be full.
type BatcherSettings struct {
	Batch         int                                 // crops in a batch, 1 or more
	Height, Width int                                 // of a crop, pixels
	Wait          time.Duration                       // for more crops, once there is one
	Ran           func(crops int, took time.Duration) // if not nil, called after each batch
}

// A request is one crop waiting for its features.
type request struct {
	ctx  context.Context
	crop []byte
	rows [][]float32
	done chan error
}

// NewBatcher makes a batcher for a trunk, which Serve runs.
func NewBatcher(t Trunk, s BatcherSettings) *Batcher {
	return &Batcher{trunk: t, settings: s, requests: make(chan *request)}
}

// Close says that no more crops will come.
func (b *Batcher) Close() { close(b.requests) }

// Run hands in one crop, height×width×3 bytes, and waits for its features: a row for
// each output of the trunk. When ctx ends first, crop and rows may be in use for
// as long as a batch takes.
func (b *Batcher) Run(ctx context.Context, crop []byte, rows [][]float32) error {
	r := &request{ctx: ctx, crop: crop, rows: rows, done: make(chan error, 1)}
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

// Serve runs batches until Close: one runner of the device. It ends with the error
// of a batch, which the batch's crops have got, too; Serve may be called again.
func (b *Batcher) Serve(ctx context.Context) error {
	height, width := b.settings.Height, b.settings.Width
	size := 3 * height * width
	crops := make([]byte, b.settings.Batch*size)
	var out [][]float32
	for _, d := range b.trunk.Dims() {
		out = append(out, make([]float32, b.settings.Batch*d))
	}
	for {
		batch := b.gather(ctx)
		if len(batch) == 0 {
			return ctx.Err()
		}
		for i, r := range batch {
			copy(crops[i*size:(i+1)*size], r.crop)
		}
		clear(crops[len(batch)*size:])
		begin := time.Now()
		err := b.trunk.Run(ctx, crops, b.settings.Batch, height, width, out)
		if b.settings.Ran != nil {
			b.settings.Ran(len(batch), time.Since(begin))
		}
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

// gather waits for a batch: a full one, or what came in time after the first crop.
// It is empty when there is no more to come. Crops that nobody waits for any more
// are left out.
func (b *Batcher) gather(ctx context.Context) []*request {
	b.gathering.Lock()
	defer b.gathering.Unlock()
	var batch []*request
	var expired <-chan time.Time // nil, so for ever, until there is a crop
	for len(batch) < b.settings.Batch {
		select {
		case r, ok := <-b.requests:
			switch {
			case !ok:
				return batch
			case r.ctx.Err() != nil:
				continue
			case expired == nil:
				expired = time.After(b.settings.Wait)
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
