package features

import "graft/extractor/pixels"

// An ID names a row of features: a photograph and the number of its view.
type ID struct {
	Key  pixels.Key
	View int32 // 0 = the whole crop, 1 and up = augmented
}

// A Row is one row of features.
type Row struct {
	ID
	Features []float32 // d values
}
