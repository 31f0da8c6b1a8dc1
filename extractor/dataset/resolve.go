package dataset

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Resolve is the path of a file on the disk that was written as Escape does: path itself if
// something is there, else the bytes that it stands for if something is there, else path.
func Resolve(path string) string {
	if !hasEscapes(path) || exists(path) {
		return path
	}
	if raw := Unescape(path); exists(raw) {
		return raw
	}
	return path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// hasEscapes reports whether a text holds a character that stands for a byte.
func hasEscapes(s string) bool {
	return strings.IndexByte(s, "\uEF00"[0]) >= 0 && strings.ContainsFunc(s, isEscape)
}

// spellings are other ways to write a path that is not there, as a list from another machine has
// it: escaped, with backslashes, with accents put together or taken apart.
func spellings(path string) []string {
	var list []string
	add := func(p string) {
		if p != path {
			list = append(list, p)
		}
	}
	add(Unescape(path))
	slashed := path
	if runtime.GOOS != "windows" && strings.Contains(path, `\`) {
		slashed = filepath.Clean(strings.ReplaceAll(path, `\`, "/"))
		add(slashed)
	}
	if !isASCII(slashed) {
		add(norm.NFC.String(slashed))
		add(norm.NFD.String(slashed))
	}
	return list
}
