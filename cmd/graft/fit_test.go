package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"graft/extractor/extractortest"
)

// graft runs a command and returns its exit code and what it printed.
func graft(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"graft"}, args...), nil, &out, &err)
	return code, out.String(), err.String()
}

// TestJSONIsDocumented: every field that --json prints is named in the help of
// its command.
func TestJSONIsDocumented(t *testing.T) {
	dir, folder := extractortest.Synthetic{N: 60, D: 8, Label: extractortest.Turns(4)}.Folder(t), t.TempDir()
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

// TestFitRefuses what cannot be meant, with the exit code of wrong usage, and
// files that are not there; a head that was there stays.
func TestFitRefuses(t *testing.T) {
	dir := extractortest.Synthetic{N: 24, D: 8}.Folder(t)
	one := extractortest.Synthetic{N: 12, D: 8, Label: func(int) string { return "a" }}.Folder(t)
	lone := extractortest.Synthetic{N: 13, D: 8, Label: func(i int) string { return string(rune('a' + i/12)) }}.Folder(t)
	two := extractortest.Synthetic{N: 2, D: 8}.Folder(t)
	weights := filepath.Join(t.TempDir(), "weights.csv")
	if err := os.WriteFile(weights, []byte("label,weight\na,2\nbear,3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{1, `no class "bear"; there are "a", "b"`, []string{dir, "--class-weights", weights}},
		{1, "no such file", []string{dir, "--class-weights", weights + "x"}},
		{1, "25 folds of 24 rows", []string{dir, "--folds", "25"}},
		{2, "--folds is 1", []string{dir, "--folds", "1"}},
		{2, "C is 1e+13; it must be from 1e-12 to 1e12", []string{dir, "--solver", "lbfgs", "--l2", "1e13"}},
		{2, "C is -1; it must be", []string{dir, "--solver", "lbfgs", "--l2", "-1"}},
		{2, `--l2 is "0"`, []string{dir, "--solver", "lbfgs", "--l2", "0"}},
		{2, "--solver is \"guess\"", []string{dir, "--solver", "guess"}},
		{2, "--epochs is 0", []string{dir, "--epochs", "0"}},
		{2, `--lr is "fast"`, []string{dir, "--lr", "fast"}},
		{2, "--val is 1", []string{dir, "--val", "1"}},
		{2, "schedule is step; it must be constant or cosine", []string{dir, "--schedule", "step"}},
		{2, "warm-up is 31", []string{dir, "--warmup", "31"}},
		{2, "average is 2; it must be 0 with early stop", []string{dir, "--average", "2", "--early-stop", "3"}},
		{2, "--keep-on-interrupt goes with --solver rmsprop", []string{dir, "--keep-on-interrupt", "--solver", "lbfgs"}},
		{2, "--calibrate does not go with --solver knn", []string{dir, "--solver", "knn", "--calibrate"}},
		{1, `one class only (["a"])`, []string{one}},
		{1, `one class only (["a"])`, []string{one, "--solver", "lbfgs"}},
		{1, `class "b" has a single row`, []string{lone, "--folds", "5"}},
		{1, `class "b" has a single row`, []string{lone, "--solver", "lbfgs"}},
		{1, `class "b" has a single row`, []string{lone, "--lr", "auto"}},
		{1, `class "b" has a single row`, []string{lone, "--calibrate"}},
		{1, "hint: two images of every class", []string{lone, "--folds", "5"}},
		{1, "hint: --l2 1 sets the penalty", []string{lone, "--solver", "lbfgs"}},
		{1, "hint: --lr 0.001", []string{lone, "--lr", "auto"}},
		{1, "hint: leave out --calibrate", []string{lone, "--calibrate"}},
		{1, `class "a" has a single row`, []string{two, "--solver", "lbfgs"}}, // no word of five folds
		{1, `class "a" has a single row`, []string{two, "--calibrate"}},
	} {
		out := filepath.Join(t.TempDir(), "head.onnx")
		if err := os.WriteFile(out, []byte("the old head"), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, said := graft(t, append([]string{"fit", "--out", out}, c.args...)...)
		if code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%q: exit code %d and %q, want %d and %q", c.args, code, said, c.code, c.want)
		}
		if b, err := os.ReadFile(out); string(b) != "the old head" {
			t.Errorf("%q: the old head is gone: %v", c.args, err)
		}
	}
}

// TestLargeDataFlags: what is for large data is in the training record, and its defaults are not.
func TestLargeDataFlags(t *testing.T) {
	dir, out := extractortest.Synthetic{N: 60, D: 8}.Folder(t), filepath.Join(t.TempDir(), "head.onnx")
	flags := []string{"--batch", "16", "--schedule", "cosine", "--warmup", "0.5", "--scale-lr", "--average", "2", "--keep-on-interrupt"}
	for _, c := range []struct {
		flags []string
		want  bool
	}{{flags, true}, {[]string{"--schedule", "constant"}, false}, {[]string{"--solver", "lbfgs", "--l2", "1", "--float16"}, true}} {
		if code, _, said := graft(t, append([]string{"fit", dir, "--out", out, "--epochs", "3"}, c.flags...)...); code != exitOK {
			t.Fatalf("exit code %d: %s", code, said)
		}
		head, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{`"schedule":"cosine","warmup":0.5,"linear_scaling":true,"average":2`, `"float16":true`} {
			if strings.Contains(c.flags[len(c.flags)-1], "float16") == strings.Contains(field, "float16") && bytes.Contains(head, []byte(field)) != c.want {
				t.Errorf("%q: the record has %s: %v", c.flags, field, !c.want)
			}
		}
	}
}
