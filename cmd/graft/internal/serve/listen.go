package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve answers on a listener until ctx ends: it loads the models, says by started
// that it is ready, and when ctx ends stops accepting, answers what it has
// accepted, for up to Options.Grace, and closes the models. The error is why it
// could not go on; the end of ctx is none.
func (s *Server) Serve(ctx context.Context, l net.Listener, started func()) error {
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	web := s.web(requests)
	failed := make(chan error, 1)
	go func() { failed <- s.listen(web, l) }()
	defer s.serveMetrics()()
	defer s.Close()
	if err := s.Load(ctx); err != nil {
		web.Close()
		<-failed
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	if started != nil {
		started()
	}
	watched := s.watching(ctx)
	defer watched()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.stop(web, cancel)
	<-failed
	return nil
}

// listen serves with TLS or without.
func (s *Server) listen(web *http.Server, l net.Listener) error {
	if web.TLSConfig != nil {
		return web.ServeTLS(s.limited(l), "", "")
	}
	return web.Serve(s.limited(l))
}

// serveMetrics serves the metrics where they have an address of their own, on
// which they need no token. The function that it returns ends that.
func (s *Server) serveMetrics() (end func()) {
	l := s.options.Metrics
	if l == nil {
		return func() {}
	}
	web := s.web(context.Background())
	web.TLSConfig = nil
	mux := http.NewServeMux()
	mux.Handle("/metrics", s.route(route{endpoint: "metrics", method: "GET", answer: s.tell, open: true}))
	web.Handler = s.observed(mux)
	var serving sync.WaitGroup
	serving.Go(func() { web.Serve(l) })
	return func() {
		web.Close()
		serving.Wait()
	}
}

// web is the server of HTTP, whose requests end with ctx.
func (s *Server) web(ctx context.Context) *http.Server {
	l := s.options.Limits
	return &http.Server{
		Handler:           s.handler,
		TLSConfig:         s.guard.tls(),
		ReadHeaderTimeout: l.HeaderTime,
		IdleTimeout:       l.IdleTime,
		MaxHeaderBytes:    32 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// maxStreams is how many requests a connection of HTTP/2 may have under way.
const maxStreams = 32

// stop answers what was accepted, and cuts off what takes longer than the grace.
func (s *Server) stop(web *http.Server, cancel context.CancelCauseFunc) {
	s.ready.Store(false)
	s.log.Info("stop", "grace_seconds", s.options.Grace.Seconds())
	grace, done := context.WithTimeout(context.Background(), s.options.Grace)
	defer done()
	if err := web.Shutdown(grace); err != nil {
		s.log.Error("stop: requests are cut off", "error", err)
		cancel(refuse(http.StatusServiceUnavailable, "the service has stopped"))
		web.Close()
	}
	s.active.Lock() // when the last handler has returned
	defer s.active.Unlock()
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

// look loads the models again whose files have changed, once they have been left
// alone between two looks: who writes slowly is not read half way.
func (s *Server) look(ctx context.Context) {
	s.loading.Lock()
	defer s.loading.Unlock()
	for _, e := range s.entries {
		now := stateOf(e.path)
		if settled := e.settled(now); settled {
			s.reload(ctx, e) // what goes wrong is in log and metrics
		}
	}
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
