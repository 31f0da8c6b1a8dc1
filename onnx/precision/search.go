package precision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"graft/onnx"
)

// An Evaluator runs models on images that the calibration has not seen.
type Evaluator interface {
	// Cosines returns, for each image, the cosine between the features that m
	// computes and those of the trunk in float32.
	Cosines(ctx context.Context, m *onnx.Model) ([]float64, error)
	// Noise returns the noise-to-signal ratio of each of
	// [Network.Activations]: the sum of the squared differences between m and
	// the trunk in float32, divided by the sum of squares of the latter.
	Noise(ctx context.Context, m *onnx.Model) ([]float64, error)
}

// SearchOptions are the settings of Search; the zero value tries every method
// and quantises every layer.
type SearchOptions struct {
	Methods      []Method // the candidates; nil means all
	Keep         int      // this many layers stay float32, the most sensitive ones
	Cosine       float64  // keep more of them until the mean cosine is at least this; 0 means any
	ReducedRange bool     // as in Options
}

// A Trial is one setting and how close the features came.
type Trial struct {
	Options
	Cosines []float64 // of each image, in rising order, at least one
	Model   *onnx.Model
}

// Mean is the mean cosine.
func (t Trial) Mean() float64 {
	sum := 0.0
	for _, c := range t.Cosines {
		sum += c
	}
	return sum / float64(len(t.Cosines))
}

// Percentile1 is the 1st percentile of the cosines.
func (t Trial) Percentile1() float64 { return t.Cosines[len(t.Cosines)/100] }

// Search quantises a network with each method and takes the one with the
// highest mean cosine. Then, if o.Keep or o.Cosine asks for it, it keeps the most
// sensitive layers in float32: o.Keep of them, or 1, doubled until the mean
// cosine is o.Cosine. It returns all trials, the chosen one last. A cosine that is
// not reached with half of the layers in float32 is an error.
func Search(ctx context.Context, n *Network, c *Calibration, e Evaluator, o SearchOptions) ([]Trial, error) {
	s := &search{network: n, calibration: c, evaluator: e}
	if o.Methods == nil {
		o.Methods = methods
	}
	for _, m := range o.Methods {
		if err := s.try(ctx, Options{Method: m, ReducedRange: o.ReducedRange}); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(s.trials, func(a, b Trial) int { return cmp.Compare(a.Mean(), b.Mean()) })
	best := s.trials[len(s.trials)-1]
	if o.Keep == 0 && !(best.Mean() < o.Cosine) {
		return s.trials, nil
	}
	return s.keep(ctx, best, o)
}

// A CosineError says that the features do not come close enough with half of the
// layers in float32.
type CosineError struct {
	Mean, Want   float64
	Kept, Layers int
}

// Error gives the numbers.
func (e *CosineError) Error() string {
	return fmt.Sprintf("the features' mean cosine is %.4f with %d of %d layers kept in float32, and %g is wanted", e.Mean, e.Kept, e.Layers, e.Want)
}

// search is a mixed-precision search under way.
type search struct {
	network     *Network
	calibration *Calibration
	evaluator   Evaluator
	trials      []Trial
}

// keep repeats the best trial with more and more layers in float32.
func (s *search) keep(ctx context.Context, best Trial, o SearchOptions) ([]Trial, error) {
	names, err := s.bySensitivity(ctx, best)
	if err != nil {
		return nil, err
	}
	most := min(max(len(names)/2, o.Keep), len(names))
	for keep := max(o.Keep, 1); ; keep *= 2 {
		keep = min(keep, most)
		if err := s.try(ctx, Options{Method: best.Method, Keep: names[:keep], ReducedRange: o.ReducedRange}); err != nil {
			return nil, err
		}
		mean := s.trials[len(s.trials)-1].Mean()
		if mean >= o.Cosine {
			return s.trials, nil
		}
		if keep >= most {
			return nil, &CosineError{Mean: mean, Kept: keep, Layers: len(names), Want: o.Cosine}
		}
	}
}

// Try quantises with one setting and evaluates the result.
func Try(ctx context.Context, n *Network, c *Calibration, e Evaluator, o Options) (Trial, error) {
	s := &search{network: n, calibration: c, evaluator: e}
	if err := s.try(ctx, o); err != nil {
		return Trial{}, err
	}
	return s.trials[0], nil
}

// try quantises with one setting and evaluates the result.
func (s *search) try(ctx context.Context, o Options) error {
	m, err := s.network.Quantize(s.calibration, o)
	if err != nil {
		return err
	}
	cosines, err := s.evaluator.Cosines(ctx, m)
	if err != nil {
		return err
	}
	if len(cosines) == 0 {
		return errors.New("no image to compare the features on")
	}
	slices.Sort(cosines)
	s.trials = append(s.trials, Trial{o, cosines, m})
	return nil
}

// bySensitivity lists the layers, the most sensitive first.
func (s *search) bySensitivity(ctx context.Context, t Trial) ([]string, error) {
	list, err := s.evaluator.Noise(ctx, t.Model)
	if err != nil {
		return nil, err
	}
	noise := map[string]float64{}
	for i, name := range s.network.Activations() {
		noise[name] = list[i]
	}
	sensitivity := s.network.sensitivity(noise)
	for name, e := range s.calibration.inputError(t.Method) {
		sensitivity[name] = e
	}
	names := s.network.Layers()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sensitivity[b], sensitivity[a]) })
	return names, nil
}

// sensitivity is the noise of each convolution's output less that of its input.
// noise has that of every activation; the noise of outputs of concatenations,
// the mean of their inputs', is added to it.
func (n *Network) sensitivity(noise map[string]float64) map[string]float64 {
	sensitivity := map[string]float64{}
	for _, l := range n.layers {
		if l.linear {
			continue // what rounding its input adds is known without a run
		}
		in := 0.0
		if l.node.Op == "Conv" || l.node.Op == "MaxPool" {
			in = noise[l.node.Inputs[0]]
		} else {
			for _, name := range l.node.Inputs {
				in += noise[name] / float64(len(l.node.Inputs))
			}
		}
		if l.node.Op == "Conv" {
			sensitivity[l.output] = noise[l.output] - in
		} else if _, known := noise[l.output]; !known {
			noise[l.output] = in
		}
	}
	return sensitivity
}
