package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"graft/extractor/pixels"
)

// An outcome is what became of a picture.
type outcome struct {
	name   string
	key    pixels.Key
	info   pixels.Info
	row    []float32 // nil: see err
	err    error     // what is wrong with the image, for the client
	cached bool
	crop   []byte // as the trunk saw it, if that was asked for; size×size×3
	spent  stages
}

// stages are what an image, or a request, spent where.
type stages struct{ queue, decode, trunk time.Duration }

func (s *stages) add(t stages) {
	s.queue += t.queue
	s.decode += t.decode
	s.trunk += t.trunk
}

// A job is the pictures of a request on their way through the flow.
type job struct {
	server   *Server
	model    *model
	pictures []picture
	crops    bool // give the crops, too
	outcomes []outcome

	// The file of one picture that was read before the others: whose, and what to
	// call when it is done with.
	firstAt int
	first   []byte
	done    func()

	cancel context.CancelCauseFunc
	next   atomic.Int64 // the picture that comes next
}

// do makes the rows of pictures, in their order. What is wrong with an image is
// in its outcome; the error is a refusal, the end of ctx, or a failure for the
// log.
func (s *Server) do(ctx context.Context, m *model, pictures []picture, crops bool) ([]outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j := &job{server: s, model: m, pictures: pictures, crops: crops, outcomes: make([]outcome, len(pictures)), cancel: cancel}
	defer j.forget()
	if err := j.known(); err != nil || int(j.next.Load()) == len(pictures) {
		return j.outcomes, err
	}
	places, err := s.flow.admit(len(pictures)-int(j.next.Load()), m.network.abreast())
	if err != nil {
		return nil, err
	}
	if places == 1 {
		j.work(ctx)
	} else {
		var workers sync.WaitGroup
		for range places {
			workers.Go(func() { j.work(ctx) })
		}
		workers.Wait()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return j.outcomes, nil
}

// known answers pictures from the cache until one has to be computed. Its file
// stays open.
func (j *job) known() error {
	for i := range j.pictures {
		p := &j.pictures[i]
		if p.crop != nil || j.crops {
			return nil
		}
		file, done, err := p.open()
		o := &j.outcomes[i]
		o.name = p.name
		if err := j.unopened(o, err); err != nil {
			return err
		}
		if o.err == nil && !j.cached(o, file) {
			j.firstAt, j.first, j.done = i, file, done
			return nil
		}
		if done != nil {
			done()
		}
		j.next.Add(1)
	}
	return nil
}

// unopened puts why a picture could not be read where it belongs: into its
// outcome, or if it says nothing of the picture into the error.
func (j *job) unopened(o *outcome, err error) error {
	var image imageError
	if errors.As(err, &image) {
		o.err = image
		return nil
	}
	return err
}

// forget gives up the file that known has left open.
func (j *job) forget() {
	if j.done != nil {
		j.done()
		j.done = nil
	}
}

// cached fills an outcome if the cache knows the file.
func (j *job) cached(o *outcome, file []byte) bool {
	o.key = pixels.KeyOf(file)
	o.row, o.info, o.cached = j.server.cache.get(j.id(o.key))
	return o.cached
}

func (j *job) id(key pixels.Key) rowID {
	return rowID{j.model.Network, j.model.Transform, key}
}

// work takes pictures until there are no more, or ctx has ended. It has a place
// in the line.
func (j *job) work(ctx context.Context) {
	defer j.server.flow.leave(1)
	for ctx.Err() == nil {
		i := int(j.next.Add(1)) - 1
		if i >= len(j.pictures) {
			return
		}
		if err := j.picture(ctx, i); err != nil {
			j.cancel(err)
			return
		}
	}
}

// picture makes the row of picture i.
func (j *job) picture(ctx context.Context, i int) error {
	p, o := &j.pictures[i], &j.outcomes[i]
	o.name = p.name
	if p.crop != nil {
		return j.ready(ctx, o, p.crop)
	}
	if j.done != nil && i == j.firstAt {
		return j.compute(ctx, o, j.first)
	}
	file, done, err := p.open()
	if err != nil {
		return j.unopened(o, err)
	}
	defer done()
	if j.cached(o, file) && !j.crops {
		return nil
	}
	return j.compute(ctx, o, file)
}

// compute decodes a file in a slot and runs the network: on CPUs in the slot, too.
// If the row is known, only the crop is wanted.
func (j *job) compute(ctx context.Context, o *outcome, file []byte) error {
	flow, size, batched := j.server.flow, j.model.Transform.Crop, j.model.network.batched()
	slot, err := j.queue(ctx, o)
	if err != nil {
		return err
	}
	begin := time.Now()
	release := sync.OnceFunc(func() { flow.release(slot, time.Since(begin)) })
	defer release()
	crop := slot.buffer(3 * size * size)
	if j.crops || batched { // others see it after the slot is given back
		crop = make([]byte, 3*size*size)
	}
	o.info, err = j.decode(slot, crop, file)
	o.spent.decode = time.Since(begin)
	if err != nil {
		o.row = nil
		return j.undecoded(o, err)
	}
	if j.crops {
		o.crop = crop
	}
	if o.row != nil {
		return nil
	}
	if batched {
		release()
	}
	if err := j.run(ctx, o, crop); err != nil {
		return err
	}
	j.server.cache.put(j.id(o.key), o.row, o.info)
	return nil
}

// undecoded puts what is wrong with an image into its outcome; what is wrong with
// the machine is a failure.
func (j *job) undecoded(o *outcome, err error) error {
	switch err.(type) {
	case pixels.FormatError, pixels.UnsupportedError, pixels.LimitError, imageError:
		o.err = err
		return nil
	}
	return j.failure("decode", err)
}

// queue waits for a slot.
func (j *job) queue(ctx context.Context, o *outcome) (*slot, error) {
	begin := time.Now()
	slot, err := j.server.flow.acquire(ctx)
	o.spent.queue = time.Since(begin)
	return slot, err
}

// decode makes the crop of a file. Whatever a file does to a decoder, the service
// goes on.
func (j *job) decode(slot *slot, crop, file []byte) (info pixels.Info, err error) {
	o := j.server.options.Classify
	defer func() {
		if p := recover(); p != nil {
			clear(slot.decoders)
			j.server.log.Error("decoder panics", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = imageError("the image made the decoder fail")
		}
	}()
	info, err = slot.decode(crop, file, j.model.Transform, o.Limits, o.JPEG)
	return info, err
}

// ready makes the row of pixels that need no decoding.
func (j *job) ready(ctx context.Context, o *outcome, crop []byte) error {
	if j.model.network.batched() {
		return j.run(ctx, o, crop)
	}
	slot, err := j.queue(ctx, o)
	if err != nil {
		return err
	}
	defer j.server.flow.release(slot, 0)
	return j.run(ctx, o, crop)
}

// run runs the network on a crop.
func (j *job) run(ctx context.Context, o *outcome, crop []byte) error {
	begin := time.Now()
	row, err := j.model.network.run(ctx, crop, j.model.Transform.Crop)
	o.spent.trunk = time.Since(begin)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return j.failure("run the network", err)
	}
	o.row = row
	return nil
}

// failure writes what went wrong into the log; the client only learns that
// something did.
func (j *job) failure(doing string, err error) error {
	j.server.log.Error(doing, "model", j.model.name, "error", err)
	return refuse(http.StatusInternalServerError, "%v", errInternal)
}
