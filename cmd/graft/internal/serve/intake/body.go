package intake

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"graft/cmd/graft/internal/web"
)

// A Body is what a client sends, read within its limits. Close gives back what
// it took of the budget; what was read is then no longer the request's.
type Body struct {
	from    io.Reader
	limit   int64 // bytes that may still come
	budget  *Budget
	taken   int64
	w       http.ResponseWriter
	request *http.Request
}

// NewBody makes the body of a request ready to be read, within limit bytes, in the
// time that package web gives it. Nothing is taken from the budget before it has
// come.
func NewBody(w http.ResponseWriter, r *http.Request, limit int64, budget *Budget) (*Body, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b := &Body{from: r.Body, limit: limit, budget: budget, w: w, request: r}
	var err error
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		b.from, err = gzip.NewReader(r.Body)
	case "deflate":
		b.from, err = zlib.NewReader(r.Body)
	default:
		return nil, web.Refuse(http.StatusUnsupportedMediaType, "Content-Encoding is %q; gzip and deflate are understood", encoding)
	}
	if err != nil {
		return nil, readRefusal(err)
	}
	return b, nil
}

// Close gives back the memory.
func (b *Body) Close() {
	b.budget.give(b.taken)
	b.taken = 0
}

// Ended says that all that matters was read, see [web.Received].
func (b *Body) Ended() {
	io.Copy(io.Discard, b)
	web.Received(b.w, b.request)
}

// Read reads within the limit.
func (b *Body) Read(p []byte) (int, error) {
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

// All reads r, the body or a part of it, to its end. size is how many bytes are
// expected, 0 if that is unknown. The memory is taken as the bytes come.
func (b *Body) All(r io.Reader, size int64) ([]byte, error) {
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

// Take takes n bytes more of the budget, for what is made of the body. There is an
// error if it has not as many.
func (b *Body) Take(n int64) error {
	if !b.take(n) {
		return b.full()
	}
	return nil
}

func (b *Body) take(n int64) bool {
	if !b.budget.take(n) {
		return false
	}
	b.taken += n
	return true
}

// full is the refusal of what there is no memory for.
func (b *Body) full() error {
	return web.Later(http.StatusServiceUnavailable, time.Second, "the bodies of other requests fill the memory that is set aside for them")
}

func tooLarge(limit int64) error {
	if limit == 0 {
		return web.Refuse(http.StatusRequestEntityTooLarge, "the body is larger than this service takes")
	}
	return web.Refuse(http.StatusRequestEntityTooLarge, "the body is larger than the %d bytes that this service takes", limit)
}

// readRefusal is what is wrong with a body that cannot be read.
func readRefusal(err error) error {
	var r *web.Refusal
	var network net.Error
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return web.Refuse(http.StatusRequestTimeout, "the body did not come in time")
	}
	return web.Refuse(http.StatusBadRequest, "the body could not be read: it ends too early or is damaged")
}
