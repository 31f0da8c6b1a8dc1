package classify

import (
	"graft/extractor"
	"graft/extractor/pixels"
	"graft/head/metrics"
)

// A Prediction is what a Classifier says of one image.
type Prediction struct {
	Path          string     // of the image, as it was given; "" if bytes were
	Key           pixels.Key // SHA-256 of the file; zero if it could not be read
	Width, Height int        // pixels, as stored; 0 if unknown
	Label         string     // the most probable class, of equals the first
	Probability   float64    // of it, 0…1
	P             []float64  // of every class, in the order of [Classifier.Labels]; sums to 1
	Err           error      // what is wrong with the image; nil if there is a label
}

// prediction turns a row of the session's output into a Prediction, or what is
// wrong with the image.
func (c *Classifier) prediction(o extractor.Outcome, row []float32) Prediction {
	p := Prediction{Key: o.Key, Width: o.Info.Width, Height: o.Info.Height, Err: o.Err}
	if o.Err != nil {
		return p
	}
	all := make([]float64, len(c.labels))
	c.predict(row, all)
	if p.Err = checkFinite(row, all); p.Err != nil {
		return p
	}
	best := metrics.Predictions(all, len(all))[0]
	p.P, p.Label, p.Probability = all, c.labels[best], all[best]
	return p
}
