package serve

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"graft/cmd/graft/internal/serve/reply"
)

// TestReloadUnderLoad alternates two heads while requests come: none fails, and
// every answer is wholly of the head whose fingerprint it has.
func TestReloadUnderLoad(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	photos := [][]byte{photo(1), photo(2), photo(3)}
	heads, probabilities := [2]string{}, map[string][3][]float64{}
	for seed := range heads {
		heads[seed] = writeHead(t, f.head, uint64(seed), fakeLabels...)
		var of [3][]float64
		for i, p := range photos {
			of[i] = f.expected(t, p)
		}
		probabilities[heads[seed]] = of
	}
	var over atomic.Bool
	var clients sync.WaitGroup
	var seenHeads sync.Map
	for c := range 4 {
		clients.Go(func() {
			for i := c; !over.Load(); i++ {
				n := i % len(photos)
				w := f.ask("POST", "/classify?top=3", photos[n])
				var a reply.Answer
				if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
					t.Errorf("status %d: %s", w.Code, w.Body)
					return
				}
				want, ok := probabilities[a.Fingerprint]
				if !ok {
					t.Errorf("an answer of %s, which never was there", a.Fingerprint)
					return
				}
				seenHeads.Store(a.Fingerprint, true)
				for _, s := range a.Results[0].Top {
					for k, label := range fakeLabels {
						if label == s.Label && math.Float64bits(want[n][k]) != math.Float64bits(s.Probability) {
							t.Errorf("head %.8s gives %v for %q, want %v", a.Fingerprint, s.Probability, label, want[n][k])
						}
					}
				}
			}
		})
	}
	for k := range 200 {
		writeHead(t, f.head, uint64(k%2), fakeLabels...)
		if err := f.Reload(t.Context()); err != nil {
			t.Error(err)
		}
		if k%50 == 49 { // a broken one in between
			if err := os.WriteFile(f.head, []byte("broken"), 0o666); err != nil {
				t.Fatal(err)
			}
			if err := f.Reload(t.Context()); err == nil {
				t.Error("a broken head was loaded")
			}
		}
	}
	over.Store(true)
	clients.Wait()
	for _, h := range heads {
		if _, ok := seenHeads.Load(h); !ok {
			t.Logf("head %.8s gave no answer; the machine is slow", h)
		}
	}
	if n := f.opened.Load(); n != 1 {
		t.Errorf("%d trunks are open; the heads should share one", n)
	}
}

// TestBrokenHeadChangesNothing but what is said of it: to the log with its path,
// to clients without.
func TestBrokenHeadChangesNothing(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	if err := os.WriteFile(f.head, []byte("broken"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := f.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), f.head) {
		t.Errorf("the error is %v", err)
	}
	a := f.answer(t, 200, "POST", "/classify", photo(1))
	if a.Fingerprint != f.sum {
		t.Errorf("the answer is of %s", a.Fingerprint)
	}
	w := f.ask("GET", "/v2/models", nil)
	var list struct{ Models []reply.Model }
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	m := list.Models[0]
	if m.State != "READY" || m.Fingerprint != f.sum || m.Reason == "" || strings.Contains(w.Body.String(), filepath.Dir(f.head)) {
		t.Errorf("the list says %s", w.Body)
	}
	if !strings.Contains(f.log.String(), f.head) {
		t.Errorf("the log does not name the file: %s", f.log)
	}
	if !f.Ready() {
		t.Error("it is no longer ready")
	}
	next := writeHead(t, f.head, 7, fakeLabels...)
	if err := f.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m := f.Models()[0]; m.Reason != "" || m.Fingerprint != next || m.Version != next[:16] {
		t.Errorf("after a good one it is %+v", m)
	}
}

// TestOldModelEndsWithItsLastRequest reloads a head of another trunk while a
// request is in the old one.
func TestOldModelEndsWithItsLastRequest(t *testing.T) {
	trunk := &fakeTrunk{}
	f := loaded(t, trunk, nil)
	trunk.gate, trunk.begun = make(chan struct{}), make(chan struct{}, 10)
	done := make(chan reply.Answer)
	go func() { done <- f.answer(t, 200, "POST", "/classify", photo(1)) }()
	<-trunk.begun
	second := &fakeTrunk{open: &f.opened}
	f.next(second)
	next := writeOtherHead(t, f.head)
	if err := f.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := f.opened.Load(); n != 2 {
		t.Errorf("%d trunks are open, want the old and the new one", n)
	}
	if a := f.answer(t, 200, "POST", "/classify", photo(2)); a.Fingerprint != next {
		t.Errorf("a new request is answered by %s", a.Fingerprint)
	}
	close(trunk.gate)
	if a := <-done; a.Fingerprint != f.sum {
		t.Errorf("the request from before is answered by %s", a.Fingerprint)
	}
	eventually(t, "the old trunk is closed", func() bool { return f.opened.Load() == 1 })
}

// TestWatch loads a file that has changed and is left alone.
func TestWatch(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	f.look(t.Context())
	if v := f.Models()[0].Version; v != f.sum[:16] {
		t.Fatal("a file that stays was loaded")
	}
	next := writeHead(t, f.head, 5, "a", "b", "c", "another class")
	f.look(t.Context())
	if v := f.Models()[0].Version; v != f.sum[:16] {
		t.Error("a file was loaded at the first sight of it")
	}
	f.look(t.Context())
	if m := f.Models()[0]; m.Version != next[:16] || len(m.Labels) != 4 {
		t.Errorf("the model is %+v", m)
	}
	if err := os.Remove(f.head); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		f.look(t.Context())
	}
	if m := f.Models()[0]; m.Version != next[:16] || m.Reason == "" {
		t.Errorf("the file is gone, and the model is %+v", m)
	}
	if n := strings.Count(f.log.String(), `"msg":"reload"`); n != 2 {
		t.Errorf("%d reloads are in the log, want 2: %s", n, f.log)
	}
}

// TestRefusedModels are heads that make no sense as they run.
func TestRefusedModels(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	f.next(&fakeTrunk{open: &f.opened, dims: []int{fakeDim + 1}})
	writeOtherHead(t, f.head)
	if err := f.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "rows") {
		t.Errorf("a trunk of another width: %v", err)
	}
	broken := &fakeTrunk{open: &f.opened}
	broken.failing.Store(true)
	f.next(broken)
	if err := f.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Errorf("a trunk that fails: %v", err)
	}
	if n := f.opened.Load(); n != 1 {
		t.Errorf("%d trunks are open", n)
	}
	f.answer(t, 200, "POST", "/classify", photo(1))
}

func ExampleIsName() {
	fmt.Println(IsName("insects-2"), IsName("../insects"), IsName("größe"), IsName(""))
	// Output: true false false false
}
