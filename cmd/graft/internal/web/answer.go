package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// An Answerer answers a request; its error is what is answered instead, a
// [*Refusal] word for word, any other as [ErrInternal].
type Answerer func(w http.ResponseWriter, r *http.Request) error

// Answers writes answers, each in the time that there is for it: who does not
// read holds nobody up.
type Answers struct {
	Time time.Duration // for writing one; 0 means 30 s
	Log  *slog.Logger  // of what cannot be encoded; nil means none
}

const defaultWriteTime = 30 * time.Second

// Begin bounds the time of what is written from now on, for answers that are not
// written by Write.
func (a Answers) Begin(w http.ResponseWriter) {
	limit := a.Time
	if limit <= 0 {
		limit = defaultWriteTime
	}
	// There is an error where there are no deadlines, as in tests of handlers.
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit))
}

// Write sends a body of a known kind.
func (a Answers) Write(w http.ResponseWriter, status int, kind string, body []byte) {
	a.Begin(w)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that is gone needs no error
}

// JSON sends a value.
func (a Answers) JSON(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		loggerOf(a.Log).Error("encode an answer", "error", err)
		status = http.StatusInternalServerError
		b.Reset()
		fmt.Fprintf(&b, "{\"error\":%q}\n", ErrInternal)
	}
	a.Write(w, status, "application/json", b.Bytes())
}

// Refuse answers with an error: {"error": "…"}. A request that is being answered
// already is left as it is.
func (a Answers) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if VisitOf(r).Status != 0 {
		return
	}
	if errors.Is(err, context.Canceled) { // nobody is there to read it
		w.WriteHeader(StatusGone)
		return
	}
	said := RefusalOf(err)
	if said.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((said.Retry+time.Second-1)/time.Second)))
	}
	a.JSON(w, said.Status, map[string]string{"error": said.Reason})
}

// loggerOf is a logger; of nil one that says nothing.
func loggerOf(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
