package cache

import (
	"container/list"
	"sync"

	"graft/extractor/pixels"
	"graft/head/classify"
)

// A Memory keeps the rows of photographs seen lately, up to a number of bytes. The
// rows are shared and never changed. It is safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	limit int64
	bytes int64
	order list.List // of *kept, the last used first
	rows  map[ID]*list.Element
}

// An ID names a row: whose it is, how the photograph was cut, and which it was.
type ID struct {
	Network   classify.Network
	Transform pixels.Transform
	Key       pixels.Key
}

// A kept row is what a photograph needs to be answered without being decoded.
type kept struct {
	id   ID
	row  []float32
	info pixels.Info
}

// overhead is what a row costs beside its values, about: list, map and names.
const overhead = 400

func (k *kept) size() int64 { return int64(4*len(k.row)) + overhead }

// NewMemory makes a cache of so many bytes; of 0 or less one that keeps nothing.
func NewMemory(limit int64) *Memory { return &Memory{limit: limit, rows: map[ID]*list.Element{}} }

// Get finds a row.
func (c *Memory) Get(id ID) (row []float32, info pixels.Info, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.rows[id]
	if e == nil {
		return nil, info, false
	}
	c.order.MoveToFront(e)
	k := e.Value.(*kept)
	return k.row, k.info, true
}

// Put keeps a row, at the cost of those that were not used for the longest time.
func (c *Memory) Put(id ID, row []float32, info pixels.Info) {
	k := &kept{id, row, info}
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.size() > c.limit {
		return
	}
	if e := c.rows[id]; e != nil { // two requests computed it at once
		c.order.MoveToFront(e)
		return
	}
	c.rows[id] = c.order.PushFront(k)
	for c.bytes += k.size(); c.bytes > c.limit; {
		oldest := c.order.Remove(c.order.Back()).(*kept)
		delete(c.rows, oldest.id)
		c.bytes -= oldest.size()
	}
}

// State is how many bytes and rows there are.
func (c *Memory) State() (bytes, rows int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes, int64(len(c.rows))
}
