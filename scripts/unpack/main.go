// Unpack takes files out of a .zip (.whl) or .tgz archive, for scripts/setup: Go
// is there on every machine that builds graft, unzip is not.
//
//	go run ./scripts/unpack ARCHIVE DIR PATTERN...
//
// Every file whose name in the archive matches one of the patterns, those of
// Go's path.Match, goes to DIR under its last name. A pattern that nothing
// matches is an error.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: unpack ARCHIVE DIR PATTERN...")
		os.Exit(2)
	}
	if err := unpack(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintf(os.Stderr, "unpack %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// A chooser says where a member of the archive goes, and remembers which
// patterns have matched.
type chooser struct {
	dir      string
	patterns []string
	matched  map[string]bool
}

func unpack(archive, dir string, patterns []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	c := &chooser{dir: dir, patterns: patterns, matched: map[string]bool{}}
	each := eachInZip
	if strings.HasSuffix(archive, ".tgz") {
		each = eachInTar
	}
	if err := each(archive, c.take); err != nil {
		return err
	}
	for _, p := range patterns {
		if !c.matched[p] {
			return fmt.Errorf("nothing in it matches %q", p)
		}
	}
	return nil
}

// take writes a member that is wanted.
func (c *chooser) take(name string, open func() (io.ReadCloser, error)) error {
	wanted := false
	for _, p := range c.patterns {
		ok, err := path.Match(p, name)
		if err != nil {
			return err
		}
		if ok {
			c.matched[p], wanted = true, true
		}
	}
	if !wanted {
		return nil
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(filepath.Join(c.dir, path.Base(name)))
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

type taker func(name string, open func() (io.ReadCloser, error)) error

func eachInZip(archive string, take taker) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		if err := take(f.Name, f.Open); err != nil {
			return err
		}
	}
	return nil
}

func eachInTar(archive string, take taker) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(h.Name, func() (io.ReadCloser, error) { return io.NopCloser(t), nil }); err != nil {
			return err
		}
	}
}
