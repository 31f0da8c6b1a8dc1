package serve

import (
	"context"
	"net/http"
	"time"

	"graft/cmd/graft/internal/web"
)

// A sight is what log and metrics tell of a request, beside its web.Visit.
type sight struct {
	model  string
	images int
	failed int // images that could not be read
	cached int // images that were seen before
	spent  stages
}

type sightKey struct{}

// seen is the sight of a request.
func seen(r *http.Request) *sight {
	if s, ok := r.Context().Value(sightKey{}).(*sight); ok {
		return s
	}
	return new(sight)
}

// saw notes what became of the images of a request.
func (c *core) saw(r *http.Request, m *model, outcomes []outcome) {
	v := seen(r)
	v.images += len(outcomes)
	for i := range outcomes {
		o, kind := &outcomes[i], "ok"
		v.spent.add(o.spent)
		switch {
		case o.err != nil:
			v.failed++
			kind = "error"
		case o.cached:
			v.cached++
			kind = "cached"
		}
		c.metrics.image(m.name, kind, o.spent)
	}
}

// counted gives every request a sight, and counts it.
func (c *core) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, v := time.Now(), new(sight)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sightKey{}, v)))
		visit := web.VisitOf(r)
		c.metrics.request(visit.Endpoint, v.model, visit.Status, time.Since(begin))
		if v.images > 0 {
			visit.Note("model", v.model, "images", v.images, "failed", v.failed, "cached", v.cached,
				"queue_seconds", v.spent.queue.Seconds(), "decode_seconds", v.spent.decode.Seconds(), "trunk_seconds", v.spent.trunk.Seconds())
		}
	})
}
