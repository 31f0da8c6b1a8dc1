package precision

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"graft/onnx"
)

// A Judge runs models on images that the calibration has not seen.
type Judge interface {
	// Cosines gives, for each image, the cosine between the features that m
	// computes and those of the trunk in float32.
	Cosines(ctx context.Context, m *onnx.Model) ([]float64, error)
	// Noise gives, for each of [Network.Activations], the squared difference
	// between what m and the trunk in float32 compute, as a part of the square.
	Noise(ctx context.Context, m *onnx.Model) ([]float64, error)
}

// TuneOptions are the settings of Tune; the zero value tries every method and
// keeps no convolution.
type TuneOptions struct {
	Methods      []Method // to choose from; nil means all
	Keep         int      // this many convolutions stay float32, those that hurt most
	Cosine       float64  // keep more of them until the mean cosine reaches this; 0 means no matter
	ReducedRange bool
}

// A Trial is one setting and how close the features came.
type Trial struct {
	Options
	Cosines []float64 // of each image, in rising order
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

// Percent is the 1st percentile of the cosines.
func (t Trial) Percent() float64 { return t.Cosines[len(t.Cosines)/100] }

// Tune quantises a network with each method, and keeps convolutions float32
// as asked for or as the cosine that is wanted demands: 1, 2, 4… of those that
// add most noise. It returns what it tried, the setting to take last. A cosine
// that is not reached with half of the convolutions kept is an error.
func Tune(ctx context.Context, n *Network, c *Calibration, j Judge, o TuneOptions) ([]Trial, error) {
	t := &tuner{n, c, j, nil}
	if o.Methods == nil {
		o.Methods = Methods
	}
	for _, m := range o.Methods {
		if err := t.try(ctx, Options{Method: m, ReducedRange: o.ReducedRange}); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.trials, func(a, b Trial) int { return cmp.Compare(a.Mean(), b.Mean()) })
	best := t.trials[len(t.trials)-1]
	keep := o.Keep
	if keep == 0 && best.Mean() < o.Cosine {
		keep = 1
	}
	if keep == 0 {
		return t.trials, nil
	}
	worst, err := t.worst(ctx, best)
	if err != nil {
		return nil, err
	}
	for most := max(len(worst)/2, o.Keep); ; keep *= 2 {
		keep = min(keep, most, len(worst))
		if err := t.try(ctx, Options{Method: best.Method, Keep: worst[:keep], ReducedRange: o.ReducedRange}); err != nil {
			return nil, err
		}
		mean := t.trials[len(t.trials)-1].Mean()
		if mean >= o.Cosine {
			return t.trials, nil
		}
		if keep >= most {
			return nil, fmt.Errorf("the features' mean cosine is %.4f with %d of %d convolutions kept in float32, and %g is wanted", mean, keep, len(worst), o.Cosine)
		}
	}
}

type tuner struct {
	network     *Network
	calibration *Calibration
	judge       Judge
	trials      []Trial
}

func (t *tuner) try(ctx context.Context, o Options) error {
	m, err := t.network.Quantize(t.calibration, o)
	if err != nil {
		return err
	}
	cosines, err := t.judge.Cosines(ctx, m)
	if err != nil {
		return err
	}
	if len(cosines) == 0 {
		return fmt.Errorf("no image to compare the features on")
	}
	slices.Sort(cosines)
	t.trials = append(t.trials, Trial{o, cosines, m})
	return nil
}

// worst lists the convolutions by the noise that each adds to that of what it
// takes, most first.
func (t *tuner) worst(ctx context.Context, trial Trial) ([]string, error) {
	list, err := t.judge.Noise(ctx, trial.Model)
	if err != nil {
		return nil, err
	}
	noise := map[string]float64{}
	for i, name := range t.network.Activations() {
		noise[name] = list[i]
	}
	harm := t.network.harm(noise)
	names := t.network.Convolutions()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(harm[b], harm[a]) })
	return names, nil
}

// harm is the noise that each convolution adds. noise is that of every
// activation, and is completed by that of values that are moved: the mean of
// what they are made of.
func (n *Network) harm(noise map[string]float64) map[string]float64 {
	harm := map[string]float64{}
	for _, s := range n.sites {
		taken := 0.0
		if s.node.Op == "Conv" || s.node.Op == "MaxPool" {
			taken = noise[s.node.Inputs[0]]
		} else {
			for _, in := range s.node.Inputs {
				taken += noise[in] / float64(len(s.node.Inputs))
			}
		}
		if s.node.Op == "Conv" {
			harm[s.output] = noise[s.output] - taken
		} else if _, known := noise[s.output]; !known {
			noise[s.output] = taken
		}
	}
	return harm
}
