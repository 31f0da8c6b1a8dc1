package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// A Visit is what the log tells of a request.
type Visit struct {
	ID       string // of the request
	Endpoint string // the Route; "other" before there is one
	Status   int    // of the answer; 0 before there is one
	Bytes    int64  // of the answer
	Quiet    bool   // no line in the log unless something went wrong: for probes

	notes []any
}

// Note adds to the line in the log: keys and values, as slog has them.
func (v *Visit) Note(fields ...any) { v.notes = append(v.notes, fields...) }

type visitKey struct{}

// VisitOf is the Visit of a request, an empty one if it has none.
func VisitOf(r *http.Request) *Visit {
	if v, ok := r.Context().Value(visitKey{}).(*Visit); ok {
		return v
	}
	return new(Visit)
}

// visited gives every request a Visit, a line in the log, and the headers that
// all answers have.
func visited(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, v := time.Now(), &Visit{ID: requestID(r), Endpoint: "other"}
		w.Header().Set("X-Request-Id", v.ID)
		secure(w.Header())
		next.ServeHTTP(&watchedWriter{w, v}, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
		v.log(log, r, time.Since(begin))
	})
}

// log writes the line of a request.
func (v *Visit) log(log *slog.Logger, r *http.Request, took time.Duration) {
	if v.Quiet && v.Status < 500 {
		return
	}
	level := slog.LevelInfo
	if v.Status >= 500 {
		level = slog.LevelError
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	fields := []any{
		"id", v.ID, "client", client, "method", Clipped(r.Method), "path", Clipped(r.URL.Path), "status", v.Status,
		"bytes_in", max(r.ContentLength, 0), "bytes_out", v.Bytes, "seconds", took.Seconds(),
	}
	log.Log(r.Context(), level, "request", append(fields, v.notes...)...)
}

// secure are the headers of every answer; a page has a policy of its own.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
}

// A watchedWriter notes status and size of an answer.
type watchedWriter struct {
	http.ResponseWriter
	visit *Visit
}

// WriteHeader notes the status.
func (w *watchedWriter) WriteHeader(status int) {
	if w.visit.Status == 0 {
		w.visit.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.visit.Status == 0 {
		w.visit.Status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.visit.Bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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

// longestText is how many bytes of a client's text are echoed or logged.
const longestText = 512

// Clipped is a text of a client, such as a name or a path, as it may be echoed or
// logged: up to 512 bytes of UTF-8.
func Clipped(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), longestText)], "\uFFFD")
}
