package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/onnx/ort/orttest"
)

const notFinite = "the trunk gives values that are not finite: float16 overflow? use fp32 or bf16"

// pictures paints four dark pictures in each of the classes a and b, and two
// white ones, 4 and 5, in b. The folder new has a dark one, 0, and the white ones.
func pictures(t *testing.T) (data, fresh string) {
	t.Helper()
	dir := t.TempDir()
	data, fresh = filepath.Join(dir, "data"), filepath.Join(dir, "new")
	white := color.NRGBA{250, 250, 250, 255}
	for i := range uint8(4) {
		extractortest.Painted(t, filepath.Join(data, "a", fmt.Sprintf("%d.png", i)), color.NRGBA{40, 2 * i, 0, 255}, i)
		extractortest.Painted(t, filepath.Join(data, "b", fmt.Sprintf("%d.png", i)), color.NRGBA{0, 2 * i, 40, 255}, i)
	}
	for i := range uint8(2) {
		extractortest.Painted(t, filepath.Join(data, "b", fmt.Sprintf("%d.png", 4+i)), white, i)
		extractortest.Painted(t, filepath.Join(fresh, fmt.Sprintf("%d.png", 1+i)), white, i)
	}
	extractortest.Painted(t, filepath.Join(fresh, "0.png"), color.NRGBA{40, 1, 0, 255}, 9)
	return data, fresh
}

// TestImagesThatTheTrunkOverflowsOn: they are named and left out, by every command;
// the others are done.
func TestImagesThatTheTrunkOverflowsOn(t *testing.T) {
	t.Setenv("GRAFT_ORT_LIB", orttest.Library(t)) // the cache is another one
	data, fresh := pictures(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	t.Setenv("XDG_CACHE_HOME", in("cache"))
	t.Setenv("GRAFT_TRUNK", extractortest.Overflowing(t, 200, 300, 1e38))
	h, g := in("h.onnx"), in("g.onnx")
	for _, c := range []struct {
		args         []string
		failed       int    // images that are named
		stdout, file string // what must be in stdout, or in a file
	}{
		{[]string{"fit", data, "--out", h, "--val", "0"}, 2, "", h},
		{[]string{"fit", data, "--out", g, "--val", "0", "--solver", "lbfgs", "--l2", "1"}, 2, "", g},
		{[]string{"fit", data, "--out", in("k.onnx"), "--val", "0", "--solver", "knn"}, 2, "", in("k.onnx")},
		{[]string{"extract", data, "--features", in("f")}, 2, "f\n", ""},
		{[]string{"eval", h, data}, 2, "accuracy: ", ""},
		{[]string{"eval", h, in("f")}, 0, "accuracy: ", ""}, // they were named when they were extracted
		{[]string{"report", h, data, "--out", in("r.html")}, 2, "", in("r.html")},
		{[]string{"compare", h, g, data}, 4, "of 8 images", ""},
		{[]string{"check", data}, 2, "10 images, 8 readable", ""},
		{[]string{"features", "export", in("f"), "--out", in("f.csv")}, 0, "", in("f.csv")},
		{[]string{"predict", h, fresh}, 2, fresh + "/0.png,a,", ""},
		{[]string{"predict", h, fresh, "--no-cache"}, 2, fresh + "/0.png,a,", ""},
		{[]string{"predict", h, fresh, "--format", "tsv"}, 2, fresh + "/0.png\ta\t", ""},
		{[]string{"predict", h, fresh, "--format", "jsonl"}, 2, fresh + `/0.png","label":"a",`, ""},
		{[]string{"predict", h, fresh, "--format", "json"}, 2, "}\n]\n", ""},
		{[]string{"predict", h, fresh, "--out", in("p.parquet")}, 2, "", in("p.parquet")},
		{[]string{"predict", h, fresh, "--min-probability", "0.99", "--copy-to", in("sorted")}, 2, fresh + "/0.png,", ""},
		{[]string{"predict", in("k.onnx"), fresh}, 2, fresh + "/0.png,a,", ""},
	} {
		code, out, said := graft(t, c.args...)
		if n := strings.Count(said, ".png: "+notFinite); code != exitPartial || n != c.failed || !strings.Contains(out, c.stdout) {
			t.Errorf("%q: exit code %d, %d images named, want %d; printed %q and %q", c.args[:2], code, n, c.failed, out, said)
		}
		if _, err := os.Stat(c.file); c.file != "" && err != nil {
			t.Errorf("%q: %v", c.args[:2], err)
		}
		if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
			t.Errorf("%q printed %q", c.args[:2], out)
		}
	}
	if sorted, err := filepath.Glob(in("sorted/*/*")); err != nil || len(sorted) != 1 || filepath.Base(sorted[0]) != "0.png" {
		t.Errorf("sorted into folders: %q, %v", sorted, err)
	}
	if code, _, said := graft(t, "extract", data, "--features", in("f"), "--verify"); code != exitOK {
		t.Errorf("verify: exit code %d: %s", code, said)
	}
	if code, _, said := graft(t, "export", h, "--out", in("c.onnx")); code != exitFailure || !strings.Contains(said, `the output "features" is not finite for a white picture`) {
		t.Errorf("export: exit code %d: %s", code, said)
	}
	if _, err := os.Stat(in("c.onnx")); err == nil {
		t.Error("a classifier that overflows was written")
	}
}

// TestConvertedTrunkDoesNotOverflow: what float16 cannot hold, features among it,
// is left in float32 and named; then every image has finite features.
func TestConvertedTrunkDoesNotOverflow(t *testing.T) {
	t.Setenv("GRAFT_ORT_LIB", orttest.Library(t)) // the cache is another one
	data, fresh := pictures(t)
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	half, head := filepath.Join(dir, "half.onnx"), filepath.Join(dir, "h.onnx")
	code, _, said := graft(t, "trunk", "convert", extractortest.Overflowing(t, 200, 300, 1e4), "--out", half)
	if code != exitOK || !strings.Contains(said, "left in fp32, since fp16 cannot hold their values or has no form of them: Add 1, Mul 1") {
		t.Fatalf("convert: exit code %d: %s", code, said)
	}
	t.Setenv("GRAFT_TRUNK", half)
	if code, _, said := graft(t, "fit", data, "--out", head, "--val", "0", "--solver", "lbfgs", "--l2", "1"); code != exitOK {
		t.Fatalf("fit: exit code %d: %s", code, said)
	}
	code, out, said := graft(t, "predict", head, fresh)
	if code != exitOK || strings.Count(out, ".png,") != 3 || strings.Contains(out, "NaN") || strings.Contains(said, notFinite) {
		t.Errorf("predict: exit code %d: %s%s", code, out, said)
	}
}
