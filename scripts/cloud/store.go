package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
)

// A store is a folder of a bucket.
type store struct {
	bucket    *blob.Bucket
	s3        *s3.Client // nil: another store
	container string     // URL of the bucket
	prefix    string     // the folder, with its slash

	reached atomic.Bool // a server has answered
}

type object struct {
	Name  string    `json:"name"`
	Bytes int64     `json:"bytes"`
	MTime time.Time `json:"mtime"`
}

// Close closes the bucket.
func (s *store) Close() error { return s.bucket.Close() }

// do serves one request; say takes the pages of a listing.
func (s *store) do(ctx context.Context, r request, say func(answer)) error {
	ctx, name := alone(ctx), s.prefix+r.Name
	switch r.Op {
	case "list":
		return s.list(ctx, r, say)
	case "get":
		return s.retry(ctx, func() error { return s.get(ctx, name, r.File) })
	case "put":
		return s.retry(ctx, func() error { return s.put(ctx, name, r.File, replacing) })
	case "new":
		return s.putNew(ctx, name, r.File)
	case "delete":
		return s.retry(ctx, func() error {
			if err := s.bucket.Delete(ctx, name); kindOf(err) != missing {
				return err
			}
			return nil
		})
	}
	return fmt.Errorf("no operation %q", r.Op)
}

// pageSize is how many objects a page of a listing has.
const pageSize = 1000

func (s *store) list(ctx context.Context, r request, say func(answer)) error {
	for token := blob.FirstPageToken; token != nil; {
		var page []*blob.ListObject
		err := s.retry(ctx, func() (err error) {
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
			if !o.IsDir && !strings.HasSuffix(o.Key, "/") {
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

// get writes an object to a file, which has its time, and its name when it is whole. An object is one answer of the
// store: one that is replaced meanwhile comes as it was before or as it is after, never mixed.
func (s *store) get(ctx context.Context, name, file string) (err error) {
	r, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.CreateTemp(filepath.Dir(file), ".graft-cloud-")
	if err != nil {
		return diskError{err}
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	n, err := io.Copy(onDisk{f}, r)
	if err == nil && n != r.Size() {
		err = changedError{n, r.Size()}
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close(), os.Chtimes(f.Name(), time.Time{}, r.ModTime())); err != nil {
		return diskError{err}
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return diskError{err}
	}
	return nil
}

// onDisk tells errors of the disk from those of the network.
type onDisk struct{ *os.File }

func (f onDisk) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		err = diskError{err}
	}
	return n, err
}

// ReadFrom is not that of a file, whose errors would be both.
func (f onDisk) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{f}, r)
}

// Ways of a put: may the object be there?
type presence bool

const (
	replacing presence = false
	fresh     presence = true
)

// put makes an object of a file.
func (s *store) put(ctx context.Context, name, file string, how presence) error {
	f, err := os.Open(file)
	if err != nil {
		return diskError{err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return diskError{err}
	}
	const mostAtOnce = 5 << 30 // of S3
	if s.s3 != nil && info.Size() <= mostAtOnce {
		return s.putOnce(ctx, name, f, info.Size(), how)
	}
	return s.bucket.Upload(ctx, name, f, &blob.WriterOptions{ContentType: contentType, IfNotExist: how == fresh})
}

const contentType = "application/octet-stream"

// putOnce is put in a single request to S3: one of several pieces that is cut short leaves pieces
// that nobody sees and the owner pays for, and not all servers heed a condition at its end.
func (s *store) putOnce(ctx context.Context, name string, f *os.File, size int64, how presence) error {
	in := &s3.PutObjectInput{
		Bucket: aws.String(strings.TrimPrefix(s.container, "s3://")), Key: &name, Body: f, ContentLength: &size, ContentType: aws.String(contentType),
	}
	if how == fresh {
		in.IfNoneMatch = aws.String("*")
	}
	_, err := s.s3.PutObject(ctx, in)
	return err
}

// putNew puts an object that must not be there. An attempt whose answer was lost may have arrived all
// the same: an object of the same content is that one.
func (s *store) putNew(ctx context.Context, name, file string) error {
	err := s.retry(ctx, func() error { return s.put(ctx, name, file, fresh) })
	if kindOf(err) != exists {
		return err
	}
	var same bool
	if failed := s.retry(ctx, func() (err error) {
		same, err = s.same(ctx, name, file)
		return err
	}); failed != nil {
		return failed
	}
	if same {
		return nil
	}
	return err
}

// same reports whether an object has the content of a file.
func (s *store) same(ctx context.Context, name, file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, diskError{err}
	}
	defer f.Close()
	r, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return false, err
	}
	defer r.Close()
	info, err := f.Stat()
	if err != nil || info.Size() != r.Size() {
		return false, err
	}
	mine, there := sha256.New(), sha256.New()
	if _, err := io.Copy(mine, f); err != nil {
		return false, diskError{err}
	}
	if n, err := io.Copy(there, r); err != nil || n != r.Size() {
		return false, cmp.Or(err, error(changedError{n, r.Size()}))
	}
	return bytes.Equal(mine.Sum(nil), there.Sum(nil)), nil
}
