package session

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"graft/cmd/graft/internal/label/journal"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// A made is a source of n photographs that there are not, of classes whose features differ.
type made struct {
	root       string
	n, d, of   int // photographs, features, classes
	spread     float32
	given      map[string]dataset.Sample
	dataset    func() (*dataset.Dataset, error)
	unreadable map[int]bool
}

func (m *made) Scan(ctx context.Context) (*dataset.Dataset, error) {
	if m.dataset != nil {
		return m.dataset()
	}
	d := dataset.Files(m.names(), dataset.Options{})
	d.Root = m.root
	return d, nil
}

func (m *made) names() (list []string) {
	for i := range m.n {
		list = append(list, fmt.Sprintf("%06d.jpg", i))
	}
	return list
}

func (m *made) Given(context.Context) (map[string]dataset.Sample, error) { return m.given, nil }
func (m *made) Dim() int                                                 { return m.d }

// class is what photograph i is.
func (m *made) class(i int) int { return int(rand.New(rand.NewPCG(uint64(i), 7)).Uint32()) % m.of }

func (m *made) label(i int) string { return fmt.Sprintf("class %d", m.class(i)) }

// key is the content of photograph i: there are no files.
func (m *made) key(i int) journal.Key {
	return journal.Key(pixels.KeyOf(binary.LittleEndian.AppendUint64(nil, uint64(i))))
}

func (m *made) Compute(ctx context.Context, d *dataset.Dataset, order func(int) []int, done func(int, Outcome) error) error {
	for _, i := range order(m.n) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o := Outcome{Key: m.key(i), Row: func(dst []float32) error { m.row(i, dst); return nil }}
		if m.unreadable[i] {
			o = Outcome{Why: "not an image"}
		}
		if err := done(i, o); err != nil {
			return err
		}
	}
	return nil
}

func (m *made) row(i int, dst []float32) {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	for j := range dst {
		dst[j] = r.Float32()
	}
	c := m.class(i)
	for k := range 16 {
		dst[(16*c+k)%len(dst)] += m.spread
	}
}

// opened is a session of a source.
func opened(t testing.TB, m *made, o Options) *Session {
	t.Helper()
	o.Source = m
	if o.List == "" {
		o.List = filepath.Join(t.TempDir(), "labels.csv")
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLatency measures how long suggestions take after an answer, where GRAFT_LATENCY says for how many
// photographs: 1000,10000,100000. It asserts nothing.
func TestLatency(t *testing.T) {
	sizes := os.Getenv("GRAFT_LATENCY")
	if sizes == "" {
		t.Skip("GRAFT_LATENCY says how many photographs there are: 1000,10000,100000")
	}
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		m := &made{n: n, d: 2048, of: 10, spread: 0.3}
		s := opened(t, m, Options{Share: 0.2, Seed: 1})
		if err := s.Settled(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ids []int
		for i := range n {
			if p := &s.pictures[i]; !p.aside && len(ids) < 500 {
				ids = append(ids, i)
			}
		}
		for _, i := range ids {
			if _, err := s.Act(Act{Do: journal.Label, IDs: []int{i}, Label: m.label(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Settled(t.Context()); err != nil {
			t.Fatal(err)
		}
		var times, whole []time.Duration
		for range 20 {
			q := s.State().Questions[0]
			fits, begin := s.State().Fits, time.Now()
			if _, err := s.Act(Act{Do: journal.Label, IDs: []int{q}, Label: m.label(q)}); err != nil {
				t.Fatal(err)
			}
			for s.State().Fits == fits {
				_, changed := s.Changed()
				if s.State().Fits == fits {
					<-changed
				}
			}
			times = append(times, time.Since(begin))
			if err := s.Settled(t.Context()); err != nil {
				t.Fatal(err)
			}
			whole = append(whole, time.Since(begin))
		}
		slices.Sort(times)
		slices.Sort(whole)
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		t.Logf("%d photographs: suggestions after %v (largest %v), questions after %v (%v); memory %d MB, peak %s", n, times[10], times[19], whole[10], whole[19], mem.Sys>>20, peak())
		s.Close()
	}
}

// peak is the most memory that the process has had, where the system says it.
func peak() string {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "VmHWM:") {
			return strings.TrimSpace(strings.TrimPrefix(line, "VmHWM:"))
		}
	}
	return "?"
}
