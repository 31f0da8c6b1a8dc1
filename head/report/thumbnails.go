package report

import (
	"cmp"
	"context"
	"encoding/base64"
	"html/template"
	"runtime"
	"strings"

	"graft/head/internal/parallel"
)

const (
	defaultThumbnails = 1000
	// thumbnailBudget bounds the pictures of a page, so that a page of 1,000 images stays
	// under 10 MB. It is in characters of base64, counted once for each place on the page.
	thumbnailBudget = 7 << 20
)

// pictures are the thumbnails of some photographs by path, ready for the page.
type pictures struct {
	asked  bool                         // whether there was a source of pictures
	src    map[string]template.HTMLAttr // the attribute src of each picture
	failed map[string]string            // why there is none
	full   bool                         // some were left out to keep the page small
}

// fetch makes the thumbnails of the paths that are shown, each listed once for every place on the
// page. Several are made at a time; which of them find room depends on their order alone.
func fetch(ctx context.Context, t Thumbnails, shown []string) (pictures, error) {
	p := pictures{src: map[string]template.HTMLAttr{}, failed: map[string]string{}}
	if p.asked = t != nil; !p.asked {
		return p, nil
	}
	paths, places := countPlaces(shown)
	files, errs := make([][]byte, len(paths)), make([]error, len(paths))
	parallel.For(len(paths), runtime.GOMAXPROCS(0), func(k, _ int) {
		if ctx.Err() == nil {
			files[k], errs[k] = t.Thumbnail(paths[k])
		}
	})
	if ctx.Err() != nil {
		return p, context.Cause(ctx)
	}
	room := thumbnailBudget
	for k, path := range paths {
		if errs[k] != nil {
			p.failed[path] = errs[k].Error()
			continue
		}
		if room -= places[path] * base64.StdEncoding.EncodedLen(len(files[k])); room < 0 {
			p.full = true
			break
		}
		p.src[path] = template.HTMLAttr(`src="data:image/jpeg;base64,` + base64.StdEncoding.EncodeToString(files[k]) + `"`)
	}
	return p, nil
}

// countPlaces lists every path once, and says how often it was there.
func countPlaces(shown []string) (paths []string, places map[string]int) {
	places = map[string]int{}
	for _, path := range shown {
		if places[path]++; places[path] == 1 {
			paths = append(paths, path)
		}
	}
	return paths, places
}

// reason says why a picture is not there; "" if it is, or was not asked for.
func (p pictures) reason(path string) string {
	if !p.asked || p.src[path] != "" {
		return ""
	}
	return cmp.Or(strings.TrimSpace(plain(p.failed[path])), "left out to keep the page small")
}
