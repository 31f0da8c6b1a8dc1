package check_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/extractortest"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head/audit"
	"graft/head/check"
	"graft/onnx/ort/orttest"
)

// exactly finds copies that are the same bytes, and no others: what an untrained
// trunk takes for alike is not looked at here.
var exactly = audit.Near{Cosine: 1, Certain: 1}

// options are those for a folder, with a trunk that takes milliseconds and a
// cache of their own.
func options(t *testing.T, data string) check.Options {
	t.Helper()
	orttest.Library(t)
	extractortest.NoSessions(t)
	return check.Options{
		Path: data, Near: exactly,
		Ingest: ingest.Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}, Progress: new(extractor.Progress)},
	}
}

// faulty is a folder of photographs with faults.
func faulty(t *testing.T) string {
	t.Helper()
	data := extractortest.Photographs(t, 36)
	at := func(name string) string { return filepath.Join(data, filepath.FromSlash(name)) }
	plant := func(name string, content []byte) { extractortest.Write(t, at(name), content) }
	plant("val/butterflies/again.jpg", fileAt(t, at("train/butterflies/00.jpg")))
	plant("train/ladybirds/same.jpg", fileAt(t, at("train/butterflies/01.jpg")))
	plant("train/dragonflies/really-a-jpeg.png", fileAt(t, at("train/dragonflies/00.jpg")))
	plant("train/dragonflies/cut.jpg", fileAt(t, at("train/dragonflies/01.jpg"))[:3000])
	plant("train/dragonflies/letter.jpg", []byte("Dear picture"))
	if err := os.MkdirAll(at("train/moths"), 0o777); err != nil {
		t.Fatal(err)
	}
	return data
}

func fileAt(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ran is the report of a check that must not fail.
func ran(t *testing.T, o check.Options) *audit.Report {
	t.Helper()
	r, err := check.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPlantedFaultsAreFound(t *testing.T) {
	data := faulty(t)
	o := options(t, data)
	o.Page = filepath.Join(t.TempDir(), "page.html")
	r := ran(t, o)
	if r.Images != 41 || r.Readable != 39 || r.Data != data || strings.Join(r.Splits, " ") != "train val" || r.Trunk.Name != "tiny" || r.Trunk.Trained {
		t.Errorf("%d images, %d readable of %s, splits %q, trunk %+v", r.Images, r.Readable, r.Data, r.Splits, r.Trunk)
	}

	var unreadable []string
	for _, u := range r.Unreadable {
		unreadable = append(unreadable, fmt.Sprintf("%s %v", u.Path, u.Truncated))
	}
	if want := []string{"train/dragonflies/cut.jpg true", "train/dragonflies/letter.jpg false"}; !slices.Equal(unreadable, want) {
		t.Errorf("unreadable %q, want %q", unreadable, want)
	}

	groups := map[string]audit.Group{}
	for _, g := range r.Duplicates {
		groups[g.Images[0].Path+" "+g.Images[1].Path] = g
	}
	for pair, want := range map[string][2]bool{ // across splits, across labels
		"train/butterflies/00.jpg val/butterflies/again.jpg":           {true, false},
		"train/butterflies/01.jpg train/ladybirds/same.jpg":            {false, true},
		"train/dragonflies/00.jpg train/dragonflies/really-a-jpeg.png": {false, false},
	} {
		if g := groups[pair]; !g.Exact || g.AcrossSplits != want[0] || g.AcrossLabels != want[1] {
			t.Errorf("%s: %+v", pair, g)
		}
	}
	if len(groups) != 3 {
		t.Errorf("duplicates: %+v", r.Duplicates)
	}

	i := slices.IndexFunc(r.Pictures, func(p audit.Remark) bool { return p.Problem == "wrong-extension" })
	if i < 0 || r.Pictures[i].Path != "train/dragonflies/really-a-jpeg.png" || r.Pictures[i].Detail != "named as PNG, is JPEG" {
		t.Errorf("pictures: %+v", r.Pictures)
	}
	if !slices.ContainsFunc(r.Classes.Remarks, func(s audit.ClassSize) bool { return s.Label == "moths" && s.Images == 0 }) {
		t.Errorf("classes: %+v", r.Classes.Remarks)
	}
	if r.Labels == nil || r.Labels.Images != 36 {
		t.Errorf("labels: %+v", r.Labels)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "the trunk is untrained") {
		t.Errorf("notes %q", r.Notes)
	}

	page := string(fileAt(t, o.Page))
	for _, want := range []string{"really-a-jpeg.png", "data:image/jpeg;base64,", "train/dragonflies/letter.jpg"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page", want)
		}
	}
}

// asJSON is a report as text, to be compared.
func asJSON(t *testing.T, r *audit.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFilesAreOpenedOnce counts what checks open: every file once, then only what
// could not be read; after an extraction every file once to be measured. The
// report is the same each time.
func TestFilesAreOpenedOnce(t *testing.T) {
	data := faulty(t)
	o := options(t, data)
	counts := extractortest.Opens(t, data)
	broken := map[string]int{"train/dragonflies/cut.jpg": 1, "train/dragonflies/letter.jpg": 1}

	first := ran(t, o)
	all := counts()
	for path, n := range all {
		if n != 1 {
			t.Errorf("the first check: %s was opened %d times", path, n)
		}
	}
	if len(all) != 41 {
		t.Errorf("the first check opened %d files", len(all))
	}
	if again := ran(t, o); asJSON(t, again) != asJSON(t, first) {
		t.Errorf("the second check says\n%s\nthe first\n%s", asJSON(t, again), asJSON(t, first))
	}
	if got := counts(); fmt.Sprint(got) != fmt.Sprint(broken) {
		t.Errorf("the second check opened %v, want %v", got, broken)
	}

	o.Ingest.Cache = trunk.Cache{Dir: t.TempDir()}
	if _, err := ingest.Run(t.Context(), data, o.Ingest); err != nil {
		t.Fatal(err)
	}
	counts()
	after := ran(t, o)
	if asJSON(t, after) != asJSON(t, first) {
		t.Errorf("the check after an extraction says\n%s\nwant\n%s", asJSON(t, after), asJSON(t, first))
	}
	if got := counts(); fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("the check after an extraction opened %v, want %v", got, all)
	}
	if p := o.Ingest.Progress; p.Stage() != "measure" || p.Done.Load() != 39 {
		t.Errorf("%s: %d", p.Stage(), p.Done.Load())
	}
	ran(t, o)
	if got := counts(); fmt.Sprint(got) != fmt.Sprint(broken) {
		t.Errorf("the check after that opened %v, want %v", got, broken)
	}
}

func TestCheckRefuses(t *testing.T) {
	dir := extractortest.Synthetic{N: 4, D: 4}.Folder(t)
	if _, err := check.Run(t.Context(), check.Options{Path: dir}); !errors.Is(err, check.ErrFeatures) {
		t.Errorf("a folder of features: error %v", err)
	}
	_, err := check.Run(t.Context(), check.Options{Path: t.TempDir(), Ingest: ingest.Options{Cache: trunk.Cache{Dir: t.TempDir()}}})
	if !errors.Is(err, trunk.ErrNone) {
		t.Errorf("no trunk: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := options(t, extractortest.Photographs(t, 6))
	o.Page = filepath.Join(t.TempDir(), "page.html")
	if _, err := check.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	if _, err := os.Stat(o.Page); err == nil {
		t.Error("a cancelled check wrote a page")
	}
}

// TestFewImages: labels are not judged, and a note says so.
func TestFewImages(t *testing.T) {
	r := ran(t, options(t, extractortest.Photographs(t, 6)))
	if r.Labels != nil || !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "labels were not judged: ") }) {
		t.Errorf("labels %+v, notes %q", r.Labels, r.Notes)
	}
}
