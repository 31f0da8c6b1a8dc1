package serve

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"graft/cmd/graft/internal/serve/network"
	"graft/cmd/graft/internal/serve/reply"
	"graft/head/classify"
)

// A model is one version of what is served under a name. Requests hold it while
// they use it.
type model struct {
	*classify.Model
	name    string
	version string // how the fingerprint begins
	network *network.Network
	loaded  time.Time

	holders atomic.Int64 // requests, and the entry as long as it is in service
}

// versionDigits is how much of a fingerprint makes a version.
const versionDigits = 16

// size is that of its crops.
func (m *model) size() network.Size {
	return network.Size{Height: m.Transform.Height(), Width: m.Transform.Width()}
}

// release gives a model up; the last holder closes it.
func (m *model) release() {
	if m.holders.Add(-1) == 0 {
		m.network.Leave()
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

// settled reports whether a file is another than the one that was loaded, and the
// same as at the last look.
func (e *entry) settled(now fileState) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.looked
	e.looked = now
	return now != e.seen && now == before
}

// state is what is told of the entry.
func (e *entry) state() reply.Model {
	v := reply.Model{Name: e.name, State: "UNAVAILABLE", Labels: []string{}, Notes: []string{}}
	e.mu.Lock()
	m, failed, tried := e.current, e.failed, e.tried
	e.mu.Unlock()
	if failed != nil {
		v.Reason = "the file that was there on " + tried.UTC().Format(time.RFC3339) + " could not be loaded; the log of the service says why"
		if m != nil {
			v.Reason += ". The model from before is in service"
		}
	}
	if m == nil {
		return v
	}
	v.Version, v.State, v.Fingerprint, v.Loaded = m.version, "READY", m.SHA256, m.loaded.UTC()
	v.Labels, v.Features, v.Crop = m.Labels, m.Dim(), [2]int{m.Transform.Height(), m.Transform.Width()}
	v.Notes = append(v.Notes, m.network.Started().Warnings...)
	return v
}

// probabilities are those of the labels.
func (m *model) probabilities(row []float32) []float64 {
	p := make([]float64, len(m.Labels))
	m.Predict(row, p)
	return p
}
