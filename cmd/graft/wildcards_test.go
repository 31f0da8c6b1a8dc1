package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWildcards expands what Windows' shells leave to programs.
func TestWildcards(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"b.jpg", "a.jpg", "a[1].jpg", "c.png", filepath.Join("Bilder mit Ä", "ß.jpg")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for in, want := range map[string]string{
		"graft predict *.jpg":          "graft predict a.jpg a[1].jpg b.jpg",
		"graft predict a[?].jpg":       "graft predict a[1].jpg",
		"graft predict *Ä/*.jpg":       "graft predict " + filepath.Join("Bilder mit Ä", "ß.jpg"),
		"graft predict --keep=* x*.gz": "graft predict --keep=* x*.gz",
		"graft predict -- *.jpg":       "graft predict -- *.jpg",
		"*":                            "*",
	} {
		if got := expanded(strings.Split(in, " ")); strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
	if args := []string{"graft", "*.jpg"}; !slices.Equal(commandLine(args), args) && os.PathSeparator == '/' {
		t.Error("words are expanded although a shell has done so")
	}
}
