package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// A Route is an endpoint: one method, and errors as JSON.
type Route struct {
	Endpoint string   // in log and metrics
	Method   string   // GET, which allows HEAD, too, or POST; "": any
	Paths    []string // patterns of http.ServeMux, without a method
	Answer   Answerer
	Open     bool // it needs no token: probes, and a page that asks for it
	Quiet    bool // it leaves no line in the log unless it fails
}

// A Site is what is answered, to whom, and in what time.
type Site struct {
	Routes []Route // what none of them answers is "there is nothing here", 404
	Guard  *Guard  // nil: everybody may ask, but no page of another origin
	Limits Limits
	Log    *slog.Logger // a line a request; nil means none
	// Around, if not nil, is put around what answers, within the request's Visit.
	Around func(http.Handler) http.Handler
}

// Answers is how the site answers.
func (s *Site) Answers() Answers { return Answers{s.Limits.WriteTime, loggerOf(s.Log)} }

// Handler answers the requests.
func (s *Site) Handler() http.Handler {
	guard, limits := s.Guard, s.Limits.withDefaults()
	if guard == nil {
		guard, _ = NewGuard(Security{}) // nothing to read: no error
	}
	mux := http.NewServeMux()
	routes := slices.Concat(s.Routes, []Route{{Endpoint: "other", Paths: []string{"/"}, Answer: nothing}})
	for _, route := range routes {
		for _, path := range route.Paths {
			mux.Handle(path, route.handler(guard, s.Answers()))
		}
	}
	answers := safe(s.Answers(), guard.shared(timed(limits, mux)))
	if s.Around != nil {
		answers = s.Around(answers)
	}
	return visited(loggerOf(s.Log), answers)
}

// nothing answers what has no route.
func nothing(http.ResponseWriter, *http.Request) error {
	return Refuse(http.StatusNotFound, "there is nothing here")
}

// handler answers what an endpoint is asked, by the method that it has.
func (route Route) handler(guard *Guard, a Answers) http.Handler {
	allowed := []string{route.Method}
	if route.Method == http.MethodGet {
		allowed = append(allowed, http.MethodHead)
	}
	answer := guard.guarded(route.Open, route.Answer)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := VisitOf(r)
		v.Endpoint, v.Quiet = route.Endpoint, route.Quiet
		var err error
		if route.Method == "" || slices.Contains(allowed, r.Method) {
			err = answer(w, r)
		} else {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			err = Refuse(http.StatusMethodNotAllowed, "%s is not for this path; it takes %s", Clipped(r.Method), route.Method)
		}
		if err != nil {
			v.Quiet = false
			a.Refuse(w, r, err)
		}
	})
}

// safe answers requests whose handler panics, and says so in the log.
func safe(a Answers, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				loggerOf(a.Log).Error("panic", "id", VisitOf(r).ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				a.Refuse(w, r, ErrInternal)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// timed bounds the time for a request's body. Who reads it to its end lifts the
// bound by [Received]. The one that there was for writing the last answer on this
// connection is lifted, too: its time may be over.
func timed(l Limits, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, control := connOf(r), http.NewResponseController(w)
		c.begin()
		defer c.end()
		control.SetWriteDeadline(time.Time{})
		if r.ContentLength != 0 {
			control.SetReadDeadline(time.Now().Add(l.BodyTime))
		} else {
			c.received()
		}
		next.ServeHTTP(w, r)
	})
}

// Received says that all that matters of a body was read: what the handler does
// now is not bounded by the body's time, a client that goes away is noticed, and
// the connection is not one that a crowd may push out.
func Received(w http.ResponseWriter, r *http.Request) {
	connOf(r).received()
	// There is an error where there are no deadlines, as in tests of handlers.
	http.NewResponseController(w).SetReadDeadline(time.Time{})
}
