package checkpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// DownloadOptions are the settings of Download; the zero value is the usual one.
type DownloadOptions struct {
	// Client makes the requests; nil is one with timeouts for every phase but the
	// transfer. It should have no Timeout, which would limit the whole download.
	Client *http.Client
	// Progress, if not nil, is called at most ten times a second, and at the end,
	// by the goroutine that called Download, with bytes. total is -1 if unknown.
	Progress func(done, total int64)
	// Stall is the time without data after which a connection is closed; 0 is 30 s.
	Stall time.Duration
	// Retries is the number of consecutive retries that may bring no data; 0 is 3,
	// less than 0 is none.
	Retries int
	// Pause is the wait before the first retry, doubled for each further one; 0 is 1 s.
	// A server that names a time in Retry-After is waited for, up to five minutes.
	Pause time.Duration
	// Token is sent to the server of the address, and to no other that it leads to.
	// It is in no error.
	Token string
	// SHA256 that the file must have, or a prefix of it; "": that which the file's
	// name or the server promises, if one does.
	SHA256 string
}

// Downloaded is the result of Download.
type Downloaded struct {
	Bytes    int64  // size of the file
	Resumed  int64  // of these, bytes that an earlier call had fetched
	SHA256   string // of the file, lower-case hex
	Verified bool   // the file's name holds a hash prefix, and it agrees
	Present  bool   // the file was there already, verified; nothing was fetched
	// Promised is the SHA-256 that the server named (X-Linked-Etag, as a hub of
	// models does), which the file has, and Revision the commit that the file
	// belongs to (X-Repo-Commit); "" if it named none.
	Promised string
	Revision string
}

// StatusError is a server's answer other than the file.
type StatusError struct {
	URL    string
	Code   int    // HTTP status
	Status string // "404 Not Found"
}

// Error names the address, the status and what may help.
func (e *StatusError) Error() string {
	advice := "try again later"
	switch {
	case e.Code == http.StatusNotFound || e.Code == http.StatusGone:
		advice = "there is no such file; check the address"
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusForbidden || e.Code == http.StatusProxyAuthRequired:
		advice = "the server or a proxy wants credentials"
	case e.Code < 500 && e.Code != http.StatusTooManyRequests:
		advice = "check the address"
	}
	return fmt.Sprintf("download %s: server answered %q: %s", e.URL, e.Status, advice)
}

// HashError is a downloaded file whose SHA-256 does not begin as its name, the
// server or the caller says.
type HashError struct {
	URL, Want, Got string
	By             string // who promised Want; "": the file's name
}

// Error names the address and both hashes.
func (e *HashError) Error() string {
	return fmt.Sprintf("download %s: SHA-256 is %s…, but %s promises %s: the file is damaged or was replaced, and has been removed; try again",
		e.URL, e.Got[:min(max(16, len(e.Want)), len(e.Got))], cmp.Or(e.By, "its name"), e.Want)
}

// errBroken marks errors that a retry may cure.
var errBroken = errors.New("connection broken")

// Download fetches address (http or https) into the file dst, which appears
// only when it is complete. A part of it is kept in dst.partial, with
// dst.partial.json beside it, and a later call resumes it, provided that ETag or
// Last-Modified show that the server's file is the same.
//
// If the last part of the address, or of dst, has the form
// name-0cc3c7bd.ext, eight or more hex digits, the file's SHA-256 must begin
// with them; otherwise both files are removed. An existing dst with the right
// hash is left alone; any other is replaced. Errors are a [*StatusError], a
// [*HashError], or wrap those of the network, the file system or ctx.
func Download(ctx context.Context, address, dst string, o DownloadOptions) (Downloaded, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Downloaded{}, fmt.Errorf("download %q: not an http or https address", address)
	}
	prefix := hashPrefix(path.Base(u.Path))
	if prefix == "" {
		prefix = hashPrefix(filepath.Base(dst))
	}
	if o.SHA256 != "" {
		prefix = strings.ToLower(o.SHA256)
	}
	if done, ok := present(dst, prefix); ok {
		return done, nil
	}
	o = o.withDefaults()
	f, err := newFetch(u.String(), u.Redacted(), dst, o)
	if err != nil {
		return Downloaded{}, err
	}
	defer f.out.Close()
	if err := f.retrying(ctx); err != nil {
		if f.done == 0 {
			f.discard()
		}
		return Downloaded{}, err
	}
	return f.finish(dst, prefix)
}

func (o DownloadOptions) withDefaults() DownloadOptions {
	if o.Client == nil {
		o.Client = defaultClient()
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Stall == 0 {
		o.Stall = 30 * time.Second
	}
	if o.Retries == 0 {
		o.Retries = 3
	}
	if o.Pause == 0 {
		o.Pause = time.Second
	}
	return o
}

// defaultClient has a timeout for every phase but the transfer, which Stall
// limits.
func defaultClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 30 * time.Second
	t.ResponseHeaderTimeout = 60 * time.Second
	return &http.Client{Transport: t}
}

// retrying makes requests until the file is complete, an error is final, or
// there are too many retries in a row without data.
func (f *fetch) retrying(ctx context.Context) error {
	for idle := 0; ; {
		before := f.done
		err := f.try(ctx)
		if err == nil || !errors.Is(err, errBroken) || ctx.Err() != nil {
			return err
		}
		if f.done > before {
			idle = 0
		}
		if idle++; idle > f.Retries {
			return fmt.Errorf("%w; %d bytes are kept in %q, and another download resumes them", err, f.done, f.out.Name())
		}
		select {
		case <-ctx.Done():
			return f.stopped(ctx)
		case <-time.After(max(f.Pause<<min(idle-1, 5), f.wait)):
		}
	}
}

// stopped is the error of a cancelled download.
func (f *fetch) stopped(ctx context.Context) error {
	return fmt.Errorf("download %s: %w; %d bytes are kept in %q", f.shown, context.Cause(ctx), f.done, f.out.Name())
}

// finish checks the partial file and makes it the final one.
func (f *fetch) finish(dst, prefix string) (Downloaded, error) {
	failed := func(err error) (Downloaded, error) {
		return Downloaded{}, fmt.Errorf("download %s into %q: %w", f.shown, dst, err)
	}
	sum, err := sumFile(f.out.Name())
	if err != nil {
		return failed(err)
	}
	by := ""
	if f.SHA256 != "" {
		by = "who asked for it"
	}
	for _, want := range [][2]string{{prefix, by}, {f.promised, "the server"}} {
		if !strings.HasPrefix(sum, want[0]) {
			f.discard()
			return Downloaded{}, &HashError{URL: f.shown, Want: want[0], Got: sum, By: want[1]}
		}
	}
	if err := errors.Join(f.out.Sync(), f.out.Close()); err != nil {
		return failed(err)
	}
	if err := os.Rename(f.out.Name(), dst); err != nil {
		return failed(err)
	}
	os.Remove(f.statePath()) // useless now, and harmless if it stays
	syncDir(filepath.Dir(dst))
	return Downloaded{Bytes: f.done, Resumed: f.resumed, SHA256: sum, Verified: prefix+f.promised != "", Promised: f.promised, Revision: f.revision}, nil
}

// syncDir makes a rename durable where the system supports it.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}

// present reports whether dst exists with the hash that its name has.
func present(dst, prefix string) (Downloaded, bool) {
	stat, err := os.Stat(dst)
	if err != nil || prefix == "" || !stat.Mode().IsRegular() {
		return Downloaded{}, false
	}
	sum, err := sumFile(dst)
	return Downloaded{Bytes: stat.Size(), SHA256: sum, Verified: true, Present: true}, err == nil && strings.HasPrefix(sum, prefix)
}
