package label

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"graft/cmd/graft/internal/label/journal"
	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/web/webtest"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A crowd is a source of many small photographs, with 2048 features of ten classes.
type crowd struct {
	dir string
	n   int
}

func (c *crowd) Scan(context.Context) (*dataset.Dataset, error) {
	var names []string
	for i := range c.n {
		names = append(names, filepath.Join(c.dir, fmt.Sprintf("%02d/%06d.jpg", i%100, i)))
	}
	return dataset.Files(names, dataset.Options{}), nil
}

func (c *crowd) Given(context.Context) (map[string]dataset.Sample, error) { return nil, nil }
func (c *crowd) Dim() int                                                 { return 2048 }

func (c *crowd) file(i int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for k := range 64 * 64 {
		m.Set(k%64, k/64, color.RGBA{uint8(i), uint8(i >> 3), uint8(k / 16), 255})
	}
	var b bytes.Buffer
	jpeg.Encode(&b, m, &jpeg.Options{Quality: 50})
	return append(b.Bytes(), fmt.Sprint(i)...) // after the end of the picture
}

func (c *crowd) Compute(ctx context.Context, d *dataset.Dataset, order func(int) []int, done func(int, session.Outcome) error) error {
	for _, i := range order(c.n) {
		b, err := os.ReadFile(d.Samples[i].Path)
		if err != nil || ctx.Err() != nil {
			return ctx.Err()
		}
		row := func(dst []float32) error {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			for j := range dst {
				dst[j] = r.Float32()
			}
			for k := range 16 {
				dst[16*(i%10)+k] += 0.3
			}
			return nil
		}
		if err := done(i, session.Outcome{Key: journal.Key(pixels.KeyOf(b)), Row: row}); err != nil {
			return err
		}
	}
	return nil
}

// TestCrowd measures the page with many photographs, as many as GRAFT_CROWD says: the time from a key to changed
// suggestions on the page, with 500 labels, and frames while it is scrolled. It asserts nothing.
func TestCrowd(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("GRAFT_CROWD"))
	if err != nil {
		t.Skip("GRAFT_CROWD says how many photographs there are")
	}
	browser := webtest.Start(t)
	c := &crowd{t.TempDir(), n}
	for i := range 100 {
		os.MkdirAll(filepath.Join(c.dir, fmt.Sprintf("%02d", i)), 0o777)
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(c.dir, fmt.Sprintf("%02d/%06d.jpg", i%100, i)), c.file(i), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	data, _ := heap(t, 6)
	l := newLab(t, data, session.Options{Source: c, Share: 0.2}, ingestOptions(t))
	if err := l.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		if _, err := l.session.Act(session.Act{Do: journal.Label, IDs: []int{i}, Label: string(rune('a' + i%10))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.session.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	browser.Show(l.url, 1400, "light")
	browser.Until("it asks", `state.labelled === 500 && wall.at >= 0 && wall.items.size > 0`)
	var times []float64
	for k := range 20 {
		time.Sleep(time.Second)
		var took float64
		if err := browser.Evaluate(fmt.Sprintf(`(async () => { const k = %d;
			const fits = state.fits, begin = performance.now();
			id("wall").dispatchEvent(new KeyboardEvent("keydown", {key: "abcdefghij"[k %% 10], bubbles: true}));
			while (!(state.fits > fits && wall.version >= state.version && !loading)) await new Promise(r => setTimeout(r, 1));
			return performance.now() - begin; })()`, k), &took); err != nil {
			t.Fatal(err)
		}
		times = append(times, took)
	}
	slices.Sort(times)
	t.Logf("%d photographs: from a key to changed suggestions on the page %.0f ms, middle of 20; largest %.0f ms", n, times[10], times[19])
	for _, view := range []string{"newest", "groups"} {
		var frames struct{ Frames, Late, Worst, Rows, Nodes float64 }
		if err := browser.Evaluate(fmt.Sprintf(`(async () => { id("view").value = %q; id("view").dispatchEvent(new Event("change"));
			while (wall.flat.length < %d) await new Promise(r => setTimeout(r, 20));
			await new Promise(r => setTimeout(r, 1500));
			const w = id("wall"); let last = 0, frames = 0, late = 0, worst = 0;
			await new Promise(done => { const frame = now => {
				if (last) { frames++; const d = now - last; worst = Math.max(worst, d); if (d > 17.5) late++; }
				last = now;
				w.scrollTop += frames %% 120 === 119 ? 500000 : 40;
				frames < 600 ? requestAnimationFrame(frame) : done(); };
				requestAnimationFrame(frame); });
			return {frames, late, worst, rows: wall.rows.length, nodes: document.querySelectorAll(".tile").length}; })()`, view, n*9/10), &frames); err != nil {
			t.Fatal(err)
		}
		t.Logf("scrolling %s: %v frames, %v later than 17.5 ms, the worst %.0f ms; %v rows, %v tiles in the document", view, frames.Frames, frames.Late, frames.Worst, frames.Rows, frames.Nodes)
	}
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "VmHWM:") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
