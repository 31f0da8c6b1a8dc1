package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"graft/cmd/graft/internal/web"
)

// read reads a body within limits.
func read(t *testing.T, l Limits, budget *Budget, content []byte, headers ...string) ([]Picture, error) {
	t.Helper()
	r := httptest.NewRequest("POST", "/", bytes.NewReader(content))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	b, err := NewBody(httptest.NewRecorder(), r, l.Body, budget)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return l.Pictures(b)
}

// TestLimits refuses what is larger than it may be, packed or not, and gives all
// memory back.
func TestLimits(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 5000))
	z.Close()
	form := strings.Repeat("--b\r\nContent-Disposition: form-data; name=f; filename=\"../../x\"\r\n\r\nabc\r\n", 3) + "--b--\r\n"
	const kind = "multipart/form-data; boundary=b"
	for name, c := range map[string]struct {
		limits  Limits
		budget  int64
		content string
		headers []string
		status  int // 0: it is read
	}{
		"as large as it may be": {Limits{1000, 1}, 1 << 20, strings.Repeat("x", 1000), nil, 0},
		"larger":                {Limits{1000, 1}, 1 << 20, strings.Repeat("x", 1001), nil, http.StatusRequestEntityTooLarge},
		"larger when unpacked":  {Limits{1000, 1}, 1 << 20, packed.String(), []string{"Content-Encoding", "gzip"}, http.StatusRequestEntityTooLarge},
		"packed somehow":        {Limits{1000, 1}, 1 << 20, "x", []string{"Content-Encoding", "br"}, http.StatusUnsupportedMediaType},
		"no memory":             {Limits{1 << 20, 1}, 1000, strings.Repeat("x", 2000), nil, http.StatusServiceUnavailable},
		"empty":                 {Limits{1000, 1}, 1 << 20, "", nil, http.StatusBadRequest},
		"a form":                {Limits{1000, 3}, 1 << 20, form, []string{"Content-Type", kind}, 0},
		"too many":              {Limits{1000, 2}, 1 << 20, form, []string{"Content-Type", kind}, http.StatusRequestEntityTooLarge},
		"half a form":           {Limits{1000, 3}, 1 << 20, form[:100], []string{"Content-Type", kind}, http.StatusBadRequest},
	} {
		budget := NewBudget(c.budget)
		_, err := read(t, c.limits, budget, []byte(c.content), c.headers...)
		status := 0
		var r *web.Refusal
		if errors.As(err, &r) {
			status = r.Status
		}
		if status != c.status || (err == nil) != (status == 0) {
			t.Errorf("%s: %v, status %d, want %d", name, err, status, c.status)
		}
		if budget.Free() != c.budget {
			t.Errorf("%s: %d bytes were not given back", name, c.budget-budget.Free())
		}
	}
}

// TestWatch notices a mark however it is cut.
func TestWatch(t *testing.T) {
	for text, want := range map[string]bool{"ab--b--cd": true, "--b--": true, "--b-": false, "--b-x-": false, "": false} {
		for _, from := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.HalfReader(strings.NewReader(text))} {
			w := &watch{from: from, mark: []byte("--b--")}
			got, err := io.ReadAll(w)
			if string(got) != text || err != nil || w.seen != want {
				t.Errorf("%q: %q, %v, seen %v", text, got, err, w.seen)
			}
		}
	}
}
