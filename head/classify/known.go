package classify

import (
	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// Known is features of photographs that were computed before, by content: an
// open folder of features is. They must be those that the Classifier would
// compute, to the bit.
type Known interface {
	// Has reports whether there is a row of a view, sound and finite.
	Has(key pixels.Key, view int) bool
	// Row copies it to dst.
	Row(key pixels.Key, view int, dst []float32) error
}

// A Recall finds what is known for a trunk with an Identity on a device, nil if
// nothing is.
type Recall func(t *trunk.File, id trunk.Identity, d trunk.Device) Known

// recall asks for what is known of the features that a head's trunk gives. An
// image over a limit that was set is refused, whatever is known of it.
func (c *Classifier) recall(t *trunk.File, id trunk.Identity, d trunk.Device) {
	if c.options.Recall != nil && c.options.Limits.Pixels == 0 {
		c.known = c.options.Recall(t, id, d)
	}
}

// store is what a run of the extractor need not compute.
func (c *Classifier) store() extractor.Store {
	if c.known == nil {
		return nil
	}
	return recalled{c.known}
}

// recalled knows photographs when they have been read, not before.
type recalled struct{ Known }

var _ extractor.Store = recalled{}

func (recalled) Lookup(dataset.Sample) (extractor.Outcome, bool) { return extractor.Outcome{}, false }

// all is the prediction of an image of a run, of which nothing was computed if
// it was known.
func (c *Classifier) all(o extractor.Outcome, computed []extractor.Features, width int) Prediction {
	row := make([]float32, width)
	switch {
	case o.Err != nil:
	case len(computed) > 0:
		row = computed[0].Rows[0]
	default:
		o.Err = c.known.Row(o.Key, 0, row)
	}
	return c.prediction(o, row)
}

// checkFinite is the error of an image that the network overflows on.
func checkFinite(row []float32, p []float64) error {
	ok := extractor.Finite(row)
	for _, v := range p {
		ok = ok && v-v == 0
	}
	if !ok {
		return new(extractor.NotFiniteError)
	}
	return nil
}
