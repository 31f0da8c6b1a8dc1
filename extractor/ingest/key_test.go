package ingest

import (
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/extractortest"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx/ort"
)

// TestWhatDecidesAboutTheFolder changes one option after the other: what decides
// about the bits of features leads to another folder of the cache, nothing else
// does.
func TestWhatDecidesAboutTheFolder(t *testing.T) {
	base := Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}}
	folder := func(change func(*Options)) string {
		o := base
		change(&o)
		j, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		return j.Store(0).Dir()
	}
	plain := folder(func(*Options) {})
	views := folder(func(o *Options) { o.Views, o.ViewsSeed = 2, 7 })
	for _, c := range []struct {
		name   string
		change func(*Options)
		same   string // folder; "": one of its own
	}{
		{"another trunk", func(o *Options) { o.Trunk = extractortest.Trunk(t, 2) }, ""},
		{"tap", func(o *Options) { o.Taps = []string{extractortest.Early} }, ""},
		{"resize", func(o *Options) { o.Adjust.Resize = trunk.Size{Width: 48} }, ""},
		{"crop", func(o *Options) { o.Adjust.Crop = trunk.Size{Width: 24} }, ""},
		{"oblong crop", func(o *Options) { o.Adjust.Crop = trunk.Size{Width: 24, Height: 32} }, ""},
		{"interpolation", func(o *Options) { o.Adjust.Interpolation = pixels.Bicubic }, ""},
		{"resize mode", func(o *Options) { o.Adjust.ResizeMode = pixels.ResizeSquash }, ""},
		{"exif", func(o *Options) { o.Adjust.EXIF = pixels.IgnoreEXIF }, ""},
		{"fast", func(o *Options) { o.Adjust.Fast = true }, ""},
		{"views with another seed", func(o *Options) { o.Views, o.ViewsSeed = 2, 8 }, ""},

		{"more views", func(o *Options) { o.Views, o.ViewsSeed = 3, 7 }, views},
		{"views with seed 0", func(o *Options) { o.Views = 2 }, plain},
		{"a seed without views", func(o *Options) { o.ViewsSeed = 7 }, plain},
		{"the trunk at another path", func(o *Options) { o.Trunk = copied(t, base.Trunk) }, plain},
		{"the tap by its name", func(o *Options) { o.Taps = []string{"features"} }, plain},
		{"bilinear", func(o *Options) { o.Adjust.Interpolation, o.Adjust.ResizeMode = pixels.Bilinear, pixels.ResizeShortest }, plain},
		{"the trunk's own transform", func(o *Options) {
			o.Adjust = trunk.Adjust{Resize: trunk.Size{Width: extractortest.Resize}, Crop: trunk.Size{Width: extractortest.Crop}, EXIF: pixels.ApplyEXIF}
		}, plain},
		{"the same as an identity", func(o *Options) { o.Identity = identity(t, base) }, plain},
		{"the CPU by its name", func(o *Options) { o.Device = ort.Options{Device: ort.Device{Kind: ort.CPU}, Precision: ort.FP32} }, plain},
		{"workers", func(o *Options) { o.Workers = 3 }, plain},
		{"jpeg", func(o *Options) { o.JPEG = pixels.OwnJPEG }, plain},
		{"limits", func(o *Options) { o.Limits = pixels.Limits{Pixels: 1e6, Bytes: 1e6} }, plain},
		{"shard", func(o *Options) { o.Shard = dataset.Shard{Number: 2, Parts: 3} }, plain},
		{"data", func(o *Options) { o.Data = dataset.Options{Unlabeled: true, MaxBytes: 1e6} }, plain},
		{"headers", func(o *Options) { o.Headers = true }, plain},
		{"garbage", func(o *Options) { o.GCPercent = 50 }, plain},
	} {
		got := folder(c.change)
		if c.same == "" && (got == plain || got == views) {
			t.Errorf("%s: shares the folder of others", c.name)
		}
		if c.same != "" && got != c.same {
			t.Errorf("%s: has a folder of its own", c.name)
		}
	}
}

// TestRecordedDeviceIsPartOfTheKey: devices other than the reference, each of
// their parts.
func TestRecordedDeviceIsPartOfTheKey(t *testing.T) {
	j, err := Open(Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	seen := map[string]int{}
	for i, r := range []trunk.Recorded{
		{},
		{Device: "cuda", Precision: "fp32", Library: "1.30.0"},
		{Device: "openvino", Precision: "fp32", Library: "1.30.0"},
		{Device: "cuda", Precision: "tf32", Library: "1.30.0"},
		{Device: "cuda", Precision: "fp32", Library: "1.31.0"},
		{Device: "cuda", Precision: "fp32", Library: "1.30.0", Options: "conv-search exhaustive"},
	} {
		j.device.Recorded = r
		hash, err := j.meta("features", extractortest.Dim).Hash()
		if err != nil {
			t.Fatal(err)
		}
		if first, ok := seen[hash]; ok {
			t.Errorf("devices %d and %d share a folder", first, i)
		}
		seen[hash] = i
	}
}

// TestDefaultFolderIsFoundAgain extracts into the cache: the same photographs
// under other names and labels are known by what they are.
func TestDefaultFolderIsFoundAgain(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 12)
	first := wantComputed(t, data, o, 12)
	if again := wantComputed(t, data, o, 0); again.Folders[0] != first.Folders[0] {
		t.Errorf("folders %q and %q", first.Folders, again.Folders)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.CopyFS(filepath.Join(moved, "one class"), os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	r := wantComputed(t, moved, o, 0)
	if len(r.Records) != 12 || r.Records[0].Label != "one class" || r.Table == first.Table {
		t.Errorf("%d records, the first with the label %q, table %s", len(r.Records), r.Records[0].Label, r.Table)
	}
}

// TestViewsOfOneSeedAreShared: more views cost those that are missing, no views
// cost nothing whatever the seed, another seed costs all views.
func TestViewsOfOneSeedAreShared(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	for _, c := range []struct {
		views    int
		seed     uint64
		computed int
	}{{1, 0, 12}, {3, 0, 12}, {0, 5, 0}, {3, 0, 0}, {2, 0, 0}, {2, 1, 18}, {2, 1, 0}} {
		o.Views, o.ViewsSeed = c.views, c.seed
		wantComputed(t, data, o, c.computed)
	}
}

// TestNamedFolderIsNotMixed: a folder of other features is an error that says
// what differs.
func TestNamedFolderIsNotMixed(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	o.Folder = filepath.Join(t.TempDir(), "features")
	wantComputed(t, data, o, 6)
	for name, change := range map[string]func(*Options){
		"trunk":     func(o *Options) { o.Trunk = extractortest.Trunk(t, 2) },
		"transform": func(o *Options) { o.Adjust.Resize = trunk.Size{Width: 48} },
		"tap":       func(o *Options) { o.Taps = []string{extractortest.Early} },
		"seed":      func(o *Options) { o.Views, o.ViewsSeed = 1, 3 },
	} {
		other := o
		change(&other)
		_, err := Run(t.Context(), data, other)
		wantError(t, name, err, "were made differently", name)
	}
}

func copied(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.onnx")
	extractortest.Write(t, to, b)
	return to
}

// identity is that of the features that options lead to.
func identity(t *testing.T, o Options) *trunk.Identity {
	t.Helper()
	f, err := trunk.Read(o.Trunk)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := trunk.Transform(f.Trunk, o.Adjust)
	if err != nil {
		t.Fatal(err)
	}
	return &trunk.Identity{Trunk: f.SHA256, Tap: o.taps()[0], Transform: tr}
}
