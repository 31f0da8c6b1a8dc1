package main

import (
	"io"
	"runtime"

	"graft/scripts/draw/scene"
	"graft/scripts/draw/school"
)

// writeRaw draws pictures first … first+count-1 on all cores and writes them
// in order.
func writeRaw(w io.Writer, o options) error {
	workers := runtime.GOMAXPROCS(0)
	done := make(chan struct{})
	defer close(done)
	streams := make([]chan []byte, workers)
	classes := school.Classes()
	for k := range streams {
		streams[k] = make(chan []byte, 8)
		go func() {
			for i := k; i < o.count; i += workers {
				select {
				case streams[k] <- rawPicture(classes, o, o.first+i):
				case <-done:
					return
				}
			}
		}()
	}
	for i := range o.count {
		if _, err := w.Write(<-streams[i%workers]); err != nil {
			return err
		}
	}
	return nil
}

func rawPicture(classes []scene.Class, o options, i int) []byte {
	n := len(classes)
	c := scene.Picture(classes[i%n], o.seed, i/n, o.size)
	return c.Bytes(make([]byte, 0, 3*o.size*o.size))
}
