package check

import (
	"context"
	"errors"
	"fmt"
	"io"

	"graft/extractor"
	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/head/audit"
	"graft/head/report"
)

// Options say which photographs are checked, and how.
type Options struct {
	Path   string // photographs; a folder of features is an error
	Ingest ingest.Options
	Near   audit.Near
	Seed   uint64 // of the folds that labels are judged with

	Page string // file of an HTML page with the findings; "": none
}

// ErrFeatures says that there are no photographs to look at.
var ErrFeatures = errors.New("check looks at photographs; name their folder")

// A survey is all that is known of the photographs of a dataset.
type survey struct {
	Options
	job    *ingest.Job
	result *ingest.Result
	stats  *statistics
	set    *features.Set // those with features

	effects effects
}

// Run extracts and measures what has not been before, looks at everything, and
// reports. Every file is read once at most, but for gray of 16 bits, read twice,
// and pictures with alpha, read three times. Nothing is changed.
func Run(ctx context.Context, o Options) (*audit.Report, error) {
	if features.IsDir(o.Path) || features.IsPartitioned(o.Path) {
		return nil, fmt.Errorf("%q is a folder of features; %w", o.Path, ErrFeatures)
	}
	if o.Ingest.Progress == nil {
		o.Ingest.Progress = new(extractor.Progress)
	}
	o.Ingest.Headers = true
	s := &survey{Options: o}
	defer s.close()
	if err := s.gather(ctx); err != nil {
		return nil, err
	}
	r, err := s.report(ctx)
	if err != nil || o.Page == "" {
		return r, err
	}
	return r, s.writePage(ctx, r)
}

// writePage writes the findings as a page, with small pictures.
func (s *survey) writePage(ctx context.Context, r *audit.Report) error {
	pictures := extractor.NewThumbnailer(s.result.Data, s.job.Transform, s.Ingest.Limits, nil)
	return durable.Write(s.Page, func(w io.Writer) error { return report.WriteAudit(ctx, w, r, pictures) })
}

// gather extracts and measures.
func (s *survey) gather(ctx context.Context) (err error) {
	o := s.Ingest
	if s.job, err = ingest.OpenFor(ctx, s.Path, o); err != nil {
		return err
	}
	if s.stats, err = openStatistics(o.Cache, s.job.Transform); err != nil {
		return err
	}
	s.job.Observer = s.stats
	if s.result, err = s.job.Run(ctx, s.Path); err != nil {
		return err
	}
	if s.set, err = s.job.Store(0).Set(&features.Table{Records: s.result.Records}); err != nil {
		return err
	}
	if err := s.stats.complete(ctx, o, s.result, func(features.Record) bool { return true }); err != nil {
		return err
	}
	s.effects, err = s.measureEffects(ctx)
	return err
}

func (s *survey) close() {
	if s.stats != nil {
		s.stats.store.Close()
	}
	if s.job != nil {
		s.job.Close()
	}
}
