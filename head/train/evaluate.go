package train

import (
	"context"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/head"
	"graft/head/classify"
	"graft/head/metrics"
)

// EvaluateOptions say what a head is judged on.
type EvaluateOptions struct {
	Source
	Head  string // file
	Split string // "": val, test or train where the data has one of these, else everything it was not trained on
	// Strict makes images of classes that the head does not know an error, an
	// [*head.UnknownClassesError]; else they are left out.
	Strict bool
}

// An Evaluation is how a head does on some images. It marshals to JSON; the names
// of the fields are kept stable.
type Evaluation struct {
	*metrics.Report
	Split string      `json:"split"` // which was judged; "" if the data has none
	Worst []WorstFile `json:"worst"` // the images with the highest loss first

	LeftOut []Class `json:"left_out"` // images of classes that the head does not know
	Data    Images  `json:"-"`        // all of them
}

// A WorstFile is an image that surprises a head.
type WorstFile struct {
	Path string `json:"path"` // escaped where it is not UTF-8
	metrics.Worst
}

// Evaluate judges a head on labelled photographs or features.
func Evaluate(ctx context.Context, o EvaluateOptions) (*Evaluation, error) {
	done, err := o.Source.fetch(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if features.IsPartitioned(o.Path) {
		return evaluatePartitioned(ctx, o)
	}
	j, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	defer j.features.Close()
	h, f, rows := j.head, j.features, j.rows
	index, leftOut, err := rows.judgeable(h, o.Strict)
	if err != nil {
		return nil, err
	}
	report, err := head.Evaluate(ctx, h.Predictor, head.Relabel(rows, index), metrics.Options{})
	if err != nil {
		return nil, rows.named(err)
	}
	e := &Evaluation{Report: report, Split: rows.Split, Worst: []WorstFile{}, LeftOut: append([]Class{}, leftOut...), Data: f.without(leftOut)}
	for _, w := range report.Worst {
		e.Worst = append(e.Worst, WorstFile{dataset.Escape(rows.Records[w.Row].Path), w})
	}
	return e, nil
}

// A judging is a head, features, and the rows of them that it may be judged on.
type judging struct {
	head     *classify.Head
	features *Features
	rows     *Rows
}

// open opens the head and the features; the caller closes these.
func (o EvaluateOptions) open(ctx context.Context) (*judging, error) {
	h, err := classify.ReadHead(o.Head)
	if err != nil {
		return nil, err
	}
	f, err := Open(ctx, o.Source, h)
	if err != nil {
		return nil, err
	}
	rows, err := f.Judged(h, o.Split)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &judging{h, f, rows}, nil
}
