package classify

import (
	"graft/extractor"
	"graft/extractor/pixels"
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
