package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// An Error is what a service says instead of an answer.
type Error struct {
	URL    string
	Status int // of HTTP; 0 if there was no answer
	Reason string
}

// Error is what the service said.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("the service at %s: %s", e.URL, e.Reason)
	}
	return fmt.Sprintf("the service at %s: status %d: %s", e.URL, e.Status, e.Reason)
}

const (
	// longestAnswer is how many bytes of an answer are read.
	longestAnswer = 64 << 20
	// maxBusy is how often a service that says that it is busy is asked again.
	maxBusy = 100
	// maxLost is how often a service that cannot be reached is asked again.
	maxLost = 3
)

// A service is where requests go.
type service struct {
	url   string // for people
	token string // "": none
	web   *http.Client
}

// ask sends a request, GET without a body, and reads JSON. A service that is busy,
// or cannot be reached for a moment, is asked again.
func (s *service) ask(ctx context.Context, at string, body []byte, into any) error {
	for busy, lost := 0, 0; ; {
		status, text, wait, err := s.once(ctx, at, body)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			if lost++; lost > maxLost {
				return &Error{URL: s.url, Reason: reason(err)}
			}
			wait = time.Second
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
			if busy++; busy > maxBusy {
				return &Error{s.url, status, said(text)}
			}
		case status != http.StatusOK:
			return &Error{s.url, status, said(text)}
		default:
			if json.Unmarshal(text, into) != nil {
				return &Error{s.url, status, "it does not answer as graft does"}
			}
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// once sends a request once. wait is how long the service asks to wait.
func (s *service) once(ctx context.Context, at string, body []byte) (status int, text []byte, wait time.Duration, err error) {
	method, kind := http.MethodGet, ""
	if body != nil {
		method, kind = http.MethodPost, "application/octet-stream"
	}
	r, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return 0, nil, 0, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	w, err := s.web.Do(r)
	if err != nil {
		return 0, nil, 0, err
	}
	defer w.Body.Close()
	text, err = io.ReadAll(io.LimitReader(w.Body, longestAnswer))
	seconds, _ := strconv.Atoi(w.Header.Get("Retry-After"))
	return w.StatusCode, text, time.Duration(min(max(seconds, 1), 60)) * time.Second, err
}

// said is the reason in an error of a service.
func said(text []byte) string {
	var e struct{ Error string }
	if json.Unmarshal(text, &e) == nil && e.Error != "" {
		return e.Error
	}
	return "it does not answer as graft does"
}

// reason is what went wrong on the way, without the URL.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
