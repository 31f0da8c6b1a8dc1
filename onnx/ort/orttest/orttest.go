// Package orttest is for tests that run models: [Library] skips them where
// ONNX Runtime is not installed.
package orttest

import (
	"fmt"
	"os"
	"testing"

	"graft/onnx/ort"
)

// Find returns the path of ONNX Runtime, or says what is missing and what
// gets it.
func Find() (library, missing string) {
	g := ort.Diagnose(ort.Device{}, "")
	if g.Err != nil {
		return "", fmt.Sprintf("%v; scripts/setup installs it", g.Err)
	}
	return g.Library, ""
}

// Library returns the path of ONNX Runtime. Without it the test is skipped or,
// in CI, fails.
func Library(t testing.TB) string {
	t.Helper()
	path, missing := Find()
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	if path == "" {
		t.Skip(missing)
	}
	return path
}
