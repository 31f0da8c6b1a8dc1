package chunks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"graft/extractor"
)

// A lease keeps other finishers away from a store in a bucket, which has no locks: an object with
// the name of its owner, who writes it anew again and again. One that has stayed the same for some
// time is of a finisher that was killed, and is taken over. No clock of one machine is compared with
// another's.
//
// It saves work, no more: two who both took it leave every row at least once, since a finisher
// removes no part but those that it has read and joined, and the next one removes what is double.
type lease struct {
	remote *remote
	owner  string
	beat   time.Duration
	stop   context.CancelCauseFunc // of the finisher, if it loses the lease
	cancel context.CancelFunc      // of the renewals
	ended  chan struct{}
}

const (
	leaseObject = recordsFolder + "/.finishing"
	leaseBeat   = 10 * time.Second
	leaseBeats  = 4 // without a renewal: its owner is dead
)

// take takes the lease, or says who has it. The context that it returns ends if it is lost.
func (r *remote) take(ctx context.Context, beat time.Duration, progress *extractor.Progress) (context.Context, *lease, error) {
	host, _ := os.Hostname()
	l := &lease{remote: r, owner: fmt.Sprintf("process %d on %s, %s", os.Getpid(), host, rand.Text()[:8]), beat: beat, ended: make(chan struct{})}
	if l.beat == 0 {
		l.beat = leaseBeat
	}
	switch err := l.put(ctx, 0, r.bucket.PutNew); {
	case errors.Is(err, fs.ErrExist):
		if err := l.inherit(ctx, progress); err != nil {
			return nil, nil, err
		}
	case err != nil:
		return nil, nil, err
	}
	ctx, l.stop = context.WithCancelCause(ctx)
	renewing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel = cancel
	go l.renew(renewing)
	return ctx, l, nil
}

// put writes the object.
func (l *lease) put(ctx context.Context, n int, how func(ctx context.Context, file, name string) error) error {
	file := filepath.Join(l.remote.dir, ".lease")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%s, %d\n", l.owner, n), 0o666); err != nil {
		return err
	}
	return how(ctx, file, leaseObject)
}

// read reads it; "" is one that is not there.
func (l *lease) read(ctx context.Context) (string, error) {
	file := filepath.Join(l.remote.dir, ".lease-read")
	if err := l.remote.bucket.Get(ctx, leaseObject, file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return "", err
	}
	b, err := os.ReadFile(file)
	return strings.TrimSpace(string(b)), err
}

// inherit waits to see whether the owner lives, and takes the lease if not.
func (l *lease) inherit(ctx context.Context, progress *extractor.Progress) error {
	before, err := l.read(ctx)
	if err != nil {
		return err
	}
	busy := fmt.Errorf("features %q: %w (%s)", l.remote.bucket.URL, ErrBusy, before)
	progress.Note("%q is being finished (%s); waiting %v to see whether that lives", l.remote.bucket.URL, before, leaseBeats*l.beat)
	for range leaseBeats {
		if err := l.sleep(ctx); err != nil {
			return err
		}
		now, err := l.read(ctx)
		switch {
		case err != nil:
			return err
		case now != before && now != "":
			return busy
		case now == "" && before != "": // it has just ended
			if err := l.put(ctx, 0, l.remote.bucket.PutNew); errors.Is(err, fs.ErrExist) {
				return busy
			} else {
				return err
			}
		}
	}
	if err := l.put(ctx, 0, l.remote.bucket.Put); err != nil {
		return err
	}
	if err := l.sleep(ctx); err != nil { // another one may have waited as long
		return err
	}
	if now, err := l.read(ctx); err != nil || !l.own(now) {
		return errors.Join(err, busy)
	}
	return nil
}

func (l *lease) own(text string) bool { return strings.HasPrefix(text, l.owner) }

func (l *lease) sleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(l.beat):
		return nil
	}
}

// renew writes it anew until it is given back, or another one has it.
func (l *lease) renew(ctx context.Context) {
	defer close(l.ended)
	for n := 1; l.sleep(ctx) == nil; n++ {
		now, err := l.read(ctx)
		switch {
		case err != nil: // the network; perhaps the next time
		case now != "" && !l.own(now):
			l.stop(fmt.Errorf("features %q: %w (%s)", l.remote.bucket.URL, ErrBusy, now))
			return
		default:
			l.put(ctx, n, l.remote.bucket.Put)
		}
	}
}

// giveBack ends it.
func (l *lease) giveBack(ctx context.Context) {
	l.cancel()
	<-l.ended
	l.stop(nil)
	ctx = context.WithoutCancel(ctx)
	if now, err := l.read(ctx); err == nil && l.own(now) {
		l.remote.bucket.Delete(ctx, leaseObject)
	}
}
