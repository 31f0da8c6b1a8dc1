package ingest

import (
	"fmt"

	"graft/extractor/features"
	"graft/extractor/trunk"
)

// OpenCached opens, to read, the cache's folder of the features that a trunk gives on
// a device for an Identity: the one that [Run] fills. It is nil if there is none
// yet.
func OpenCached(c trunk.Cache, t *trunk.File, id trunk.Identity, d trunk.Device) (*features.Store, error) {
	dims, err := t.Dims([]string{id.Tap})
	if err != nil {
		return nil, err
	}
	meta := metaOf(t, id, dims[0], d)
	dir, err := cached(c, meta)
	if err != nil || !features.IsDir(dir) {
		return nil, err
	}
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return nil, err
	}
	if diff := meta.Difference(store.Meta()); diff != "" {
		store.Close()
		return nil, fmt.Errorf("features %q were made differently: %s", dir, diff)
	}
	return store, nil
}
