package serve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"graft/extractor/pixels"
	"graft/head/classify"
)

// Load opens all models and runs each once; then the server is ready. The first
// that cannot be opened is the error.
func (c *core) Load(ctx context.Context) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	for _, e := range c.entries {
		seen := stateOf(e.path)
		m, err := c.open(ctx, e)
		e.note(err, seen)
		if err != nil {
			return err
		}
		e.swap(m)
		c.metrics.entered(m)
	}
	c.ready.Store(true)
	return nil
}

// Reload looks at the files of all models again and puts what has changed into
// service; requests under way end with what they began with. A file that cannot
// be loaded leaves the old model in service: the error says so, as do log,
// metrics and the list of models. Tokens and certificate are read again, too.
func (c *core) Reload(ctx context.Context) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	var failed []error
	if err := c.guard.Read(); err != nil {
		c.log.Error("reload", "error", err, "in_service", "the old ones")
		failed = append(failed, err)
	}
	for _, e := range c.entries {
		if err := c.reload(ctx, e); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// reload is Reload of one model.
func (c *core) reload(ctx context.Context, e *entry) error {
	begin, seen := time.Now(), stateOf(e.path)
	m, err := c.open(ctx, e)
	e.note(err, seen)
	switch {
	case err != nil:
		c.metrics.reloaded(e.name, "failed")
		c.log.Error("reload", "model", e.name, "error", err, "in_service", "the old one")
		return fmt.Errorf("reload model %q: %w", e.name, err)
	case m == nil:
		c.metrics.reloaded(e.name, "unchanged")
		c.log.Info("reload", "model", e.name, "unchanged", true)
		return nil
	}
	c.metrics.left(e.swap(m))
	c.metrics.entered(m)
	c.metrics.reloaded(e.name, "ok")
	c.log.Info("reload", "model", e.name, "version", m.version, "fingerprint", m.SHA256, "seconds", time.Since(begin).Seconds())
	return nil
}

// open loads the model of an entry and tries it, beside the one in service. A
// model that is in service already is nil.
func (c *core) open(ctx context.Context, e *entry) (*model, error) {
	loaded, err := classify.Load(e.path)
	if err != nil {
		return nil, err
	}
	if in := e.hold(); in != nil {
		defer in.release()
		if in.SHA256 == loaded.SHA256 {
			return nil, nil
		}
	}
	network, err := c.pool.Use(ctx, loaded)
	if err != nil {
		return nil, err
	}
	m := &model{Model: loaded, name: e.name, version: loaded.SHA256[:versionDigits], network: network, loaded: time.Now()}
	m.holders.Store(1)
	if err := errors.Join(c.try(ctx, m), c.folder.Open(m.Model, network.Started())); err != nil {
		m.release()
		return nil, fmt.Errorf("model %q: %w", e.path, err)
	}
	return m, nil
}

// try warms a model up and looks whether what it says makes sense.
func (c *core) try(ctx context.Context, m *model) error {
	size := m.size()
	if _, err := m.network.Alone(ctx, nil, size); err != nil {
		return err
	}
	begin := time.Now()
	row, err := m.network.Alone(ctx, pixels.Synthetic(1, size.Width, size.Height)[0], size)
	if err != nil {
		return err
	}
	if !m.network.Batched() {
		c.flow.Expect(time.Since(begin))
	}
	p, total := make([]float64, len(m.Labels)), 0.0
	m.Predict(row, p)
	for _, v := range p {
		total += v
	}
	if !(math.Abs(total-1) < 1e-3) { // NaN, too
		return errors.New("its probabilities do not add up to 1")
	}
	return nil
}

// look loads the models again whose files have changed, once they have been left
// alone between two looks: who writes slowly is not read half way.
func (c *core) look(ctx context.Context) {
	c.loading.Lock()
	defer c.loading.Unlock()
	for _, e := range c.entries {
		now := stateOf(e.path)
		if settled := e.settled(now); settled {
			c.reload(ctx, e) // what goes wrong is in log and metrics
		}
	}
}

// Close takes the models out of service. Each is closed when its last request is
// done.
func (c *core) Close() {
	c.ready.Store(false)
	c.loading.Lock()
	defer c.loading.Unlock()
	for _, e := range c.entries {
		c.metrics.left(e.swap(nil))
	}
	c.folder.Close()
}
