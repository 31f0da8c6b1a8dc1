package extractor

import (
	"context"

	"graft/extractor/pixels"
)

// An Again computes single rows of features as a run of its Extractor would,
// to compare them with those on disk. It is for one goroutine.
type Again struct {
	*Extractor
	trunk   Trunk
	decoder *pixels.Decoder
	pixels  []byte // batch×size×size×3, of which the first crop is used
	out     [][]float32
}

// Again opens the trunk.
func (e *Extractor) Again(ctx context.Context) (*Again, error) {
	trunk, err := e.Open(ctx)
	if err != nil {
		return nil, err
	}
	d, err := e.newDecoder()
	if err != nil {
		return nil, err
	}
	a := &Again{Extractor: e, trunk: trunk, decoder: d}
	n := max(trunk.Batch(), 1)
	a.pixels = make([]byte, 3*n*e.Transform.Crop*e.Transform.Crop)
	for _, d := range trunk.Dims() {
		a.out = append(a.out, make([]float32, n*d))
	}
	return a, nil
}

// Row computes one view of the photograph with that file and key into rows,
// one of d values for each output of the trunk; nil for those not wanted.
func (a *Again) Row(ctx context.Context, file []byte, key pixels.Key, view int, rows ...[]float32) error {
	size := a.Transform.Crop
	if _, err := a.render(a.decoder, a.pixels[:3*size*size], file, key, view); err != nil {
		return err
	}
	if err := a.trunk.Run(ctx, a.pixels, max(a.trunk.Batch(), 1), size, size, a.out); err != nil {
		return err
	}
	for i := range rows {
		copy(rows[i], a.out[i])
	}
	return nil
}
