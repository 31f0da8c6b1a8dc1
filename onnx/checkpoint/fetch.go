package checkpoint

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A fetch is a download under way.
type fetch struct {
	DownloadOptions
	url, shown string // shown has no password in it
	out        *os.File
	done       int64 // bytes in out
	total      int64 // -1: unknown
	resumed    int64
	state      fetchState
	reported   time.Time
	wait       time.Duration // that the server asked for
	promised   string        // SHA-256 that the server named
	revision   string
}

// fetchState is the content of dst.partial.json: the identity of the file that
// dst.partial is a part of.
type fetchState struct {
	URL          string `json:"url"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// validator is the value of If-Range: a strong ETag, or else the date.
func (s fetchState) validator() string {
	if s.ETag != "" && !strings.HasPrefix(s.ETag, "W/") {
		return s.ETag
	}
	return s.LastModified
}

// newFetch opens the partial file and determines how much of it can be resumed.
func newFetch(url, shown, dst string, o DownloadOptions) (*fetch, error) {
	f := &fetch{DownloadOptions: o, url: url, shown: shown, total: -1}
	out, err := os.OpenFile(dst+".partial", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", shown, err)
	}
	f.out = out
	stat, err := out.Stat()
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("download %s: %w", shown, err)
	}
	if b, e := os.ReadFile(f.statePath()); e == nil && json.Unmarshal(b, &f.state) == nil && f.state.URL == url {
		f.done, f.resumed = stat.Size(), stat.Size()
	} else if stat.Size() > 0 {
		err = out.Truncate(0)
	}
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("download %s: %w", shown, err)
	}
	return f, nil
}

func (f *fetch) statePath() string { return f.out.Name() + ".json" }

// try makes one request and appends its body. An error that a retry may cure
// wraps errBroken.
func (f *fetch) try(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	stall := time.AfterFunc(f.Stall, func() { cancel(fmt.Errorf("nothing came for %v", f.Stall)) })
	defer stall.Stop()
	response, err := f.request(ctx)
	if err != nil {
		return f.broken(parent, ctx, err)
	}
	defer response.Body.Close()
	whole, err := f.accept(response)
	if err != nil || whole {
		return err
	}
	return f.copy(parent, ctx, response.Body, stall)
}

func (f *fetch) request(ctx context.Context) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", "identity") // ranges count the file's own bytes
	if validator := f.state.validator(); f.done > 0 && validator != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", f.done))
		request.Header.Set("If-Range", validator)
	}
	if f.Token != "" {
		request.Header.Set("Authorization", "Bearer "+f.Token) // which http.Client sends to no other host
	}
	client := *f.Client
	follow := client.CheckRedirect
	client.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		f.note(next.Response) // a hub names hash and commit before it leads elsewhere
		switch {
		case follow != nil:
			return follow(next, via)
		case len(via) >= 10:
			return errors.New("more than ten redirects")
		case via[0].URL.Scheme == "https" && next.URL.Scheme != "https":
			return errors.New("it leads from https to http")
		}
		return nil
	}
	response, err := client.Do(request)
	f.note(response)
	return response, err
}

// sha256Hex matches a whole SHA-256.
var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// note keeps what a response says about the file.
func (f *fetch) note(r *http.Response) {
	if r == nil {
		return
	}
	if tag := strings.ToLower(strings.Trim(r.Header.Get("X-Linked-Etag"), `"`)); sha256Hex.MatchString(tag) {
		f.promised = tag
	}
	if commit := r.Header.Get("X-Repo-Commit"); commit != "" {
		f.revision = commit
	}
	f.wait = 0
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds > 0 {
		f.wait = min(time.Duration(seconds)*time.Second, 5*time.Minute)
	}
}

// accept checks the status and headers of a response and sets the partial file to
// the offset at which the body begins. whole reports that nothing is missing.
func (f *fetch) accept(r *http.Response) (whole bool, err error) {
	switch r.StatusCode {
	case http.StatusPartialContent:
		var from, to, total int64
		n, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total)
		if n != 3 || from != f.done {
			return false, f.restart(fmt.Errorf("asked for bytes from %d, the server sends %q", f.done, r.Header.Get("Content-Range")))
		}
		if tag := r.Header.Get("ETag"); tag != f.state.ETag {
			return false, f.restart(fmt.Errorf("the file changed from ETag %s to %s", f.state.ETag, tag))
		}
		f.total = total
		return false, nil
	case http.StatusRequestedRangeNotSatisfiable:
		total, err := strconv.ParseInt(strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes */"), 10, 64)
		if err == nil && total == f.done {
			f.total = total
			return true, nil
		}
		return false, f.restart(fmt.Errorf("%d bytes are here, the server has %q", f.done, r.Header.Get("Content-Range")))
	case http.StatusOK:
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "text/html" {
			return false, fmt.Errorf("download %s: the server sends a web page, not the file; is a proxy or a login page in between?", f.shown)
		}
		f.total = r.ContentLength
		return false, f.begin(r.Header)
	}
	err = &StatusError{URL: f.shown, Code: r.StatusCode, Status: r.Status}
	if r.StatusCode >= 500 || r.StatusCode == http.StatusTooManyRequests {
		err = errors.Join(err, errBroken)
	}
	return false, err
}

// restart discards what was fetched; the next try begins at byte 0.
func (f *fetch) restart(why error) error {
	if err := f.begin(nil); err != nil {
		return err
	}
	return fmt.Errorf("download %s: %w: %w", f.shown, errBroken, why)
}

// begin empties the partial file and records what it will be a part of.
func (f *fetch) begin(h http.Header) error {
	if f.done > 0 {
		if err := f.out.Truncate(0); err != nil {
			return f.writing(err)
		}
	}
	f.done, f.resumed = 0, 0
	f.state = fetchState{URL: f.url, ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}
	b, err := json.Marshal(f.state)
	if err == nil {
		err = os.WriteFile(f.statePath(), b, 0o644)
	}
	if err != nil {
		return f.writing(err)
	}
	return nil
}

// copy appends the body to the partial file.
func (f *fetch) copy(parent, ctx context.Context, body io.Reader, stall *time.Timer) error {
	buffer := make([]byte, 256<<10)
	for {
		n, err := body.Read(buffer)
		stall.Reset(f.Stall)
		if n > 0 {
			if _, err := f.out.WriteAt(buffer[:n], f.done); err != nil {
				return f.writing(err)
			}
			f.done += int64(n)
			if time.Since(f.reported) >= 100*time.Millisecond {
				f.report()
			}
		}
		switch {
		case err == io.EOF && f.total >= 0 && f.done != f.total:
			return fmt.Errorf("download %s: %w: %d bytes came, %d were announced", f.shown, errBroken, f.done, f.total)
		case err == io.EOF:
			f.report()
			return nil
		case err != nil:
			return f.broken(parent, ctx, err)
		}
	}
}

// report calls Progress.
func (f *fetch) report() {
	f.reported = time.Now()
	f.Progress(f.done, f.total)
}

// broken is the error of a failed transfer: a cancelled parent is final, all
// else may be retried.
func (f *fetch) broken(parent, ctx context.Context, err error) error {
	if parent.Err() != nil {
		return f.stopped(parent)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%d bytes came, %d were announced", f.done, f.total)
	}
	if isRefusal(err) {
		return fmt.Errorf("download %s: %w", f.shown, err)
	}
	return fmt.Errorf("download %s: %w: %w", f.shown, errBroken, err)
}

// isRefusal reports whether the way to the server will be no other in a moment: a
// certificate that is not trusted, or a proxy that wants a password.
func isRefusal(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.As(err, &certificate) || strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}

// writing is the error of a failed write to the partial file.
func (f *fetch) writing(err error) error {
	missing := ""
	if f.total > f.done {
		missing = fmt.Sprintf("; %d bytes more are needed", f.total-f.done)
	}
	return fmt.Errorf("download %s: %w%s", f.shown, err, missing)
}

// discard removes the partial file and its state.
func (f *fetch) discard() {
	f.out.Close()
	os.Remove(f.out.Name())
	os.Remove(f.statePath())
}

// hashInName matches PyTorch's convention for a hash in a file's name.
var hashInName = regexp.MustCompile(`-([0-9a-f]{8,64})\.`)

// hashPrefix is the beginning of the SHA-256 in a file's name, or "".
func hashPrefix(name string) string {
	if m := hashInName.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

func sumFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
