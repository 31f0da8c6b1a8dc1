package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx/ort"
)

func wantError(t *testing.T, name string, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %v, want %q in it", name, err, part)
		}
	}
}

// TestFailedImagesAreNoted: the first twenty are notes, all are in the result and
// in the table, and the others have features.
func TestFailedImagesAreNoted(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	o.Folder = filepath.Join(t.TempDir(), "features")
	const broken = maxNoted + 2
	for i := range broken {
		extractortest.Write(t, filepath.Join(data, "train", "butterflies", fmt.Sprintf("x%02d.jpg", i)), []byte("a letter"))
	}
	r, _ := ran(t, data, o)
	if len(r.Failed) != broken || r.Total != 6+broken || len(r.Records) != r.Total {
		t.Errorf("%d failed of %d, %d records", len(r.Failed), r.Total, len(r.Records))
	}
	notes := strings.Join(r.Notes, "\n")
	if n := strings.Count(notes, `x0`) + strings.Count(notes, `x1`); n != maxNoted {
		t.Errorf("%d images are noted", n)
	}
	for _, want := range []string{
		`train/butterflies/x00.jpg: not an image: begins with "a letter"`, "and 2 more; all are in the samples table",
		"is untrained", "28 images: 0 with features already, 6 rows computed, 22 could not be read; ",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in the notes\n%s", want, notes)
		}
	}
	s, table := opened(t, o.Folder)
	defer s.Close()
	for _, r := range table.Records {
		if (r.Error == "") != s.Has(r.Key, 0) || (r.Error == "") != r.HasHeader() {
			t.Errorf("%s: error %q, features %v, header %v", r.Path, r.Error, s.Has(r.Key, 0), r.HasHeader())
		}
	}
}

// TestKnownFilesAreNotOpened counts what a run opens: every file once, then none
// but what is new, changed, or could not be read.
func TestKnownFilesAreNotOpened(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 12)
	o.Folder = filepath.Join(t.TempDir(), "features")
	letter := filepath.Join(data, "train/butterflies/letter.jpg")
	extractortest.Write(t, letter, []byte("a letter"))
	counts := extractortest.Opens(t, data)
	read := func(what string, want map[string]int) {
		t.Helper()
		if got := counts(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: opened %v, want %v", what, got, want)
		}
	}
	all := map[string]int{}
	for _, r := range wantComputed(t, data, o, 12).Records {
		all[r.Path] = 1
	}
	read("the first run", all)
	unread := map[string]int{"train/butterflies/letter.jpg": 1}
	wantComputed(t, data, o, 0)
	read("the second run", unread)
	o.Headers = true
	wantComputed(t, data, o, 0)
	read("with headers", unread)

	rewrite(t, o.Folder, func(_ *features.Store, records []features.Record) {
		for i := range records[:3] {
			records[i].Format, records[i].Orientation = "", 0
			unread[records[i].Path] = 1
		}
	})
	o.Headers = false
	wantComputed(t, data, o, 0)
	read("a table of an earlier version", map[string]int{"train/butterflies/letter.jpg": 1})
	o.Headers = true
	r := wantComputed(t, data, o, 0)
	read("a table of an earlier version, with headers", unread)
	for _, r := range r.Records {
		if r.Error == "" && !r.HasHeader() {
			t.Errorf("%s has no header facts", r.Path)
		}
	}

	extractortest.Write(t, letter, fileAt(t, filepath.Join(extractortest.Demo(t), "train/butterflies/20.jpg")))
	counts()
	wantComputed(t, data, o, 1)
	read("a file that changed", map[string]int{"train/butterflies/letter.jpg": 1})
}

func fileAt(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTapsShareOneRun computes two taps: each photograph is read once, and each
// tap has a folder of its own, which is that of a run for it alone.
func TestTapsShareOneRun(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	o.Folder, o.Taps = filepath.Join(t.TempDir(), "both"), []string{extractortest.Early, "features"}
	counts := extractortest.Opens(t, data)
	r := wantComputed(t, data, o, 6)
	for path, n := range counts() {
		if n != 1 {
			t.Errorf("%s was opened %d times", path, n)
		}
	}
	if want := []string{TapFolder(o.Folder, extractortest.Early), TapFolder(o.Folder, "features")}; !slices.Equal(r.Folders, want) {
		t.Errorf("folders %q, want %q", r.Folders, want)
	}
	for _, tap := range o.Taps {
		alone := o
		alone.Folder, alone.Taps = filepath.Join(t.TempDir(), "alone"), []string{tap}
		wantComputed(t, data, alone, 6)
		wantSame(t, TapFolder(o.Folder, tap), alone.Folder, 0)
	}
	o.Taps = []string{"features", "late"}
	_, err := Run(t.Context(), data, o)
	var unknown *trunk.TapError
	if !errors.As(err, &unknown) {
		t.Errorf("a tap that is not there: error %v", err)
	}
}

func TestFoldersOfTaps(t *testing.T) {
	for tap, want := range map[string]string{
		"features": "d/features", "a/b c": "d/a%2Fb+c", ".": "d/%2E", "..": "d/%2E%2E", "a.b": "d/a.b",
	} {
		if got := TapFolder("d", tap); got != filepath.FromSlash(want) {
			t.Errorf("%q: folder %q, want %q", tap, got, want)
		}
	}

	dir := t.TempDir()
	for _, name := range []string{"taps/features", "taps/early", "mixed/features"} {
		s, err := features.Open(filepath.Join(dir, name), meta(t, name), features.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	extractortest.Write(t, filepath.Join(dir, "mixed/photographs/0.jpg"), nil)
	extractortest.Write(t, filepath.Join(dir, "photographs/a/0.jpg"), nil)
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"taps/early": "taps/early", "taps": "taps/features", "mixed": "", "photographs": "", "empty": "", "nowhere": "",
	} {
		got := FeaturesAt(filepath.Join(dir, path), "features")
		if want != "" {
			want = filepath.Join(dir, want)
		}
		if got != want {
			t.Errorf("%s: features at %q, want %q", path, got, want)
		}
	}
}

// meta is that of some features.
func meta(t *testing.T, name string) features.Meta {
	t.Helper()
	j, err := Open(Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	m := j.meta(filepath.Base(name), extractortest.Dim)
	return m
}

// TestSplits are those of the folders, or of the folder that is named.
func TestSplits(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	for path, want := range map[string]string{data: "train,val", filepath.Join(data, "train"): "train", filepath.Join(data, "val"): "val"} {
		r, _ := ran(t, path, o)
		var splits []string
		for _, record := range r.Records {
			splits = append(splits, record.Split)
		}
		if got := strings.Join(slices.Compact(splits), ","); got != want {
			t.Errorf("%s: splits %s, want %s", path, got, want)
		}
	}
}

// TestShard computes a part, and says so; the table has all.
func TestShard(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 36)
	o.Shard = dataset.Shard{Number: 1, Parts: 3}
	r, p := ran(t, data, o)
	mine := r.Total
	if mine == 0 || mine == 36 || len(r.Records) != 36 || p.Total.Load() != int64(mine) {
		t.Errorf("%d of %d images, progress of %d", mine, len(r.Records), p.Total.Load())
	}
	if note := fmt.Sprintf("shard 1/3: %d of 36 images", mine); !slices.Contains(r.Notes, note) {
		t.Errorf("no %q in the notes %q", note, r.Notes)
	}
	o.Shard = dataset.Shard{}
	wantComputed(t, data, o, 36-mine)
}

// TestCheckComesBeforeTheTrunk: data that will not do costs nothing.
func TestCheckComesBeforeTheTrunk(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	o.Device.Library = filepath.Join(t.TempDir(), "nowhere.so")
	refused := errors.New("these will not do")
	o.Check = func(d *dataset.Dataset) error {
		if len(d.Samples) != 6 {
			t.Errorf("%d samples", len(d.Samples))
		}
		return refused
	}
	if _, err := Run(t.Context(), data, o); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	o.Check = nil
	var library *ort.LibraryError
	if _, err := Run(t.Context(), data, o); !errors.As(err, &library) {
		t.Errorf("without a library: error %v", err)
	}
}

// TestGarbagePercentIsGivenBack: that of the process is what it was.
func TestGarbagePercentIsGivenBack(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	o.GCPercent = 8
	during := 0
	o.Check = func(*dataset.Dataset) error {
		during = debug.SetGCPercent(8)
		return nil
	}
	ran(t, data, o)
	if after := debug.SetGCPercent(77); during != 8 || after != 77 {
		t.Errorf("%d %% during the run and %d %% after it", during, after)
	}
}

// TestNoSessionIsLeft ends runs and verifications in all ways there are.
func TestNoSessionIsLeft(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 12)
	o.Folder = filepath.Join(t.TempDir(), "features")
	broken := errors.New("broken")
	failing := func(j *Job) { j.Observer = observer(func() error { return broken }) }
	for name, c := range map[string]struct {
		change func(*Job)
		want   error
	}{
		"done":          {func(*Job) {}, nil},
		"nothing to do": {func(*Job) {}, nil},
		"observer":      {failing, broken},
	} {
		if name != "nothing to do" {
			clearFolder(t, o.Folder)
		}
		j, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		c.change(j)
		_, err = j.Run(t.Context(), data)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		wantNone(t, name)
		j.Close()
	}

	ctx, cancel := context.WithCancel(t.Context())
	o.Workers = 1
	clearFolder(t, o.Folder)
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	j.Observer = &canceller{keep: 3, cancel: cancel}
	if _, err := j.Run(ctx, data); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	wantNone(t, "cancelled")
	j.Close()

	ran(t, data, o)
	if _, err := Verify(t.Context(), data, o, VerifySettings{Sample: 5}); err != nil {
		t.Error(err)
	}
	wantNone(t, "verified")
	if _, err := Verify(ctx, data, o, VerifySettings{Sample: 5}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled verification: error %v", err)
	}
	wantNone(t, "cancelled verification")
}

func wantNone(t *testing.T, name string) {
	t.Helper()
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%s: %d sessions are open", name, n)
	}
}

// An observer says something about every view.
type observer func() error

func (observer) Watch(t extractor.Trunk) extractor.Trunk         { return t }
func (o observer) Keep(_ pixels.Key, _ extractor.Features) error { return o() }

// clearFolder removes the parts of a folder of features.
func clearFolder(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "part-*"))
	for _, name := range names {
		err = errors.Join(err, os.Remove(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}
