package classify

import (
	"context"
	"fmt"
	"runtime"

	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// Open opens a head, whose trunk it finds by fingerprint, or a classifier that
// [Export] made of one. Close ends it.
//
// A file that is neither is a [*HeadError], one that cannot be used as it is a
// [*DamagedError]; a trunk that is not there is a [*TrunkError], and a device or
// a library an [*ort.DeviceError] or an [*ort.LibraryError].
func Open(path string, o Options) (*Classifier, error) {
	m, err := Load(path)
	if err != nil {
		return nil, err
	}
	file, err := m.find(o)
	if err != nil {
		return nil, err
	}
	c := &Classifier{model: m, options: o, notes: m.notes(file, o)}
	if err := c.checkJPEG(); err != nil {
		return nil, err
	}
	device, err := trunk.DecideFor(m.about(file), o.Device)
	if err != nil {
		return nil, err
	}
	if device.Note != "" {
		c.notes = append(c.notes, device.Note)
	}
	if file != nil {
		c.recall(file, m.head.Identity, device)
	}
	if c.session, err = m.open(context.Background(), file, device.Options, m.outputs[:1]); err != nil {
		return nil, err
	}
	c.ready()
	return c, nil
}

// recall asks for what is known of the features that a head's trunk gives. An
// image over a limit that was set is refused, whatever is known of it.
func (c *Classifier) recall(t *trunk.File, id trunk.Identity, d trunk.Device) {
	if c.options.Recall != nil && c.options.Limits.Pixels == 0 {
		c.known = c.options.Recall(t, id, d)
	}
}

// checkJPEG says why the decoder that was asked for cannot be had.
func (c *Classifier) checkJPEG() error {
	if c.options.JPEG == "" {
		return nil
	}
	if err := new(pixels.Decoder).UseJPEG(c.options.JPEG); err != nil {
		return fmt.Errorf("classify: %w", err)
	}
	return nil
}

// ready makes what calls share, once there is a session.
func (c *Classifier) ready() {
	workers := c.options.Workers
	if workers < 1 {
		workers = max(runtime.GOMAXPROCS(0), c.session.Workers())
	}
	c.places = make(chan struct{}, workers)
	c.workers.New = func() any { return c.newWorker() }
}
