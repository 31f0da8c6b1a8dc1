package ingest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// Photographs become features in a folder, by the cache's default trunk. A second
// run would find them all there.
func Example() {
	result, err := ingest.Run(context.Background(), "photographs", ingest.Options{Folder: "features"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d photographs, %d could not be read\n", result.Total, len(result.Failed))

	store, err := features.OpenExisting(result.Folders[0], features.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	row := make([]float32, store.Meta().Trunk.Dim)
	for _, r := range result.Records {
		if r.Error != "" {
			continue
		}
		if err := store.Row(r.Key, 0, row); err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Path, r.Label, len(row))
	}
}

// TestExample runs the example, which needs ONNX Runtime and a trunk.
func TestExample(t *testing.T) {
	library := orttest.Library(t)
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, t.TempDir())
	}
	t.Setenv(ort.LibraryVariable, library)
	drawings, err := filepath.Abs("../../testdata/demo/val")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	path, err := trunk.Cache{}.MakeDefault()
	if err == nil {
		_, err = trunk.Build(trunk.BuildSettings{Seeded: true, Width: 0.1, Resize: 86, Crop: 75}, path)
	}
	for _, name := range []string{"butterflies/00.jpg", "ladybirds/00.jpg"} {
		var file []byte
		if err == nil {
			file, err = os.ReadFile(filepath.Join(drawings, name))
		}
		if err == nil {
			err = os.MkdirAll(filepath.Join("photographs", filepath.Dir(name)), 0o777)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join("photographs", name), file, 0o666)
		}
	}
	if err == nil {
		err = os.WriteFile("photographs/ladybirds/none.jpg", nil, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := "3 photographs, 1 could not be read\nbutterflies/00.jpg butterflies 212\nladybirds/00.jpg ladybirds 212\n"
	if said := printed(t, Example); said != want {
		t.Errorf("it printed %q, want %q", said, want)
	}
}

// printed is what an example prints.
func printed(t *testing.T, example func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		all <- string(text)
	}()
	defer func(stdout *os.File) { os.Stdout = stdout }(os.Stdout)
	os.Stdout = w
	example()
	w.Close()
	return <-all
}
