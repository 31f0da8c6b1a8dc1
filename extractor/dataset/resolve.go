package dataset

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Resolve is the path of a file on the disk that was written as Escape does, or a part of which was:
// path itself if something is there; else, if there is something, the path of which each part is as
// it is called, or what it stands for; else path.
func Resolve(path string) string { return resolveIn("", path) }

// resolveIn is Resolve for a path below a folder, or wherever it leads.
func resolveIn(root, path string) string {
	below := func(p string) string {
		if root == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(root, p)
	}
	if !hasEscapes(path) || exists(below(path)) {
		return path
	}
	if found, ok := among("", strings.SplitAfter(filepath.ToSlash(path), "/"), below); ok {
		return filepath.FromSlash(found)
	}
	return path
}

// among looks for parts of a path behind one that was found, each as it is called or as what it
// stands for.
func among(found string, parts []string, below func(string) string) (string, bool) {
	if len(parts) == 0 {
		return found, true
	}
	for _, part := range []string{parts[0], Unescape(parts[0])} {
		if part == "" || part == "/" || exists(below(found+part)) {
			if whole, ok := among(found+part, parts[1:], below); ok {
				return whole, true
			}
		}
		if part == Unescape(part) {
			break
		}
	}
	return "", false
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// hasEscapes reports whether a text holds a character that stands for a byte.
func hasEscapes(s string) bool {
	return strings.IndexByte(s, "\uEF00"[0]) >= 0 && strings.ContainsFunc(s, isEscape)
}

// spellings are other ways to write a path that is not below root, as a list from another machine
// has it: escaped, with backslashes, with accents put together or taken apart.
func spellings(root, path string) []string {
	var list []string
	add := func(p string) {
		if p != path {
			list = append(list, p)
		}
	}
	add(resolveIn(root, path))
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
