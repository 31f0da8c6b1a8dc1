package train_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/head/train"
)

// TestWhichRowsAreTrainedOn: the split train where there are splits, whatever
// share was to be kept; else what the stable split leaves, or everything.
func TestWhichRowsAreTrainedOn(t *testing.T) {
	const n = 24
	all := map[string]map[string][2]int{
		"train and val": {"train": {0, 10}, "val": {10, n}},
		"train only":    {"train": {0, 10}},
		"val only":      {"val": {0, n}},
		"none":          nil,
	}
	for _, c := range []struct {
		splits string
		val    float64
		want   func(i int, s dataset.Sample) bool // nil: an error
		note   string
	}{
		{"train and val", 0.2, func(i int, _ dataset.Sample) bool { return i < 10 }, ""},
		{"train and val", 0, func(i int, _ dataset.Sample) bool { return i < 10 }, ""},
		{"train only", 0.2, func(i int, _ dataset.Sample) bool { return i < 10 }, ""},
		{"val only", 0.2, nil, ""},
		{"none", 0.25, func(_ int, s dataset.Sample) bool { return s.Split == "train" }, "the data has no splits: about 25 % of each class is kept"},
		{"none", 0, func(int, dataset.Sample) bool { return true }, ""},
	} {
		name := fmt.Sprintf("%s, val %v", c.splits, c.val)
		dir := extractortest.Synthetic{N: n, D: 4, Split: splits(all[c.splits])}.Folder(t)
		s := from(dir)
		f := opened(t, s, nil)
		rows, err := f.Training(c.val)
		if c.want == nil {
			wantError(t, name, err, `has no images in the split "train" that could be read`)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		samples := make([]dataset.Sample, n)
		for i := range samples {
			label := extractortest.Turns(2)(i)
			samples[i] = dataset.Sample{Path: fmt.Sprintf("%s/%d.jpg", label, i), Label: label}
		}
		if c.note != "" {
			if samples, err = dataset.Split(samples, c.val); err != nil {
				t.Fatal(err)
			}
			wantNotes(t, name, s.Ingest.Progress, c.note)
		} else {
			wantNotes(t, name, s.Ingest.Progress)
		}
		var want []string
		for i, s := range samples {
			if c.want(i, s) {
				want = append(want, s.Path)
			}
		}
		if got := paths(rows); got != strings.Join(want, " ") {
			t.Errorf("%s: rows %s, want %s", name, got, want)
		}
		if f.Split != (c.note != "") {
			t.Errorf("%s: divided %v", name, f.Split)
		}
	}
}

// TestWhatIsJudged: what a head was trained on is not judged, unless the split
// was named or there is nothing else; then a note warns.
func TestWhatIsJudged(t *testing.T) {
	const n = 30 // of which a head was trained on 0…9
	dir := extractortest.Synthetic{N: n, D: 4, Split: splits(map[string][2]int{"train": {0, 10}})}.Folder(t)
	h := readHead(t, fitted(t, dir, quick))
	if len(h.TrainedOn) != 10 {
		t.Fatalf("the head lists %d images", len(h.TrainedOn))
	}
	const warning = "warning: the head was trained on %d of these %d images"
	train, val, test := [2]int{0, 10}, [2]int{10, 25}, [2]int{25, n}
	for _, c := range []struct {
		name   string
		splits map[string][2]int
		split  string
		want   [2]int // images from–to
		judged string // name of the split
		note   string
	}{
		{"val comes first", map[string][2]int{"train": train, "val": val, "test": test}, "", val, "val", ""},
		{"then test", map[string][2]int{"train": train, "test": test}, "", test, "test", ""},
		{"then train", map[string][2]int{"train": train}, "", train, "train", fmt.Sprintf(warning, 10, 10)},
		{"a split that is named", map[string][2]int{"train": train, "val": val, "test": test}, "test", test, "test", ""},
		{"train that is named", map[string][2]int{"train": train, "val": val}, "train", train, "train", fmt.Sprintf(warning, 10, 10)},
		{"val with images of training", map[string][2]int{"train": {10, n}, "val": {5, 10}}, "", [2]int{5, 10}, "val", fmt.Sprintf(warning, 5, 5)},
		{"some of val", map[string][2]int{"val": {5, 20}}, "", [2]int{5, 20}, "val", fmt.Sprintf(warning, 5, 15)},
		{"no splits", nil, "", [2]int{10, n}, "", "the head was trained on 10 of these 30 images; the other 20 are judged"},
	} {
		extractortest.Resplit(t, dir, splits(c.splits))
		s := from(dir)
		f := opened(t, s, h)
		rows, err := f.Judged(h, c.split)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var want []string
		for i := c.want[0]; i < c.want[1]; i++ {
			want = append(want, fmt.Sprintf("%s/%d.jpg", extractortest.Turns(2)(i), i))
		}
		if got := paths(rows); got != strings.Join(want, " ") || rows.Split != c.judged {
			t.Errorf("%s: judged %q: %s, want %q: %s", c.name, rows.Split, got, c.judged, want)
		}
		if c.note == "" {
			wantNotes(t, c.name, s.Ingest.Progress)
		} else {
			wantNotes(t, c.name, s.Ingest.Progress, c.note)
		}
	}

	extractortest.Resplit(t, dir, splits(nil))
	_, err := opened(t, from(dir), h).Judged(h, "val")
	wantError(t, "a split that is not there", err, `has no images in the split "val"`)

	whole := readHead(t, fitted(t, small(t), quick))
	s := from(small(t))
	rows, err := opened(t, s, whole).Judged(whole, "")
	if err != nil || rows.Len() != 12 {
		t.Fatalf("everything was trained on: %d rows, %v", rows.Len(), err)
	}
	wantNotes(t, "everything was trained on", s.Ingest.Progress, fmt.Sprintf(warning, 12, 12))
}

// TestHeadAndFeaturesBelongTogether: features of another trunk, tap or transform
// do not meet the head, in whatever is done with both.
func TestHeadAndFeaturesBelongTogether(t *testing.T) {
	own := features.Meta{
		Trunk:     features.Trunk{Name: "own", SHA256: strings.Repeat("a", 64), Tap: "features", Trained: true},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}
	make := func(m features.Meta) string { return extractortest.Synthetic{N: 12, D: 4, Meta: m}.Folder(t) }
	dir := make(own)
	h := fitted(t, dir, quick)
	if _, err := train.Open(t.Context(), from(dir), readHead(t, h)); err != nil {
		t.Errorf("its own features: %v", err)
	}
	for what, c := range map[string]struct {
		change func(*features.Meta)
		want   string
	}{
		"trunk":     {func(m *features.Meta) { m.Trunk.SHA256, m.Trunk.Name = strings.Repeat("b", 64), "other" }, `come from another ("other", bbbbbbbbbbbbbbbb…)`},
		"tap":       {func(m *features.Meta) { m.Trunk.Tap = "early" }, `was trained on the tap "features", the features`},
		"transform": {func(m *features.Meta) { m.Transform.Crop = 224 }, "were made with resize 342, crop 224"},
		"exif":      {func(m *features.Meta) { m.Transform.EXIF = pixels.IgnoreEXIF }, "exif ignore"},
	} {
		m := own
		c.change(&m)
		other := make(m)
		evaluate := train.EvaluateOptions{Source: from(other)}
		evaluate.Head = h
		compare := train.CompareOptions{Source: from(other), Heads: [2]string{h, h}}
		var report train.ReportOptions
		report.Source, report.Head = from(other), h
		_, err1 := train.Evaluate(t.Context(), evaluate)
		_, err2 := train.Compare(t.Context(), compare)
		_, err3 := train.Report(t.Context(), report, t.TempDir()+"/page.html")
		for i, err := range []error{err1, err2, err3} {
			var differs *trunk.IdentityError
			if !errors.As(err, &differs) || differs.Want == differs.Have {
				t.Errorf("%s, %d: error %v, want an IdentityError", what, i, err)
			}
			wantError(t, what, err, c.want)
			wantError(t, what, err, fmt.Sprintf("head %q", h))
			wantError(t, what, err, other)
		}
	}
}

// TestRowsAreChecked: labels, views, and that there is something.
func TestRowsAreChecked(t *testing.T) {
	unlabelled := extractortest.Synthetic{N: 4, D: 4, Label: func(int) string { return "" }}.Folder(t)
	_, err := opened(t, from(unlabelled), nil).Training(0)
	var data *train.DataError
	if !errors.As(err, &data) || data.Hint() == "" {
		t.Errorf("no labels: error %v", err)
	}

	dir := extractortest.Synthetic{N: 4, D: 4, Views: 1}.Folder(t)
	for views, ok := range map[int]bool{0: true, 1: true, 2: false} {
		s := from(dir)
		s.Ingest.Views = views
		rows, err := opened(t, s, nil).Training(0)
		var few *train.ViewsError
		if ok && (err != nil || rows.Views() != views) || !ok && (!errors.As(err, &few) || few.Have != 1 || few.Want != views) {
			t.Errorf("%d views: %v", views, err)
		}
	}

	s := from(dir)
	s.Ingest.Taps = []string{"early"}
	_, err = train.Open(t.Context(), s, nil)
	wantError(t, "another tap", err, `are of the tap "features", not "early"`)
}

// TestFolderOfSeveralDatasets is an error, since nobody knows which is meant.
func TestFolderOfSeveralDatasets(t *testing.T) {
	dir := small(t)
	existing, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	existing.Close()
	s, err := features.Open(dir, existing.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.WriteTable(features.TableName("/elsewhere"), &features.Table{Root: "/elsewhere"}), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = train.Open(t.Context(), from(dir), nil)
	var several *train.DatasetsError
	if !errors.As(err, &several) || several.N != 2 || several.Folder != dir || several.Hint() == "" {
		t.Errorf("error %v", err)
	}
}
