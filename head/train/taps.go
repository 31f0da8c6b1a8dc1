package train

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"graft/extractor"
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head"
	"graft/onnx"
)

// TapsOptions say how the taps of a trunk are compared.
type TapsOptions struct {
	Source
	Solver head.Solver
	Folds  int     // of the cross-validation
	Val    float64 // as in [FitOptions]
	Seed   uint64  // of the folds
}

// A TapsReport says which tap of a trunk to train a head on. It marshals to JSON
// as the advice alone.
type TapsReport struct {
	*head.TapAdvice
	Images  int    `json:"-"` // that heads were trained and judged on
	Classes int    `json:"-"`
	Data    Images `json:"-"` // all of them
}

// A FewTapsError says that there are no two taps to compare.
type FewTapsError struct {
	Reason string
	Folder bool // it is a folder of features, not a trunk, that has one only
}

// Error is the reason.
func (e *FewTapsError) Error() string { return e.Reason }

// TapsUnlikeError says that folders of features are not of the same images,
// trunk and transform.
type TapsUnlikeError struct{ A, B string } // taps

// Error names both.
func (e *TapsUnlikeError) Error() string {
	return fmt.Sprintf("the features of the taps %q and %q are not of the same images, trunk and transform", e.A, e.B)
}

// Taps fits a head on every tap of the trunk, in cross-validation on the images
// that are trained on, and recommends one. The folder of features that is named
// may hold a folder for each tap.
func Taps(ctx context.Context, o TapsOptions) (*TapsReport, error) {
	if o.Ingest.Progress == nil {
		o.Ingest.Progress = new(extractor.Progress)
	}
	taps, err := openTaps(ctx, o.Source)
	defer closeAll(taps)
	if err != nil {
		return nil, err
	}
	sets, err := sameRows(taps, o.Val)
	if err != nil {
		return nil, err
	}
	var results []head.Tap
	for _, rows := range sets {
		result, err := o.judge(ctx, rows)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	first := sets[0]
	return &TapsReport{
		TapAdvice: head.AdviseTap(results, first.classes(), len(first.Labels)),
		Images:    first.Len(), Classes: len(first.Labels), Data: taps[0].Images(),
	}, nil
}

// judge cross-validates heads on the features of one tap.
func (o TapsOptions) judge(ctx context.Context, r *Rows) (head.Tap, error) {
	begin := time.Now()
	v, err := head.CrossValidate(ctx, r, r.Labels, o.Solver, head.FoldSettings{K: o.Folds, Seed: o.Seed})
	if err != nil {
		return head.Tap{}, fmt.Errorf("tap %q: %w", r.meta.Trunk.Tap, r.named(err))
	}
	return head.Tap{Name: r.meta.Trunk.Tap, Dim: r.Dim(), Seconds: time.Since(begin).Seconds(), CrossValidation: v}, nil
}

// openTaps are the features of every tap, the deepest, features, last.
func openTaps(ctx context.Context, s Source) ([]*Features, error) {
	if features.IsPartitioned(s.Path) {
		return nil, &PartitionedError{s.Path, "this needs all rows at once"}
	}
	if ingest.FeaturesAt(s.Path, onnx.Features) != "" {
		return openTapFolders(s)
	}
	t, err := s.Ingest.Cache.Find(s.Ingest.Trunk)
	if err != nil {
		return nil, err
	}
	if s.Ingest.Taps, err = tapsOf(t); err != nil {
		return nil, err
	}
	s.Ingest.Check = trainable
	job, err := ingest.OpenFor(ctx, s.Path, s.Ingest)
	if err != nil {
		return nil, err
	}
	result, err := job.Run(ctx, s.Path)
	if err != nil {
		job.Close()
		return nil, err
	}
	var list []*Features
	for i := range job.Taps {
		list = append(list, s.of(job, result, i))
	}
	list[0].close = job.Close
	return list, nil
}

// tapsOf lists the taps of a trunk, features, which is the deepest, last.
func tapsOf(t *trunk.File) ([]string, error) {
	if len(t.Taps) < 2 {
		return nil, &FewTapsError{Reason: fmt.Sprintf("trunk %q has one output only; there is nothing to compare", t.Path)}
	}
	var names []string
	for _, tap := range append(slices.Clone(t.Taps[1:]), t.Taps[0]) {
		names = append(names, tap.Name)
	}
	return names, nil
}

// openTapFolders opens the folders of features in a folder, the narrow ones
// first. On an error, those that are open are returned with it.
func openTapFolders(s Source) (list []*Features, err error) {
	dir := s.Path
	if features.IsDir(dir) {
		return nil, &FewTapsError{Reason: fmt.Sprintf("%q holds the features of one tap", dir), Folder: true}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		s.Path = filepath.Join(dir, e.Name())
		f, err := OpenFolder(s, nil)
		if err != nil {
			return list, err
		}
		list = append(list, f)
	}
	depth := func(f *Features) int {
		if f.Meta.Trunk.Tap == onnx.Features {
			return 1 << 30
		}
		return f.Meta.Trunk.Dim
	}
	slices.SortStableFunc(list, func(a, b *Features) int { return depth(a) - depth(b) })
	if deepest := list[len(list)-1].Meta.Trunk.Tap; len(list) < 2 || deepest != onnx.Features {
		return list, fmt.Errorf("%q must hold the features of the tap %q and of another one", dir, onnx.Features)
	}
	return list, nil
}

func closeAll(list []*Features) {
	for _, f := range list {
		f.Close()
	}
}

// sameRows are the images to train on, the same for every tap.
func sameRows(taps []*Features, val float64) ([]*Rows, error) {
	first, err := taps[0].Training(val)
	if err != nil {
		return nil, err
	}
	sets := []*Rows{first}
	for _, f := range taps[1:] {
		same := f.Meta.Trunk.SHA256 == first.meta.Trunk.SHA256 && f.Meta.Transform == first.meta.Transform
		f.Records = taps[0].Records
		r, err := f.rows(first.Split, everything)
		if err != nil {
			return nil, err
		}
		if !same || !slices.Equal(r.keys(), first.keys()) {
			return nil, &TapsUnlikeError{first.meta.Trunk.Tap, f.Meta.Trunk.Tap}
		}
		sets = append(sets, r)
	}
	return sets, nil
}
