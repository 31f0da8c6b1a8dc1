package main

import (
	"context"
	"math/rand/v2"
	"time"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	attempts      = 8 // in all, of a request
	firstAttempts = 3 // of one that finds no server, if none has answered yet
	firstNap      = 100 * time.Millisecond
	longestNap    = 10 * time.Second
)

// retry repeats what a store or the network may have failed at, with longer and longer naps.
func (s *store) retry(ctx context.Context, do func() error) (err error) {
	nap := firstNap
	for i := 1; ; i++ {
		err = do()
		kind, _, again := look(err)
		if kind != unreachable && kind != certificate {
			s.reached.Store(true)
		}
		most := attempts
		if !s.reached.Load() {
			most = firstAttempts // a wrong address rather than a server that is busy
		}
		if !again || ctx.Err() != nil || i >= most {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(nap/2 + rand.N(nap)):
		}
		nap = min(2*nap, longestNap)
	}
}

// alone has Azure's client leave retries to this program.
func alone(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
}

// retryOnce has Google's do so: its own go on for ever.
func (s *store) retryOnce() {
	var client *storage.Client
	if s.bucket.As(&client) {
		client.SetRetry(storage.WithPolicy(storage.RetryNever))
	}
}
