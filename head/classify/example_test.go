package classify_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"graft/extractor/dataset"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head"
	"graft/head/classify"
	"graft/head/train"
	"graft/onnx/ort"
	"graft/onnx/ort/orttest"
)

// A photograph and a head; the head's trunk is found in the user's cache.
func Example() {
	c, err := classify.Open("head.onnx", classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	p, err := c.ClassifyFile(context.Background(), "photograph.jpg")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %.3f\n", p.Label, p.Probability)
}

// A folder of photographs, on all cores. One that cannot be read does not end it.
func ExampleClassifier_ClassifyAll() {
	ctx := context.Background()
	c, err := classify.Open("head.onnx", classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	found, err := dataset.FromPaths(ctx, []string{"photographs"}, dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	photographs, err := found.Collect(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for p, err := range c.ClassifyAll(ctx, photographs, nil) {
		switch {
		case err != nil: // that is the end
			log.Fatal(err)
		case p.Err != nil:
			fmt.Println(p.Path, p.Err)
		default:
			fmt.Println(p.Path, p.Label)
		}
	}
}

// TestExamples runs the examples, which need ONNX Runtime and a head.
func TestExamples(t *testing.T) {
	library := orttest.Library(t)
	for _, name := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(name, t.TempDir())
	}
	t.Setenv(ort.LibraryVariable, library)
	drawings, err := filepath.Abs("../../testdata/demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	trained(t, drawings)
	photograph, err := os.ReadFile(filepath.Join(drawings, "val/ladybirds/00.jpg"))
	if err == nil {
		err = os.WriteFile("photograph.jpg", photograph, 0o666)
	}
	if err == nil {
		err = os.CopyFS("photographs", os.DirFS(filepath.Join(drawings, "val")))
	}
	if err == nil {
		err = os.WriteFile("photographs/zebra.jpg", photograph[:100], 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	one := regexp.MustCompile(`^(butterflies|dragonflies|ladybirds), [01]\.\d{3}\n$`)
	if said := printed(t, Example); !one.MatchString(said) {
		t.Errorf("it printed %q", said)
	}
	said := printed(t, ExampleClassifier_ClassifyAll)
	right := 0
	for line := range strings.Lines(said) {
		path, label, _ := strings.Cut(strings.TrimSpace(line), " ")
		if filepath.Base(filepath.Dir(path)) == label {
			right++
		}
	}
	if strings.Count(said, "\n") != 73 || !strings.Contains(said, "photographs/zebra.jpg JPEG ") || right < 50 {
		t.Errorf("%d are right; it printed %q", right, said)
	}
}

// trained trains head.onnx on drawings, with the small trunk that travels with
// graft in the user's cache.
func trained(t *testing.T, drawings string) {
	t.Helper()
	path, err := trunk.Cache{}.MakeDefault()
	if err == nil {
		_, err = trunk.Build(trunk.BuildSettings{Seedling: true, Resize: 128, Crop: 112}, path)
	}
	if err == nil {
		o := train.FitOptions{Source: train.Source{Path: drawings, Ingest: ingest.Options{}}, Solver: head.LBFGS{}}
		_, err = train.Fit(t.Context(), o, "head.onnx")
	}
	if err != nil {
		t.Fatal(err)
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
