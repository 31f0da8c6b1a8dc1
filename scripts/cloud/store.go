package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob"
	_ "gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/gcsblob"
	_ "gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"
)

// A store is a folder of a bucket.
type store struct {
	bucket *blob.Bucket
	prefix string
}

type object struct {
	Name  string    `json:"name"`
	Bytes int64     `json:"bytes"`
	MTime time.Time `json:"mtime"`
}

// open opens the bucket of a URL; the rest of its path is the folder.
func open(ctx context.Context, text string) (*store, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	prefix := strings.Trim(u.Path, "/")
	if u.Scheme == "file" {
		prefix = ""
		q := u.Query()
		q.Set("no_tmp_dir", "true")
		q.Set("create_dir", "true")
		q.Set("metadata", "skip")
		u.RawQuery = q.Encode()
	} else {
		u.Path = ""
	}
	if end := os.Getenv("AWS_ENDPOINT_URL"); u.Scheme == "s3" && end != "" {
		q := u.Query()
		q.Set("endpoint", end)
		q.Set("use_path_style", "true")
		if strings.HasPrefix(end, "http:") {
			q.Set("disable_https", "true")
		}
		u.RawQuery = q.Encode()
	}
	b, err := blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	if prefix != "" {
		prefix += "/"
	}
	return &store{b, prefix}, nil
}

// Close closes the bucket.
func (s *store) Close() error { return s.bucket.Close() }

// do serves one request; say takes the pages of a listing.
func (s *store) do(ctx context.Context, r request, say func(answer)) error {
	name := s.prefix + r.Name
	switch r.Op {
	case "list":
		return s.list(ctx, r, say)
	case "get":
		return retry(ctx, func() error { return s.get(ctx, name, r.File) })
	case "put":
		return retry(ctx, func() error { return s.put(ctx, name, r.File, false) })
	case "new":
		return s.putNew(ctx, name, r.File)
	case "delete":
		return retry(ctx, func() error {
			err := s.bucket.Delete(ctx, name)
			if gcerrors.Code(err) == gcerrors.NotFound {
				return nil
			}
			return err
		})
	}
	return fmt.Errorf("no operation %q", r.Op)
}

// pageSize is how many objects a page of a listing has.
const pageSize = 1000

func (s *store) list(ctx context.Context, r request, say func(answer)) error {
	for token := blob.FirstPageToken; token != nil; {
		var page []*blob.ListObject
		err := retry(ctx, func() (err error) {
			var next []byte
			page, next, err = s.bucket.ListPage(ctx, token, pageSize, &blob.ListOptions{Prefix: s.prefix + r.Name})
			if err == nil {
				token = next
			}
			return err
		})
		if err != nil {
			return err
		}
		a := answer{ID: r.ID, More: true}
		for _, o := range page {
			if !o.IsDir {
				a.Objects = append(a.Objects, object{strings.TrimPrefix(o.Key, s.prefix), o.Size, o.ModTime.UTC()})
			}
		}
		if len(a.Objects) > 0 {
			say(a)
		}
		if len(token) == 0 {
			return nil
		}
	}
	return nil
}

// errChanged is the error of an object that became another while it was read, or was cut short.
var errChanged = errors.New("the object changed while it was read, or was not read to its end")

// get writes an object to a file, which has its name when it is whole.
func (s *store) get(ctx context.Context, name, file string) (err error) {
	r, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.CreateTemp(filepath.Dir(file), ".graft-cloud-")
	if err != nil {
		return local{err}
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	n, err := io.Copy(f, r)
	if err == nil && n != r.Size() {
		err = errChanged
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return local{err}
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return local{err}
	}
	return nil
}

func (s *store) put(ctx context.Context, name, file string, fresh bool) error {
	f, err := os.Open(file)
	if err != nil {
		return local{err}
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // an upload that is not closed is dropped by this
	w, err := s.bucket.NewWriter(ctx, name, &blob.WriterOptions{ContentType: "application/octet-stream", IfNotExist: fresh})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, f); err != nil {
		cancel()
		w.Close()
		return err
	}
	return w.Close()
}

// putNew puts an object that must not be there. An attempt whose answer was lost, of this program or of
// the store's client, may have arrived all the same: an object of the same content is that one.
func (s *store) putNew(ctx context.Context, name, file string) error {
	err := retry(ctx, func() error { return s.put(ctx, name, file, true) })
	if kindOf(err) != "exist" {
		return err
	}
	mine, failed := os.ReadFile(file)
	if failed != nil {
		return local{failed}
	}
	var there []byte
	if failed := retry(ctx, func() (err error) {
		there, err = s.bucket.ReadAll(ctx, name)
		return err
	}); failed != nil {
		return failed
	}
	if bytes.Equal(there, mine) {
		return nil
	}
	return err
}

// A local error is one of this machine's disk, which no retry cures.
type local struct{ error }

func (l local) Unwrap() error { return l.error }

// kindOf tells what graft may want to know of an error.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	switch gcerrors.Code(err) {
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return "exist"
	case gcerrors.NotFound:
		return "missing"
	case gcerrors.PermissionDenied:
		return "denied"
	}
	return "other"
}

const (
	attempts = 8
	firstNap = 100 * time.Millisecond
)

// retry repeats what a store or the network may have failed at, with longer and longer naps.
func retry(ctx context.Context, do func() error) (err error) {
	nap := firstNap
	for i := range attempts {
		err = do()
		var here local
		if err == nil || kindOf(err) != "other" || errors.As(err, &here) || ctx.Err() != nil || i == attempts-1 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(nap/2 + rand.N(nap)):
		}
		nap = min(2*nap, 10*time.Second)
	}
	return err
}
