package serve

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"graft/cmd/graft/internal/serve/cache"
	"graft/cmd/graft/internal/serve/flow"
	"graft/cmd/graft/internal/serve/intake"
	"graft/cmd/graft/internal/serve/network"
	"graft/cmd/graft/internal/serve/reply"
	"graft/cmd/graft/internal/web"
	"graft/head/classify"
)

// A core is what all endpoints share: the models, and the way of an image to its
// row.
type core struct {
	options Options
	log     *slog.Logger
	answers web.Answers
	guard   *web.Guard
	metrics *metrics

	start   network.Start // of a network
	entries []*entry
	byName  map[string]*entry
	pool    *network.Pool
	flow    *flow.Flow
	rows    *cache.Memory
	folder  *cache.Folder // nil: in memory only
	bodies  *intake.Budget

	loading sync.Mutex // held while models are loaded: one at a time
	ready   atomic.Bool
}

// newCore makes a core of options with their defaults, in which nothing is loaded.
func newCore(o Options, guard *web.Guard) *core {
	c := &core{
		options: o, log: o.Log, answers: web.Answers{Time: o.Limits.WriteTime, Log: o.Log}, guard: guard, metrics: newMetrics(),
		byName: map[string]*entry{}, flow: flow.New(o.Classify.Workers, o.QueueTimeout), rows: cache.NewMemory(o.CacheBytes),
		folder: cache.NewFolder(o.Features, o.Classify.Limits, o.Log), bodies: intake.NewBudget(o.Limits.Memory),
	}
	c.start = func(ctx context.Context, m *classify.Model, o classify.Options) (*classify.Started, error) {
		return m.Start(ctx, o)
	}
	c.pool = network.NewPool(network.Settings{
		Start: func(ctx context.Context, m *classify.Model, o classify.Options) (*classify.Started, error) {
			return c.start(ctx, m, o)
		},
		Options: o.Classify, MaxWait: o.MaxWait, Ran: c.batchRan, Log: o.Log,
	})
	for _, m := range o.Models {
		e := &entry{name: m.Name, path: m.Path}
		c.entries, c.byName[m.Name] = append(c.entries, e), e
	}
	c.observe()
	return c
}

// observe lets the metrics ask for the state of things.
func (c *core) observe() {
	c.metrics.number("queue_images", "Images in line or under way.", func() float64 { return float64(c.flow.Waiting()) })
	c.metrics.number("ready", "1 if the service is ready.", func() float64 {
		if c.Ready() {
			return 1
		}
		return 0
	})
	c.metrics.number("cache_bytes", "Bytes of rows kept in memory.", func() float64 {
		bytes, _ := c.rows.State()
		return float64(bytes)
	})
	c.metrics.number("cache_rows", "Rows kept in memory.", func() float64 {
		_, rows := c.rows.State()
		return float64(rows)
	})
	c.metrics.number("bodies_bytes_left", "Bytes left of the memory that is set aside for bodies.", func() float64 { return float64(c.bodies.Free()) })
}

// batchRan notes a batch of an accelerator.
func (c *core) batchRan(crops int, each time.Duration) {
	c.flow.Ran(each)
	c.metrics.batches.Observe(float64(crops))
}

// Ready reports whether the models are loaded and the server is not about to
// stop.
func (c *core) Ready() bool { return c.ready.Load() }

// Models tells of the models, in the order of the options.
func (c *core) Models() []reply.Model {
	list := make([]reply.Model, len(c.entries))
	for i, e := range c.entries {
		list[i] = e.state()
	}
	return list
}

// model finds the model in service under a name, "" being the first, and holds
// it. The error is a refusal.
func (c *core) model(name string) (*model, error) {
	e := c.byName[name]
	if name == "" {
		e = c.entries[0]
	}
	if e == nil {
		return nil, web.Refuse(http.StatusNotFound, "there is no model %q", name)
	}
	m := e.hold()
	if m == nil {
		return nil, web.Later(http.StatusServiceUnavailable, time.Second, "the model is not loaded yet")
	}
	return m, nil
}

// intake is what a request may hold.
func (c *core) intake() intake.Limits {
	return intake.Limits{Body: c.options.Limits.Body, Images: c.options.Limits.Images}
}

// drained is how much of an unread body net/http reads by itself to keep the
// connection: refusing without reading saves nothing up to there.
const drained = 256 << 10

// admitBody begins to read a body, unless there would be no turn for it and to read
// it would be in vain: it is large, or no image can be known already.
func (c *core) admitBody(w http.ResponseWriter, r *http.Request) (*intake.Body, error) {
	forgetful := c.options.CacheBytes < 0 && c.folder == nil
	if forgetful || r.ContentLength < 0 || r.ContentLength > drained {
		if err := c.flow.Check(); err != nil {
			return nil, err
		}
	}
	return intake.NewBody(w, r, c.options.Limits.Body, c.bodies)
}
