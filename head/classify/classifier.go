package classify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"

	"graft/extractor"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
)

// Options are the settings of a Classifier. The zero value finds the head's
// trunk in the user's cache and runs it on the CPU in fp32.
type Options struct {
	Trunk   string      // file of a head's trunk; "": the one with its fingerprint in the cache
	Cache   trunk.Cache // "" is the user's
	Device  ort.Options
	Limits  pixels.Limits
	JPEG    string // pixels.TurboJPEG or pixels.OwnJPEG; "": the first where it is installed
	Workers int    // images decoded at once by ClassifyAll; 0 means one a core
	// Recall, if not nil, finds features that ClassifyAll need not compute. It is
	// asked once, when a head is opened; classifiers have no features.
	Recall Recall
}

// A Classifier turns photographs into labels. It is safe for concurrent use.
type Classifier struct {
	path      string
	labels    []string
	identity  trunk.Identity // of a head; of a classifier its trunk is ""
	transform pixels.Transform
	notes     []string
	options   Options
	session   *ort.Session
	known     Known // nil: nothing is
	// predict turns the first output of the session into probabilities.
	predict  func(row []float32, p []float64)
	decoders sync.Pool // of *decoder
}

// Open opens a head, whose trunk it finds by fingerprint, or a classifier that
// [Export] made of one. Close ends it. A file that is neither is a [*HeadError],
// a trunk that is not there a [*TrunkError].
func Open(path string, o Options) (*Classifier, error) {
	encoded, m, err := readModel(path)
	if err != nil {
		return nil, err
	}
	c := &Classifier{path: path, options: o}
	device, err := trunk.Decide(o.Device)
	if err != nil {
		return nil, err
	}
	if device.Note != "" {
		c.notes = append(c.notes, device.Note)
	}
	if m.Kind() == onnx.KindClassifier {
		err = c.openMerged(encoded, m, device.Options)
	} else {
		err = c.openHead(m, device)
	}
	if err != nil {
		return nil, err
	}
	c.decoders.New = func() any { return c.newDecoder() }
	return c, nil
}

// openHead starts the trunk that a head belongs to.
func (c *Classifier) openHead(m *onnx.Model, d trunk.Device) error {
	h, err := headOf(c.path, m)
	if err != nil {
		return err
	}
	t, err := h.FindTrunk(c.options.Cache, c.options.Trunk)
	if err != nil {
		return err
	}
	c.notes = append(c.notes, trunk.Warnings(t.Trunk)...)
	c.labels, c.identity, c.transform, c.predict = h.Classes(), h.Identity, h.Identity.Transform, h.Predict
	c.recall(t, h.Identity, d)
	c.session, err = t.Open(context.Background(), d.Options, h.Identity.Tap)
	return err
}

// openMerged starts what Export has made of trunk and head.
func (c *Classifier) openMerged(encoded []byte, m *onnx.Model, o ort.Options) error {
	if err := headmodel.CheckClassifier(m); err != nil {
		return fmt.Errorf("classifier %q: %w", c.path, err)
	}
	t, err := m.StoredTrunk()
	if err == nil {
		c.labels, err = m.Labels()
	}
	if err != nil {
		return fmt.Errorf("classifier %q: %w", c.path, err)
	}
	if err := json.Unmarshal([]byte(m.Property(onnx.KeyTransform)), &c.transform); err != nil {
		return fmt.Errorf("classifier %q: its transform: %w", c.path, err)
	}
	if c.options.Trunk != "" {
		c.notes = append(c.notes, fmt.Sprintf("classifier %q has its trunk inside; %q is not used", c.path, c.options.Trunk))
	}
	c.notes = append(c.notes, trunk.Warnings(t)...)
	c.predict = func(row []float32, p []float64) {
		for i, v := range row {
			p[i] = float64(v)
		}
	}
	o.Outputs = []string{onnx.Probabilities}
	if c.session, err = ort.Open(context.Background(), encoded, o); err != nil {
		return fmt.Errorf("classifier %q: %w", c.path, err)
	}
	return nil
}

// Labels are the classes, in the order of [Prediction.P].
func (c *Classifier) Labels() []string { return c.labels }

// Transform is how photographs become the pixels that the trunk sees.
func (c *Classifier) Transform() pixels.Transform { return c.transform }

// Notes are what people should know: an untrained trunk, the device that was
// chosen, what is not used.
func (c *Classifier) Notes() []string { return c.notes }

// Close waits for what is under way and ends the session.
func (c *Classifier) Close() error { return c.session.Close() }

// A decoder has the buffers of one call of Classify.
type decoder struct {
	pixels *pixels.Decoder
	err    error
	batch  []byte    // batch×crop×crop×3, of which the first crop is used
	row    []float32 // batch×d
}

func (c *Classifier) newDecoder() *decoder {
	n, size := max(c.session.Batch(), 1), c.transform.Crop
	d := &decoder{
		pixels: pixels.NewDecoder(c.transform, c.options.Limits),
		batch:  make([]byte, 3*n*size*size),
		row:    make([]float32, n*c.session.Dims()[0]),
	}
	if c.options.JPEG != "" {
		d.err = d.pixels.UseJPEG(c.options.JPEG)
	}
	return d
}

// Classify labels an encoded image. What is wrong with the image is the error,
// one of those of package pixels or an [*extractor.NotFiniteError].
func (c *Classifier) Classify(ctx context.Context, image []byte) (Prediction, error) {
	d := c.decoders.Get().(*decoder)
	defer c.decoders.Put(d)
	if d.err != nil {
		return Prediction{}, d.err
	}
	size := c.transform.Crop
	info, err := d.pixels.Crop(d.batch[:3*size*size], image)
	if err != nil {
		return Prediction{}, err
	}
	if err := c.session.Run(ctx, d.batch, max(c.session.Batch(), 1), size, size, [][]float32{d.row}); err != nil {
		return Prediction{}, err
	}
	p := c.prediction(extractor.Outcome{Key: pixels.KeyOf(image), Info: info}, d.row[:c.session.Dims()[0]])
	return p, p.Err
}

// ClassifyFile labels the image in a file.
func (c *Classifier) ClassifyFile(ctx context.Context, path string) (Prediction, error) {
	image, err := os.ReadFile(path)
	if err != nil {
		return Prediction{Path: path}, fmt.Errorf("classify: %w", err)
	}
	p, err := c.Classify(ctx, image)
	p.Path = path
	if err != nil {
		return p, fmt.Errorf("classify %q: %w", path, err)
	}
	return p, nil
}

// A TrunkError says that a head's trunk could not be had.
type TrunkError struct {
	Head    string // path
	Missing *trunk.MissingError
}

// Error names both.
func (e *TrunkError) Error() string {
	return fmt.Sprintf("head %q was trained on %v", e.Head, e.Missing)
}

// Unwrap gives what was missing.
func (e *TrunkError) Unwrap() error { return e.Missing }

// Missing makes a [*TrunkError] of an error that says that the trunk of the head
// at path is missing; other errors stay as they are.
func Missing(path string, err error) error {
	var missing *trunk.MissingError
	if errors.As(err, &missing) {
		return &TrunkError{path, missing}
	}
	return err
}
