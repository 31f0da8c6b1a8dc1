package serve

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// A budget bounds the bytes that the bodies of all requests take in memory.
type budget struct {
	mu   sync.Mutex
	left int64
}

// take takes n bytes, if there are so many.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.left += n
	b.mu.Unlock()
}

// free is how many bytes are left.
func (b *budget) free() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}

// A body is what a client sends, read within its limits. Close gives back what
// it took of the budget; what was read is then no longer the request's.
type body struct {
	from    io.Reader
	limit   int64 // bytes that may still come
	budget  *budget
	taken   int64
	control *http.ResponseController
}

// newBody makes the body of a request ready to be read, in the time that
// [Server.timed] gives it. Nothing is taken from the budget before it has come.
func (s *Server) newBody(w http.ResponseWriter, r *http.Request) (*body, error) {
	limit := s.options.Limits.Body
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b := &body{from: r.Body, limit: limit, budget: s.memory, control: http.NewResponseController(w)}
	var err error
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		b.from, err = gzip.NewReader(r.Body)
	case "deflate":
		b.from, err = zlib.NewReader(r.Body)
	default:
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding is %q; gzip and deflate are understood", encoding)
	}
	if err != nil {
		return nil, readRefusal(err)
	}
	return b, nil
}

// Close gives back the memory.
func (b *body) Close() {
	b.budget.give(b.taken)
	b.taken = 0
}

// ended says that all that matters was read: what the handler does now is not
// bounded by the body's time, and a client that goes away is noticed. There is
// an error where there are no deadlines, as in tests of handlers.
func (b *body) ended() {
	io.Copy(io.Discard, b)
	b.control.SetReadDeadline(time.Time{})
}

// Read reads within the limit.
func (b *body) Read(p []byte) (int, error) {
	if b.limit < 0 {
		return 0, tooLarge(0)
	}
	if int64(len(p)) > b.limit+1 {
		p = p[:b.limit+1]
	}
	n, err := b.from.Read(p)
	if b.limit -= int64(n); b.limit < 0 {
		return 0, tooLarge(0)
	}
	return n, err
}

// all reads r, the body or a part of it, to its end. size is how many bytes are
// expected, 0 if that is unknown. The memory is taken as the bytes come.
func (b *body) all(r io.Reader, size int64) ([]byte, error) {
	buf := []byte(nil)
	for {
		if len(buf) == cap(buf) {
			next := max(2*int64(cap(buf)), firstBuffer)
			if size > 0 && size >= int64(len(buf)) && next > size {
				next = size + 1 // the last read finds the end
			}
			if !b.take(next - int64(cap(buf))) {
				return nil, b.full()
			}
			grown := make([]byte, len(buf), next)
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, readRefusal(err)
		}
	}
}

// firstBuffer is what a body gets before anything is known of it.
const firstBuffer = 16 << 10

func (b *body) take(n int64) bool {
	if !b.budget.take(n) {
		return false
	}
	b.taken += n
	return true
}

// full is the refusal of what there is no memory for.
func (b *body) full() error {
	return later(http.StatusServiceUnavailable, time.Second, "the bodies of other requests fill the memory that is set aside for them")
}

func tooLarge(limit int64) error {
	if limit == 0 {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than this service takes")
	}
	return refuse(http.StatusRequestEntityTooLarge, "the body is larger than the %d bytes that this service takes", limit)
}

// readRefusal is what is wrong with a body that cannot be read.
func readRefusal(err error) error {
	var r *refusal
	var network net.Error
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return refuse(http.StatusRequestTimeout, "the body did not come in time")
	}
	return refuse(http.StatusBadRequest, "the body could not be read: it ends too early or is damaged")
}
