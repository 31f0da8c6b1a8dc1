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

	"graft/onnx/inception"
	"graft/onnx/ort/orttest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graft": main})
}

// seeded writes an untrained trunk of a quarter of the width.
func seeded(t *testing.T, path string) {
	t.Helper()
	w := inception.Seeded{Width: 0.25}
	m, err := inception.Build(w, inception.Options{Width: w.Width, Source: w.Source()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writeModel(path, m); err != nil {
		t.Fatal(err)
	}
}

// TestScripts runs the scripts in testdata: what a person types and what comes
// of it. Scripts that need ONNX Runtime begin with [!ort] skip; its path is then
// $GRAFT_ORT_LIB. The project's pictures are in $PICTURES, $TRUNK is an untrained
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
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("GRAFT_ORT_LIB", library)
			env.Setenv("TRUNK", trunk)
			env.Setenv("PICTURES", pictures)
			return nil
		},
		Condition: func(name string) (bool, error) {
			return name == "ort" && library != "", nil
		},
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "same": same},
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
