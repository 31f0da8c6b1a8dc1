package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// faults are what a faulty server does instead of answering, by turns.
var faults = []func(w http.ResponseWriter, r *http.Request, inner http.Handler){
	func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "<Error><Code>InternalError</Code><Message>try again</Message></Error>", http.StatusInternalServerError)
	},
	func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "<Error><Code>SlowDown</Code><Message>reduce your rate</Message></Error>", http.StatusServiceUnavailable)
	},
	cutShort,
	func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) },
	func(_ http.ResponseWriter, r *http.Request, inner http.Handler) { // it is done, and the answer is lost
		inner.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	},
}

// cutShort answers with the first half.
func cutShort(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	whole := httptest.NewRecorder()
	inner.ServeHTTP(whole, r)
	body := whole.Body.Bytes()
	for key, v := range whole.Header() {
		w.Header()[key] = v
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(whole.Code)
	w.Write(body[:len(body)/2])
	panic(http.ErrAbortHandler)
}

// A faulty server fails at every few requests.
type faulty struct {
	inner  http.Handler
	every  int32
	n      atomic.Int32
	counts [5]atomic.Int32 // of faults, by kind
}

// newFaulty is one of S3, in memory.
func newFaulty(every int32) *faulty {
	backend := s3mem.New()
	if err := backend.CreateBucket("photos"); err != nil {
		panic(err)
	}
	return &faulty{inner: gofakes3.New(backend).Server(), every: every}
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k := f.n.Add(1)
	if f.every == 0 || k%f.every != 0 {
		f.inner.ServeHTTP(w, r)
		return
	}
	kind := int(k/f.every) % len(faults)
	f.counts[kind].Add(1)
	faults[kind](w, r, f.inner)
}

// TestServeFake is a server for scripts/test-scale: it prints its address and serves until standard
// input ends.
func TestServeFake(t *testing.T) {
	if os.Getenv("GRAFT_FAKE_S3") == "" {
		t.Skip("it serves scripts/test-scale s3")
	}
	f := newFaulty(17)
	s := httptest.NewServer(f)
	defer s.Close()
	fmt.Println("serving", s.URL)
	io.Copy(io.Discard, os.Stdin)
	fmt.Printf("faults: %d × 500, %d × 503 SlowDown, %d cut transfers, %d requests unanswered, %d done with the answer lost, of %d requests\n",
		f.counts[0].Load(), f.counts[1].Load(), f.counts[2].Load(), f.counts[3].Load(), f.counts[4].Load(), f.n.Load())
}
