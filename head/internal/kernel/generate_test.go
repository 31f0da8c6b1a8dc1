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
	for family, goarch := range map[string]string{
		"dots32": "amd64", "dots64": "amd64", "combine32": "amd64", "combine64": "amd64", "rows": "amd64", "update": "amd64", "softmax": "amd64",
		"neon32": "arm64", "neon64": "arm64",
	} {
		got, err := exec.Command(gen, "-family", family, "-pkg", "kernel").Output()
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(family + "_" + goarch + ".s")
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ = bytes.Cut(got, []byte("\n")); !bytes.HasSuffix(want, got) {
			t.Errorf("%s_%s.s differs from what gen writes; run go generate", family, goarch)
		}
	}
}
