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
//	{"id":2,"op":"get","name":NAME,"file":PATH}   {"id":2}: the file is there, whole
//	{"id":3,"op":"put","name":NAME,"file":PATH}   {"id":3}: the object is there, whole
//	{"id":4,"op":"new","name":NAME,"file":PATH}   {"id":4}, or {"id":4,"kind":"exist","error":…}
//	{"id":5,"op":"delete","name":NAME}          {"id":5}, also if it was not there
//
// Names are below the URL. A kind is exist, missing, denied or other. Retries are the program's.
package bucket

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Program is the name of the program that speaks with object stores.
const Program = "graft-cloud"

// ProgramVariable names it where it is neither beside graft nor on the path.
const ProgramVariable = "GRAFT_CLOUD"

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

	process *exec.Cmd
	said    lastWords
	in      io.WriteCloser
	writing sync.Mutex

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	ended   error         // of the process; nil while it runs
	over    chan struct{} // closed when it has ended
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

// A ProgramError says that the program that speaks with object stores is not to be had.
type ProgramError struct {
	URL string
	Err error
}

// Error names the URL.
func (e *ProgramError) Error() string {
	return fmt.Sprintf("%q: the program %s, which speaks with object stores: %v", e.URL, Program, e.Err)
}

// Unwrap gives the cause.
func (e *ProgramError) Unwrap() error { return e.Err }

// find looks for the program: where the variable says, beside this one, on the path.
func find() (string, error) {
	if path := os.Getenv(ProgramVariable); path != "" {
		return path, nil
	}
	if self, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(self), Program); exists(path) {
			return path, nil
		}
	}
	return exec.LookPath(Program)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Open starts the program for a URL. Close ends it.
func Open(url string) (*Bucket, error) {
	path, err := find()
	if err != nil {
		return nil, &ProgramError{url, err}
	}
	b := &Bucket{URL: url, process: exec.Command(path, url), waiting: map[int]chan answer{}, over: make(chan struct{})}
	b.process.Stderr = &b.said
	if b.in, err = b.process.StdinPipe(); err != nil {
		return nil, &ProgramError{url, err}
	}
	out, err := b.process.StdoutPipe()
	if err == nil {
		err = b.process.Start()
	}
	if err != nil {
		return nil, &ProgramError{url, err}
	}
	go b.read(out)
	return b, nil
}

// read hands out answers until the program ends.
func (b *Bucket) read(out io.Reader) {
	defer close(b.over)
	lines := bufio.NewReaderSize(out, 1<<16)
	var err error
	for {
		var line []byte
		if line, err = lines.ReadBytes('\n'); err != nil {
			break
		}
		var a answer
		if err = json.Unmarshal(line, &a); err != nil {
			break
		}
		b.mu.Lock()
		c := b.waiting[a.ID]
		if !a.More {
			delete(b.waiting, a.ID)
		}
		b.mu.Unlock()
		if c != nil {
			c <- a
		}
	}
	if errors.Is(err, io.EOF) {
		b.process.Wait() // then all that it had to say is there
		err = errors.New(cmp.Or(b.said.String(), "it ended"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = &ProgramError{b.URL, err}
	for _, c := range b.waiting {
		close(c)
	}
	clear(b.waiting)
}

// ask sends a request; the answers come through the channel, which is closed if the program ends.
func (b *Bucket) ask(r request) (<-chan answer, error) {
	b.mu.Lock()
	if err := b.ended; err != nil {
		b.mu.Unlock()
		return nil, err
	}
	b.next++
	r.ID = b.next
	c := make(chan answer, 16)
	b.waiting[r.ID] = c
	b.mu.Unlock()
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if _, err := b.in.Write(append(line, '\n')); err != nil {
		return nil, &ProgramError{b.URL, err}
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
			return a, b.ended
		}
		return a, nil
	}
}

// failure is the error of an answer: fs.ErrExist, fs.ErrNotExist and fs.ErrPermission are in it.
func (b *Bucket) failure(op, name string, a answer) error {
	var cause error
	switch a.Kind {
	case "":
		return nil
	case "exist":
		cause = fs.ErrExist
	case "missing":
		cause = fs.ErrNotExist
	case "denied":
		cause = fs.ErrPermission
	default:
		cause = errors.New(a.Error)
	}
	return fmt.Errorf("%s %q: %w", op, Join(b.URL, name), cause)
}

// Get writes an object to a file, whole or not at all.
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

// List gives the objects whose names begin so, sorted by bytes.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		c, err := b.ask(request{Op: "list", Name: prefix})
		for err == nil {
			var a answer
			if a, err = b.wait(ctx, c); err != nil {
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
	err := b.in.Close()
	<-b.over
	return err
}

// lastWords keeps the first part of what a program has to say.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps p, as far as there is room.
func (l *lastWords) Write(p []byte) (int, error) {
	const most = 1 << 12
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p[:min(len(p), most-len(l.text))]...)
	return len(p), nil
}

// String is what was said, in one line.
func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(strings.Fields(string(l.text)), " ")
}
