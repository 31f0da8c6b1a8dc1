package serve

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"graft/cmd/graft/internal/web"
)

// A Server answers requests about photographs. It is safe for concurrent use.
type Server struct {
	*core
	site    *web.Site
	handler http.Handler
}

// New makes a server. It opens nothing: [Server.Load] does, which
// [Server.Serve] calls. Close ends what was opened.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	guard, err := web.NewGuard(o.Security)
	if err != nil {
		return nil, err
	}
	c := newCore(o.withDefaults(), guard)
	site := &web.Site{Routes: c.routes(), Guard: guard, Limits: c.options.Limits.Limits, Log: c.log, Around: c.counted}
	return &Server{core: c, site: site, handler: site.Handler()}, nil
}

// Handler answers the requests.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on a listener until ctx ends: it loads the models, says by started
// that it is ready, and when ctx ends stops accepting, answers what it has
// accepted, for up to Options.Grace, and closes the models. The error is why it
// could not go on; the end of ctx is none.
func (s *Server) Serve(ctx context.Context, l net.Listener, started func()) error {
	server := web.NewServer(s.site, web.ServerOptions{Grace: s.options.Grace, TurnedAway: s.metrics.refusedConn.Inc})
	server.Start(l)
	defer s.serveMetrics()()
	defer s.Close()
	if err := s.Load(ctx); err != nil {
		server.Close()
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if started != nil {
		started()
	}
	defer s.watching(ctx)()
	select {
	case err := <-server.Failed():
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.log.Info("stop", "grace_seconds", s.options.Grace.Seconds())
	server.Stop()
	return nil
}

// serveMetrics serves the metrics where they have an address of their own, on
// which they need no token. The function that it returns ends that.
func (s *Server) serveMetrics() (end func()) {
	if s.options.Metrics == nil {
		return func() {}
	}
	server := web.NewServer(&web.Site{Routes: []web.Route{s.metricsRoute()}, Limits: s.site.Limits, Log: s.log, Around: s.counted}, web.ServerOptions{})
	server.Start(s.options.Metrics)
	return server.Close
}

// watching loads models again whose files change, if that was asked for. The
// function that it returns ends it.
func (s *Server) watching(ctx context.Context) (end func()) {
	if !s.options.Watch {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for tick := time.NewTicker(watchEvery); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				s.look(ctx)
			}
		}
	})
	return func() {
		cancel()
		watcher.Wait()
	}
}

// watchEvery is how often files are looked at.
const watchEvery = time.Second
