package extractor

import (
	"context"

	"graft/extractor/pixels"
)

// A Recomputer computes single rows of features as a run of its Extractor
// would, to compare them with those on disk. It is for one goroutine.
type Recomputer struct {
	extractor *Extractor
	trunk     Trunk
	decoder   *pixels.Decoder
	pixels    []byte // batch×height×width×3, of which the first crop is used
	out       [][]float32
}

// Recomputer opens the trunk. Close closes it.
func (e *Extractor) Recomputer(ctx context.Context) (*Recomputer, error) {
	decoder, err := e.newDecoder()
	if err != nil {
		return nil, err
	}
	trunk, err := e.Open(ctx)
	if err != nil {
		return nil, err
	}
	r := &Recomputer{extractor: e, trunk: trunk, decoder: decoder}
	n := max(trunk.Batch(), 1)
	r.pixels = make([]byte, n*e.Transform.Bytes())
	for _, d := range trunk.Dims() {
		r.out = append(r.out, make([]float32, n*d))
	}
	return r, nil
}

// Close closes the trunk.
func (r *Recomputer) Close() error { return closing(r.trunk, nil) }

// Row computes one view of the photograph with that file and key into rows,
// one of d values for each output of the trunk; nil for those not wanted.
func (r *Recomputer) Row(ctx context.Context, file []byte, key pixels.Key, view int, rows ...[]float32) error {
	t := r.extractor.Transform
	if _, err := r.extractor.render(r.decoder, r.pixels[:t.Bytes()], file, key, view); err != nil {
		return err
	}
	if err := r.trunk.Run(ctx, r.pixels, max(r.trunk.Batch(), 1), t.Height(), t.Width(), r.out); err != nil {
		return err
	}
	for i := range rows {
		copy(rows[i], r.out[i])
	}
	return nil
}
