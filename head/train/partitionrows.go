package train

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"graft/head"
)

// partitionRows are the rows of one split of a partitioned store: head.Blocked. Of the partitions,
// the last two that were asked for are open, and the next one is being opened. It is safe for
// concurrent use.
type partitionRows struct {
	*partitioned
	split  string
	labels []string
	index  map[string]int // of labels
	counts []int

	mu    sync.RWMutex // held for reading while rows are read
	held  []*heldPartition
	order []int
}

var (
	_ head.Blocked    = (*partitionRows)(nil)
	_ head.Concurrent = (*partitionRows)(nil)
)

// A heldPartition is open, or is being opened.
type heldPartition struct {
	number int
	asked  bool          // for a row; until then it is only ahead of time
	ready  chan struct{} // closed when it is open
	part   *partition
	labels []int32
	err    error
}

// heldPartitions is how many are open at once, beside the one that is being opened.
const heldPartitions = 2

// rows are those of the split that was looked through.
func (p *partitioned) rows(split string) *partitionRows {
	r := &partitionRows{partitioned: p, split: split, labels: p.classes(), index: map[string]int{}}
	for i, label := range r.labels {
		r.index[label] = i
		r.counts = append(r.counts, p.labels[label])
	}
	return r
}

func (r *partitionRows) Len() int                   { return r.begins[r.layout.Partitions] }
func (r *partitionRows) Dim() int                   { return r.meta.Trunk.Dim }
func (r *partitionRows) Blocks() int                { return r.layout.Partitions }
func (r *partitionRows) Block(b int) int            { return r.begins[b] }
func (r *partitionRows) Counts() []int              { return slices.Clone(r.counts) }
func (r *partitionRows) SafeForConcurrentUse() bool { return true }

// Visit notes the order, so that the next partition is opened while one is read.
func (r *partitionRows) Visit(order []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order = slices.Clone(order)
}

// Row copies the features of row i into dst.
func (r *partitionRows) Row(i int, dst []float32) error {
	return r.with(i, func(h *heldPartition, row int) error { return h.part.Row(row, dst) })
}

// Label is the class of row i; −1 if its partition cannot be read, which Row then says.
func (r *partitionRows) Label(i int) (label int) {
	label = -1
	r.with(i, func(h *heldPartition, row int) error {
		label = int(h.labels[row])
		return nil
	})
	return label
}

// Path names the photograph of row i.
func (r *partitionRows) Path(i int) (path string) {
	r.with(i, func(h *heldPartition, row int) error {
		path = h.part.Records[row].Path
		return nil
	})
	return path
}

// with calls f for row i of all, with its partition open.
func (r *partitionRows) with(i int, f func(h *heldPartition, row int) error) error {
	at, _ := slices.BinarySearch(r.begins, i+1)
	at--
	for {
		r.mu.RLock()
		if h := r.find(at); h != nil && h.asked {
			<-h.ready
			err := h.err
			if err == nil {
				err = f(h, i-r.begins[at])
			}
			r.mu.RUnlock()
			return err
		}
		r.mu.RUnlock()
		r.hold(at)
	}
}

// find is a partition that is held; nil if it is not.
func (r *partitionRows) find(number int) *heldPartition {
	for _, h := range r.held {
		if h.number == number {
			return h
		}
	}
	return nil
}

// hold opens a partition and the one after it, and closes those that were asked for longest ago.
func (r *partitionRows) hold(number int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.find(number)
	if h == nil {
		h = r.start(number)
	}
	h.asked = true
	if at := slices.Index(r.order, number); at >= 0 && at+1 < len(r.order) && r.find(r.order[at+1]) == nil {
		r.start(r.order[at+1])
	}
	for len(r.held) > heldPartitions+1 {
		r.held[0].close()
		r.held = r.held[1:]
	}
}

// start opens a partition in the background.
func (r *partitionRows) start(number int) *heldPartition {
	h := &heldPartition{number: number, ready: make(chan struct{})}
	r.held = append(r.held, h)
	go func() {
		defer close(h.ready)
		h.part, h.err = r.open(context.Background(), number, r.split, false)
		if h.err != nil {
			return
		}
		if h.part == nil || h.part.Len() != r.begins[number+1]-r.begins[number] {
			h.err = fmt.Errorf("the features %q: the partition %q has changed meanwhile", r.dir, r.layout.Folder(r.dir, number))
			return
		}
		for _, record := range h.part.Records {
			h.labels = append(h.labels, int32(r.index[record.Label]))
		}
	}()
	return h
}

func (h *heldPartition) close() {
	<-h.ready
	if h.part != nil {
		h.part.store.Close()
	}
}

// Close closes what is open.
func (r *partitionRows) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.held {
		h.close()
	}
	r.held = nil
}
