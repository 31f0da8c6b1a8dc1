package serve

import (
	"context"
	"sync"
	"time"
)

// A batcher gathers crops of several requests into batches, as accelerators want
// them: always of one size, the last crops of it left black where there are no
// more.
type batcher struct {
	network *network
	size    int // side of a crop, pixels
	batch   int // crops in a batch
	wait    time.Duration

	requests  chan *request
	gathering sync.Mutex // one runner fills a batch while another runs its own
	runners   sync.WaitGroup
}

// A request is a crop that waits for its row.
type request struct {
	ctx  context.Context
	crop []byte
	row  []float32
	done chan error
}

func newBatcher(n *network, size int) *batcher {
	b := &batcher{
		network: n, size: size, batch: n.started.Batch(), wait: n.server.options.MaxWait,
		requests: make(chan *request),
	}
	for range max(n.started.Workers(), 1) {
		b.runners.Go(b.serve)
	}
	return b
}

// close ends the runners. No request is under way then.
func (b *batcher) close() {
	close(b.requests)
	b.runners.Wait()
}

// run hands in a crop and waits for its row.
func (b *batcher) run(ctx context.Context, crop []byte, row []float32) error {
	r := &request{ctx: ctx, crop: crop, row: row, done: make(chan error, 1)}
	select {
	case b.requests <- r:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// serve runs batches until the batcher is closed.
func (b *batcher) serve() {
	n, crop := b.network, 3*b.size*b.size
	pixels := make([]byte, b.batch*crop)
	rows := split(make([]float32, b.batch*sum(n.widths)), n.widths, b.batch)
	for {
		batch := b.gather()
		if len(batch) == 0 {
			return
		}
		for i, r := range batch {
			copy(pixels[i*crop:(i+1)*crop], r.crop)
		}
		clear(pixels[len(batch)*crop:])
		begin := time.Now()
		err := n.started.Run(context.Background(), pixels, b.batch, b.size, b.size, rows)
		n.server.batchRan(len(batch), b.batch, time.Since(begin))
		for i, r := range batch {
			for o, part := range split(r.row, n.widths, 1) {
				copy(part, rows[o][i*len(part):])
			}
			r.done <- err
		}
	}
}

// gather waits for a crop, and a moment for more. It is empty when there will be
// no more. Crops of clients that have gone are left out.
func (b *batcher) gather() []*request {
	b.gathering.Lock()
	defer b.gathering.Unlock()
	var batch []*request
	var expired <-chan time.Time // nil, so for ever, until there is a crop
	for len(batch) < b.batch {
		select {
		case r, ok := <-b.requests:
			switch {
			case !ok:
				return batch
			case r.ctx.Err() != nil:
				continue
			case expired == nil:
				expired = time.After(b.wait)
			}
			batch = append(batch, r)
		case <-expired:
			return batch
		}
	}
	return batch
}
