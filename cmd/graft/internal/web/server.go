package web

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// A Server listens for a Site. It serves once.
type Server struct {
	web       *http.Server
	conns     *connections
	log       *slog.Logger
	grace     time.Duration
	active    sync.RWMutex // held for reading by requests
	cancel    context.CancelCauseFunc
	failed    chan error // gets why it does not accept any more
	accepting sync.WaitGroup
}

// ServerOptions are the settings of a Server; the zero value works.
type ServerOptions struct {
	Grace      time.Duration // for requests under way when it stops; 0 means 30 s
	TurnedAway func()        // called for every connection over the limit; nil: nobody is told
}

// maxStreams is how many requests a connection of HTTP/2 may have under way.
const maxStreams = 32

// NewServer makes a server; Start or Serve begins.
func NewServer(site *Site, o ServerOptions) *Server {
	l := site.Limits.withDefaults()
	requests, cancel := context.WithCancelCause(context.Background())
	s := &Server{
		conns: newConnections(l, o.TurnedAway), log: loggerOf(site.Log),
		grace: cmp.Or(o.Grace, 30*time.Second), cancel: cancel, failed: make(chan error, 1),
	}
	handler := site.Handler()
	s.web = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.active.RLock()
			defer s.active.RUnlock()
			handler.ServeHTTP(w, r)
		}),
		TLSConfig:         site.Guard.TLS(),
		ReadHeaderTimeout: l.HeaderTime,
		IdleTimeout:       l.IdleTime,
		MaxHeaderBytes:    32 << 10,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		BaseContext:       func(net.Listener) context.Context { return requests },
		ConnContext:       withConn,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s
}

// Start begins to accept, with TLS if the guard has a certificate. Stop ends what
// it began.
func (s *Server) Start(l net.Listener) {
	l = &limitedListener{Listener: l, all: s.conns, speaks: s.web.TLSConfig == nil}
	s.accepting.Go(func() {
		if s.web.TLSConfig != nil {
			s.failed <- s.web.ServeTLS(l, "", "")
			return
		}
		s.failed <- s.web.Serve(l)
	})
}

// Failed gives the reason when the server, once started, accepts no more without
// having been stopped.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop accepts no more, answers what was accepted, and cuts off what takes longer
// than the grace. When it returns no handler runs any more.
func (s *Server) Stop() {
	grace, done := context.WithTimeout(context.Background(), s.grace)
	var others sync.WaitGroup
	defer others.Wait()
	defer done()
	others.Go(func() { s.conns.dismiss(grace) })
	if err := s.web.Shutdown(grace); err != nil {
		s.log.Error("stop: requests are cut off", "error", err)
		s.cancel(Refuse(http.StatusServiceUnavailable, "the service has stopped"))
		s.web.Close()
	}
	s.active.Lock() // when the last handler has returned
	defer s.active.Unlock()
	s.cancel(nil)
	s.accepting.Wait()
}

// Close accepts no more and cuts off what is under way.
func (s *Server) Close() {
	s.cancel(Refuse(http.StatusServiceUnavailable, "the service has stopped"))
	s.web.Close()
	s.accepting.Wait()
}

// Serve answers on a listener until ctx ends, and then stops. The error is why it
// could not go on; the end of ctx is none.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.Start(l)
	select {
	case err := <-s.failed:
		s.Close()
		return err
	case <-ctx.Done():
	}
	s.Stop()
	return nil
}

// URL is where a service on an address is found from this machine.
func URL(addr net.Addr, tls bool) string {
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}
