package label

import (
	"context"
	"errors"

	"graft/cmd/graft/internal/label/journal"
	"graft/cmd/graft/internal/label/session"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
)

// Photographs are a folder of photographs, whose features an ingest.Job computes.
type Photographs struct {
	Path    string
	Ignore  bool // folders are no classes
	Options ingest.Options

	job *ingest.Job
}

var _ session.Source = (*Photographs)(nil)

// A NotFolderError says that what is to be labelled is no folder on the disk.
type NotFolderError struct{ Path string }

// Error names it.
func (e *NotFolderError) Error() string {
	return "label: " + e.Path + " is no folder of photographs on the disk"
}

// OpenPhotographs finds the trunk and opens the features. Close closes them.
func OpenPhotographs(ctx context.Context, path string, ignore bool, o ingest.Options) (*Photographs, error) {
	if features.IsDir(path) {
		return nil, &NotFolderError{path}
	}
	job, err := ingest.OpenFor(ctx, path, o)
	if err != nil {
		return nil, err
	}
	return &Photographs{path, ignore, o, job}, nil
}

// Close closes the features.
func (p *Photographs) Close() error { return p.job.Close() }

// Transform is how the trunk sees photographs.
func (p *Photographs) Transform() pixels.Transform { return p.job.Transform }

// Dim is the number of features.
func (p *Photographs) Dim() int { return p.job.Store(0).Dim() }

// Scan finds all photographs below the folder.
func (p *Photographs) Scan(ctx context.Context) (*dataset.Dataset, error) {
	o := p.Options.Data
	o.Unlabeled, o.List = true, ""
	d, err := dataset.Scan(ctx, p.Path, o)
	if err == nil && d.Archived() {
		d.Close()
		return nil, &NotFolderError{p.Path}
	}
	return d, err
}

// Given are the labels of class folders.
func (p *Photographs) Given(ctx context.Context) (map[string]dataset.Sample, error) {
	given := map[string]dataset.Sample{}
	if p.Ignore {
		return given, nil
	}
	o := p.Options.Data
	o.List, o.AllowEmpty = "", true
	d, err := dataset.Scan(ctx, p.Path, o)
	var same *dataset.SameLabelError
	switch {
	case errors.As(err, &same):
		return nil, err
	case err != nil: // no folder is a class
		return given, ctx.Err()
	}
	defer d.Close()
	for _, s := range d.Samples {
		if s.Label != "" || s.Split != "" {
			given[s.Path] = s
		}
	}
	return given, nil
}

// Compute computes what is not there yet.
func (p *Photographs) Compute(ctx context.Context, d *dataset.Dataset, order func(n int) []int, done func(i int, o session.Outcome) error) error {
	store := p.job.Store(0)
	p.job.Order = order
	p.job.Done = func(i int, r features.Record) error {
		return done(i, session.Outcome{Key: journal.Key(r.Key), Why: r.Error, Row: func(dst []float32) error { return store.Row(r.Key, 0, dst) }})
	}
	_, err := p.job.RunOn(ctx, d)
	return err
}
