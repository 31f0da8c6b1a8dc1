package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/onnx/ort/orttest"
)

// TestReaderThatGoesAway closes the pipe after a line, when graft waits to write
// more: it ends, and nobody is told of it.
func TestReaderThatGoesAway(t *testing.T) {
	orttest.Library(t)
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no pipes that end a program")
	}
	trunk := extractortest.Trunk(t, 1)
	cmd := exec.CommandContext(t.Context(), "graft", "predict", headFor(t, trunk), "-", "--trunk", trunk)
	var said bytes.Buffer
	cmd.Stderr = &said
	paths, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	labels, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	photo := filepath.Join(extractortest.Demo(t), "val/ladybirds/00.jpg")
	go func() { // more labels than a pipe holds
		io.WriteString(paths, strings.Repeat(photo+"\n", 3000))
		paths.Close()
	}()
	line, err := bufio.NewReader(labels).ReadString('\n')
	if err != nil || line != "path,label,probability\n" {
		t.Errorf("it wrote %q (%v)", line, err)
	}
	labels.Close()
	if err := cmd.Wait(); err == nil || fmt.Sprint(err) != "signal: broken pipe" {
		t.Errorf("it ended with %v", err)
	}
	for line := range strings.Lines(said.String()) {
		if !strings.Contains(line, "is untrained") && !strings.HasPrefix(line, "graft: predict ") {
			t.Errorf("it said: %s", line)
		}
	}
}
