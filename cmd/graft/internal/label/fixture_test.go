package label

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"graft/cmd/graft/internal/label/session"
	"graft/extractor"
	"graft/extractor/extractortest"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
	"graft/onnx/ort/orttest"
)

// A lab is a page of some photographs.
type lab struct {
	data, list string
	making     *Making
	session    *session.Session
	url        string
	handler    *Page
	end        func()
}

// heap copies n of the drawings into a folder, without classes: their names tell them.
func heap(t testing.TB, n int) (dir string, truth map[string]string) {
	t.Helper()
	from := extractortest.Photographs(t, n)
	dir, truth = filepath.Join(t.TempDir(), "heap"), map[string]string{}
	files, err := filepath.Glob(filepath.Join(from, "*", "*", "*.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%03d.jpg", (i*37)%len(files))
		if _, twice := truth[name]; twice {
			name = fmt.Sprintf("x%03d.jpg", i)
		}
		extractortest.Write(t, filepath.Join(dir, name), b)
		truth[name] = filepath.Base(filepath.Dir(f))
	}
	return dir, truth
}

// ingestOptions have a trunk that takes milliseconds, and a cache of their own.
func ingestOptions(t testing.TB) ingest.Options {
	t.Helper()
	orttest.Library(t)
	return ingest.Options{Trunk: extractortest.Trunk(t, 1), Cache: trunk.Cache{Dir: t.TempDir()}, Progress: new(extractor.Progress)}
}

// newLab opens a session and serves its page.
func newLab(t testing.TB, data string, o session.Options, in ingest.Options) *lab {
	t.Helper()
	photographs, err := OpenPhotographs(t.Context(), data, false, in)
	if err != nil {
		t.Fatal(err)
	}
	if o.Source == nil {
		o.Source = photographs
	}
	if o.List == "" {
		o.List = filepath.Join(t.TempDir(), "heap.labels.csv")
	}
	s, err := session.Open(t.Context(), o)
	if err != nil {
		photographs.Close()
		t.Fatal(err)
	}
	making := &Making{Session: s, Data: data, List: o.List, Ingest: in}
	making.Classify.Trunk = in.Trunk
	page, err := NewPage(s, Options{Data: data, List: o.List, Transform: photographs.Transform(), Cache: in.Cache, Products: making.Products()})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- page.Serve(ctx, l) }()
	lab := &lab{data: data, list: o.List, making: making, session: s, handler: page, url: page.URL(l.Addr())}
	ended := false
	lab.end = func() {
		if ended {
			return
		}
		ended = true
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
		making.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := photographs.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(lab.end)
	return lab
}

// listed are the labels in the list, by path.
func (l *lab) listed(t testing.TB) map[string]string {
	t.Helper()
	if err := l.session.Save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(l.list)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if cells := strings.Split(line, ","); n > 0 {
			labels[cells[0]] = cells[1]
		}
	}
	return labels
}
