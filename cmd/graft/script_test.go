package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"graft": main})
}

// TestScripts runs the scripts in testdata: what a person types and what comes
// of it. Scripts that need ONNX Runtime begin with [!ort] skip; the library is
// then in $GRAFT_ORT_LIB, the project's pictures are in $PICTURES, and $TRUNK is
// an untrained trunk of a quarter of the width.
func TestScripts(t *testing.T) {
	library := libraryForTests(t)
	var trunk string
	if library != "" {
		trunk = filepath.Join(t.TempDir(), "trunk.onnx")
		buildTrunkForTests(t, trunk)
	}
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
		UpdateScripts: os.Getenv("UPDATE") != "",
	})
}
