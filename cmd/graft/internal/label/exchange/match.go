package exchange

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"graft/extractor/dataset"
)

// upload is what Label Studio puts before the names of files that were uploaded.
var upload = regexp.MustCompile(`^[0-9a-f]{8}-`)

// Match finds the paths that pairs mean: the same path; else the only one that ends with it, or that it ends with; else the only one of its name, with or without what an upload puts before
// it. Not found, or found more than once, is unknown.
func Match(pairs []Pair, paths []string) (labels map[string]string, unknown []Pair, err error) {
	byPath, byName := map[string]bool{}, map[string][]string{}
	for _, p := range paths {
		byPath[p] = true
		byName[path.Base(p)] = append(byName[path.Base(p)], p)
	}
	labels = map[string]string{}
	for _, pair := range pairs {
		found := find(clean(pair.Path), byPath, byName)
		if found == "" {
			unknown = append(unknown, pair)
			continue
		}
		label := dataset.Label(pair.Label)
		if before, twice := labels[found]; twice && before != label {
			return nil, nil, fmt.Errorf("%q has the labels %q and %q", found, before, label)
		}
		labels[found] = label
	}
	return labels, unknown, nil
}

// clean is the path in what a tool writes: without the server, a query, and escapes.
func clean(text string) string {
	if u, err := url.Parse(text); err == nil && (u.Scheme != "" || strings.HasPrefix(text, "/data/")) {
		if d := u.Query().Get("d"); d != "" { // local files
			return d
		}
		return u.Path
	}
	return strings.ReplaceAll(text, `\`, "/")
}

func find(p string, byPath map[string]bool, byName map[string][]string) string {
	if byPath[p] {
		return p
	}
	names := byName[path.Base(p)]
	if len(names) == 0 {
		names = byName[upload.ReplaceAllString(path.Base(p), "")]
	}
	var ends []string
	for _, n := range names {
		if strings.HasSuffix("/"+p, "/"+n) || strings.HasSuffix("/"+n, "/"+p) {
			ends = append(ends, n)
		}
	}
	switch {
	case len(ends) == 1:
		return ends[0]
	case len(names) == 1:
		return names[0]
	}
	return ""
}
