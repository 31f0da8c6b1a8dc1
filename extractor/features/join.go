package features

import (
	"slices"
	"time"
)

// joined is the table of the later of two scans; of files that it has not read but the other one
// has, of the same size and time, it has what that one found; of files that both have read, the
// header if only the other one recorded it. If such a file's time was too close
// to the other scan to be believed, the result has that scan's time, so that it is not believed
// later either. A scan of the future, by a clock that was wrong, is not the later one.
func joined(t, old *Table, now time.Time) *Table {
	later, earlier := t, old
	if old.Scanned.After(t.Scanned) && !old.Scanned.After(now) {
		later, earlier = old, t
	}
	index := earlier.index()
	out := &Table{Root: later.Root, Scanned: later.Scanned, Records: slices.Clone(later.Records)}
	for i := range out.Records {
		r := &out.Records[i]
		at, ok := index[r.Path]
		if !ok {
			continue
		}
		o := &earlier.Records[at]
		if r.read() {
			if r.Key == o.Key && !r.HasHeader() && o.HasHeader() {
				r.SetInfo(o.Info())
			}
			continue
		}
		if !o.read() || !o.Same(r.Bytes, r.ModTime) {
			continue
		}
		r.Key, r.Error = o.Key, o.Error
		r.SetInfo(o.Info())
		if !earlier.believes(r.ModTime) && earlier.Scanned.Before(out.Scanned) {
			out.Scanned = earlier.Scanned
		}
	}
	return out
}
