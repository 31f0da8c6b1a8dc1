package label

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"graft/cmd/graft/internal/label/book"
	"graft/cmd/graft/internal/label/session"
	"graft/cmd/graft/internal/web"
)

func (p *Page) order(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	class, err := strconv.Atoi(q.Get("class"))
	if err != nil {
		class = -1
	}
	version, sections := p.session.Order(session.Look{View: session.View(q.Get("view")), Class: class, Text: q.Get("q")})
	for i := range sections {
		if sections[i].IDs == nil {
			sections[i].IDs = []int{}
		}
	}
	p.answers.JSON(w, http.StatusOK, map[string]any{"version": version, "sections": sections})
	return nil
}

// mostItems is how many photographs are described at once.
const mostItems = 1000

func (p *Page) items(w http.ResponseWriter, r *http.Request) error {
	var ids []int
	for text := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		i, err := strconv.Atoi(text)
		if err != nil || len(ids) == mostItems {
			return web.Refuse(http.StatusBadRequest, "ids are up to %d numbers", mostItems)
		}
		ids = append(ids, i)
	}
	version, items := p.session.Items(ids)
	p.answers.JSON(w, http.StatusOK, map[string]any{"version": version, "items": items})
	return nil
}

// read reads a body of JSON.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return web.Refuse(http.StatusUnsupportedMediaType, "this takes application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return web.Refuse(http.StatusBadRequest, "this is not what is taken here: %v", err)
	}
	web.Received(w, r)
	return nil
}

func (p *Page) act(w http.ResponseWriter, r *http.Request) error {
	var a session.Act
	if err := read(w, r, &a); err != nil {
		return err
	}
	done, err := p.session.Act(a)
	var no *book.ActionError
	switch {
	case errors.As(err, &no):
		return web.Refuse(http.StatusConflict, "%s", no.Reason)
	case err != nil:
		return err
	}
	p.answers.JSON(w, http.StatusOK, done)
	return nil
}

func (p *Page) make(w http.ResponseWriter, r *http.Request) error {
	var o struct {
		What string `json:"what"`
	}
	if err := read(w, r, &o); err != nil {
		return err
	}
	if err := p.jobs.start(o.What); err != nil {
		return err
	}
	p.answers.JSON(w, http.StatusAccepted, map[string]bool{"started": true})
	return nil
}
