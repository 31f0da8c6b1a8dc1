package ingest

import (
	"context"

	"graft/extractor"
	"graft/extractor/trunk"
	"graft/onnx/ort"
)

// OpenFor is Open for the photographs at path, which a trunk in 8-bit integers is
// chosen or made with if those are asked for. A head has its own trunk, which
// must be one.
func OpenFor(ctx context.Context, path string, o Options) (*Job, error) {
	if o.Device.Precision != ort.INT8 || o.Identity != nil {
		return Open(o)
	}
	if o.Progress == nil {
		o.Progress = new(extractor.Progress)
	}
	t, err := o.findTrunk()
	if err != nil {
		return nil, err
	}
	if _, err := trunk.Decide(o.Device); err != nil {
		return nil, err // a device that has no integers, before any work
	}
	t, err = o.Cache.Int8(ctx, t, trunk.Int8Settings{
		Photographs: trunk.PhotographSettings{Path: path, Data: o.Data, Limits: o.Limits},
		Library:     o.Device.Library, Progress: o.Progress,
	})
	if err != nil {
		return nil, err
	}
	o.Trunk = t.Path
	return Open(o)
}
