package serve

import (
	"errors"
	"fmt"
	"sync"

	"graft/extractor/features"
	"graft/extractor/pixels"
)

// A keeper keeps rows in a folder of features, too: photographs that it has are
// known after the service has started anew, and those that others have extracted
// are known from the start.
type keeper struct {
	dir    string
	server *Server

	mu       sync.Mutex
	store    *features.Store // opened with the first model
	decoders sync.Pool       // of *pixels.Decoder: for headers only
}

// errMerged says that a classifier's features have no folder.
var errMerged = errors.New("a classifier's rows cannot be kept in a folder of features; a head's can")

// open opens the folder for a model. It is for one trunk, tap and transform: a
// model with others is refused.
func (k *keeper) open(m *model) error {
	if k == nil {
		return nil
	}
	id := m.Identity()
	if id.Trunk == "" {
		return errMerged
	}
	meta := features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: m.network.started.About.Name, SHA256: id.Trunk, Tap: id.Tap, Dim: m.Dim(), Trained: m.network.started.About.Trained},
		Transform: id.Transform,
		Runtime:   features.Runtime(m.network.started.Recorded),
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.store == nil {
		store, err := features.Open(k.dir, meta, features.Options{AnyViews: true})
		if err != nil {
			return err
		}
		k.store = store
		k.decoders.New = func() any { return pixels.NewDecoder(id.Transform, k.server.options.Classify.Limits) }
		return nil
	}
	meta.ViewsSeed = k.store.Meta().ViewsSeed
	if diff := meta.Difference(k.store.Meta()); diff != "" {
		return fmt.Errorf("the folder of features is for another model: %s", diff)
	}
	return nil
}

// get finds the row of a file.
func (k *keeper) get(file []byte, key pixels.Key) (row []float32, info pixels.Info, ok bool) {
	if k == nil || !k.store.Has(key, 0) {
		return nil, info, false
	}
	row = make([]float32, k.store.Dim())
	if err := k.store.Row(key, 0, row); err != nil { // damaged: it is computed again
		return nil, info, false
	}
	d := k.decoders.Get().(*pixels.Decoder)
	defer k.decoders.Put(d)
	info, _ = d.Inspect(file) // it has a row, so it could be read
	return row, info, true
}

// put keeps a row. A disk that is full says so in the log; the answer is not less
// true for that.
func (k *keeper) put(key pixels.Key, row []float32) {
	if k == nil {
		return
	}
	if err := k.store.Append(features.Row{ID: features.ID{Key: key}, Features: row}); err != nil {
		k.server.log.Error("keep features", "error", err)
	}
}

// close writes what is not on the disk yet.
func (k *keeper) close() {
	if k == nil || k.store == nil {
		return
	}
	if err := k.store.Close(); err != nil {
		k.server.log.Error("keep features", "error", err)
	}
}
