package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"graft/extractor/extractortest"
	"graft/onnx/ort/orttest"
)

// TestTerminated: a process that is told to end, as kill does and a console on
// Windows that is closed, ends as one that is interrupted.
func TestTerminated(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals between processes on Windows")
	}
	library := orttest.Library(t)
	trunk, out := extractortest.Trunk(t, 1), filepath.Join(t.TempDir(), "labels.csv")
	photograph := filepath.Join(extractortest.Photographs(t, 6), "train", extractortest.Classes[0], "00.jpg")
	program := filepath.Join(t.TempDir(), "graft") // by this name the test's program is graft, see TestMain
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "predict", headFor(t, trunk), "-", "--trunk", trunk, "--out", out, "--no-cache")
	cmd.Env = append(os.Environ(), "GRAFT_ORT_LIB="+library, "XDG_CACHE_HOME="+t.TempDir())
	var said bytes.Buffer
	cmd.Stderr = &said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for n := 0; ; n++ { // until nobody reads any more
		if _, err := fmt.Fprintln(stdin, photograph); err != nil {
			break
		}
		if n == 2000 { // more than a pipe holds
			cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.HasSuffix(said.String(), "graft: interrupted; "+out+" is not written\n") {
		t.Errorf("exit code %d; it said:\n%s", code, &said)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it was written")
	}
}
