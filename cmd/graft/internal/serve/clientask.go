package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ask sends a request, GET without a body, and reads JSON. A service that is busy,
// or cannot be reached for a moment, is asked again.
func (c *Client) ask(ctx context.Context, url string, body []byte, into any) error {
	for busy, lost := 0, 0; ; {
		status, text, wait, err := c.once(ctx, url, body)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			if lost++; lost > maxLost {
				return &ServerError{URL: c.options.URL, Reason: reason(err)}
			}
			wait = time.Second
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
			if busy++; busy > maxBusy {
				return &ServerError{c.options.URL, status, said(text)}
			}
		case status != http.StatusOK:
			return &ServerError{c.options.URL, status, said(text)}
		default:
			if json.Unmarshal(text, into) != nil {
				return &ServerError{c.options.URL, status, "it does not answer as graft does"}
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
func (c *Client) once(ctx context.Context, url string, body []byte) (status int, text []byte, wait time.Duration, err error) {
	method, kind := http.MethodGet, ""
	if body != nil {
		method, kind = http.MethodPost, "application/octet-stream"
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, 0, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.options.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	w, err := c.web.Do(r)
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
