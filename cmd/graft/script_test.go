package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"graft/extractor/trunk"
	"graft/onnx/ort/orttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graft": main})
}

// seeded writes an untrained trunk of a quarter of the width.
func seeded(t *testing.T, path string) {
	t.Helper()
	if _, err := trunk.Build(trunk.BuildSettings{Seeded: true, Width: 0.25}, path); err != nil {
		t.Fatal(err)
	}
}

// TestScripts runs the scripts in testdata: what a person types and what comes
// of it. Scripts that need ONNX Runtime begin with [!ort] skip; its path is then
// $GRAFT_ORT_LIB, and lines with [!root] where permissions do not hold. The project's
// pictures are in $PICTURES, small models in $NETS, $TRUNK is an untrained
// trunk of a quarter of the width.
func TestScripts(t *testing.T) {
	library, missing := orttest.Find()
	if library == "" && os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	trunk := filepath.Join(t.TempDir(), "trunk.onnx")
	seeded(t, trunk)
	pictures, err := filepath.Abs("../../testdata/demo")
	if err != nil {
		t.Fatal(err)
	}
	nets, err := filepath.Abs("../../testdata/golden/onnx/nets")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("GRAFT_ORT_LIB", library)
			env.Setenv("TRUNK", trunk)
			env.Setenv("PICTURES", pictures)
			env.Setenv("NETS", nets)
			return nil
		},
		Condition: func(name string) (bool, error) {
			return name == "ort" && library != "" || name == "root" && os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "flip": flip, "same": same,
			"cp-demo": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(pictures)))
			},
		},
		UpdateScripts: os.Getenv("UPDATE") != "",
	})
}

// exits runs a command and checks its exit code: exits 3 graft extract photos.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// flip changes a byte in the middle of the one file of that pattern, behind its
// size and time: flip features/part-*.arrow.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	names, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(names) != 1 {
		ts.Fatalf("%s are %d files, want one", args[0], len(names))
	}
	info, err := os.Stat(names[0])
	ts.Check(err)
	b, err := os.ReadFile(names[0])
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(names[0], b, 0o666))
	ts.Check(os.Chtimes(names[0], info.ModTime(), info.ModTime()))
}

// same compares two tables of predictions: the same words, and no number that
// differs by more than 2e-6, the last place and what a float32 lacks.
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same A.csv B.csv")
	}
	split := func(r rune) bool { return r == ',' || r == '\n' }
	a, b := strings.FieldsFunc(ts.ReadFile(args[0]), split), strings.FieldsFunc(ts.ReadFile(args[1]), split)
	if len(a) != len(b) {
		ts.Fatalf("%d cells and %d", len(a), len(b))
	}
	for i := range a {
		x, errX := strconv.ParseFloat(a[i], 64)
		y, errY := strconv.ParseFloat(b[i], 64)
		if a[i] != b[i] && (errX != nil || errY != nil || math.Abs(x-y) > 2e-6) {
			ts.Fatalf("%q is not %q", a[i], b[i])
		}
	}
}
