package head

// Blocked is Data whose rows lie in blocks, of which memory holds a few. It is read block after
// block: in order, or by [RMSprop] in a new random order every epoch, with the rows of each in a
// random order. Each block should be a random sample of the data, as those of features by key are.
type Blocked interface {
	Data
	// Blocks is how many there are; block b has the rows Block(b) up to Block(b+1).
	Blocks() int
	Block(b int) (begin int)
	// Counts is how many rows each class has, so that nobody has to ask for every label.
	Counts() []int
	// Visit says in which order the blocks will be read next, so that they can be there in time.
	Visit(order []int)
}

// blockOrder gives the rows of an epoch, block after block.
type blockOrder struct {
	data   Blocked
	blocks []int
	at     int     // the next of blocks
	rows   []int32 // of the block in hand, not given yet
	room   []int32 // that rows is a part of
}

// shuffle starts an epoch.
func (o *blockOrder) shuffle(r random) {
	if o.blocks == nil {
		o.blocks = make([]int, o.data.Blocks())
		for b := range o.blocks {
			o.blocks[b] = b
		}
	}
	shuffle(r, o.blocks)
	o.at, o.rows = 0, nil
	o.data.Visit(o.blocks)
}

// next appends up to n rows to an empty batch; none at the end of the epoch.
func (o *blockOrder) next(r random, batch []int32, n int) []int32 {
	for len(batch) < n {
		if len(o.rows) == 0 {
			if o.at == len(o.blocks) {
				break
			}
			o.open(r)
			continue
		}
		k := min(n-len(batch), len(o.rows))
		batch, o.rows = append(batch, o.rows[:k]...), o.rows[k:]
	}
	return batch
}

// open permutes the rows of the next block.
func (o *blockOrder) open(r random) {
	b := o.blocks[o.at]
	o.at++
	o.room = o.room[:0]
	for i := o.data.Block(b); i < o.data.Block(b+1); i++ {
		o.room = append(o.room, int32(i))
	}
	shuffle(r, o.room)
	o.rows = o.room
}
