package train

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/head/classify"
	"graft/head/report"
)

// ReportOptions say what a page about a head shows.
type ReportOptions struct {
	EvaluateOptions        // the head, and what it is judged on
	Title           string // at the top; "": the names of head and data
	// Thumbnails is how many different images are shown; 0 means 1000, −1 names only.
	Thumbnails int
}

// A Reported page is one that was written.
type Reported struct {
	Images int    // judged
	Data   Images // all of them
}

// Report writes a page about how a head does on the images that [Evaluate] would
// judge it on: one HTML file at out that needs nothing else. Photographs are
// shown where they are at hand; their data are read once.
func Report(ctx context.Context, o ReportOptions, out string) (*Reported, error) {
	j, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	defer j.features.Close()
	f, rows := j.features, j.rows
	index, leftOut, err := rows.judgeable(j.head, o.Strict)
	if err != nil {
		return nil, err
	}
	data := f.without(leftOut)
	page, err := o.page(ctx, j, index, data)
	if err != nil {
		return nil, err
	}
	closing, err := f.illustrate(ctx, page, rows, o.Ingest.Limits)
	if err != nil {
		return nil, err
	}
	defer closing()
	if err := durable.Write(out, func(w io.Writer) error { return page.Write(ctx, w) }); err != nil {
		return nil, err
	}
	return &Reported{Images: len(page.Y), Data: data}, nil
}

// page judges the head, which has the classes of the rows at index.
func (o ReportOptions) page(ctx context.Context, j *judging, index []int, all Images) (*report.Page, error) {
	h, f, judged := j.head, j.features, j.rows
	data := head.Relabel(judged, index)
	p, err := head.Probabilities(ctx, h, data)
	if err != nil {
		return nil, judged.named(err)
	}
	root, err := f.Root()
	if err != nil {
		return nil, err
	}
	page := &report.Page{
		Title: o.Title, Labels: h.Classes(), P: p, Record: h.Training, Features: judged, Facts: facts(h, f, root),
		MaxThumbnails: o.Thumbnails, Untrained: !f.Meta.Trunk.Trained, Warnings: warnings(all, judged),
	}
	if page.Title == "" {
		page.Title = fmt.Sprintf("%s on %s", filepath.Base(h.Path), filepath.Base(f.Name))
		if judged.Split != "" {
			page.Title += ", " + judged.Split
		}
	}
	for i, r := range judged.Records {
		page.Names, page.Y = append(page.Names, dataset.Escape(r.Path)), append(page.Y, data.Label(i))
		if h.TrainedOn.Has(r.Key) {
			page.Leaked++
		}
	}
	return page, nil
}

// illustrate gives the page small pictures, if the photographs are at hand: as
// they were scanned, or, of a folder of features, where they lay when these were
// computed.
func (f *Features) illustrate(ctx context.Context, page *report.Page, rows *Rows, l pixels.Limits) (closing func() error, err error) {
	closing = func() error { return nil }
	data := f.data
	if data == nil {
		root, err := f.Root()
		if err != nil {
			return nil, err
		}
		// The records say what there is; the folders' meaning does not matter here.
		data, err = dataset.Scan(ctx, root, dataset.Options{Unlabeled: true})
		if err != nil {
			f.Progress.Note("no pictures: %v", err)
			return closing, nil
		}
		closing = data.Close
	}
	keys := make(map[string]pixels.Key, rows.Len())
	for _, r := range rows.Records {
		keys[r.Path] = r.Key
	}
	page.Thumbnails = extractor.NewThumbnailer(data, f.Meta.Transform, l, keys)
	return closing, nil
}

// facts say what was judged, and by what.
func facts(h *classify.Head, f *Features, root string) []report.Fact {
	trunk := f.Meta.Trunk
	trained := "trained"
	if !trunk.Trained {
		trained = "untrained"
	}
	return []report.Fact{
		{Name: "Data", Value: root},
		{Name: "Images", Value: countSplits(f.Records)},
		{Name: "Head", Value: h.Path},
		{Name: "Classes", Value: fmt.Sprint(len(h.Classes()))},
		{Name: "Trunk", Value: fmt.Sprintf("%s, %s, SHA-256 %.16s…, output %s with %d features", trunk.Name, trained, trunk.SHA256, trunk.Tap, trunk.Dim)},
		{Name: "Transform", Value: h.Identity.Transform.String()},
	}
}

// countSplits is "397 (train 244, val 153)".
func countSplits(records []features.Record) string {
	counts := map[string]int{}
	for _, r := range records {
		counts[r.Split]++
	}
	var parts []string
	for _, s := range []string{"train", "val", "test"} {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", s, counts[s]))
		}
	}
	text := fmt.Sprint(len(records))
	if parts != nil {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

// warnings are what only the table of samples can tell: images that were not
// judged, and those that are there more than once.
func warnings(all Images, judged *Rows) []string {
	var list []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{all.Failed, "%d of %d images could not be read and are not part of this."},
		{all.Lost, "%d of %d images are not part of this: their features are damaged or gone."},
		{all.NotFinite, "%d of %d images are not part of this: their features are not finite."},
		{all.Waiting, "%d of %d images are not part of this: they were not extracted yet."},
	} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf(c.what, c.n, all.Total))
		}
	}
	if text := all.Unknown(); text != "" {
		list = append(list, text+" are not part of this.")
	}
	labels := map[pixels.Key]string{}
	copies, torn := 0, 0
	for _, r := range judged.Records {
		label, seen := labels[r.Key]
		if !seen {
			labels[r.Key] = r.Label
			continue
		}
		copies++
		if label != r.Label {
			torn++
		}
	}
	if copies > 0 {
		list = append(list, fmt.Sprintf("%d of these images are exact copies of others among them, and count twice.", copies))
	}
	if torn > 0 {
		list = append(list, fmt.Sprintf("%d of these copies have another label than the first: one of the two labels is wrong.", torn))
	}
	return list
}
