// Package orttest is for tests that run models.
package orttest

import (
	"os"
	"testing"

	"graft/onnx/ort"
)

// Library returns the path of ONNX Runtime. Without it the test is skipped or,
// in CI, fails.
func Library(t testing.TB) string {
	t.Helper()
	path, _, err := ort.Load("")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%v; scripts/setup installs it", err)
	}
	t.Skipf("%v; scripts/setup installs it", err)
	return ""
}
