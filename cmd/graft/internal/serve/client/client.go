// Package client labels photographs with a model of a service of graft, elsewhere:
// [New] asks for its models, [Client.ClassifyAll] sends photographs.
package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"graft/cmd/graft/internal/serve/reply"
	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/head/classify"
)

// A Client labels photographs with a model of a service, as a classify.Classifier
// does with one of its own: the same bits.
type Client struct {
	options Options
	url     string // of the model's /classify
	model   reply.Model
	service service
}

// Options say which service a Client asks.
type Options struct {
	URL     string // such as https://graft.example
	Model   string // "" is the service's first
	Token   string // "" if the service wants none
	Workers int    // photographs under way at once; 0 means 8
}

const defaultWorkers = 8

// New asks a service for its models. What it says instead is a
// [*Error].
func New(ctx context.Context, o Options) (*Client, error) {
	if o.Workers <= 0 {
		o.Workers = defaultWorkers
	}
	o.URL = strings.TrimRight(o.URL, "/")
	if u, err := url.Parse(o.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &Error{URL: o.URL, Reason: "this is not like https://graft.example"}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = o.Workers
	c := &Client{options: o, service: service{o.URL, o.Token, &http.Client{Transport: transport, Timeout: 10 * time.Minute}}}
	var list struct{ Models []reply.Model }
	if err := c.service.ask(ctx, o.URL+"/v2/models", nil, &list); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(list.Models, func(m reply.Model) bool { return o.Model == "" || m.Name == o.Model })
	if at < 0 {
		var names []string
		for _, m := range list.Models {
			names = append(names, m.Name)
		}
		return nil, &Error{URL: o.URL, Reason: fmt.Sprintf("it has no model %q; it has %q", o.Model, names)}
	}
	c.model = list.Models[at]
	if len(c.model.Labels) == 0 {
		return nil, &Error{URL: o.URL, Reason: fmt.Sprintf("model %q is not ready", c.model.Name)}
	}
	c.url = fmt.Sprintf("%s/models/%s/classify?top=%d", o.URL, url.PathEscape(c.model.Name), len(c.model.Labels))
	return c, nil
}

// Labels are the classes, in the order of classify.Prediction.P.
func (c *Client) Labels() []string { return c.model.Labels }

// Notes are what people should know of the model.
func (c *Client) Notes() []string { return c.model.Notes }

// Close gives up the connections.
func (c *Client) Close() error {
	c.service.web.CloseIdleConnections()
	return nil
}

// ClassifyAll labels the photographs of a dataset and gives them in its order. An
// image that cannot be read, here or there, is a Prediction with Err; the error of
// the sequence says why it ends before the last. A service that puts another model
// into service meanwhile is such an error. progress, if not nil, counts.
func (c *Client) ClassifyAll(ctx context.Context, d *dataset.Dataset, progress *extractor.Progress) iter.Seq2[classify.Prediction, error] {
	if progress == nil {
		progress = new(extractor.Progress)
	}
	return func(yield func(classify.Prediction, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		progress.Advance(0) // the clock starts
		inOrder := c.dispatch(ctx, d)
		defer func() { // no goroutine outlives the loop, whoever leaves it
			cancel()
			for one := range inOrder {
				<-one
			}
		}()
		for one := range inOrder {
			a := <-one
			if a.err != nil {
				yield(classify.Prediction{}, a.err)
				return
			}
			progress.Advance(1)
			if a.Err != nil {
				progress.Failed.Add(1)
			}
			if !yield(a.Prediction, nil) {
				return
			}
		}
		if ctx.Err() != nil {
			yield(classify.Prediction{}, context.Cause(ctx))
		}
	}
}

// A labelled photograph, or why the run ends.
type labelled struct {
	classify.Prediction
	err error
}

// dispatch sends the photographs of a dataset, Workers at once, and gives a channel
// for each, in order. Nothing more is sent when ctx has ended.
func (c *Client) dispatch(ctx context.Context, d *dataset.Dataset) <-chan chan labelled {
	inOrder := make(chan chan labelled, c.options.Workers-1) // with the one that is waited for: Workers
	go func() {
		defer close(inOrder)
		for _, s := range d.Samples {
			one := make(chan labelled, 1)
			select {
			case inOrder <- one:
			case <-ctx.Done():
				return
			}
			go func() {
				p, err := c.classify(ctx, d, s)
				one <- labelled{p, err}
			}()
		}
	}()
	return inOrder
}

// classify labels a photograph of a dataset.
func (c *Client) classify(ctx context.Context, d *dataset.Dataset, s dataset.Sample) (classify.Prediction, error) {
	p := classify.Prediction{Path: s.Path}
	file, err := d.Read(s, nil)
	if err != nil {
		p.Err = err
		return p, nil
	}
	var a reply.Answer
	err = c.service.ask(ctx, c.url, file, &a)
	var said *Error
	if errors.As(err, &said) && (said.Status == http.StatusUnprocessableEntity || said.Status == http.StatusRequestEntityTooLarge) {
		p.Err = errors.New(said.Reason)
		return p, nil
	}
	if err != nil {
		return p, err
	}
	return p, c.read(&p, &a, pixels.KeyOf(file))
}

// read puts an answer into a Prediction.
func (c *Client) read(p *classify.Prediction, a *reply.Answer, key pixels.Key) error {
	wrong := func(format string, args ...any) error {
		return &Error{URL: c.options.URL, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case a.Fingerprint != c.model.Fingerprint:
		return wrong("another model is in service now, %.16s… instead of %.16s…", a.Fingerprint, c.model.Fingerprint)
	case len(a.Results) != 1 || len(a.Results[0].Top) != len(c.model.Labels):
		return wrong("it does not answer as graft does")
	case a.Results[0].Key != key.String():
		return wrong("what came there was not what was sent")
	}
	r := a.Results[0]
	p.Key, p.Width, p.Height, p.Label, p.Probability = key, r.Width, r.Height, r.Label, r.Probability
	p.P = make([]float64, len(c.model.Labels))
	for _, s := range r.Top {
		at := slices.Index(c.model.Labels, s.Label)
		if at < 0 {
			return wrong("it gives a label %q that its model does not have", s.Label)
		}
		p.P[at] = s.Probability
	}
	return nil
}
