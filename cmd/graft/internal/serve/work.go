package serve

import (
	"context"
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
	crop   []byte // a JPEG of what the trunk saw, if that was asked for
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
	if j.known(); int(j.next.Load()) == len(pictures) {
		return j.outcomes, nil
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

// known answers the first pictures, as far as the cache knows them: without a
// place in the line.
func (j *job) known() {
	for i := range j.pictures {
		p, o := &j.pictures[i], &j.outcomes[i]
		if o.name = p.name; p.file == nil || j.crops || !j.cached(o, p.file) {
			return
		}
		j.next.Add(1)
	}
}

// cached fills an outcome if the cache, or the folder of features, knows the file.
func (j *job) cached(o *outcome, file []byte) bool {
	if isZero(o.key) {
		o.key = pixels.KeyOf(file)
	}
	if o.row, o.info, o.cached = j.server.cache.get(j.id(o.key)); o.cached {
		return true
	}
	if o.row, o.info, o.cached = j.server.kept.get(file, o.key); o.cached {
		j.server.cache.put(j.id(o.key), o.row, o.info)
	}
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
	switch {
	case p.crop != nil:
		return j.ready(ctx, o, p.crop)
	case p.file != nil && j.cached(o, p.file) && !j.crops:
		return nil
	}
	return j.compute(ctx, p, o)
}

// compute does what takes a slot: to unpack a file, to decode it, and on CPUs to
// run the network, too.
func (j *job) compute(ctx context.Context, p *picture, o *outcome) error {
	slot, err := j.queue(ctx, o)
	if err != nil {
		return err
	}
	begin := time.Now()
	release := sync.OnceFunc(func() { j.server.flow.release(slot, time.Since(begin)) })
	defer release()
	file := p.file
	if p.unpack != nil {
		if file, err = p.unpack(); err != nil {
			return j.undecoded(o, err)
		}
	}
	if j.cached(o, file) && !j.crops { // perhaps since it was in line
		return nil
	}
	crop, err := j.decode(slot, o, file)
	o.spent.decode = time.Since(begin)
	if err != nil {
		return j.undecoded(o, err)
	}
	if o.row != nil { // it was known, and only the crop is wanted
		return nil
	}
	if j.model.network.batched() {
		release()
	}
	if err := j.run(ctx, o, crop); err != nil {
		return err
	}
	j.server.cache.put(j.id(o.key), o.row, o.info)
	j.server.kept.put(o.key, o.row)
	return nil
}

// undecoded puts what is wrong with an image into its outcome; what is wrong with
// the machine is a failure.
func (j *job) undecoded(o *outcome, err error) error {
	switch err.(type) {
	case pixels.FormatError, pixels.UnsupportedError, pixels.LimitError, imageError:
		o.err, o.row = err, nil
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

// decode makes the crop of a file, which others may see after the slot is given
// back if it goes into a batch. Whatever a file does to a decoder, the service goes
// on.
func (j *job) decode(slot *slot, o *outcome, file []byte) (crop []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			clear(slot.decoders)
			j.server.log.Error("decoder panics", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = imageError("the image made the decoder fail")
		}
	}()
	options, size := j.server.options.Classify, j.model.Transform.Crop
	if crop = slot.buffer(3 * size * size); j.model.network.batched() {
		crop = make([]byte, 3*size*size)
	}
	o.info, err = slot.decode(crop, file, j.model.Transform, options.Limits, options.JPEG)
	if j.crops && err == nil {
		o.crop = jpegOf(crop, size)
	}
	return crop, err
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
