// Package bucket reads and writes object stores: Amazon's S3 and all that speak like it, Google's
// and Azure's. The clients of these are large, so they are a program of their own, graft-cloud,
// which is started when a path is a URL such as s3://bucket/folder, and speaks a few lines of JSON
// with this package. Whole objects go through files on the disk.
//
// [Open] starts it; [IsURL] tells its paths from others.
//
// # Protocol
//
// graft-cloud URL reads requests and writes answers, one a line; answers come in any order.
//
//	{"id":1,"op":"list","name":PREFIX}          {"id":1,"objects":[{"name":…,"bytes":…,"mtime":…}],"more":true} …
//	{"id":2,"op":"get","name":NAME,"file":PATH}   {"id":2}: the file is there, whole, with the object's time
//	{"id":3,"op":"put","name":NAME,"file":PATH}   {"id":3}: the object is there, whole
//	{"id":4,"op":"new","name":NAME,"file":PATH}   {"id":4}, or {"id":4,"kind":"exist","error":…}
//	{"id":5,"op":"delete","name":NAME}          {"id":5}, also if it was not there
//
// Names are below the URL. Kinds of errors are those of [Kind]. An answer with the id 0 is an error of
// all requests: the program could not begin, and ends. Retries are the program's.
package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// IsURL reports whether a path is that of an object store.
func IsURL(path string) bool {
	scheme, _, ok := strings.Cut(path, "://")
	return ok && (scheme == "s3" || scheme == "gs" || scheme == "azblob")
}

// Local is the path of a file:// URL, or the path itself.
func Local(path string) string {
	if rest, ok := strings.CutPrefix(path, "file://"); ok {
		return filepath.FromSlash(rest)
	}
	return path
}

// Join is the URL of something below another one.
func Join(url, name string) string { return strings.TrimSuffix(url, "/") + "/" + name }

// An Object is what a listing says of one.
type Object struct {
	Name  string    `json:"name"` // below the bucket's URL
	Bytes int64     `json:"bytes"`
	MTime time.Time `json:"mtime"`
}

// A Bucket is a folder of an object store. It is safe for concurrent use.
type Bucket struct {
	URL string

	mu      sync.Mutex
	program *program // that runs, or ran last
	closed  bool
	next    int
	waiting map[int]chan answer
	ended   error // of the program; nil while it runs
	last    error // the last one of these
}

type request struct {
	ID   int    `json:"id"`
	Op   string `json:"op"`
	Name string `json:"name"`
	File string `json:"file,omitempty"`
}

type answer struct {
	ID      int      `json:"id"`
	Objects []Object `json:"objects"`
	More    bool     `json:"more"`
	Kind    string   `json:"kind"`
	Error   string   `json:"error"`
}

// ask sends a request; the answers come through the channel, which is closed if the program ends. A
// program that was killed is started again: what it had in hand has failed.
func (b *Bucket) ask(r request) (<-chan answer, error) {
	b.mu.Lock()
	var crashed *ProgramError
	if errors.As(b.ended, &crashed) && !b.closed {
		b.ended = b.start()
	}
	if err := b.ended; err != nil {
		b.mu.Unlock()
		return nil, err
	}
	b.next++
	r.ID = b.next
	c, p := make(chan answer, 16), b.program
	b.waiting[r.ID] = c
	b.mu.Unlock()
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		<-p.over // it has ended; why is known then
	}
	return c, nil
}

// do asks, and waits for the one answer.
func (b *Bucket) do(ctx context.Context, r request) error {
	c, err := b.ask(r)
	if err != nil {
		return err
	}
	a, err := b.wait(ctx, c)
	if err != nil {
		return err
	}
	return b.failure(r.Op, r.Name, a)
}

func (b *Bucket) wait(ctx context.Context, c <-chan answer) (answer, error) {
	select {
	case <-ctx.Done():
		return answer{}, context.Cause(ctx)
	case a, ok := <-c:
		if !ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			return a, b.last // it may run again
		}
		return a, nil
	}
}

// Get writes an object to a file, whole or not at all. It has the time of the object.
func (b *Bucket) Get(ctx context.Context, name, file string) error {
	return b.do(ctx, request{Op: "get", Name: name, File: file})
}

// Put makes an object of a file, or replaces it.
func (b *Bucket) Put(ctx context.Context, file, name string) error {
	return b.do(ctx, request{Op: "put", Name: name, File: file})
}

// PutNew is Put for an object that must not be there; else the error wraps fs.ErrExist.
func (b *Bucket) PutNew(ctx context.Context, file, name string) error {
	return b.do(ctx, request{Op: "new", Name: name, File: file})
}

// Delete removes an object, if it is there.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	return b.do(ctx, request{Op: "delete", Name: name})
}

// List gives the objects whose names begin so, sorted by bytes. Of a long list other requests wait
// until what came of it is taken, so that memory does not grow: none must be made meanwhile.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		c, err := b.ask(request{Op: "list", Name: prefix})
		for err == nil {
			var a answer
			if a, err = b.wait(ctx, c); err != nil {
				go drain(c, true)
				break
			}
			if err = b.failure("list", prefix, a); err != nil {
				break
			}
			for _, o := range a.Objects {
				if !yield(o, nil) {
					go drain(c, a.More)
					return
				}
			}
			if !a.More {
				return
			}
		}
		yield(Object{}, err)
	}
}

// drain takes the answers that nobody wants any more.
func drain(c <-chan answer, more bool) {
	for more {
		a, ok := <-c
		more = ok && a.More
	}
}

// Close ends the program.
func (b *Bucket) Close() error {
	b.mu.Lock()
	b.closed = true
	p := b.program
	b.mu.Unlock()
	err := p.in.Close()
	<-p.over
	return err
}
