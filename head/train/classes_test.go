package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/extractor/features"
	"graft/head"
)

// oneSided is a folder of features of the classes a, b and c, of which c is in
// val alone.
func oneSided(t *testing.T) string {
	return folderOf(t, 36, "abc", func(_ int, r *features.Record, _ []float32) {
		if r.Label == "c" {
			r.Split = "val"
		}
	})
}

// TestClassesThatTrainLacks: fit warns, the others judge the rest.
func TestClassesThatTrainLacks(t *testing.T) {
	dir := oneSided(t)
	s := fromFolder(dir)
	path, f := fittedOn(t, s)
	if !slices.Equal(f.Labels, []string{"a", "b"}) {
		t.Fatalf("labels %q", f.Labels)
	}
	wantSaid(t, "fit", s, `warning: val has 12 images of the class "c", of which train has none: the head will not know it`)
	want := []Class{{"c", 12}}
	e, err := Evaluate(t.Context(), EvaluateOptions{Source: fromFolder(dir), Head: path})
	if err != nil || e.Total != 8 || !slices.Equal(e.LeftOut, want) || !slices.Equal(e.Data.LeftOut, want) || e.Data.Unknown() != "12 images of classes that the head does not know (c 12)" {
		t.Errorf("%+v, %v", e, err)
	}
	for _, w := range e.Worst {
		if w.True == "c" || !strings.HasPrefix(w.Path, "val/"+w.True) {
			t.Errorf("among the worst: %+v", w)
		}
	}
	text, err := json.Marshal(e)
	if err != nil || !strings.Contains(string(text), `"left_out":[{"label":"c","images":12}]`) || !strings.Contains(string(text), `"total":8`) {
		t.Errorf("%s, %v", text, err)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	r, err := Report(t.Context(), ReportOptions{EvaluateOptions: EvaluateOptions{Source: fromFolder(dir), Head: path}, Thumbnails: -1}, page)
	if err != nil || r.Images != 8 || !slices.Equal(r.Data.LeftOut, want) {
		t.Errorf("%+v, %v", r, err)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "12 images of classes that the head does not know (c 12) are not part of this.") {
		t.Errorf("the page does not say what was left out: %v", err)
	}
	c, err := Compare(t.Context(), CompareOptions{Source: fromFolder(dir), Heads: [2]string{path, path}})
	if err != nil || c.Comparison.Total != 8 || !slices.Equal(c.LeftOut, want) || c.Data.Total != 36 {
		t.Errorf("%+v, %v", c, err)
	}
	if text, err := json.Marshal(c); err != nil || !strings.HasSuffix(string(text), `"left_out":[{"label":"c","images":12}]}`) {
		t.Errorf("%s, %v", text, err)
	}
}

// TestStrict refuses what is left out otherwise, and data without any known class
// is refused in any case.
func TestStrict(t *testing.T) {
	dir := oneSided(t)
	path, _ := fittedOn(t, fromFolder(dir))
	moths := folderOf(t, 8, "m", nil)
	judge := func(dir string, strict bool) map[string]error {
		_, evaluate := Evaluate(t.Context(), EvaluateOptions{Source: fromFolder(dir), Head: path, Strict: strict})
		_, report := Report(t.Context(), ReportOptions{EvaluateOptions: EvaluateOptions{Source: fromFolder(dir), Head: path, Strict: strict}}, filepath.Join(t.TempDir(), "r.html"))
		_, compare := Compare(t.Context(), CompareOptions{Source: fromFolder(dir), Heads: [2]string{path, path}, Strict: strict})
		return map[string]error{"evaluate": evaluate, "report": report, "compare": compare}
	}
	for _, c := range []struct {
		dir    string
		strict bool
		want   string
	}{
		{dir, true, `match classes: the head does not know "c"; it knows "a", "b", the data has "a", "b", "c"`},
		{moths, false, `match classes: the head does not know "m"; it knows "a", "b", the data has "m"`},
	} {
		for name, err := range judge(c.dir, c.strict) {
			var unknown *head.UnknownClassesError
			if !errors.As(err, &unknown) || err.Error() != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
	}
}

// TestCompareHeadsOfOtherClasses: what one of two heads does not know is left out
// of both.
func TestCompareHeadsOfOtherClasses(t *testing.T) {
	all := folderOf(t, 36, "abc", nil)
	abc, _ := fittedOn(t, fromFolder(all))
	ab, _ := fittedOn(t, fromFolder(oneSided(t)))
	for _, heads := range [][2]string{{abc, ab}, {ab, abc}} {
		s := fromFolder(all)
		c, err := Compare(t.Context(), CompareOptions{Source: s, Heads: heads})
		if err != nil || c.Comparison.Total != 8 || !slices.Equal(c.LeftOut, []Class{{"c", 4}}) {
			t.Errorf("%+v, %v", c, err)
		}
		wantSaid(t, "compare", s)
	}
	cd, _ := fittedOn(t, fromFolder(folderOf(t, 24, "cd", nil)))
	if _, err := Compare(t.Context(), CompareOptions{Source: fromFolder(all), Heads: [2]string{ab, cd}}); err == nil || !strings.Contains(err.Error(), "no image is of a class that both heads know") {
		t.Errorf("no class in common: %v", err)
	}
}

func TestUnknownListsClasses(t *testing.T) {
	var i Images
	if i.Unknown() != "" {
		t.Errorf("nothing was left out: %q", i.Unknown())
	}
	i.LeftOut = []Class{{"a", 1}}
	if want := "1 image of classes that the head does not know (a 1)"; i.Unknown() != want {
		t.Errorf("%q, want %q", i.Unknown(), want)
	}
	for k := range 30 {
		i.LeftOut = append(i.LeftOut, Class{fmt.Sprint(k), 2})
	}
	if text := i.Unknown(); !strings.HasPrefix(text, "61 images") || !strings.HasSuffix(text, "18 2, and 11 more)") {
		t.Errorf("%q", text)
	}
}
