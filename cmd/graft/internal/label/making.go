package label

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/serve"
	"graft/cmd/graft/internal/web"
	"graft/extractor/dataset"
	"graft/extractor/ingest"
	"graft/head"
	"graft/head/classify"
	"graft/head/predictions"
	"graft/head/train"
)

// A Making makes products of a session's labels, beside its list.
type Making struct {
	Session  *session.Session
	Data     string // the photographs
	List     string
	Ingest   ingest.Options
	Classify classify.Options
	Versions map[string]string // of programs, for the training record
	Version  string

	serving sync.WaitGroup
}

// Products are what the page can ask for.
func (m *Making) Products() Products {
	return Products{
		"head": m.head, "report": m.report, "export": m.export, "serve": m.serve,
		"copy": func(ctx context.Context) (Product, error) { return m.sort(ctx, false) },
		"link": func(ctx context.Context) (Product, error) { return m.sort(ctx, true) },
	}
}

// Wait waits until nothing is served any more.
func (m *Making) Wait() { m.serving.Wait() }

// file is a product's file: list.csv and .head.onnx make list.head.onnx.
func (m *Making) file(end string) string {
	return strings.TrimSuffix(strings.TrimSuffix(m.List, filepath.Ext(m.List)), ".labels") + end
}

// source is the photographs with the labels of the list.
func (m *Making) source() train.Source {
	o := m.Ingest
	o.Progress, o.Data = nil, dataset.Options{List: m.List, MaxBytes: o.Data.MaxBytes}
	return train.Source{Path: m.Data, Ingest: o}
}

// head trains and writes the head, as "fit" does with the list and lbfgs, and judges it.
func (m *Making) head(ctx context.Context) (Product, error) {
	if err := m.Session.Save(); err != nil {
		return Product{}, err
	}
	out := m.file(".head.onnx")
	fitted, err := train.Fit(ctx, train.FitOptions{Source: m.source(), Solver: head.LBFGS{}, Val: 0.2, Versions: m.Versions}, out)
	if err != nil {
		return Product{}, err
	}
	said := fmt.Sprintf("wrote %s: %d classes, trained on %d photographs", out, len(fitted.Labels), fitted.Images)
	e, err := train.Evaluate(ctx, train.EvaluateOptions{Source: m.source(), Head: out})
	if err != nil {
		return Product{Said: said + "; it cannot be judged yet: " + err.Error()}, nil
	}
	if e.Split != "val" && e.Split != "test" {
		return Product{Said: said + "; no photograph of the honest test has a label yet"}, nil
	}
	return Product{Said: fmt.Sprintf("%s; accuracy %.4f on %d of the honest test, 95 %% interval %.3f–%.3f", said, e.Accuracy, e.Total, e.Interval.Low, e.Interval.High)}, nil
}

// fresh is the head of the labels as they are now.
func (m *Making) fresh(ctx context.Context) (string, Product, error) {
	p, err := m.head(ctx)
	return m.file(".head.onnx"), p, err
}

func (m *Making) report(ctx context.Context) (Product, error) {
	path, _, err := m.fresh(ctx)
	if err != nil {
		return Product{}, err
	}
	out := m.file(".report.html")
	r, err := train.Report(ctx, train.ReportOptions{EvaluateOptions: train.EvaluateOptions{Source: m.source(), Head: path}}, out)
	if err != nil {
		return Product{}, err
	}
	return Product{Said: fmt.Sprintf("wrote %s, about %d photographs", out, r.Images)}, nil
}

func (m *Making) export(ctx context.Context) (Product, error) {
	path, _, err := m.fresh(ctx)
	if err != nil {
		return Product{}, err
	}
	h, err := classify.ReadHead(path)
	if err != nil {
		return Product{}, err
	}
	e, err := classify.Export(ctx, h, classify.ExportOptions{Options: m.Classify}, m.file(".classifier.onnx"))
	if err != nil {
		return Product{}, err
	}
	return Product{Said: fmt.Sprintf("wrote %s: trunk and head in one model", e.Path)}, nil
}

// serve serves the head on this machine until the page ends.
func (m *Making) serve(ctx context.Context) (Product, error) {
	path, _, err := m.fresh(ctx)
	if err != nil {
		return Product{}, err
	}
	s, err := serve.New(serve.Options{Models: []serve.Source{{Name: "head", Path: path}}, Classify: m.Classify, Version: m.Version})
	if err != nil {
		return Product{}, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Product{}, err
	}
	ready, failed := make(chan bool, 1), make(chan error, 1)
	m.serving.Go(func() {
		defer l.Close()
		failed <- s.Serve(ctx, l, func() { ready <- true })
	})
	select {
	case <-ready:
	case err := <-failed:
		if err == nil {
			err = context.Cause(ctx)
		}
		return Product{}, err
	}
	url := web.URL(l.Addr(), false)
	return Product{Said: "serving the head on " + url + " until graft label ends.", Link: url}, nil
}

func (m *Making) sort(ctx context.Context, link bool) (Product, error) {
	if err := m.Session.Save(); err != nil {
		return Product{}, err
	}
	dir := m.file(".sorted")
	n, failed, err := Apply(ctx, m.Data, m.List, predictions.Folders{Dir: dir, Link: link})
	if err != nil {
		return Product{}, err
	}
	verb := "copied"
	if link {
		verb = "linked to"
	}
	said := fmt.Sprintf("%s %d photographs in %s, one folder a class", verb, n, dir)
	if len(failed) > 0 {
		said += fmt.Sprintf("; %d could not be read, the first: %v", len(failed), failed[0])
	}
	return Product{Said: said}, nil
}

// Apply copies the photographs of a list into one folder a class, or links to them; the originals
// stay as they are, and nothing is overwritten. Those that cannot be read are in failed.
func Apply(ctx context.Context, data, list string, to predictions.Folders) (n int, failed []error, err error) {
	d, err := dataset.Scan(ctx, data, dataset.Options{List: list})
	if err != nil {
		return 0, nil, err
	}
	defer d.Close()
	for _, s := range d.Samples {
		if ctx.Err() != nil {
			return n, failed, context.Cause(ctx)
		}
		if s.Label == "" {
			continue
		}
		path := filepath.FromSlash(s.Path)
		if !filepath.IsAbs(path) {
			path = filepath.Join(d.Root, path)
		}
		if _, err := os.Stat(path); err != nil {
			failed = append(failed, err)
			continue
		}
		if _, err := to.Put(path, s.Label); err != nil {
			return n, failed, err
		}
		n++
	}
	return n, failed, nil
}
