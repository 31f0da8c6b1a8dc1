package serve

import (
	"testing"

	"graft/extractor/pixels"
)

func TestCacheForgetsTheOldest(t *testing.T) {
	one := (&kept{row: make([]float32, 100)}).size()
	c := newCache(3 * one)
	id := func(n byte) rowID { return rowID{key: pixels.Key{n}} }
	for n := range byte(3) {
		c.put(id(n), make([]float32, 100), pixels.Info{Width: int(n)})
	}
	if _, info, ok := c.get(id(0)); !ok || info.Width != 0 {
		t.Error("the first is gone")
	}
	c.put(id(3), make([]float32, 100), pixels.Info{})
	c.put(id(3), make([]float32, 100), pixels.Info{}) // again
	c.put(id(4), make([]float32, 1000), pixels.Info{})
	for n, want := range []bool{true, false, true, true, false} {
		if _, _, ok := c.get(id(byte(n))); ok != want {
			t.Errorf("row %d is there: %v, want %v", n, ok, want)
		}
	}
	if bytes, rows := c.state(); bytes != 3*one || rows != 3 {
		t.Errorf("%d bytes and %d rows, want %d and 3", bytes, rows, 3*one)
	}
	none := newCache(-1)
	none.put(id(1), nil, pixels.Info{})
	if _, rows := none.state(); rows != 0 {
		t.Error("a cache of nothing keeps a row")
	}
}
