// Pack makes an archive of a folder, the same bytes of the same content: names in
// order, one time for all, no owners.
//
//	go run ./scripts/releases/pack ARCHIVE FOLDER SECONDS
//
// ARCHIVE ends in .tar.gz or .zip; the names in it begin with FOLDER's last name;
// SECONDS since 1970 is the time of all files. What may be executed stays so.
package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: pack ARCHIVE FOLDER SECONDS")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintf(os.Stderr, "pack %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}

// A member is a file on its way into an archive.
type member struct {
	name string // in the archive, with slashes
	path string // on the disk
	size int64
	mode fs.FileMode
	time time.Time
}

func pack(archive, folder, seconds string) (err error) {
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return err
	}
	members, err := list(folder, time.Unix(s, 0).UTC())
	if err != nil {
		return err
	}
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	if strings.HasSuffix(archive, ".zip") {
		return writeZip(f, members)
	}
	return writeTar(f, members)
}

// list is what is in a folder, in the order of names.
func list(folder string, t time.Time) (members []member, err error) {
	parent := filepath.Dir(filepath.Clean(folder))
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(parent, path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		members = append(members, member{filepath.ToSlash(name), path, info.Size(), mode, t})
		return nil
	})
	return members, err
}

func writeTar(w io.Writer, members []member) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Size: m.size, Mode: int64(m.mode), ModTime: m.time, Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if err := m.copyTo(t); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func writeZip(w io.Writer, members []member) error {
	z := zip.NewWriter(w)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: m.time}
		h.SetMode(m.mode)
		to, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if err := m.copyTo(to); err != nil {
			return err
		}
	}
	return z.Close()
}

func (m member) copyTo(w io.Writer) error {
	f, err := os.Open(m.path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
