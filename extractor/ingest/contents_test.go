package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
)

// TestContents fills a cache, looks into it, and clears a part of it.
func TestContents(t *testing.T) {
	o, data := tiny(t), extractortest.Photographs(t, 6)
	if c, err := ReadCache(trunk.Cache{Dir: filepath.Join(t.TempDir(), "nowhere")}); err != nil || c.Bytes != 0 || len(c.Parts) != 0 {
		t.Errorf("a cache that is not there: %+v, %v", c, err)
	}
	wantComputed(t, data, o, 6)
	at := func(names ...string) string {
		path, err := o.Cache.Path(names...)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	extractortest.Write(t, at("trunks", "tiny.onnx"), fileAt(t, o.Trunk))
	extractortest.Write(t, at("trunks", "letter.onnx"), []byte("Dear trunk"))
	extractortest.Write(t, at("mine", "keep"), []byte("mine"))
	c, err := ReadCache(o.Cache)
	if err != nil {
		t.Fatal(err)
	}
	var about []string
	sum := int64(0)
	for _, p := range c.Parts {
		for _, item := range p.Items {
			about = append(about, p.Name+": "+item.About)
			sum += item.Bytes
		}
	}
	want := []string{"trunks: not a trunk", "trunks: tiny, untrained, SHA-256 ", "features: 6 rows of 16, tiny, {"}
	if len(about) != len(want) || c.Bytes != sum || c.Path != o.Cache.Dir {
		t.Fatalf("%d bytes of %d in %s: %q", c.Bytes, sum, c.Path, about)
	}
	for i := range want {
		if !strings.HasPrefix(about[i], want[i]) {
			t.Errorf("item %d is %q, want %q", i, about[i], want[i])
		}
	}

	removed, err := Clear(o.Cache, []string{"features", "downloads"})
	if err != nil || len(removed) != 1 || removed[0].Path != at("features") || removed[0].Bytes == 0 {
		t.Errorf("removed %+v, %v", removed, err)
	}
	if _, err := os.Stat(at("features")); !os.IsNotExist(err) {
		t.Errorf("the features are still there: %v", err)
	}
	if _, err := Clear(o.Cache, Parts); err != nil {
		t.Error(err)
	}
	if b := fileAt(t, at("mine", "keep")); string(b) != "mine" {
		t.Errorf("what is not graft's holds %q", b)
	}
}
