package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"graft/head/classify"
)

// A Server answers requests about photographs. It is safe for concurrent use.
type Server struct {
	options  Options
	log      *slog.Logger
	start    func(context.Context, *classify.Model, classify.Options) (*classify.Started, error)
	entries  []*entry
	byName   map[string]*entry
	networks networks
	flow     *flow
	cache    *cache
	kept     *keeper // nil: in memory only
	memory   *budget
	metrics  *metrics
	guard    *guard
	handler  http.Handler
	page     []byte

	loading sync.Mutex   // held while models are loaded: one at a time
	active  sync.RWMutex // held for reading by requests
	ready   atomic.Bool
}

// New makes a server. It opens nothing: [Server.Load] does, which
// [Server.Serve] calls. Close ends what was opened.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	guard, err := newGuard(o.Security)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	width := o.Classify.Workers
	if width <= 0 {
		width = runtime.GOMAXPROCS(0)
	}
	s := &Server{
		options: o, log: o.Log, start: startModel, guard: guard,
		byName: map[string]*entry{}, networks: networks{running: map[classify.Network]*network{}},
		flow: newFlow(width, o.QueueTimeout), cache: newCache(o.CacheBytes), memory: &budget{left: o.Limits.Memory},
	}
	for _, m := range o.Models {
		e := &entry{name: m.Name, path: m.Path}
		s.entries, s.byName[m.Name] = append(s.entries, e), e
	}
	if o.Features != "" {
		s.kept = &keeper{dir: o.Features, server: s}
	}
	s.metrics, s.page = newMetrics(s), pageOf(o.Version)
	s.handler = s.routes()
	return s, nil
}

// Load opens all models and runs each once; then the server is ready. The first
// that cannot be opened is the error.
func (s *Server) Load(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	for _, e := range s.entries {
		seen := stateOf(e.path)
		m, err := s.open(ctx, e)
		e.note(err, seen)
		if err != nil {
			return err
		}
		e.swap(m)
		s.entered(m)
	}
	s.ready.Store(true)
	return nil
}

// Reload looks at the files of all models again and puts what has changed into
// service; requests under way end with what they began with. A file that cannot
// be loaded leaves the old model in service: the error says so, as do log,
// metrics and the list of models. Tokens and certificate are read again, too.
func (s *Server) Reload(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	var failed []error
	if err := s.guard.read(); err != nil {
		s.log.Error("reload", "error", err, "in_service", "the old ones")
		failed = append(failed, err)
	}
	for _, e := range s.entries {
		if err := s.reload(ctx, e); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// reload is Reload of one model.
func (s *Server) reload(ctx context.Context, e *entry) error {
	begin, seen := time.Now(), stateOf(e.path)
	m, err := s.open(ctx, e)
	e.note(err, seen)
	switch {
	case err != nil:
		s.reloaded(e.name, "failed")
		s.log.Error("reload", "model", e.name, "error", err, "in_service", "the old one")
		return fmt.Errorf("reload model %q: %w", e.name, err)
	case m == nil:
		s.reloaded(e.name, "unchanged")
		s.log.Info("reload", "model", e.name, "unchanged", true)
		return nil
	}
	s.left(e.swap(m))
	s.entered(m)
	s.reloaded(e.name, "ok")
	s.log.Info("reload", "model", e.name, "version", m.version, "fingerprint", m.SHA256, "seconds", time.Since(begin).Seconds())
	return nil
}

// Ready reports whether the models are loaded and the server is not about to
// stop.
func (s *Server) Ready() bool { return s.ready.Load() }

// Handler answers the requests.
func (s *Server) Handler() http.Handler { return s.handler }

// Close takes the models out of service. Each is closed when its last request is
// done.
func (s *Server) Close() {
	s.ready.Store(false)
	s.loading.Lock()
	defer s.loading.Unlock()
	for _, e := range s.entries {
		s.left(e.swap(nil))
	}
	s.kept.close()
}

// entry finds the entry of a name, "" being the first.
func (s *Server) entry(name string) *entry {
	if name == "" {
		return s.entries[0]
	}
	return s.byName[name]
}

// model finds the model in service under a name, "" being the first, and holds
// it. The error is a refusal.
func (s *Server) model(name string) (*model, error) {
	e := s.entry(name)
	if e == nil {
		return nil, refuse(http.StatusNotFound, "there is no model %q", name)
	}
	m := e.hold()
	if m == nil {
		return nil, later(http.StatusServiceUnavailable, time.Second, "the model is not loaded yet")
	}
	return m, nil
}
