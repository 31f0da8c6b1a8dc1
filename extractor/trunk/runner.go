package trunk

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"graft/onnx"
	"graft/onnx/ort"
)

// A runner runs models that were made of one trunk, on the CPU.
type runner struct {
	name    string // the trunk's, for errors
	height  int    // of the crops, pixels
	width   int
	library string
}

// runner runs models that were made of the trunk. library is the path of ONNX
// Runtime; "" means the one that is found.
func (f *File) runner(library string) runner {
	height, width := f.Sides()
	return runner{name: f.Path, height: height, width: width, library: library}
}

// A running model is a session that several goroutines share, an image each.
type running struct {
	*ort.Session
	height, width int // of the crops, pixels
}

// start opens a session for some outputs of a model; of nil the first one's.
func (r *runner) start(ctx context.Context, encoded []byte, outputs []*onnx.Value) (*running, error) {
	o := ort.Options{Library: r.library}
	for _, v := range outputs {
		o.Outputs = append(o.Outputs, v.Name)
	}
	s, err := ort.Open(ctx, encoded, o)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", r.name, err)
	}
	return &running{s, r.height, r.width}, nil
}

// each runs the session on every crop, on all cores, and hands each result to
// take. The rows are used again after it returns.
func (m *running) each(ctx context.Context, crops [][]byte, take func(i int, rows [][]float32) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(crops)) {
		g.Go(func() error {
			rows := make([][]float32, 0, len(m.Dims()))
			for _, d := range m.Dims() {
				rows = append(rows, make([]float32, d))
			}
			for i := int(next.Add(1)) - 1; i < len(crops); i = int(next.Add(1)) - 1 {
				if err := m.Run(ctx, crops[i], 1, m.height, m.width, rows); err != nil {
					return err
				}
				if err := take(i, rows); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// outputs are what a trunk gives for some crops, a row for each of its taps.
func (r *runner) outputs(ctx context.Context, m *onnx.Model, crops [][]byte) (rows [][][]float32, taps []string, err error) {
	s, err := r.start(ctx, m.Encode(), m.Graph.Outputs)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	rows = make([][][]float32, len(crops))
	err = s.each(ctx, crops, func(i int, outputs [][]float32) error {
		for _, o := range outputs {
			rows[i] = append(rows[i], slices.Clone(o))
		}
		return nil
	})
	return rows, s.Outputs(), err
}

// features are those that a trunk gives for some crops.
func (r *runner) features(ctx context.Context, m *onnx.Model, crops [][]byte) ([][]float32, error) {
	rows, taps, err := r.outputs(ctx, m, crops)
	if err != nil {
		return nil, err
	}
	features := make([][]float32, len(rows))
	for i, outputs := range rows {
		features[i] = outputs[slices.Index(taps, onnx.Features)]
	}
	return features, nil
}

// Turns of a comparison of speeds, and images in each.
const (
	speedTurns  = 7
	speedImages = 16
	// Where the ratio is this near to 1, there are speedMore times as many turns.
	speedNear = 0.1
	speedMore = 3
)

// comparison is the speeds of two models, in images a second on all cores.
type comparison struct {
	first, second float64
	ratio         float64 // of the second to the first
}

// compare measures two models in turns after one that warms up. What else the
// machine does is the same for both within a turn, or nearly, so the ratio is the
// median of those of the turns, not that of two rates.
func (r *runner) compare(ctx context.Context, models [2][]byte, crops [][]byte) (comparison, error) {
	var sessions [2]*running
	for i, model := range models {
		var err error
		if sessions[i], err = r.start(ctx, model, nil); err != nil {
			return comparison{}, err
		}
		defer sessions[i].Close()
	}
	images := make([][]byte, speedImages)
	for i := range images {
		images[i] = crops[i%len(crops)]
	}
	var seconds [2]float64
	if err := turn(ctx, sessions, images, 0, &seconds); err != nil {
		return comparison{}, err
	}
	var firsts, ratios []float64
	for k := 0; k < speedTurns || k < speedMore*speedTurns && math.Abs(median(ratios)-1) < speedNear; k++ {
		if err := turn(ctx, sessions, images, k, &seconds); err != nil {
			return comparison{}, err
		}
		firsts = append(firsts, speedImages/seconds[0])
		ratios = append(ratios, seconds[0]/seconds[1])
	}
	first, ratio := median(firsts), median(ratios)
	return comparison{first, first * ratio, ratio}, nil
}

// turn runs both sessions on the images, which of them first alternates with k.
func turn(ctx context.Context, sessions [2]*running, images [][]byte, k int, seconds *[2]float64) error {
	for i := range sessions {
		which := (i + k) % 2
		begin := time.Now()
		if err := sessions[which].each(ctx, images, func(int, [][]float32) error { return nil }); err != nil {
			return err
		}
		seconds[which] = time.Since(begin).Seconds()
	}
	return nil
}

// median of a list that is not empty; of an even number the mean of the two in
// the middle.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
