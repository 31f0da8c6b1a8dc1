package serve

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestBatches fills batches with the crops of several requests, and pads the
// last; probabilities are those of images alone.
func TestBatches(t *testing.T) {
	trunk := &fakeTrunk{batch: 4}
	f := loaded(t, trunk, func(o *Options) { o.MaxWait = time.Hour })
	trunk.mu.Lock()
	trunk.sizes = nil
	trunk.mu.Unlock()
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			want := f.expected(t, photo(i))
			a := f.answer(t, 200, "POST", "/classify", photo(i))
			if r := a.Results[0]; r.Probability != slices.Max(want) {
				t.Errorf("image %d: %+v, want %v", i, r, want)
			}
		})
	}
	clients.Wait()
	if !slices.Equal(trunk.sizes, []int{4, 4}) {
		t.Errorf("batches of %v, want two full ones", trunk.sizes)
	}
}

// TestBatchDoesNotWaitLong runs what there is after a moment.
func TestBatchDoesNotWaitLong(t *testing.T) {
	trunk := &fakeTrunk{batch: 4}
	f := loaded(t, trunk, nil)
	f.answer(t, 200, "POST", "/classify", photo(1))
	trunk.mu.Lock()
	defer trunk.mu.Unlock()
	if last := trunk.sizes[len(trunk.sizes)-1]; last != 1 {
		t.Errorf("the batch had %d images", last)
	}
}

// TestBatchWithoutTheGone leaves out the crop of a client that has gone.
func TestBatchWithoutTheGone(t *testing.T) {
	trunk := &fakeTrunk{batch: 2, gate: nil}
	f := loaded(t, trunk, func(o *Options) { o.MaxWait = time.Hour })
	m := f.entries[0].hold()
	defer m.release()
	crop := make([]byte, 3*16*16)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := m.network.Run(ctx, crop, m.size()); err == nil {
		t.Error("who has gone gets an answer")
	}
	var two sync.WaitGroup
	for i := range 2 {
		two.Go(func() {
			crop := slices.Repeat([]byte{byte(i + 1)}, 3*16*16)
			row, err := m.network.Run(t.Context(), crop, m.size())
			if err != nil || row[0] != float32(i+1)/255 {
				t.Errorf("crop %d: %v, %v", i, row, err)
			}
		})
	}
	two.Wait()
}
