package cache

import (
	"testing"

	"graft/extractor/pixels"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	one := (&kept{row: make([]float32, 100)}).size()
	c := NewMemory(3 * one)
	id := func(n byte) ID { return ID{Key: pixels.Key{n}} }
	for n := range byte(3) {
		c.Put(id(n), make([]float32, 100), pixels.Info{Width: int(n)})
	}
	if _, info, ok := c.Get(id(0)); !ok || info.Width != 0 {
		t.Error("the first is gone")
	}
	c.Put(id(3), make([]float32, 100), pixels.Info{})
	c.Put(id(3), make([]float32, 100), pixels.Info{}) // again
	c.Put(id(4), make([]float32, 1000), pixels.Info{})
	for n, want := range []bool{true, false, true, true, false} {
		if _, _, ok := c.Get(id(byte(n))); ok != want {
			t.Errorf("row %d is there: %v, want %v", n, ok, want)
		}
	}
	if bytes, rows := c.State(); bytes != 3*one || rows != 3 {
		t.Errorf("%d bytes and %d rows, want %d and 3", bytes, rows, 3*one)
	}
	none := NewMemory(-1)
	none.Put(id(1), nil, pixels.Info{})
	if _, rows := none.State(); rows != 0 {
		t.Error("a cache of nothing keeps a row")
	}
}
