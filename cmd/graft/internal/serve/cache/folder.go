package cache

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head/classify"
)

// A Folder keeps rows in a folder of features: photographs that it has are known
// after the service has started anew, and those that others have extracted are
// known from the start. It is safe for concurrent use; nil keeps nothing.
type Folder struct {
	dir    string
	limits pixels.Limits
	log    *slog.Logger

	mu       sync.Mutex
	store    *features.Store // opened with the first model
	decoders sync.Pool       // of *pixels.Decoder: for headers only
}

// NewFolder makes a cache in a folder, which [Folder.Open] opens; nil for "".
// Images over the limits have no row there. What goes wrong with the disk is said
// in log.
func NewFolder(dir string, l pixels.Limits, log *slog.Logger) *Folder {
	if dir == "" {
		return nil
	}
	return &Folder{dir: dir, limits: l, log: log}
}

// ErrMerged says why a classifier's rows are in no folder of features: its network
// goes on to the probabilities, and what its head would make of kept features here
// need not be the same bits.
var ErrMerged = errors.New("a classifier computes its probabilities in its own network, so features in a folder cannot answer for it; a head on the same trunk can be served with them")

// Open opens the folder for a model and the network that it runs on. It is for one
// trunk, tap and transform: a model with others is refused.
func (k *Folder) Open(m *classify.Model, s *classify.Started) error {
	if k == nil {
		return nil
	}
	id := m.Identity()
	if id.Trunk == "" {
		return ErrMerged
	}
	meta := features.Meta{
		Version:   features.Version,
		Trunk:     features.Trunk{Name: s.About.Name, SHA256: id.Trunk, Tap: id.Tap, Dim: m.Dim(), Trained: s.About.Trained},
		Transform: id.Transform,
		Runtime:   features.Runtime(s.Recorded),
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.store == nil {
		store, err := features.Open(k.dir, meta, features.Options{AnyViews: true})
		if err != nil {
			return err
		}
		k.store = store
		k.decoders.New = func() any { return pixels.NewDecoder(id.Transform, k.limits) }
		return nil
	}
	meta.ViewsSeed = k.store.Meta().ViewsSeed
	if diff := meta.Difference(k.store.Meta()); diff != "" {
		return fmt.Errorf("the folder of features is for another model: %s", diff)
	}
	return nil
}

// Get finds the row of a file.
func (k *Folder) Get(file []byte, key pixels.Key) (row []float32, info pixels.Info, ok bool) {
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

// Put keeps a row. A disk that is full says so in the log; the answer is not less
// true for that.
func (k *Folder) Put(key pixels.Key, row []float32) {
	if k == nil {
		return
	}
	if err := k.store.Append(features.Row{ID: features.ID{Key: key}, Features: row}); err != nil {
		k.log.Error("keep features", "error", err)
	}
}

// Close writes what is not on the disk yet.
func (k *Folder) Close() {
	if k == nil || k.store == nil {
		return
	}
	if err := k.store.Close(); err != nil {
		k.log.Error("keep features", "error", err)
	}
}
