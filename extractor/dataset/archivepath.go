package dataset

import (
	"os"
	"path/filepath"
	"strings"
)

// isArchive reports whether a file is an archive, or compressed: one that Scan reads or refuses.
// One that is named as an image is none.
func isArchive(path string) bool {
	if kindOf(path) == imageKind {
		return false
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	kind, err := archiveKind(path)
	return err == nil && kind != ""
}

// splitArchive takes data.zip/ants/1.jpg apart into the file data.zip and what is in it; archive is
// "" if no part of the path is an archive.
func splitArchive(path string) (archive, inside string) {
	for at := strings.LastIndexByte(path, filepath.Separator); at > 0; at = strings.LastIndexByte(path[:at], filepath.Separator) {
		if info, err := os.Stat(path[:at]); err != nil {
			continue
		} else if info.Mode().IsRegular() && isArchive(path[:at]) {
			return path[:at], filepath.ToSlash(path[at+1:])
		}
		break
	}
	return "", ""
}

// within picks what is at a path in an archive, or below it; "" is everything. The path may be
// escaped.
func within(samples []Sample, path string) []Sample {
	if path = strings.Trim(path, "/"); path == "" {
		return samples
	}
	var list []Sample
	for _, s := range samples {
		for _, name := range []string{s.Path, Escape(s.Path)} {
			if rest, ok := strings.CutPrefix(name, path); ok && (rest == "" || rest[0] == '/') {
				list = append(list, s)
				break
			}
		}
	}
	return list
}
