// Unpack takes one file out of a .zip (.whl) or .tgz archive, for scripts/setup:
// Go is there on every machine that builds graft, unzip is not.
//
//	go run ./scripts/unpack ARCHIVE MEMBER OUT
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: unpack ARCHIVE MEMBER OUT")
		os.Exit(2)
	}
	if err := unpack(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "unpack %s from %s: %v\n", os.Args[2], os.Args[1], err)
		os.Exit(1)
	}
}

func unpack(archive, member, out string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(archive, ".tgz") {
		err = fromTar(f, archive, member)
	} else {
		err = fromZip(f, archive, member)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

func fromZip(w io.Writer, archive, member string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	r, err := z.Open(member)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(w, r)
	return err
}

func fromTar(w io.Writer, archive, member string) error {
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
			return fmt.Errorf("it has no such file")
		}
		if err != nil {
			return err
		}
		if h.Name == member {
			_, err = io.Copy(w, t)
			return err
		}
	}
}
