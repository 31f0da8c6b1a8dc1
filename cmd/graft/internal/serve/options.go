package serve

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"regexp"
	"runtime"
	"time"

	"graft/cmd/graft/internal/web"
	"graft/head/classify"
)

// Options are the settings of a Server. Models is all it needs; the zero value
// of everything else works.
type Options struct {
	Models   []Source         // the first is the one that is meant when none is named
	Classify classify.Options // trunk, device, limits of images; Workers is the number of slots

	QueueTimeout time.Duration // a request whose turn would come later is refused; 0 means 5 s
	MaxWait      time.Duration // how long a batch of an accelerator waits for more; 0 means 2 ms
	CacheBytes   int64         // what rows kept in memory may take; 0 means 64 MiB, negative none
	Features     string        // a folder of features in which rows are kept, too; "" for none

	Limits   Limits
	Security web.Security
	// Metrics is where /metrics is, without TLS and for everybody; nil means beside
	// everything else. The server closes it.
	Metrics net.Listener
	Grace   time.Duration // for requests under way when the service stops; 0 means 30 s
	Watch   bool          // load a model's file again when it changes

	Log     *slog.Logger // of requests, reloads and what goes wrong; nil means none
	Version string       // of the program, for clients
}

// A Source is a model to serve.
type Source struct {
	Name string // letters, digits, dot, dash and underscore
	Path string // of a head or a classifier
}

// Limits bound what clients may cost. Zero values mean the defaults.
type Limits struct {
	web.Limits
	Body   int64 // bytes of a request's body, also unpacked; 64 MiB
	Images int   // in a request; 256
	Memory int64 // bytes of all bodies under way; 512 MiB, at least Body
}

func (l Limits) withDefaults() Limits {
	l.Body = cmp.Or(l.Body, 64<<20)
	l.Images = cmp.Or(l.Images, 256)
	l.Memory = max(cmp.Or(l.Memory, 512<<20), l.Body)
	return l
}

func (o Options) withDefaults() Options {
	o.QueueTimeout = cmp.Or(o.QueueTimeout, 5*time.Second)
	o.MaxWait = cmp.Or(o.MaxWait, 2*time.Millisecond)
	o.CacheBytes = cmp.Or(o.CacheBytes, 64<<20)
	o.Grace = cmp.Or(o.Grace, 30*time.Second)
	o.Limits = o.Limits.withDefaults()
	if o.Classify.Workers <= 0 {
		o.Classify.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// nameText is what names of models are made of: they are parts of URLs.
var nameText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// IsName reports whether a model can have this name: up to 64 letters, digits,
// dots, dashes and underscores.
func IsName(name string) bool { return nameText.MatchString(name) }

func (o Options) check() error {
	if len(o.Models) == 0 {
		return fmt.Errorf("serve: no models")
	}
	seen := map[string]bool{}
	for _, m := range o.Models {
		switch {
		case !IsName(m.Name):
			return fmt.Errorf("serve: a model cannot be called %q: up to 64 letters, digits, dots, dashes and underscores make a name", m.Name)
		case seen[m.Name]:
			return fmt.Errorf("serve: two models are called %q", m.Name)
		}
		seen[m.Name] = true
	}
	return nil
}
