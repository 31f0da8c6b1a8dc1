package trunk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"graft/extractor"
	"graft/onnx"
	"graft/onnx/precision"
)

// DefaultMinCosine is the mean cosine to the features in float32 that an int8
// trunk must reach to be written, where none is said.
const DefaultMinCosine = 0.99

// QuantizeSettings say how a trunk is quantized.
type QuantizeSettings struct {
	precision.SearchOptions
	Photographs *Photographs // that ranges are measured and features compared on
	Library     string       // path of ONNX Runtime; "" means the one that is found

	// MinCosine is the mean cosine that must be reached; 0: DefaultMinCosine.
	MinCosine float64
	// Force writes the trunk even if it is no closer than that, or no faster than
	// the one in float32.
	Force bool

	// Progress, if not nil, counts photographs: stage "calibrate".
	Progress *extractor.Progress
}

// Quantize makes a trunk that computes in 8-bit integers of one in float32 and
// writes it to out: it measures the ranges of activations on photographs,
// chooses settings, and compares features and speed on photographs held out from
// that. What does not come close enough is smoothed, then more and more layers
// stay float. A trunk that is not faster, or not close enough, is a
// [*WorseError], unless s.Force.
func Quantize(ctx context.Context, f *File, s QuantizeSettings, out string) (*Quantization, error) {
	if s.MinCosine == 0 {
		s.MinCosine = DefaultMinCosine
	}
	m, err := f.Model()
	if err != nil {
		return nil, err
	}
	network, err := precision.Analyse(m)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	q := &quantizer{
		runner: f.runner(s.Library),
		trunk:  f, network: network, photos: s.Photographs, settings: s,
	}
	if err := q.calibrate(ctx, s.Progress); err != nil {
		return nil, err
	}
	trials, err := q.search(ctx)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", f.Path, err)
	}
	return q.finish(ctx, trials, out)
}

// search finds the settings: first every layer in integers, then, if the features
// do not come close enough, smoothed, then with layers in float.
func (q *quantizer) search(ctx context.Context) ([]precision.Trial, error) {
	o := q.settings.SearchOptions
	want := o.Cosine
	if o.Cosine = 0; !q.settings.Force {
		want = max(want, q.settings.MinCosine)
	}
	trials, err := precision.Search(ctx, q.network, q.calibration, q, o)
	if err != nil || trials[len(trials)-1].Mean() >= want {
		return trials, err
	}
	o.Cosine = want
	plain, calibration := q.network, q.calibration
	smooth, ok, err := plain.Smooth(calibration)
	if err != nil {
		return nil, err
	}
	if ok {
		q.network, q.smoothed = smooth, true
		if err := q.calibrate(ctx, q.settings.Progress); err != nil {
			return nil, err
		}
		more, err := precision.Search(ctx, smooth, q.calibration, q, o)
		var far *precision.CosineError
		if err == nil || !errors.As(err, &far) {
			return append(trials, more...), err
		}
		q.network, q.calibration, q.smoothed = plain, calibration, false
	}
	more, err := precision.Search(ctx, plain, calibration, q, o)
	return append(trials, more...), err
}

// A quantizer runs the models of a quantization: precision.Evaluator.
type quantizer struct {
	runner
	trunk   *File
	network *precision.Network
	photos  *Photographs

	settings    QuantizeSettings
	calibration *precision.Calibration
	smoothed    bool
	reference   [][]float32 // features in float32 of the photographs held out
}

// calibrate measures the activations on the photographs that are for it, one
// on each core at a time: those of one photograph are some 30 MB.
func (q *quantizer) calibrate(ctx context.Context, progress *extractor.Progress) error {
	if progress == nil {
		progress = new(extractor.Progress)
	}
	observed, err := q.network.Observed(q.network.Model(), q.width)
	if err != nil {
		return fmt.Errorf("trunk %q: %w", q.name, err)
	}
	s, err := q.start(ctx, observed.Encode(), observed.Graph.Outputs)
	if err != nil {
		return err
	}
	defer s.Close()
	q.calibration = q.network.Calibrate(q.width)
	progress.Begin("calibrate", len(q.photos.Measured))
	err = s.each(ctx, q.photos.Measured, func(i int, rows [][]float32) error {
		progress.Done.Add(1)
		return q.calibration.Add(i, rows[1:]) // after the features
	})
	if err != nil || q.reference != nil {
		return err
	}
	q.reference, err = q.features(ctx, q.network.Model(), q.photos.HeldOut)
	return err
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
		observed, err := q.network.Observed(m, q.width)
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

// finish measures the trunk of the last trial, writes it, and reports on it. One
// that is not worth having is made once more without the layers that are most
// often to blame.
func (q *quantizer) finish(ctx context.Context, trials []precision.Trial, out string) (*Quantization, error) {
	before, err := q.trunk.Content()
	if err != nil {
		return nil, err
	}
	last := trials[len(trials)-1]
	rates, err := q.rates(ctx, before, &last)
	if err != nil {
		return nil, err
	}
	tried := false
	if culprits := q.network.Culprits(); len(culprits) > 0 && !q.worth(rates, last) && q.settings.Keep == 0 {
		tried = true
		o := last.Options
		o.Keep = union(o.Keep, culprits)
		other, err := precision.Try(ctx, q.network, q.calibration, q, o)
		if err != nil {
			return nil, fmt.Errorf("trunk %q: %w", q.name, err)
		}
		again, err := q.rates(ctx, before, &other)
		if err != nil {
			return nil, err
		}
		trials = append(trials, other)
		if q.worth(again, other) || other.Mean() >= q.settings.MinCosine && again.ratio > rates.ratio {
			last, rates = other, again
		}
	}
	if !q.worth(rates, last) && !q.settings.Force {
		return nil, &WorseError{Rate: rates.second, RateFP32: rates.first, Cosine: last.Mean(), MinCosine: q.settings.MinCosine, Culprits: tried}
	}
	r := q.report(trials, last, len(before), out)
	r.RateFP32, r.Rate = rates.first, rates.second
	r.Bytes = len(last.Model.Encode())
	r.SHA256, err = WriteModel(out, last.Model)
	return r, err
}

// worth reports whether a trunk is faster than the one in float32 and close
// enough to it.
func (q *quantizer) worth(rates comparison, t precision.Trial) bool {
	return rates.ratio > 1 && t.Mean() >= q.settings.MinCosine
}

// rates writes the record into a trial's trunk and measures its speed and that in
// float32.
func (q *quantizer) rates(ctx context.Context, before []byte, t *precision.Trial) (comparison, error) {
	record := precision.Record{
		Dtype: precision.Int8, From: q.trunk.SHA256, Method: t.Method, Images: len(q.photos.Measured), Kept: t.Keep,
		ReducedRange: t.ReducedRange, HeldOut: len(t.Cosines), Cosine: t.Mean(), CosineP1: t.Percentile1(),
	}
	if err := record.Write(t.Model); err != nil {
		return comparison{}, err
	}
	return q.compare(ctx, [2][]byte{before, t.Model.Encode()}, q.photos.HeldOut)
}

// union is a list with the entries of another that it does not have.
func union(list, more []string) []string {
	out := slices.Clone(list)
	for _, s := range more {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
