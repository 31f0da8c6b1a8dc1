package ingest

import (
	"context"
	"runtime/debug"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// A Recipe is all that decides about features, found and read: a trunk, what is taken of it, and
// how photographs come to it. A [Job] keeps them in folders; whoever keeps them otherwise has its
// Extractor.
type Recipe struct {
	Trunk     *trunk.File
	Taps      []string
	Transform pixels.Transform
	Views     int

	options Options
	device  trunk.Device
}

// Recipe finds the trunk that the options name. What people should know of trunk and device is
// noted in the progress.
func (o Options) Recipe() (*Recipe, error) {
	if o.Progress == nil {
		o.Progress = new(extractor.Progress)
	}
	t, err := o.findTrunk()
	if err != nil {
		return nil, err
	}
	for _, w := range trunk.Warnings(t.Trunk) {
		o.Progress.Note("%s", w)
	}
	r := &Recipe{Trunk: t, Taps: o.taps(), options: o}
	if o.Identity == nil {
		r.Views = o.Views
	}
	if r.Transform, err = o.transform(t); err != nil {
		return nil, err
	}
	if r.device, err = trunk.DecideFor(t.Trunk, o.Device); err != nil {
		return nil, err
	}
	if r.device.Note != "" {
		o.Progress.Note("%s", r.device.Note)
	}
	return r, nil
}

// Metas are what the features of each tap are made with.
func (r *Recipe) Metas() ([]features.Meta, error) {
	dims, err := r.Trunk.Dims(r.Taps)
	if err != nil {
		return nil, err
	}
	metas := make([]features.Meta, len(r.Taps))
	for i, tap := range r.Taps {
		metas[i] = r.meta(tap, dims[i])
	}
	return metas, nil
}

// meta is that of a tap. Without augmented views their seed makes no difference.
func (r *Recipe) meta(tap string, dim int) features.Meta {
	m := metaOf(r.Trunk, trunk.Identity{Tap: tap, Transform: r.Transform}, dim, r.device)
	if r.Views > 0 {
		m.ViewsSeed = r.options.ViewsSeed
	}
	if r.options.Half {
		m.Rows = features.Float16
	}
	return m
}

// OpenTrunk opens the trunk's session; the caller closes it.
func (r *Recipe) OpenTrunk(ctx context.Context) (extractor.Trunk, error) {
	t, err := r.Trunk.Open(ctx, r.device.Options, r.Taps...)
	if err == nil && r.options.GCPercent != 0 {
		debug.FreeOSMemory() // what Trunk has given up
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Extractor computes these features. It opens the trunk when the first image needs it.
func (r *Recipe) Extractor() *extractor.Extractor {
	return &extractor.Extractor{
		Open:      r.OpenTrunk,
		Transform: r.Transform,
		Limits:    r.options.Limits,
		JPEG:      r.options.JPEG,
		Views:     r.Views,
		Seed:      r.options.ViewsSeed,
		Workers:   r.options.Workers,
		Progress:  r.options.Progress,
	}
}
