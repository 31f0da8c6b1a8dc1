package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/precision"
)

// A quantizer runs the models of a quantization: precision.Evaluator.
type quantizer struct {
	trunk   *trunkFile
	network *precision.Network
	photos  *photographs
	library string

	reference [][]float32 // features in float32 of the photographs held out
}

// A batchless is a session that is run by several goroutines, an image each.
type batchless struct {
	session *ort.Session
	size    int // height and width of the crops
}

// start opens a session for all outputs of m.
func (q *quantizer) start(ctx context.Context, m *onnx.Model) (*batchless, error) {
	s, err := openModel(ctx, m.Encode(), q.library, m.Graph.Outputs)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", q.trunk.path, err)
	}
	return &batchless{s, q.photos.size}, nil
}

// each runs the session on every crop, on all cores, and hands each result to
// take. The rows are used again after it returns.
func (b *batchless) each(ctx context.Context, crops [][]byte, take func(i int, rows [][]float32) error) error {
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(crops)) {
		g.Go(func() error {
			rows := make([][]float32, 0, len(b.session.Dims()))
			for _, d := range b.session.Dims() {
				rows = append(rows, make([]float32, d))
			}
			for i := int(next.Add(1)) - 1; i < len(crops); i = int(next.Add(1)) - 1 {
				if err := b.session.Run(ctx, crops[i], 1, b.size, b.size, rows); err != nil {
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

// calibrate measures the activations on the photographs that are for it, one
// on each core at a time: those of one photograph are some 30 MB.
func (q *quantizer) calibrate(c *cli.Context) (*precision.Calibration, error) {
	observed, err := q.network.Observed(q.network.Model(), q.photos.size)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", q.trunk.path, err)
	}
	b, err := q.start(c.Context, observed)
	if err != nil {
		return nil, err
	}
	defer b.session.Close()
	calibration := q.network.Calibrate(q.photos.size)
	var done atomic.Int64
	total := int64(len(q.photos.measured))
	stop := showProgress(c.App.ErrWriter, "calibrate", func() count { return count{done: done.Load(), total: total} })
	defer stop()
	err = b.each(c.Context, q.photos.measured, func(i int, rows [][]float32) error {
		done.Add(1)
		return calibration.Add(i, rows[1:]) // after the features
	})
	if err != nil {
		return nil, err
	}
	q.reference, err = q.features(c.Context, q.network.Model())
	return calibration, err
}

// features runs a trunk on the photographs held out.
func (q *quantizer) features(ctx context.Context, m *onnx.Model) ([][]float32, error) {
	b, err := q.start(ctx, m)
	if err != nil {
		return nil, err
	}
	defer b.session.Close()
	at := slices.Index(b.session.Outputs(), onnx.Features)
	features := make([][]float32, len(q.photos.heldOut))
	err = b.each(ctx, q.photos.heldOut, func(i int, rows [][]float32) error {
		features[i] = slices.Clone(rows[at])
		return nil
	})
	return features, err
}

// Cosines compares the features of m with those in float32.
func (q *quantizer) Cosines(ctx context.Context, m *onnx.Model) ([]float64, error) {
	features, err := q.features(ctx, m)
	if err != nil {
		return nil, err
	}
	cosines := make([]float64, len(features))
	for i, f := range features {
		cosines[i] = cosine(f, q.reference[i])
	}
	return cosines, nil
}

// noisePhotographs are enough to tell which layers are noisy.
const noisePhotographs = 8

// Noise compares every activation of m with that in float32.
func (q *quantizer) Noise(ctx context.Context, m *onnx.Model) ([]float64, error) {
	var sessions [2]*batchless
	for i, m := range []*onnx.Model{q.network.Model(), m} {
		observed, err := q.network.Observed(m, q.photos.size)
		if err != nil {
			return nil, err
		}
		if sessions[i], err = q.start(ctx, observed); err != nil {
			return nil, err
		}
		defer sessions[i].session.Close()
	}
	n := len(q.network.Activations())
	square, difference := make([]float64, n), make([]float64, n)
	for _, crop := range q.photos.heldOut[:min(noisePhotographs, len(q.photos.heldOut))] {
		var rows [2][][]float32
		for i, b := range sessions {
			err := b.each(ctx, [][]byte{crop}, func(_ int, r [][]float32) error {
				rows[i] = r[1:]
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		for k := range n {
			for j, v := range rows[0][k] {
				d := float64(rows[1][k][j] - v)
				square[k] += float64(v) * float64(v)
				difference[k] += d * d
			}
		}
	}
	for k := range n {
		difference[k] /= max(square[k], math.SmallestNonzeroFloat64)
	}
	return difference, nil
}

// speeds measures the trunk in float32 and the new one in turns, in images a
// second on all cores.
func (q *quantizer) speeds(ctx context.Context, encoded []byte) (fp32, int8 float64, err error) {
	const turns, images = 3, 16
	var sessions [2]*batchless
	for i, model := range [][]byte{q.trunk.encoded, encoded} {
		s, err := openModel(ctx, model, q.library, nil)
		if err != nil {
			return 0, 0, err
		}
		defer s.Close()
		sessions[i] = &batchless{s, q.photos.size}
	}
	var crops [][]byte
	for i := range images {
		crops = append(crops, q.photos.heldOut[i%len(q.photos.heldOut)])
	}
	var rates [2][]float64
	for turn := range turns + 1 {
		for i, b := range sessions {
			begin := time.Now()
			if err := b.each(ctx, crops, func(int, [][]float32) error { return nil }); err != nil {
				return 0, 0, err
			}
			if turn > 0 { // the first warms up
				rates[i] = append(rates[i], images/time.Since(begin).Seconds())
			}
		}
	}
	return median(rates[0]), median(rates[1]), nil
}

func median(v []float64) float64 {
	v = slices.SortedFunc(slices.Values(v), cmp.Compare)
	return v[len(v)/2]
}

// cosine of the angle between two vectors; 0 if one of them is zero.
func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i, v := range a {
		ab += float64(v) * float64(b[i])
		aa += float64(v) * float64(v)
		bb += float64(b[i]) * float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
