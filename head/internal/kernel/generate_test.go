package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The assembly is what the generator writes.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("building the generator takes seconds; run without -short")
	}
	gen := filepath.Join(t.TempDir(), "gen")
	if out, err := exec.Command("go", "build", "-tags", "avo", "-o", gen, "./gen").CombinedOutput(); err != nil {
		t.Fatalf("build the generator: %v\n%s", err, out)
	}
	for _, family := range []string{"dots32", "dots64", "combine32", "combine64", "update", "softmax"} {
		got, err := exec.Command(gen, "-family", family, "-pkg", "kernel").Output()
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(family + "_amd64.s")
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ = bytes.Cut(got, []byte("\n")); !bytes.HasSuffix(want, got) {
			t.Errorf("%s_amd64.s differs from what gen writes; run go generate", family)
		}
	}
}
