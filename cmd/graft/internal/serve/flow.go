package serve

import (
	"context"
	"net/http"
	"sync"
	"time"

	"graft/extractor/pixels"
)

// A flow decides who may decode and run, and whether it is worth while to wait.
type flow struct {
	slots    chan *slot // those that are free; receivers wait in the order of arrival
	width    int        // slots in all
	patience time.Duration

	mu     sync.Mutex
	places int     // images in line or under way
	held   average // seconds that an image holds a slot
	batch  average // seconds of an accelerator that an image costs, where there is one
}

// A slot is the right to decode an image, and the buffers for it.
type slot struct {
	decoders map[pixels.Transform]*pixels.Decoder
	crop     []byte
}

func newFlow(width int, patience time.Duration) *flow {
	f := &flow{slots: make(chan *slot, width), width: width, patience: patience}
	for range width {
		f.slots <- newSlot()
	}
	return f
}

func newSlot() *slot { return &slot{decoders: map[pixels.Transform]*pixels.Decoder{}} }

// admit takes places in the line for n images, one at least and most at most. If
// their turn would come too late, it is a refusal.
func (f *flow) admit(n, most int) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if wait := f.forecast(); wait > f.patience {
		return 0, later(http.StatusTooManyRequests, wait-f.patience/2,
			"too many images are waiting: this one's turn would come in about %.1f s", wait.Seconds())
	}
	n = max(1, min(n, most))
	f.places += n
	return n, nil
}

// check is admit for a request that has not been read yet: it takes no place.
func (f *flow) check() error {
	n, err := f.admit(1, 1)
	if err == nil {
		f.leave(n)
	}
	return err
}

// forecast is when an image that comes now gets a slot.
func (f *flow) forecast() time.Duration {
	ahead := f.places - f.width + 1
	if ahead <= 0 {
		return 0
	}
	each := max(f.held.value/float64(f.width), f.batch.value)
	return time.Duration(float64(ahead) * each * float64(time.Second))
}

// leave gives places back.
func (f *flow) leave(n int) {
	f.mu.Lock()
	f.places -= n
	f.mu.Unlock()
}

// waiting is how many images are in line or under way.
func (f *flow) waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.places
}

// acquire waits for a slot: until ctx ends, or nobody could expect it any more.
func (f *flow) acquire(ctx context.Context) (*slot, error) {
	select {
	case s := <-f.slots:
		return s, nil
	default:
	}
	given := time.NewTimer(2 * f.patience)
	defer given.Stop()
	select {
	case s := <-f.slots:
		return s, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-given.C:
		return nil, later(http.StatusServiceUnavailable, f.patience, "the images before this one took longer than expected; it was given up")
	}
}

// release gives a slot back that was held for a time; 0 if that says nothing.
func (f *flow) release(s *slot, held time.Duration) {
	f.slots <- s
	if held > 0 {
		f.mu.Lock()
		f.held.add(held.Seconds())
		f.mu.Unlock()
	}
}

// ran says what an image cost an accelerator.
func (f *flow) ran(each time.Duration) {
	f.mu.Lock()
	f.batch.add(each.Seconds())
	f.mu.Unlock()
}

// average is one that forgets: what came sixteen values ago counts a third.
type average struct {
	value float64
	any   bool
}

func (a *average) add(v float64) {
	if !a.any {
		a.value, a.any = v, true
		return
	}
	a.value += (v - a.value) / 16
}

// decoder is the one for a transform, made when it is first needed.
func (s *slot) decoder(t pixels.Transform, l pixels.Limits, jpeg string) (*pixels.Decoder, error) {
	if d := s.decoders[t]; d != nil {
		return d, nil
	}
	d := pixels.NewDecoder(t, l)
	if jpeg != "" {
		if err := d.UseJPEG(jpeg); err != nil {
			return nil, err
		}
	}
	if len(s.decoders) >= maxDecoders {
		clear(s.decoders)
	}
	s.decoders[t] = d
	return d, nil
}

// maxDecoders bounds what a slot keeps when models with other transforms come
// and go.
const maxDecoders = 8

// hugePixels is the size from which on a decoder is not kept: its buffers would
// stay as large as the largest image that ever came.
const hugePixels = 8 << 20

// decode makes the crop of a file in dst, size×size×3 bytes.
func (s *slot) decode(dst, file []byte, t pixels.Transform, l pixels.Limits, jpeg string) (pixels.Info, error) {
	d, err := s.decoder(t, l, jpeg)
	if err != nil {
		return pixels.Info{}, err
	}
	info, err := d.Crop(dst, file)
	if info.Width*info.Height > hugePixels {
		delete(s.decoders, t)
	}
	return info, err
}

// buffer is room for n bytes that the slot keeps.
func (s *slot) buffer(n int) []byte {
	if cap(s.crop) < n {
		s.crop = make([]byte, n)
	}
	return s.crop[:n]
}

// expect says what an image costs before any has come.
func (f *flow) expect(each time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.held.any {
		f.held.add(each.Seconds())
	}
}
