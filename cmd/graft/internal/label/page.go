package label

import (
	"context"
	_ "embed" // the page and what goes into it
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/web"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

var (
	//go:embed page/page.html
	pageHTML string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/api.js
	scriptAPI string
	//go:embed page/wall.js
	scriptWall string
	//go:embed page/tiles.js
	scriptTiles string
	//go:embed page/acts.js
	scriptActs string
	//go:embed page/panel.js
	scriptPanel string
	//go:embed page/dialogs.js
	scriptDialogs string
	//go:embed page/main.js
	scriptMain string
)

// script is all scripts, which share their names.
var script = strings.Join([]string{scriptAPI, scriptWall, scriptTiles, scriptActs, scriptPanel, scriptDialogs, scriptMain}, "\n")

// Options say what a Page shows.
type Options struct {
	Data      string // the folder, as the person named it
	List      string
	Transform pixels.Transform
	Limits    pixels.Limits
	Cache     trunk.Cache // of thumbnails
	Address   *Address    // nil: the word in it is made anew
	Products  Products    // what can be made of the labels; nil: nothing
	Log       *slog.Logger
	Version   string
}

// A Page is what browsers get of a session.
type Page struct {
	options Options
	session *session.Session
	token   string
	tokens  *web.Tokens
	site    *web.Site
	answers web.Answers
	jobs    *jobs
	over    chan struct{}
}

// NewPage makes a page of a session.
func NewPage(s *session.Session, o Options) (*Page, error) {
	guard, err := web.NewGuard(web.Security{Hosts: web.Local})
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Page{options: o, session: s, jobs: newJobs(o.Products), over: make(chan struct{})}
	if a := o.Address; a != nil {
		p.token, p.tokens = a.token, a.tokens
	} else {
		p.token, p.tokens = web.NewToken()
	}
	p.site = &web.Site{Guard: guard, Log: o.Log, Routes: p.routes()}
	p.answers = p.site.Answers()
	return p, nil
}

// routes are all that the page asks for, below the token.
func (p *Page) routes() []web.Route {
	page := web.NewPage(web.Parts{
		HTML: pageHTML, Style: pageStyle, Script: script, Allow: []string{"img-src 'self' data:"},
		Data: struct{ Name, Path, List, Version string }{filepath.Base(p.options.Data), p.options.Data, p.options.List, p.options.Version},
	})
	v := p.newPictures(p.options.Cache)
	table := []struct {
		name, method, path string
		answer             web.Answerer
	}{
		{"page", "GET", "/{$}", page.Show},
		{"state", "GET", "/state", p.state},
		{"events", "GET", "/events", p.events},
		{"order", "GET", "/order", p.order},
		{"items", "GET", "/items", p.items},
		{"thumb", "GET", "/thumb/{id}", v.thumb},
		{"photo", "GET", "/photo/{id}", v.photo},
		{"crop", "GET", "/crop/{id}", v.crop},
		{"act", "POST", "/act", p.act},
		{"make", "POST", "/make", p.make},
	}
	var routes []web.Route
	for _, t := range table {
		routes = append(routes, web.Route{Endpoint: t.name, Method: t.method, Paths: []string{"/{token}" + t.path}, Answer: p.known(t.answer), Quiet: t.method == "GET"})
	}
	return routes
}

// known answers those only who know the token.
func (p *Page) known(answer web.Answerer) web.Answerer {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !p.tokens.Has(r.PathValue("token")) {
			return web.Refuse(http.StatusNotFound, "there is nothing here")
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
		return answer(w, r)
	}
}

// URL is where the page is, for a listener's address.
func (p *Page) URL(addr net.Addr) string { return web.URL(addr, false) + "/" + p.token + "/" }

// Handler answers requests.
func (p *Page) Handler() http.Handler { return p.site.Handler() }

// Serve answers on a listener until ctx ends.
func (p *Page) Serve(ctx context.Context, l net.Listener) error {
	server := web.NewServer(p.site, web.ServerOptions{Grace: 5 * time.Second})
	server.Start(l)
	p.jobs.begin(ctx)
	var err error
	select {
	case err = <-server.Failed():
	case <-ctx.Done():
	}
	close(p.over)
	server.Stop()
	p.jobs.end()
	return err
}

// seen is the state as the page gets it.
type seen struct {
	session.State
	Jobs []made `json:"jobs"`
}

func (p *Page) now() seen { return seen{p.session.State(), p.jobs.list()} }

func (p *Page) state(w http.ResponseWriter, _ *http.Request) error {
	p.answers.JSON(w, http.StatusOK, p.now())
	return nil
}

// eventsEvery is the least time between two events.
const eventsEvery = 25 * time.Millisecond

// events sends the state whenever it has changed, until the page goes away.
func (p *Page) events(w http.ResponseWriter, r *http.Request) error {
	h, control := w.Header(), http.NewResponseController(w)
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	ping := time.NewTicker(15 * time.Second)
	defer ping.Stop()
	for {
		_, changed := p.session.Changed()
		jobs := p.jobs.changes()
		text, err := json.Marshal(p.now())
		if err != nil {
			return err
		}
		control.SetWriteDeadline(time.Now().Add(time.Minute)) // fails where there are none
		if _, err := w.Write([]byte("data: " + string(text) + "\n\n")); err != nil {
			return nil // it has gone away
		}
		if control.Flush() != nil {
			return nil
		}
		select {
		case <-changed:
		case <-jobs:
		case <-ping.C:
		case <-r.Context().Done():
			return nil
		case <-p.over:
			return nil
		}
		select {
		case <-time.After(eventsEvery):
		case <-p.over:
			return nil
		}
	}
}
