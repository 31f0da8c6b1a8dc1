package classify

import (
	"context"
	"fmt"
	"runtime"

	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

// Options are the settings of a Classifier. The zero value finds the head's
// trunk in the user's cache and runs it on the CPU in fp32.
type Options struct {
	Trunk   string        // file of a head's trunk; "": the one with its fingerprint in the cache
	Cache   trunk.Cache   // "" is the user's
	Device  ort.Options   // what the network runs on; its Outputs do not count
	Limits  pixels.Limits // of an image
	JPEG    string        // pixels.TurboJPEG or pixels.OwnJPEG; "": the first where it is installed
	Workers int           // images decoded at once; 0 means one a core
	// Recall, if not nil, finds features that ClassifyAll need not compute. It is
	// asked once, when a head is opened; classifiers have no features.
	Recall Recall
}

// Open opens a head, whose trunk it finds by fingerprint, or a classifier that
// [Export] made of one. Close ends it.
//
// A file that is neither is a [*HeadError], one that cannot be used as it is a
// [*DamagedError]; a trunk that is not there is a [*TrunkError], and a device or
// a library an [*ort.DeviceError] or an [*ort.LibraryError].
func Open(path string, o Options) (*Classifier, error) {
	encoded, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	c := &Classifier{options: o}
	var start func(trunk.Device) error
	if m.Kind() == onnx.KindClassifier {
		start, err = c.ofMerged(path, encoded, m)
	} else {
		start, err = c.ofHead(path, m)
	}
	if err != nil {
		return nil, err
	}
	if err := c.checkJPEG(); err != nil {
		return nil, err
	}
	device, err := trunk.DecideFor(c.about, o.Device)
	if err != nil {
		return nil, err
	}
	if device.Note != "" {
		c.notes = append(c.notes, device.Note)
	}
	if err := start(device); err != nil {
		return nil, err
	}
	c.ready()
	return c, nil
}

// ofHead takes what a head says, and finds its trunk, which start runs.
func (c *Classifier) ofHead(path string, m *onnx.Model) (start func(trunk.Device) error, err error) {
	h, err := headOf(path, m)
	if err != nil {
		return nil, err
	}
	t, err := h.FindTrunk(c.options.Cache, c.options.Trunk)
	if err != nil {
		return nil, err
	}
	c.notes = append(c.notes, trunk.Warnings(t.Trunk)...)
	c.about, c.labels, c.transform, c.predict = t.Trunk, h.Classes(), h.Identity.Transform, h.Predictor.Predict
	tap := h.Identity.Tap
	return func(d trunk.Device) error {
		c.recall(t, h.Identity, d)
		session, err := t.Open(context.Background(), d.Options, tap)
		c.session = session
		return err
	}, nil
}

// ofMerged takes what a classifier says that Export has made of trunk and head;
// start runs it.
func (c *Classifier) ofMerged(path string, encoded []byte, m *onnx.Model) (start func(trunk.Device) error, err error) {
	merged, err := mergedOf(path, m)
	if err != nil {
		return nil, err
	}
	if c.options.Trunk != "" {
		c.notes = append(c.notes, fmt.Sprintf("classifier %q has its trunk inside; %q is not used", path, c.options.Trunk))
	}
	c.notes = append(c.notes, trunk.Warnings(merged.trunk)...)
	c.about, c.labels, c.transform, c.predict = merged.trunk, merged.labels, merged.transform, widened
	return func(d trunk.Device) error {
		d.Options.Outputs = []string{onnx.Probabilities}
		session, err := ort.Open(context.Background(), encoded, d.Options)
		if err != nil {
			return fmt.Errorf("classifier %q: %w", path, err)
		}
		c.session = session
		return nil
	}, nil
}

// widened is the predict of a model that gives probabilities.
func widened(row []float32, p []float64) {
	for i, v := range row {
		p[i] = float64(v)
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
