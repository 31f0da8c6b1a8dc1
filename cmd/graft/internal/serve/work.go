package serve

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"graft/cmd/graft/internal/serve/cache"
	"graft/cmd/graft/internal/serve/flow"
	"graft/cmd/graft/internal/serve/intake"
	"graft/cmd/graft/internal/web"
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

// A job is the pictures of a request on their way through the flow.
type job struct {
	core     *core
	model    *model
	pictures []intake.Picture
	crops    bool // give the crops, too
	outcomes []outcome

	cancel context.CancelCauseFunc
	next   atomic.Int64 // the picture that comes next
}

// do makes the rows of pictures, in their order. What is wrong with an image is
// in its outcome; the error is a refusal, the end of ctx, or a failure for the
// log.
func (c *core) do(ctx context.Context, m *model, pictures []intake.Picture, crops bool) ([]outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j := &job{core: c, model: m, pictures: pictures, crops: crops, outcomes: make([]outcome, len(pictures)), cancel: cancel}
	if j.known(); int(j.next.Load()) == len(pictures) {
		return j.outcomes, nil
	}
	places, err := c.flow.Admit(len(pictures)-int(j.next.Load()), c.abreast(m))
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

// abreast is how many images of one request are worth while to have in line.
func (c *core) abreast(m *model) int {
	if m.network.Batched() {
		return m.network.Abreast()
	}
	return c.flow.Width()
}

// known answers the first pictures, as far as the cache knows them: without a
// place in the line.
func (j *job) known() {
	for i := range j.pictures {
		p, o := &j.pictures[i], &j.outcomes[i]
		if o.name = p.Name; p.File == nil || j.crops || !j.cached(o, p.File) {
			return
		}
		j.next.Add(1)
	}
}

// cached fills an outcome if the cache, or the folder of features, knows the file.
func (j *job) cached(o *outcome, file []byte) bool {
	if o.key == (pixels.Key{}) {
		o.key = pixels.KeyOf(file)
	}
	if o.row, o.info, o.cached = j.core.rows.Get(j.id(o.key)); o.cached {
		return true
	}
	if o.row, o.info, o.cached = j.core.folder.Get(file, o.key); o.cached {
		j.core.rows.Put(j.id(o.key), o.row, o.info)
	}
	return o.cached
}

func (j *job) id(key pixels.Key) cache.ID {
	return cache.ID{Network: j.model.Network, Transform: j.model.Transform, Key: key}
}

// work takes pictures until there are no more, or ctx has ended. It has a place
// in the line.
func (j *job) work(ctx context.Context) {
	defer j.core.flow.Leave(1)
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
	o.name = p.Name
	switch {
	case p.Crop != nil:
		return j.ready(ctx, o, p.Crop)
	case p.File != nil && j.cached(o, p.File) && !j.crops:
		return nil
	}
	return j.compute(ctx, p, o)
}

// compute does what takes a slot: to unpack a file, to decode it, and on CPUs to
// run the network, too.
func (j *job) compute(ctx context.Context, p *intake.Picture, o *outcome) error {
	slot, err := j.queue(ctx, o)
	if err != nil {
		return err
	}
	begin := time.Now()
	release := sync.OnceFunc(func() { j.core.flow.Release(slot, time.Since(begin)) })
	defer release()
	file := p.File
	if p.Unpack != nil {
		if file, err = p.Unpack(); err != nil {
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
	if j.model.network.Batched() {
		release()
	}
	if err := j.run(ctx, o, crop); err != nil {
		return err
	}
	j.core.rows.Put(j.id(o.key), o.row, o.info)
	j.core.folder.Put(o.key, o.row)
	return nil
}

// undecoded puts what is wrong with an image into its outcome; what is wrong with
// the machine is a failure.
func (j *job) undecoded(o *outcome, err error) error {
	switch err.(type) {
	case pixels.FormatError, pixels.UnsupportedError, pixels.LimitError, intake.ImageError:
		o.err, o.row = err, nil
		return nil
	}
	return j.failure("decode", err)
}

// queue waits for a slot.
func (j *job) queue(ctx context.Context, o *outcome) (*flow.Slot, error) {
	begin := time.Now()
	slot, err := j.core.flow.Acquire(ctx)
	o.spent.queue = time.Since(begin)
	return slot, err
}

// decode makes the crop of a file, which others may see after the slot is given
// back if it goes into a batch. Whatever a file does to a decoder, the service goes
// on.
func (j *job) decode(slot *flow.Slot, o *outcome, file []byte) (crop []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			slot.Forget()
			j.core.log.Error("decoder panics", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = intake.ImageError("the image made the decoder fail")
		}
	}()
	options, t := j.core.options.Classify, j.model.Transform
	if crop = slot.Buffer(t.Bytes()); j.model.network.Batched() {
		crop = make([]byte, t.Bytes())
	}
	o.info, err = slot.Decode(crop, file, t, options.Limits, options.JPEG)
	if j.crops && err == nil {
		o.crop = jpegOf(crop, t)
	}
	return crop, err
}

// ready makes the row of pixels that need no decoding.
func (j *job) ready(ctx context.Context, o *outcome, crop []byte) error {
	if j.model.network.Batched() {
		return j.run(ctx, o, crop)
	}
	slot, err := j.queue(ctx, o)
	if err != nil {
		return err
	}
	defer j.core.flow.Release(slot, 0)
	return j.run(ctx, o, crop)
}

// run runs the network on a crop.
func (j *job) run(ctx context.Context, o *outcome, crop []byte) error {
	begin := time.Now()
	row, err := j.model.network.Run(ctx, crop, j.model.size())
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
	j.core.log.Error(doing, "model", j.model.name, "error", err)
	return web.ErrInternal
}

// jpegOf encodes side×side×3 bytes of RGB.
func jpegOf(rgb []byte, t pixels.Transform) []byte {
	m := image.NewRGBA(image.Rect(0, 0, t.Width(), t.Height()))
	for i := range t.Width() * t.Height() {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}) // into memory: there is no error
	return b.Bytes()
}
