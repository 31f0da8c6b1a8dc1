package serve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"graft/extractor/pixels"
	"graft/head/classify"
)

// A model is one version of what is served under a name. Requests hold it while
// they use it.
type model struct {
	*classify.Model
	name    string
	version string // how the fingerprint begins
	network *network
	loaded  time.Time

	holders atomic.Int64 // requests, and the entry as long as it is in service
}

// versionDigits is how much of a fingerprint makes a version.
const versionDigits = 16

// release gives a model up; the last holder closes it.
func (m *model) release() {
	if m.holders.Add(-1) == 0 {
		m.network.leave()
	}
}

// An entry is a name, its file, and the model in service.
type entry struct {
	name, path string

	mu      sync.Mutex
	current *model // nil before the first was loaded
	failed  error  // of the last try to load; nil if that went well
	tried   time.Time
	seen    fileState // of the file when it was loaded last, well or not
	looked  fileState // of the file when it was last looked at
}

// A fileState is how a change of a file shows.
type fileState struct {
	size  int64
	mtime time.Time
}

func stateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{info.Size(), info.ModTime()}
}

// hold gives the model in service, nil if there is none. Whoever holds it
// releases it.
func (e *entry) hold() *model {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current != nil {
		e.current.holders.Add(1)
	}
	return e.current
}

// swap puts a model into service, nil for none. The old one is closed when its
// last request is done.
func (e *entry) swap(m *model) (old *model) {
	e.mu.Lock()
	old, e.current = e.current, m
	e.mu.Unlock()
	if old != nil {
		old.release()
	}
	return old
}

// note remembers how a try to load ended.
func (e *entry) note(err error, seen fileState) {
	e.mu.Lock()
	e.failed, e.tried, e.seen = err, time.Now(), seen
	e.mu.Unlock()
}

// open loads the model of an entry and tries it, beside the one in service. A
// model that is in service already is nil.
func (s *Server) open(ctx context.Context, e *entry) (*model, error) {
	loaded, err := classify.Load(e.path)
	if err != nil {
		return nil, err
	}
	if in := e.hold(); in != nil {
		defer in.release()
		if in.SHA256 == loaded.SHA256 {
			return nil, nil
		}
	}
	network, err := s.use(ctx, loaded)
	if err != nil {
		return nil, err
	}
	m := &model{Model: loaded, name: e.name, version: loaded.SHA256[:versionDigits], network: network, loaded: time.Now()}
	m.holders.Store(1)
	if err := errors.Join(s.try(ctx, m), s.kept.open(m)); err != nil {
		m.release()
		return nil, fmt.Errorf("model %q: %w", e.path, err)
	}
	return m, nil
}

// try warms a model up and looks whether what it says makes sense.
func (s *Server) try(ctx context.Context, m *model) error {
	size := m.Transform.Crop
	if m.Transform.CropHeight != 0 {
		return fmt.Errorf("it takes crops of %s pixels; only square ones are served", pixels.Sides(m.Transform.Crop, m.Transform.CropHeight))
	}
	if _, err := m.network.alone(ctx, nil, size); err != nil {
		return err
	}
	begin := time.Now()
	row, err := m.network.alone(ctx, pixels.Synthetic(1, size, size)[0], size)
	if err != nil {
		return err
	}
	if !m.network.batched() {
		s.flow.expect(time.Since(begin))
	}
	p, total := make([]float64, len(m.Labels)), 0.0
	m.Predict(row, p)
	for _, v := range p {
		total += v
	}
	if !(math.Abs(total-1) < 1e-3) { // NaN, too
		return errors.New("its probabilities do not add up to 1")
	}
	return nil
}
