package serve

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"graft/extractor"
	"graft/head/classify"
)

// A network is a running trunk or classifier, shared by all models that need it.
type network struct {
	id      classify.Network
	started *classify.Started
	widths  []int
	server  *Server

	users int // models; guarded by networks.mu

	mu       sync.Mutex
	batchers map[int]*batcher // by side of the crop; on accelerators only
}

// networks are those that run.
type networks struct {
	mu      sync.Mutex
	running map[classify.Network]*network
}

// find gives a network that runs, nil if it does not. Whoever gets it leaves it.
func (n *networks) find(id classify.Network) *network {
	n.mu.Lock()
	defer n.mu.Unlock()
	net := n.running[id]
	if net != nil {
		net.users++
	}
	return net
}

// use gives the network of a model, started if no other model has it running.
// Whoever uses it leaves it. It is called by one goroutine at a time.
func (s *Server) use(ctx context.Context, m *classify.Model) (*network, error) {
	if net := s.networks.find(m.Network); net != nil {
		return net, nil
	}
	started, err := s.start(ctx, m, s.options.Classify)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(started.Dims(), m.Widths()) {
		started.Close()
		return nil, fmt.Errorf("model %q: the trunk gives rows of %v values, not of %v", m.Path, started.Dims(), m.Widths())
	}
	if started.Device != "" {
		s.log.Info("device", "chosen", started.Device)
	}
	net := &network{id: m.Network, started: started, widths: m.Widths(), server: s, users: 1, batchers: map[int]*batcher{}}
	s.networks.mu.Lock()
	s.networks.running[m.Network] = net
	s.networks.mu.Unlock()
	return net, nil
}

// leave gives a network up; the last user closes it.
func (n *network) leave() {
	all := &n.server.networks
	all.mu.Lock()
	n.users--
	last := n.users == 0
	if last {
		delete(all.running, n.id)
	}
	all.mu.Unlock()
	if !last {
		return
	}
	for _, b := range n.batchers {
		b.close()
	}
	if err := n.started.Close(); err != nil {
		n.server.log.Error("close a network", "error", err)
	}
}

// batched reports whether the network wants many crops at once.
func (n *network) batched() bool { return n.started.Batch() > 1 }

// abreast is how many images of one request are worth while to have in line.
func (n *network) abreast() int {
	if n.batched() {
		return (max(n.started.Workers(), 1) + 1) * n.started.Batch()
	}
	return n.server.flow.width
}

// run makes the row of a crop of size×size pixels. On an accelerator the crop
// waits for others, and must be left alone when ctx has ended.
func (n *network) run(ctx context.Context, crop []byte, size int) ([]float32, error) {
	row := make([]float32, sum(n.widths))
	if n.batched() {
		return row, n.batcher(size).run(ctx, crop, row)
	}
	return row, n.started.Run(ctx, crop, 1, size, size, split(row, n.widths, 1))
}

// batcher is the one for crops of a size.
func (n *network) batcher(size int) *batcher {
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.batchers[size]
	if b == nil {
		b = newBatcher(n, size)
		n.batchers[size] = b
	}
	return b
}

// alone makes the row of a crop without waiting for others: of a black one, it
// warms the network up, which is when accelerators choose algorithms and memory
// is taken for the first time.
func (n *network) alone(ctx context.Context, crop []byte, size int) ([]float32, error) {
	batch, row := max(n.started.Batch(), 1), make([]float32, sum(n.widths))
	pixels := make([]byte, 3*batch*size*size)
	copy(pixels, crop)
	rows := split(make([]float32, batch*len(row)), n.widths, batch)
	if err := n.started.Run(ctx, pixels, batch, size, size, rows); err != nil {
		return nil, err
	}
	for o, part := range split(row, n.widths, 1) {
		copy(part, rows[o])
	}
	return row, nil
}

// split cuts one slice into the outputs of a run: n rows of each width.
func split(values []float32, widths []int, n int) [][]float32 {
	var parts [][]float32
	for _, w := range widths {
		parts = append(parts, values[:n*w:n*w])
		values = values[n*w:]
	}
	return parts
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

// startModel is what Server.start is unless a test has another: it starts the
// network for real.
func startModel(ctx context.Context, m *classify.Model, o classify.Options) (*classify.Started, error) {
	return m.Start(ctx, o)
}

var _ extractor.Trunk = (*classify.Started)(nil)
