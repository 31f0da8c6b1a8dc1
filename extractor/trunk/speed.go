package trunk

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
)

// A Trial measures how many images a second a trunk runs on a device.
type Trial struct {
	Trunk  *File
	Device ort.Options // INT8 wants a trunk in 8-bit integers
	Time   time.Duration

	now  func() time.Time // tests
	open func(context.Context) (timed, error)
}

// timed is what is measured: a session of ONNX Runtime.
type timed interface {
	Run(ctx context.Context, pixels []byte, n, h, w int, out [][]float32) error
	Workers() int
	Batch() int
	Dims() []int
	Close() error
}

var _ timed = (*ort.Session)(nil)

// Run runs synthetic images through the trunk for some time, as many at once as
// keep the device busy, after one run each that warms it up. One image is the
// least.
func (t Trial) Run(ctx context.Context) (ort.Rate, error) {
	device, err := DecideFor(t.Trunk.Trunk, t.Device)
	if err != nil {
		return ort.Rate{}, err
	}
	rate := ort.Rate{Device: device.Options.Device.Kind, Precision: t.Device.Precision, Library: device.Version}
	if t.open == nil {
		t.open = func(ctx context.Context) (timed, error) { return t.Trunk.Open(ctx, device.Options, onnx.Features) }
	}
	s, err := t.open(ctx)
	if err != nil {
		return rate, err
	}
	defer s.Close()
	rate.Images, err = t.measure(ctx, s)
	return rate, err
}

func (t Trial) measure(ctx context.Context, s timed) (float64, error) {
	if t.now == nil {
		t.now = time.Now
	}
	n := max(s.Batch(), 1)
	if err := t.each(ctx, s, func() bool { return false }); err != nil {
		return 0, err
	}
	var images atomic.Int64
	begin := t.now()
	err := t.each(ctx, s, func() bool {
		images.Add(int64(n))
		return t.now().Sub(begin) < t.Time
	})
	if err != nil {
		return 0, err
	}
	return float64(images.Load()) / t.now().Sub(begin).Seconds(), nil
}

// each runs one batch after another on every worker until more says no.
func (t Trial) each(ctx context.Context, s timed, more func() bool) error {
	height, width := t.Trunk.Sides()
	n := max(s.Batch(), 1)
	g, ctx := errgroup.WithContext(ctx)
	for range max(s.Workers(), 1) {
		g.Go(func() error {
			var crops []byte
			for _, c := range pixels.Synthetic(n, width, height) {
				crops = append(crops, c...)
			}
			rows := make([][]float32, len(s.Dims()))
			for i, d := range s.Dims() {
				rows[i] = make([]float32, n*d)
			}
			for {
				if err := s.Run(ctx, crops, n, height, width, rows); err != nil {
					return err
				}
				if !more() {
					return nil
				}
			}
		})
	}
	return g.Wait()
}
