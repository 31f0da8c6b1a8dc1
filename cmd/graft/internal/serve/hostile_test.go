package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"graft/cmd/graft/internal/serve/oip"
	"graft/cmd/graft/internal/serve/reply"
)

// mutate changes some bytes of a file, cuts it, or lengthens it.
func mutate(r *rand.Rand, file []byte) []byte {
	b := bytes.Clone(file)
	for range 1 + r.IntN(8) {
		switch at := r.IntN(len(b)); r.IntN(5) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.Uint32())
		case 2:
			b = b[:max(at, 1)]
		case 3:
			b = append(b[:at:at], append(bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(64)), b[at:]...)...)
		case 4:
			end := min(at+r.IntN(32), len(b))
			b = append(b[:at:at], b[end:]...)
		}
		if len(b) == 0 {
			b = []byte{0}
		}
	}
	return b
}

// TestMutatedImages sends damaged images of every format: each has an answer, or a
// reason that is no fault of the service.
func TestMutatedImages(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	var files [][]byte
	for _, pattern := range []string{"*.jpg", "*.png", "*.tif", "*.bmp", "*.webp", "*.ppm"} {
		paths, _ := filepath.Glob("../../../../testdata/golden/pixels/" + pattern)
		for i, p := range paths {
			if b, err := os.ReadFile(p); err == nil && i < 8 && len(b) < 50_000 {
				files = append(files, b)
			}
		}
	}
	if len(files) < 20 {
		t.Fatalf("%d images", len(files))
	}
	r := rand.New(rand.NewPCG(1, 2))
	statuses := map[int]int{}
	for i := range 1000 {
		w := f.ask("POST", "/classify", mutate(r, files[i%len(files)]))
		statuses[w.Code]++
		var a reply.Answer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
			t.Fatalf("image %d: %s", i, w.Body)
		}
	}
	if statuses[200]+statuses[422]+statuses[400] != 1000 || statuses[200] == 0 || statuses[422] == 0 {
		t.Errorf("statuses %v; of mutated images there should be 200 and 422, and 400 for what looks like a zip", statuses)
	}
	if log := f.log.String(); strings.Contains(log, "panic") {
		t.Errorf("a decoder panics: %s", log[strings.Index(log, "panic"):][:1000])
	}
}

// TestMutatedRequests sends damaged requests of all endpoints: each is answered,
// none with a fault of the service.
func TestMutatedRequests(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Limits.Body, o.Limits.Images = 1<<20, 8 })
	body, kind := form([]string{"a.jpg", "b.jpg"}, photo(1), photo(2))
	behind := lengths(photo(1))
	text := fmt.Sprintf(`{"id":"1","inputs":[{"name":"image","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":%d}}]}`, len(behind))
	seeds := []struct {
		path, header, value string
		body                []byte
	}{
		{"/classify?top=2", "Content-Type", kind, body},
		{"/classify", "Content-Type", "", zipOf([]string{"a.jpg", "b/c.png"}, photo(1), photo(2))},
		{"/v2/models/insects/infer", oip.Header, strconv.Itoa(len(text)), []byte(text + behind)},
		{"/v2/models/insects/infer", "Content-Type", "application/json", []byte(`{"inputs":[{"name":"pixels","shape":[1,16,16,3],"datatype":"UINT8","data":[` + strings.Repeat("1,", 767) + `1]}]}`)},
		{"/features", "Content-Encoding", "gzip", photo(1)},
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		s := seeds[i%len(seeds)]
		value := s.value
		if r.IntN(4) == 0 && value != "" {
			value = string(mutate(r, []byte(value)))
		}
		w := f.ask("POST", s.path, mutate(r, s.body), s.header, value)
		if w.Code >= 500 || w.Code < 200 || !json.Valid(w.Body.Bytes()) && w.Header().Get(oip.Header) == "" {
			t.Fatalf("request %d to %s: status %d, %.300s", i, s.path, w.Code, w.Body)
		}
	}
}

// TestNamesOfFiles are echoed, and used for nothing.
func TestNamesOfFiles(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	here, _ := os.ReadDir(".")
	names := []string{"../../../x.jpg", "/etc/passwd.jpg", `C:\x.jpg`, strings.Repeat("long", 1000) + ".jpg", "\xff\xfe.jpg", "CON.jpg", "<script>.jpg"}
	files := make([][]byte, len(names))
	for i := range files {
		files[i] = photo(i)
	}
	archive := zipOf(append(names, "a\x00b.jpg"), append(files, photo(9))...) // a NUL is no part of a header
	body, kind := form(names, files...)
	for i, a := range []reply.Answer{
		f.answer(t, 200, "POST", "/classify", body, "Content-Type", kind),
		f.answer(t, 200, "POST", "/classify", archive),
	} {
		if len(a.Results) != len(names)+i {
			t.Fatalf("%d results", len(a.Results))
		}
		for i, r := range a.Results[:len(names)] {
			if r.Label == "" || len(r.Name) > 512+8 {
				t.Errorf("%q: %+v", names[i], r)
			}
		}
	}
	if after, _ := os.ReadDir("."); len(after) != len(here) {
		t.Error("something was written")
	}
}

// TestBodyWithoutEnd is cut off at the limit, whatever comes.
func TestBodyWithoutEnd(t *testing.T) {
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Limits.Body = 1 << 20 })
	var sent atomic.Int64
	endless := readerFunc(func(p []byte) (int, error) {
		sent.Add(int64(len(p)))
		return len(p), nil
	})
	for _, path := range []string{"/classify", "/v2/models/insects/infer"} {
		r, err := http.Post(s.url+path, "image/jpeg", endless)
		if err != nil {
			continue // cut off before the client has read why
		}
		if r.Body.Close(); r.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
	}
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("it took %d bytes", n)
	}
	if status := s.post(http.DefaultClient, photo(1)); status != 200 {
		t.Errorf("afterwards: status %d", status)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestSlowReader is cut off: an answer that is not read holds nobody up.
func TestSlowReader(t *testing.T) {
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Limits.WriteTime = 50 * time.Millisecond })
	names, files := make([]string, 100), make([][]byte, 100)
	for i := range names {
		names[i], files[i] = strings.Repeat("n", 500)+".jpg", photo(i%5)
	}
	body := zipOf(names, files...)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.(*net.TCPConn).SetReadBuffer(4096)
	request := fmt.Sprintf("POST /classify?crop=1&top=3 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(body))
	for range 6 { // answers that nobody reads
		if _, err := io.WriteString(c, request+string(body)); err != nil {
			break // it has closed the connection
		}
	}
	if status := s.post(http.DefaultClient, photo(1)); status != 200 {
		t.Errorf("meanwhile: status %d", status)
	}
}

// TestStopUnderLoad stops twenty services under load: whatever a handler has
// answered has reached its client.
func TestStopUnderLoad(t *testing.T) {
	total := 0
	for round := range 20 {
		trunk := &fakeTrunk{}
		s := listening(t, trunk, func(o *Options) { o.CacheBytes = -1 })
		c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
		var over atomic.Bool
		var good atomic.Int64
		var clients sync.WaitGroup
		for k := range 8 {
			clients.Go(func() {
				for i := k; !over.Load(); i++ {
					switch s.post(c, photo(i)) {
					case 200:
						good.Add(1)
					case 0: // it does not listen any more
						return
					default:
						t.Error("a request was refused")
					}
				}
			})
		}
		eventually(t, "it is under load", func() bool { return good.Load() > int64(10+round) })
		s.stop()
		if <-s.over; s.err != nil {
			t.Error(s.err)
		}
		over.Store(true)
		clients.Wait()
		c.CloseIdleConnections()
		if answered := strings.Count(s.log.String(), `"status":200`); int64(answered) != good.Load() {
			t.Errorf("round %d: %d requests were answered, %d answers came", round, answered, good.Load())
		}
		total += int(good.Load())
	}
	t.Logf("%d answers", total)
}

// TestNoGoroutineStays counts them before a service and after it.
func TestNoGoroutineStays(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := runtime.NumGoroutine()
	s := listening(t, &fakeTrunk{batch: 4}, func(o *Options) { o.Watch = true })
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	var clients sync.WaitGroup
	for k := range 8 {
		clients.Go(func() {
			for i := range 50 {
				s.post(c, photo((i+k)%20))
			}
		})
	}
	clients.Wait()
	s.stop()
	<-s.over
	c.CloseIdleConnections()
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
