package predictions

import (
	"graft/extractor/features"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/head/classify"
)

// A Recall gives a Classifier the features that the cache has already: its Find
// is [classify.Options].Recall. Close it after the Classifier. The zero value
// looks into the user's cache.
type Recall struct {
	Cache trunk.Cache

	store *features.Store
	err   error
}

// Find opens the cache's folder of features for a trunk. What cannot be opened
// is not used, and Notes say so.
func (r *Recall) Find(t *trunk.File, id trunk.Identity, d trunk.Device) classify.Known {
	if r.store, r.err = ingest.OpenCached(r.Cache, t, id, d); r.store == nil {
		return nil
	}
	return r.store
}

// Notes say what was found damaged, and so was computed.
func (r *Recall) Notes() (notes []string) {
	if r.err != nil {
		return []string{"features in the cache are not used: " + r.err.Error()}
	}
	if r.store == nil {
		return nil
	}
	return ingest.Damage(r.store)
}

// Close closes the folder.
func (r *Recall) Close() error {
	if r.store == nil {
		return nil
	}
	return r.store.Close()
}
