package trunk

import (
	"context"
	"fmt"
	"math"

	"graft/extractor"
	"graft/onnx"
	"graft/onnx/precision"
)

// QuantizeSettings say how a trunk is quantized.
type QuantizeSettings struct {
	precision.SearchOptions
	Photographs *Photographs // that ranges are measured and features compared on
	Library     string       // path of ONNX Runtime; "" means the one that is found

	// Progress, if not nil, counts photographs: stage "calibrate".
	Progress *extractor.Progress
}

// A Quantization is what Quantize made, and how close it comes. It marshals to
// JSON; the names of the fields are kept stable.
type Quantization struct {
	Out          string   `json:"out"`
	SHA256       string   `json:"sha256"`
	Bytes        int      `json:"bytes"`
	BytesFP32    int      `json:"bytes_fp32"`
	Rate         float64  `json:"images_per_second"` // of the trunk alone, on the CPU, all cores
	RateFP32     float64  `json:"images_per_second_fp32"`
	Cosine       float64  `json:"cosine"`    // of the features to those in float32, mean
	CosineP1     float64  `json:"cosine_p1"` // 1st percentile of the same
	HeldOut      int      `json:"held_out"`  // photographs that was measured on
	Images       int      `json:"images"`    // photographs the ranges were measured on
	Unreadable   int      `json:"unreadable"`
	Method       string   `json:"method"`
	Tried        []Tried  `json:"tried"`
	Convolutions int      `json:"convolutions"`
	Kept         []string `json:"kept"`  // convolutions left in float
	Float        []string `json:"float"` // operators that have no integer form
}

// Tried is a setting and how close the features came with it.
type Tried struct {
	Method string  `json:"method"`
	Kept   int     `json:"kept"`
	Cosine float64 `json:"cosine"`
}

// Quantize makes a trunk that computes in 8-bit integers of one in float32 and
// writes it to out: it measures the ranges of activations on photographs,
// chooses settings, and compares features on photographs held out from that.
func Quantize(ctx context.Context, f *File, s QuantizeSettings, out string) (*Quantization, error) {
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	network, err := precision.Analyse(m)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	q := &quantizer{
		runner: runner{name: f.Path, size: f.Crop, library: s.Library},
		trunk:  f, network: network, photos: s.Photographs,
	}
	calibration, err := q.calibrate(ctx, s.Progress)
	if err != nil {
		return nil, err
	}
	trials, err := precision.Search(ctx, network, calibration, q, s.SearchOptions)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	return q.finish(ctx, trials, out)
}

// A quantizer runs the models of a quantization: precision.Evaluator.
type quantizer struct {
	runner
	trunk   *File
	network *precision.Network
	photos  *Photographs

	reference [][]float32 // features in float32 of the photographs held out
}

// calibrate measures the activations on the photographs that are for it, one
// on each core at a time: those of one photograph are some 30 MB.
func (q *quantizer) calibrate(ctx context.Context, progress *extractor.Progress) (*precision.Calibration, error) {
	if progress == nil {
		progress = new(extractor.Progress)
	}
	observed, err := q.network.Observed(q.network.Model(), q.size)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", q.name, err)
	}
	s, err := q.start(ctx, observed.Encode(), observed.Graph.Outputs)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	calibration := q.network.Calibrate(q.size)
	progress.Begin("calibrate", len(q.photos.Measured))
	err = s.each(ctx, q.photos.Measured, func(i int, rows [][]float32) error {
		progress.Done.Add(1)
		return calibration.Add(i, rows[1:]) // after the features
	})
	if err != nil {
		return nil, err
	}
	q.reference, err = q.features(ctx, q.network.Model(), q.photos.HeldOut)
	return calibration, err
}

// Cosines compares the features of m with those in float32.
func (q *quantizer) Cosines(ctx context.Context, m *onnx.Model) ([]float64, error) {
	features, err := q.features(ctx, m, q.photos.HeldOut)
	if err != nil {
		return nil, err
	}
	return cosines(features, q.reference), nil
}

// noisePhotographs are enough to tell which layers are noisy.
const noisePhotographs = 8

// Noise compares every activation of m with that in float32.
func (q *quantizer) Noise(ctx context.Context, m *onnx.Model) ([]float64, error) {
	var sessions [2]*running
	for i, m := range []*onnx.Model{q.network.Model(), m} {
		observed, err := q.network.Observed(m, q.size)
		if err != nil {
			return nil, err
		}
		if sessions[i], err = q.start(ctx, observed.Encode(), observed.Graph.Outputs); err != nil {
			return nil, err
		}
		defer sessions[i].Close()
	}
	n := len(q.network.Activations())
	square, difference := make([]float64, n), make([]float64, n)
	for _, crop := range q.photos.HeldOut[:min(noisePhotographs, len(q.photos.HeldOut))] {
		var rows [2][][]float32
		for i, s := range sessions {
			err := s.each(ctx, [][]byte{crop}, func(_ int, r [][]float32) error {
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

// finish measures the trunk of the last trial, writes it, and reports on it.
func (q *quantizer) finish(ctx context.Context, trials []precision.Trial, out string) (*Quantization, error) {
	last := trials[len(trials)-1]
	record := precision.Record{
		Dtype: precision.Int8, From: q.trunk.SHA256, Method: last.Method, Images: len(q.photos.Measured), Kept: last.Keep,
		ReducedRange: last.ReducedRange, HeldOut: len(last.Cosines), Cosine: last.Mean(), CosineP1: last.Percentile1(),
	}
	if err := record.Write(last.Model); err != nil {
		return nil, err
	}
	before, err := q.trunk.Content()
	if err != nil {
		return nil, err
	}
	r := &Quantization{
		Out: out, BytesFP32: len(before), Cosine: last.Mean(), CosineP1: last.Percentile1(),
		HeldOut: len(last.Cosines), Images: len(q.photos.Measured), Unreadable: len(q.photos.Failed), Method: string(last.Method),
		Convolutions: len(q.network.Convolutions()), Kept: append([]string{}, last.Keep...), Float: append([]string{}, q.network.Float()...),
	}
	for _, t := range trials {
		r.Tried = append(r.Tried, Tried{string(t.Method), len(t.Keep), t.Mean()})
	}
	encoded := last.Model.Encode()
	r.Bytes = len(encoded)
	rates, err := q.speeds(ctx, [2][]byte{before, encoded}, q.photos.HeldOut)
	if err != nil {
		return nil, err
	}
	r.RateFP32, r.Rate = rates[0], rates[1]
	r.SHA256, err = WriteModel(out, last.Model)
	return r, err
}
