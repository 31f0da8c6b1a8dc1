package serve

import (
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/features"
)

// TestFeaturesOnDisk finds a photograph again after the service was started anew,
// and refuses a head of another trunk.
func TestFeaturesOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "features")
	keep := func(o *Options) { o.Features = dir }
	first := loaded(t, &fakeTrunk{}, keep)
	before := first.answer(t, 200, "POST", "/classify?top=3", photo(1)).Results[0]
	if before.Cached {
		t.Error("it was there before")
	}
	first.Close()
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := store.Len(); n != 1 {
		t.Errorf("%d rows are on the disk", n)
	}
	store.Close()

	trunk := &fakeTrunk{}
	second := loaded(t, trunk, keep)
	ran := trunk.runs.Load()
	after := second.answer(t, 200, "POST", "/classify?top=3", photo(1)).Results[0]
	if !after.Cached || trunk.runs.Load() != ran || after.Probability != before.Probability || after.Width != 40 || after.Height != 30 {
		t.Errorf("after a new start %+v, before %+v", after, before)
	}
	writeOtherHead(t, second.head)
	if err := second.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("a head of another trunk: %v", err)
	}
	second.answer(t, 200, "POST", "/classify", photo(2))
}
