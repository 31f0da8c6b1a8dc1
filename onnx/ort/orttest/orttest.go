// Package orttest is for tests that run models.
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
	path, _, err := ort.Load("")
	if err != nil {
		return "", fmt.Sprintf("%v; scripts/setup installs it", err)
	}
	return path, ""
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
