package classify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A fake is a session that gives the sums of red and green of an image.
type fake struct {
	batch  int
	held   chan struct{} // runs wait until it is closed; nil: they do not
	first  time.Duration // what the first run takes
	fail   error         // of runs
	panics bool

	running, most, runs, closed, warmed atomic.Int64
}

func (f *fake) Dims() []int  { return []int{2} }
func (f *fake) Workers() int { return 2 }
func (f *fake) Batch() int   { return f.batch }

func (f *fake) Close() error {
	f.closed.Add(1)
	if f.running.Load() > 0 {
		return errors.New("closed while it runs")
	}
	return nil
}

func (f *fake) Warm(context.Context, int, int) (time.Duration, error) {
	f.warmed.Add(1)
	return time.Second, nil
}

func (f *fake) Run(ctx context.Context, px []byte, n, h, w int, out [][]float32) error {
	now := f.running.Add(1)
	defer f.running.Add(-1)
	for most := f.most.Load(); now > most && !f.most.CompareAndSwap(most, now); most = f.most.Load() {
	}
	if f.runs.Add(1) == 1 {
		time.Sleep(f.first)
	}
	if f.held != nil {
		<-f.held
	}
	switch {
	case f.panics:
		panic("the fake panics")
	case f.closed.Load() > 0:
		return errors.New("run after it was closed")
	case f.fail != nil:
		return f.fail
	case n != max(f.batch, 1) || len(px) != 3*n*h*w || len(out) != 1 || len(out[0]) != 2*n:
		return fmt.Errorf("%d bytes, %d outputs for %d×%d×%d", len(px), len(out), n, h, w)
	}
	clear(out[0])
	for i := range n {
		for at := 3 * i * h * w; at < 3*(i+1)*h*w; at += 3 {
			out[0][2*i] += float32(px[at])
			out[0][2*i+1] += float32(px[at+1])
		}
	}
	return nil
}

// over is a Classifier of the classes red and green over a fake.
func over(f *fake, o Options) *Classifier {
	c := &Classifier{
		model: &Model{
			Labels:    []string{"red", "green"},
			Transform: pixels.Transform{Resize: 4, Crop: 4, EXIF: pixels.ApplyEXIF},
			predict: func(row []float32, p []float64) {
				sum := float64(row[0]) + float64(row[1])
				p[0], p[1] = float64(row[0])/sum, float64(row[1])/sum
			},
		},
		options: o,
		session: f,
	}
	c.ready()
	return c
}

// painted is a PNG of one colour: of its red and green together, part is red.
func painted(t testing.TB, part float64) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 6, 5))
	for y := range 5 {
		for x := range 6 {
			m.Set(x, y, color.RGBA{uint8(200 * part), uint8(200 - 200*part), 7, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// paintings is n files, number i red by i/n; those of the numbers given are no
// images.
func paintings(t testing.TB, n int, broken ...int) *dataset.Dataset {
	t.Helper()
	dir, paths := t.TempDir(), make([]string, n)
	for i := range n {
		paths[i] = filepath.Join(dir, fmt.Sprintf("%03d.png", i))
		if err := os.WriteFile(paths[i], painted(t, float64(i)/float64(n)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range broken {
		if err := os.WriteFile(paths[i], []byte("no image"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dataset.Files(paths, dataset.Options{})
}
