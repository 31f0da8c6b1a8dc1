package report

import (
	"context"
	"encoding/base64"
	"html/template"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	defaultThumbnails = 1000
	// thumbnailBudget bounds the pictures' share of a page, so that a page of 1,000 images
	// stays under 10 MB. It counts characters of base64, listed images twice.
	thumbnailBudget = 7 << 20
)

// pictures are the thumbnails of some rows, ready for the page.
type pictures struct {
	src    map[int]template.HTMLAttr // the attribute src of each picture
	failed map[int]string            // why there is none
	full   bool                      // some were left out to keep the page small
}

// fetch makes the thumbnails of rows, several at a time; which of them find
// room depends on their order alone. Rows that will be shown twice count so.
func fetch(ctx context.Context, t Thumbnails, rows []int, twice func(row int) bool) (pictures, error) {
	p := pictures{src: map[int]template.HTMLAttr{}, failed: map[int]string{}}
	if t == nil {
		return p, nil
	}
	files, errs := make([][]byte, len(rows)), make([]error, len(rows))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(rows)) {
		workers.Go(func() {
			for k := int(next.Add(1)) - 1; k < len(rows) && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				files[k], errs[k] = t.Thumbnail(rows[k])
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return p, context.Cause(ctx)
	}
	room := thumbnailBudget
	for k, i := range rows {
		if errs[k] != nil {
			p.failed[i] = errs[k].Error()
			continue
		}
		size := base64.StdEncoding.EncodedLen(len(files[k]))
		if twice(i) {
			size *= 2
		}
		if room -= size; room < 0 {
			p.full = true
			break
		}
		p.src[i] = template.HTMLAttr(`src="data:image/jpeg;base64,` + base64.StdEncoding.EncodeToString(files[k]) + `"`)
	}
	return p, nil
}
