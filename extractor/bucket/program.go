package bucket

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Program is the name of the program that speaks with object stores.
const Program = "graft-cloud"

// ProgramVariable names it where it is neither beside graft nor on the path.
const ProgramVariable = "GRAFT_CLOUD"

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
		return exec.LookPath(path)
	}
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), Program)); err == nil {
			return path, nil
		}
	}
	return exec.LookPath(Program)
}

// A program is one that runs.
type program struct {
	process *exec.Cmd
	in      io.WriteCloser
	writing sync.Mutex
	said    lastWords
	over    chan struct{} // closed when it has ended
}

// Open starts the program for a URL. Close ends it.
func Open(url string) (*Bucket, error) {
	b := &Bucket{URL: url, waiting: map[int]chan answer{}}
	if err := b.start(); err != nil {
		return nil, err
	}
	return b, nil
}

// start starts it; the caller has the lock, or nobody else has b.
func (b *Bucket) start() error {
	path, err := find()
	if err != nil {
		return &ProgramError{b.URL, err}
	}
	p := &program{process: exec.Command(path, b.URL), over: make(chan struct{})}
	p.process.Stderr = &p.said
	if p.in, err = p.process.StdinPipe(); err != nil {
		return &ProgramError{b.URL, err}
	}
	out, err := p.process.StdoutPipe()
	if err == nil {
		err = p.process.Start()
	}
	if err != nil {
		return &ProgramError{b.URL, err}
	}
	b.program = p
	go b.read(p, out)
	return nil
}

// read hands out answers until the program ends.
func (b *Bucket) read(p *program, out io.Reader) {
	defer close(p.over)
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
		if a.ID == 0 {
			b.end(b.failure("open", "", a))
			continue
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
		status := p.process.Wait() // then all that it had to say is there
		err = errors.New(cmp.Or(p.said.String(), fmt.Sprintf("it ended (%v)", status)))
	}
	b.end(&ProgramError{b.URL, err})
}

// end gives all who wait, or ask from now on, the reason; the first one counts.
func (b *Bucket) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended == nil {
		b.ended, b.last = err, err
	}
	for _, c := range b.waiting {
		close(c)
	}
	clear(b.waiting)
}

// lastWords keeps the first part of what a program has to say.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps p, as far as there is room.
func (l *lastWords) Write(p []byte) (int, error) {
	const most = 1 << 9
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
