package ort

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"graft/onnx"
)

// A Session runs one model on one device or several of a kind. It is safe for
// concurrent use. Who opens it closes it: it holds memory that Go does not see.
type Session struct {
	input    *onnx.Value
	outputs  []string
	dims     []int
	choice   Choice
	options  Options
	sessions []*ort.DynamicAdvancedSession
	free     chan *ort.DynamicAdvancedSession // sessions without a run, nil if any number share one

	mu     sync.RWMutex // held for reading while a run goes on
	closed bool
}

// openSessions counts the sessions that are not closed yet.
var openSessions atomic.Int64

// OpenSessions is the number of sessions in this process that have been opened
// and not closed yet: what tests of leaks ask.
func OpenSessions() int { return int(openSessions.Load()) }

var errClosed = errors.New("the session is closed")

// Open loads the library, if that has not been done, and starts a session for
// an encoded model with one input, whose outputs are n×d float32. The errors of
// device and library are a [*DeviceError] and a [*LibraryError].
func Open(ctx context.Context, model []byte, o Options) (*Session, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	m, err := onnx.Decode(model)
	if err != nil {
		return nil, err
	}
	s := &Session{outputs: slices.Clone(o.Outputs), options: o}
	if err := s.describe(m.Graph); err != nil {
		return nil, err
	}
	if s.choice, err = Choose(o); err != nil {
		return nil, err
	}
	kind := s.choice.Device.kind()
	if err := checkWeights(kind, s.choice.Precision, m.Graph); err != nil {
		return nil, err
	}
	if _, err := load(s.choice.Library, kind.Flavour()); err != nil {
		return nil, err
	}
	if s.sessions, err = start(program{model, s.input.Name, s.outputs}, s.choice, o); err != nil {
		if kind == CPU {
			return nil, fmt.Errorf("start a session: %w", err)
		}
		return nil, startError(s.choice.Device, err)
	}
	if kind != CPU && kind != OpenVINO {
		s.free = make(chan *ort.DynamicAdvancedSession, len(s.sessions))
		for _, session := range s.sessions {
			s.free <- session
		}
	}
	openSessions.Add(1)
	return s, nil
}

// describe finds the input and the outputs of the model.
func (s *Session) describe(g *onnx.Graph) error {
	inputs := g.RealInputs()
	if len(inputs) != 1 {
		return fmt.Errorf("the model has %d inputs, want one", len(inputs))
	}
	s.input = inputs[0]
	if s.outputs == nil && len(g.Outputs) > 0 {
		s.outputs = []string{g.Outputs[0].Name}
	}
	if len(s.outputs) == 0 {
		return errors.New("the model has no output")
	}
	for _, name := range s.outputs {
		v := g.Output(name)
		if v == nil {
			return fmt.Errorf("the model has no output %q", name)
		}
		if v.Type != onnx.Float32 || len(v.Dims) != 2 || v.Dims[1].Size < 1 {
			return fmt.Errorf("output %q is %s, not float32 n×d", name, v)
		}
		s.dims = append(s.dims, int(v.Dims[1].Size))
	}
	return nil
}

// Dims returns the number of columns d of every output.
func (s *Session) Dims() []int { return slices.Clone(s.dims) }

// Outputs returns the names of the outputs.
func (s *Session) Outputs() []string { return slices.Clone(s.outputs) }

// Choice returns the device, precision and library that the session runs on.
func (s *Session) Choice() Choice { return s.choice }

// Workers is the number of concurrent calls of Run that keep the device busy: one
// a core on the CPU, one a GPU.
func (s *Session) Workers() int { return workersOf(s.choice.Device, cores()) }

// Batch is the number of images that a call of Run should have: 1 on the CPU,
// always the same number on a GPU.
func (s *Session) Batch() int { return batchOf(s.choice.Device, s.options) }

// Warm runs one batch of black images of h×w pixels on every device, which is
// when accelerators choose algorithms and compile, and returns how long it took.
func (s *Session) Warm(ctx context.Context, h, w int) (time.Duration, error) {
	defer keepSignals()()
	begin, n := time.Now(), s.Batch()
	out := make([][]float32, len(s.dims))
	for i, d := range s.dims {
		out[i] = make([]float32, n*d)
	}
	for range s.sessions { // a session goes to the end of the queue after its run
		if err := s.Run(ctx, make([]byte, n*h*w*3), n, h, w, out); err != nil {
			return 0, fmt.Errorf("warm up: %w", err)
		}
	}
	return time.Since(begin), nil
}

// Run runs the model on n images of h×w pixels, n×h×w×3 bytes RGB, and writes
// output i, n×d, to out[i]. Lengths that do not fit, and a model whose input is
// not pixels, are errors. ctx is checked before the run, which cannot be
// interrupted.
func (s *Session) Run(ctx context.Context, pixels []byte, n, h, w int, out [][]float32) error {
	if n < 1 || h < 1 || w < 1 || len(pixels) != n*h*w*3 {
		return fmt.Errorf("run: %d bytes for %d images of %d×%d pixels", len(pixels), n, h, w)
	}
	if s.input.Type != onnx.Uint8 {
		return fmt.Errorf("run: the model's input is %s, not pixels", s.input)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return fmt.Errorf("run: %w", errClosed)
	}
	input, err := ort.NewTensor(ort.NewShape(int64(n), int64(h), int64(w), 3), pixels)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	defer input.Destroy()
	outputs, err := s.outputTensors(n, out)
	defer destroy(outputs)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	session, release, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := session.Run([]ort.Value{input}, outputs); err != nil {
		return fmt.Errorf("run: %w", tidy(err))
	}
	return nil
}

// outputTensors returns a tensor over the memory of each output, n×d. The
// caller destroys them, those of an error too.
func (s *Session) outputTensors(n int, out [][]float32) (list []ort.Value, err error) {
	if len(out) != len(s.dims) {
		return nil, fmt.Errorf("%d slices for %d outputs", len(out), len(s.dims))
	}
	for i, d := range s.dims {
		if len(out[i]) != n*d {
			return list, fmt.Errorf("%d values for output %q of %d×%d", len(out[i]), s.outputs[i], n, d)
		}
		t, err := ort.NewTensor(ort.NewShape(int64(n), int64(d)), out[i])
		if err != nil {
			return list, err
		}
		list = append(list, t)
	}
	return list, nil
}

func destroy(tensors []ort.Value) {
	for _, t := range tensors {
		t.Destroy()
	}
}

// acquire waits for a session that is free to run.
func (s *Session) acquire(ctx context.Context) (_ *ort.DynamicAdvancedSession, release func(), err error) {
	if s.free == nil {
		return s.sessions[0], func() {}, nil
	}
	select {
	case session := <-s.free:
		return session, func() { s.free <- session }, nil
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
}

// Close waits for the runs under way and frees the session. Closing twice does
// nothing.
func (s *Session) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	openSessions.Add(-1)
	for _, session := range s.sessions {
		if e := session.Destroy(); e != nil {
			err = errors.Join(err, fmt.Errorf("close the session: %w", e))
		}
	}
	return err
}
