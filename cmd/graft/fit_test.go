package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

// madeUp is a folder of n rows of d features for training; row i has the label
// that label gives, and a feature lifted for it. No library is needed for it.
func madeUp(t *testing.T, n, d int, label func(i int) string, change func(i int, x []float32)) string {
	t.Helper()
	dir := t.TempDir()
	store, err := features.Open(dir, features.Meta{
		Trunk:     features.Trunk{Name: "made up", SHA256: strings.Repeat("0", 64), Tap: "features", Dim: d, Trained: true},
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := features.Table{Root: dir, Scanned: time.Now()}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		row := features.Row{ID: features.ID{Key: pixels.KeyOf(fmt.Append(nil, i))}, Features: make([]float32, d)}
		for j := range row.Features {
			row.Features[j] = r.Float32()
		}
		name := label(i)
		row.Features[int(name[0])%d]++
		if change != nil {
			change(i, row.Features)
		}
		if err := store.Append(row); err != nil {
			t.Fatal(err)
		}
		table.Records = append(table.Records, features.Record{Path: fmt.Sprintf("%s/%d.jpg", name, i), Label: name, Split: "train", Key: row.Key})
	}
	if err := store.WriteTable(features.SamplesTable, &table); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// turns gives the labels a, b, c, … by turns.
func turns(classes int) func(int) string {
	return func(i int) string { return string(rune('a' + i%classes)) }
}

// graft runs a command and returns its exit code and what it printed.
func graft(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"graft"}, args...), nil, &out, &err)
	return code, out.String(), err.String()
}

func TestSameHeadOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dir := madeUp(t, 160, 1100, turns(8), nil)
	for _, flags := range [][]string{
		{"--batch", "64", "--epochs", "2"},
		{"--batch", "64", "--epochs", "2", "--lr", "auto", "--early-stop", "1", "--calibrate", "--feature-dropout", "0.2"},
		{"--solver", "lbfgs", "--l2", "0.1"},
		{"--solver", "knn"},
	} {
		var first []byte
		for _, cores := range []int{1, 2, 5} {
			runtime.GOMAXPROCS(cores)
			out := filepath.Join(t.TempDir(), "head.onnx")
			if code, _, said := graft(t, append([]string{"fit", dir, "--out", out}, flags...)...); code != exitOK {
				t.Fatalf("%q: exit code %d: %s", flags, code, said)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = b
			}
			if !bytes.Equal(b, first) {
				t.Errorf("%q: %d cores give other bytes than one", flags, cores)
			}
		}
	}
}

// TestJSONIsDocumented: every field that --json prints is named in the help of
// its command.
func TestJSONIsDocumented(t *testing.T) {
	dir, folder := madeUp(t, 60, 8, turns(4), nil), t.TempDir()
	a, b := filepath.Join(folder, "a.onnx"), filepath.Join(folder, "b.onnx")
	for out, solver := range map[string]string{a: "rmsprop", b: "lbfgs"} {
		if code, _, said := graft(t, "fit", dir, "--out", out, "--calibrate", "--epochs", "3", "--solver", solver, "--l2", "1"); code != exitOK {
			t.Fatalf("exit code %d: %s", code, said)
		}
	}
	for _, args := range [][]string{{"eval", a, dir}, {"compare", a, b, dir}} {
		code, out, said := graft(t, append(args, "--json")...)
		var value any
		if err := json.Unmarshal([]byte(out), &value); err != nil || code != exitOK {
			t.Fatalf("%q: exit code %d, %v: %s", args, code, err, said)
		}
		_, help, _ := graft(t, args[0], "--help")
		words := strings.FieldsFunc(help, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
		for _, name := range fieldsOf(value) {
			if !slices.Contains(words, name) {
				t.Errorf("graft %s --help does not say what %q is", args[0], name)
			}
		}
	}
}

// fieldsOf lists the names of all fields in a JSON value.
func fieldsOf(value any) (names []string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			names = append(names, fieldsOf(item)...)
		}
	case map[string]any:
		for name, item := range v {
			names = append(append(names, name), fieldsOf(item)...)
		}
	}
	return names
}

func TestFitRefuses(t *testing.T) {
	good := madeUp(t, 24, 8, turns(2), nil)
	one := madeUp(t, 12, 8, turns(1), nil)
	lone := madeUp(t, 13, 8, func(i int) string { return string(rune('a' + i/12)) }, nil)
	spoilt := madeUp(t, 24, 8, turns(2), func(i int, x []float32) {
		if i == 13 {
			x[5] = float32(math.NaN())
		}
	})
	weights := filepath.Join(t.TempDir(), "weights.csv")
	if err := os.WriteFile(weights, []byte("label,weight\na,2\nbear,3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{1, `one class only (["a"])`, []string{one}},
		{1, `one class only (["a"])`, []string{one, "--solver", "lbfgs"}},
		{1, `class "b" has a single row`, []string{lone, "--folds", "5"}},
		{1, `class "b" has a single row`, []string{lone, "--solver", "lbfgs"}},
		{1, `class "b" has a single row`, []string{lone, "--lr", "auto"}},
		{1, `class "b" has a single row`, []string{lone, "--calibrate"}},
		{1, `fit: "b/13.jpg": feature 5 is NaN; extract the features again`, []string{spoilt}},
		{1, `"b/13.jpg": feature 5 is NaN`, []string{spoilt, "--solver", "lbfgs"}},
		{1, `"b/13.jpg": feature 5 is NaN`, []string{spoilt, "--solver", "knn"}},
		{1, `no class "bear"; there are "a", "b"`, []string{good, "--class-weights", weights}},
		{1, `no class "bear"; there are "a", "b"`, []string{good, "--class-weights", weights, "--solver", "lbfgs"}},
		{1, "no such file", []string{good, "--class-weights", weights + "x"}},
		{2, "C is 1e+13; it must be from 1e-12 to 1e12", []string{good, "--solver", "lbfgs", "--l2", "1e13"}},
		{2, "C is -1; it must be", []string{good, "--solver", "lbfgs", "--l2", "-1"}},
		{2, `--l2 is "0"`, []string{good, "--solver", "lbfgs", "--l2", "0"}},
		{2, "--folds is 1", []string{good, "--folds", "1"}},
		{1, "25 folds of 24 rows", []string{good, "--folds", "25"}},
	} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		if err := os.WriteFile(out, []byte("the old head"), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, said := graft(t, append([]string{"fit", "--out", out}, c.args...)...)
		if code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%q: exit code %d and %q, want %d and %q", c.args[1:], code, said, c.code, c.want)
		}
		if b, err := os.ReadFile(out); string(b) != "the old head" {
			t.Errorf("%q: the old head is gone: %v", c.args[1:], err)
		}
	}
}

// TestFullDiskKeepsTheOldHead saves a head of 70 kB on a disk of 64 kB.
func TestFullDiskKeepsTheOldHead(t *testing.T) {
	disk := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).Run(); err != nil {
		t.Skipf("a small disk cannot be mounted here (that takes root): %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	out := filepath.Join(disk, "head.onnx")
	if code, _, said := graft(t, "fit", madeUp(t, 24, 8, turns(2), nil), "--out", out, "--epochs", "1"); code != exitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	old, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	code, _, said := graft(t, "fit", madeUp(t, 24, 8500, turns(2), nil), "--out", out, "--epochs", "1")
	if code != exitFailure || !strings.Contains(said, "the disk is full") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if now, err := os.ReadFile(out); err != nil || !bytes.Equal(now, old) {
		t.Errorf("the old head is gone: %v", err)
	}
	if entries, err := os.ReadDir(disk); err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// resplit puts the rows of a folder into other splits.
func resplit(t *testing.T, dir string, split func(i int) string) {
	t.Helper()
	reading, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reading.Close()
	store, err := features.Open(dir, reading.Meta(), features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	name := features.SamplesTable
	table, err := store.ReadTable(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Records {
		table.Records[i].Split = split(i)
	}
	if err := store.WriteTable(name, table); err != nil {
		t.Fatal(err)
	}
}

// TestCompareLeavesOutTrainingImages: heads that were trained on different
// images are compared on those that neither knows.
func TestCompareLeavesOutTrainingImages(t *testing.T) {
	dir := madeUp(t, 60, 8, turns(2), nil)
	args := []string{"compare"}
	for _, from := range []int{0, 30} {
		resplit(t, dir, func(i int) string {
			if from <= i && i < from+20 {
				return "train"
			}
			return "val"
		})
		out := filepath.Join(t.TempDir(), "head.onnx")
		if code, _, said := graft(t, "fit", dir, "--out", out); code != exitOK {
			t.Fatalf("exit code %d: %s", code, said)
		}
		args = append(args, out)
	}
	resplit(t, dir, func(int) string { return "" })
	code, out, said := graft(t, append(args, dir, "--json")...)
	if code != exitOK || !strings.Contains(out, `"total": 20`) || !strings.Contains(said, "20 images that one of the heads was trained on are left out") {
		t.Errorf("exit code %d: %s%s", code, out, said)
	}
}
