package chunks

import (
	"context"
	"fmt"
	"time"
)

// A care says how small the steps through a chunk are. A worker that is killed by an image (by what it
// makes the decoder do, or the memory it takes) is killed again whenever the chunk is tried, so each
// attempt learns from those before: the first has the whole chunk in hand, the second goes in a few
// dozen steps, the next ones take the images of the step that was deadly one by one, and when an image
// was alone in hand at three deaths it is left out: it has no features then, and this reason. Workers
// that are killed by something else die at other places.
type care struct {
	step  int            // samples of a step; 0: all
	close []span         // in these a step is one sample
	leave map[int]string // samples that are left out, and why
}

// A span is samples of a chunk.
type span struct{ from, to int }

const (
	careSteps   = 32 // of a chunk
	shardStep   = 64 // samples of a step where it is not known how many there are
	deadlyAt    = 3  // deaths at an image that was alone in hand
	tooManyDead = 12 // attempts that found no image: the chunk is given up
)

// A DeadlyError says that workers have died at a chunk again and again, not at one image.
type DeadlyError struct {
	Chunk string
	Dead  []Attempt
}

// Error counts them.
func (e *DeadlyError) Error() string {
	return fmt.Sprintf("chunk %q is given up: %s", e.Chunk, died(e.Dead))
}

// careOf learns from the attempts before.
func careOf(dead []Attempt, samples int) (c care) {
	if len(dead) == 0 {
		return c
	}
	if c.step = shardStep; samples > 0 {
		c.step = (samples + careSteps - 1) / careSteps
	}
	alone := map[int]int{}
	c.leave = map[int]string{}
	for _, a := range dead {
		switch {
		case a.one():
			if alone[a.From]++; alone[a.From] >= deadlyAt {
				c.leave[a.From] = fmt.Sprintf("workers died of it, the last one process %d on %s, as it was alone in hand", a.PID, a.Host)
			}
		case a.To > 0 && a.To-a.From <= c.step:
			c.close = append(c.close, span{a.From, a.To})
		}
	}
	return c
}

// end is where the step ends that begins with a sample, of so many in all, or of any number with 0.
func (c care) end(from, samples int) int {
	to := samples
	if c.step > 0 {
		to = from + c.step
	}
	for _, s := range c.close {
		switch {
		case from >= s.from && from < s.to:
			return from + 1
		case from < s.from && (to == 0 || to > s.from):
			to = s.from
		}
	}
	for i := range c.leave {
		if from < i && (to == 0 || to > i) {
			to = i
		}
	}
	if _, ok := c.leave[from]; ok {
		return from + 1
	}
	if samples > 0 {
		to = min(to, samples)
	}
	return to
}

// careful looks at the attempts before. An image is not left out before it is sure that none of the
// workers that had it in hand lives: that would go on, or end.
func (d *doing) careful(ctx context.Context) (err error) {
	if d.sink == nil {
		return nil
	}
	if d.also != nil || d.options.Again { // else it has just been looked for records
		err = d.look(ctx)
	}
	if err == nil {
		d.died, err = d.attempts()
	}
	if err != nil || len(d.died) == 0 || d.options.Again {
		return err
	}
	progress := d.options.Ingest.Progress
	if d.care = careOf(d.died, len(d.chunk.Samples)); len(d.care.leave) > 0 {
		progress.Note("%s: %s; waiting %v to see whether one of them lives", d.chunk.Name, died(d.died), d.options.patience())
		if d.died, err = d.unmoved(ctx, d.died); err != nil {
			return err
		}
		d.care = careOf(d.died, len(d.chunk.Samples))
	}
	if len(d.died) >= tooManyDead && len(d.care.leave) == 0 {
		return &DeadlyError{d.chunk.Name, d.died}
	}
	if len(d.died) > 0 {
		progress.Note("%s: %s; it is done in small steps", d.chunk.Name, died(d.died))
		_, err = d.extractor().Open(ctx) // else whoever is killed as the trunk is opened would suspect an image
	}
	return err
}

// look fetches the records and attempts of the chunk from a bucket.
func (d *doing) look(ctx context.Context) error {
	return d.remote.records(ctx, d.chunk.Name+"-"+d.chunk.Digest)
}

// attempts are those at the chunk.
func (d *doing) attempts() ([]Attempt, error) {
	list, err := findAttempts(d.options.Ingest.Folder, d.chunk.Digest)
	return list[d.chunk.Digest], err
}

// unmoved are those of the attempts that are the same after some time.
func (d *doing) unmoved(ctx context.Context, before []Attempt) (list []Attempt, err error) {
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-time.After(d.options.patience()):
	}
	if err := d.look(ctx); err != nil {
		return nil, err
	}
	now, err := d.attempts()
	for _, a := range now {
		for _, b := range before {
			if a == b {
				list = append(list, a)
			}
		}
	}
	return list, err
}

// patience is how long somebody who lives may show nothing.
func (o Options) patience() time.Duration {
	if o.wait > 0 {
		return o.wait
	}
	return time.Minute
}
