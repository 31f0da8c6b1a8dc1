package serve

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"
)

// A sight is what log and metrics tell of a request.
type sight struct {
	id       string
	endpoint string
	model    string
	status   int
	bytes    int64 // of the answer
	images   int
	failed   int // images that could not be read
	cached   int // images that were seen before
	spent    stages
}

type sightKey struct{}

// seen is the sight of a request.
func seen(r *http.Request) *sight {
	if s, ok := r.Context().Value(sightKey{}).(*sight); ok {
		return s
	}
	return new(sight)
}

// saw notes what became of the images of a request.
func (s *Server) saw(r *http.Request, m *model, outcomes []outcome) {
	v := seen(r)
	v.images += len(outcomes)
	for i := range outcomes {
		o := &outcomes[i]
		v.spent.add(o.spent)
		switch {
		case o.err != nil:
			v.failed++
		case o.cached:
			v.cached++
		}
		s.metrics.image(m, o)
	}
}

// A watchedWriter notes status and size of an answer.
type watchedWriter struct {
	http.ResponseWriter
	seen *sight
}

func (w *watchedWriter) WriteHeader(status int) {
	if w.seen.status == 0 {
		w.seen.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.seen.status == 0 {
		w.seen.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.seen.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observed gives every request an id, a line in the log, its place in the metrics
// and the headers that all answers have. Nothing that happens in a handler ends
// the service.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.active.RLock()
		defer s.active.RUnlock()
		begin, v := time.Now(), &sight{id: requestID(r), endpoint: "other"}
		r = r.WithContext(context.WithValue(r.Context(), sightKey{}, v))
		watched := &watchedWriter{w, v}
		w.Header().Set("X-Request-Id", v.id)
		secure(w.Header())
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("panic", "id", v.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				s.refused(watched, r, errInternal)
			}
			s.logged(r, v, time.Since(begin))
		}()
		next.ServeHTTP(watched, r)
	})
}

// timed bounds the time for a request's body. Who reads it to its end lifts the
// bound. The one that there was for writing the last answer on this connection is
// lifted, too: its time may be over.
func (s *Server) timed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		control.SetWriteDeadline(time.Time{})
		if r.ContentLength != 0 {
			control.SetReadDeadline(time.Now().Add(s.options.Limits.BodyTime))
		}
		next.ServeHTTP(w, r)
	})
}

// secure are the headers of every answer.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

var idText = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is the one that the client, or a proxy before the service, has given,
// or a new one.
func requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); idText.MatchString(id) {
		return id
	}
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// refused answers with an error: {"error": "…"}, as the Open Inference Protocol
// has it.
func (s *Server) refused(w http.ResponseWriter, r *http.Request, err error) {
	v := seen(r)
	if v.status != 0 { // it has begun to answer
		return
	}
	if errors.Is(err, context.Canceled) { // nobody is there to read it
		w.WriteHeader(statusGone)
		return
	}
	said := refusalOf(err)
	if said.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((said.retry+time.Second-1)/time.Second)))
	}
	s.writeJSON(w, said.status, map[string]string{"error": said.reason})
}

// logged writes the line of a request and counts it. Probes are not worth a line.
func (s *Server) logged(r *http.Request, v *sight, took time.Duration) {
	s.metrics.request(v, took)
	if v.endpoint == "live" || v.endpoint == "ready" || v.endpoint == "metrics" && v.status < 400 {
		return
	}
	level := slog.LevelInfo
	if v.status >= 500 {
		level = slog.LevelError
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	fields := []any{
		"id", v.id, "client", client, "method", clipped(r.Method), "path", clipped(r.URL.Path), "status", v.status,
		"bytes_in", max(r.ContentLength, 0), "bytes_out", v.bytes, "seconds", took.Seconds(),
	}
	if v.images > 0 {
		fields = append(fields, "model", v.model, "images", v.images, "failed", v.failed, "cached", v.cached,
			"queue_seconds", v.spent.queue.Seconds(), "decode_seconds", v.spent.decode.Seconds(), "trunk_seconds", v.spent.trunk.Seconds())
	}
	s.log.Log(r.Context(), level, "request", fields...)
}

// batchRan notes a batch of an accelerator that had n crops in it.
func (s *Server) batchRan(n, size int, took time.Duration) {
	s.flow.ran(took / time.Duration(size))
	s.metrics.batches.Observe(float64(n))
}
