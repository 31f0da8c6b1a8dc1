package bucket

import (
	"cmp"
	"fmt"
	"io/fs"
)

// A Kind says why a store did not do what it was asked.
type Kind string

// Kinds of errors. The first three are also fs.ErrExist, fs.ErrNotExist and fs.ErrPermission.
const (
	Exist       Kind = "exist"       // the object is there already
	Missing     Kind = "missing"     // it is not there
	Denied      Kind = "denied"      // these credentials may not
	NoBucket    Kind = "bucket"      // there is no such bucket
	Credentials Kind = "credentials" // there are none, or they are not valid
	Region      Kind = "region"      // the bucket is in another one
	Unreachable Kind = "unreachable" // no answer from the server
	Certificate Kind = "certificate" // the server is not trusted, or speaks no TLS
	Disk        Kind = "disk"        // of this machine
	Other       Kind = "other"
)

// An Error is what a store has said.
type Error struct {
	Op   string // open, list, get, put, new or delete
	URL  string // of the object, of the folder that was listed, or of the store
	Kind Kind
	Text string // the store's, or the network's
}

var said = map[Kind]string{
	Exist:       "it is there already",
	Missing:     "it is not there",
	Denied:      "permission denied",
	NoBucket:    "there is no such bucket",
	Credentials: "the credentials are not valid",
	Region:      "the bucket is in another region",
	Unreachable: "no answer",
	Certificate: "the server is not trusted",
}

// Error is one line: what was done with which object, and what came of it.
func (e *Error) Error() string {
	op := e.Op
	if op == "new" {
		op = "put"
	}
	what := said[e.Kind]
	switch {
	case e.Kind == Exist || e.Kind == Missing: // the store's text says no more
	case what == "" || e.Op == "open":
		what = cmp.Or(e.Text, what)
	case e.Text != "":
		what += ": " + e.Text
	}
	return fmt.Sprintf("%s %q: %s", op, e.URL, what)
}

// Unwrap is the error of package fs that it is, if there is one.
func (e *Error) Unwrap() error {
	switch e.Kind {
	case Exist:
		return fs.ErrExist
	case Missing:
		return fs.ErrNotExist
	case Denied:
		return fs.ErrPermission
	}
	return nil
}

// failure is the error of an answer.
func (b *Bucket) failure(op, name string, a answer) error {
	if a.Kind == "" {
		return nil
	}
	url := b.URL
	if name != "" {
		url = Join(b.URL, name)
	}
	return &Error{op, url, Kind(a.Kind), a.Error}
}
