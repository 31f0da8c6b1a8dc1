package serve

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"graft/cmd/graft/internal/serve/reply"
)

// TestRefusal refuses at once what would wait too long, and answers the rest; who
// was seen before is answered in any case, and health always.
func TestRefusal(t *testing.T) {
	trunk := &fakeTrunk{}
	f := loaded(t, trunk, func(o *Options) { o.QueueTimeout = 1000 * time.Second })
	f.answer(t, 200, "POST", "/classify", photo(0)) // is in the cache
	f.flow.Ran(100 * time.Second)                   // is what an image costs
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 100)
	var clients sync.WaitGroup
	for i := range 12 { // two under way, and ten that wait for up to 1000 s
		clients.Go(func() { f.answer(t, 200, "POST", "/classify", photo(i+1)) })
		eventually(t, "it is in line", func() bool { return f.flow.Waiting() == i+1 })
	}
	w := f.ask("POST", "/classify", photo(20))
	if after, _ := strconv.Atoi(w.Header().Get("Retry-After")); w.Code != http.StatusTooManyRequests || after < 1 || after > 1000 {
		t.Errorf("status %d, try again after %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := f.ask("POST", "/classify", make([]byte, drained+1)); w.Code != http.StatusTooManyRequests {
		t.Errorf("a large body: status %d", w.Code)
	}
	if a := f.answer(t, 200, "POST", "/classify", photo(0)); !a.Results[0].Cached {
		t.Errorf("%+v", a)
	}
	if w := f.ask("GET", "/v2/health/ready", nil); w.Code != 200 {
		t.Errorf("it is not ready under load: %d", w.Code)
	}
	close(trunk.gate)
	clients.Wait()
	f.answer(t, 200, "POST", "/classify", photo(21))
}

// TestManyImagesLetOthersPass: a request of many images has as many places as
// there are slots, so that one that comes later does not wait for all of them.
func TestManyImagesLetOthersPass(t *testing.T) {
	trunk := &fakeTrunk{}
	f := loaded(t, trunk, nil)
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 1000)
	names, files := make([]string, 50), make([][]byte, 50)
	for i := range names {
		names[i], files[i] = "x.jpg", photo(i)
	}
	all, one := make(chan reply.Answer, 1), make(chan reply.Answer, 1)
	go func() { all <- f.answer(t, 200, "POST", "/classify", zipOf(names, files...)) }()
	eventually(t, "it has two places", func() bool { return f.flow.Waiting() == 2 })
	go func() { one <- f.answer(t, 200, "POST", "/classify", photo(100)) }()
	eventually(t, "the other is in line", func() bool { return f.flow.Waiting() == 3 })
	passed := 0
	for done := false; !done; passed++ {
		trunk.gate <- struct{}{}
		select {
		case <-one:
			done = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	if passed > 10 { // it needs two or three; more if the machine is busy
		t.Errorf("%d images of the zip came first", passed)
	}
	close(trunk.gate)
	if a := <-all; len(a.Results) != 50 {
		t.Errorf("%d results", len(a.Results))
	}
}

// TestMemoryForBodies refuses bodies that there is no memory for, and gives it
// back.
func TestMemoryForBodies(t *testing.T) {
	trunk := &fakeTrunk{}
	f := loaded(t, trunk, func(o *Options) { o.Limits.Body, o.Limits.Memory = 100_000, 100_000 })
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 10)
	padded := func(i int) []byte { return append(photo(i), make([]byte, 70_000)...) } // what follows the picture is left alone
	done := make(chan reply.Answer)
	go func() { done <- f.answer(t, 200, "POST", "/classify", padded(1)) }()
	<-trunk.begun
	w := f.ask("POST", "/classify", padded(2))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	close(trunk.gate)
	<-done
	f.answer(t, 200, "POST", "/classify", padded(2))
}

// TestUnpackedZip counts what a zip holds, too, and gives it back.
func TestUnpackedZip(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Limits.Body, o.Limits.Memory = 1<<20, 1<<20 })
	huge := append(photo(1), make([]byte, 900_000)...)
	a := f.answer(t, 200, "POST", "/classify", zipOf([]string{"a.jpg", "b.jpg", "c.jpg", "d.jpg"}, huge, photo(2), make([]byte, 2<<20), photo(3)))
	for i, good := range []bool{true, true, false, true} {
		if (a.Results[i].Error == "") != good {
			t.Errorf("image %d: %+v", i, a.Results[i])
		}
	}
	if said := a.Results[2].Error; !strings.Contains(said, "larger") {
		t.Errorf("of the bomb it says %q", said)
	}
	body := bytes.Repeat([]byte("PK\x01\x02"), 100_000) // a directory of a million entries, nearly
	if w := f.ask("POST", "/classify", append([]byte("PK\x03\x04"), body...)); w.Code != 413 {
		t.Errorf("a zip of too many entries: status %d", w.Code)
	}
}
