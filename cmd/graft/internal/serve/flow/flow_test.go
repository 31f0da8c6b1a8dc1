package flow

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"graft/cmd/graft/internal/web"
)

func TestForecast(t *testing.T) {
	f := New(2, time.Second)
	f.Expect(200 * time.Millisecond) // of two slots: ten images a second
	var err error
	admitted := 0
	for err == nil && admitted < 100 {
		if _, err = f.Admit(1, 1); err == nil {
			admitted++
		}
	}
	// Places 0 and 1 are slots; the turn of place n comes after n-1 tenths of a second.
	if admitted != 12 {
		t.Errorf("%d images are admitted for a second of waiting, want 12", admitted)
	}
	var r *web.Refusal
	if !errors.As(err, &r) || r.Status != http.StatusTooManyRequests || r.Retry < time.Second/2 {
		t.Errorf("the refusal is %+v", err)
	}
	f.Leave(admitted)
	if n, err := f.Admit(100, 2); n != 2 || err != nil {
		t.Errorf("a request of 100 images gets %d places, %v; want 2", n, err)
	}
}

// TestLine looks at the order of those who wait, and at those who leave.
func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(1, time.Hour)
		held, err := f.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var order []int
		var mu sync.Mutex
		var waiters sync.WaitGroup
		gone, leave := context.WithCancel(t.Context())
		for i := range 5 {
			ctx := t.Context()
			if i == 2 {
				ctx = gone
			}
			waiters.Go(func() {
				s, err := f.Acquire(ctx)
				if i == 2 {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("who has left gets %v", err)
					}
					return
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				f.Release(s, time.Second)
			})
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		f.Release(held, 0)
		waiters.Wait()
		for i, want := range []int{0, 1, 3, 4} {
			if i >= len(order) || order[i] != want {
				t.Fatalf("the order is %v", order)
			}
		}
	})
}

// TestGivenUp is a forecast that was wrong: what nobody got to is given up.
func TestGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(1, time.Second)
		if _, err := f.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_, err := f.Acquire(t.Context())
		var r *web.Refusal
		if !errors.As(err, &r) || r.Status != http.StatusServiceUnavailable || time.Since(begin) != 2*time.Second {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
	})
}

func TestAverage(t *testing.T) {
	var a average
	a.add(4)
	if a.value != 4 {
		t.Errorf("the first value counts %v", a.value)
	}
	for range 200 {
		a.add(2)
	}
	if a.value < 2 || a.value > 2.001 {
		t.Errorf("200 values of 2 later it is %v", a.value)
	}
}
