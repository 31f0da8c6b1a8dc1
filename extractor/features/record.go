package features

import (
	"time"

	"graft/extractor/pixels"
)

// A Record is one sample of a data set: a row of the samples table.
type Record struct {
	Path    string     // relative to the data's root, with slashes; any bytes
	Label   string     // as dataset.Label gives it; "" = none
	Split   string     // train, val or test; "" = none
	Key     pixels.Key // zero if the file was not read
	Bytes   int64
	ModTime time.Time
	Width   int    // pixels, as stored; 0 if not known
	Height  int    // pixels, as stored; 0 if not known
	Error   string // why there are no features; "" if there are

	// What else the file's header says, as in pixels.Info. Tables of earlier versions do not have
	// it: see HasHeader.
	Format      string // JPEG, PNG, BMP, TIFF, WebP, PNM or GIF; "" = not recorded
	Orientation int    // 1…8; 0 = not recorded
	BitDepth    int    // bits a channel as stored; 0 = not recorded
	Gray        bool
	Alpha       bool
}

// HasHeader reports whether all that the file's header says was recorded.
func (r *Record) HasHeader() bool { return r.Format != "" }

// Info is what is recorded of the file's header; fields are zero where nothing is.
func (r *Record) Info() pixels.Info {
	return pixels.Info{
		Width: r.Width, Height: r.Height, Format: r.Format, Orientation: r.Orientation,
		BitDepth: r.BitDepth, Gray: r.Gray, Alpha: r.Alpha,
	}
}

// SetInfo records what the file's header says.
func (r *Record) SetInfo(i pixels.Info) {
	r.Width, r.Height, r.Format, r.Orientation = i.Width, i.Height, i.Format, i.Orientation
	r.BitDepth, r.Gray, r.Alpha = i.BitDepth, i.Gray, i.Alpha
}

// read reports whether the file was read, or found to be unreadable.
func (r *Record) read() bool { return r.Key != pixels.Key{} || r.Error != "" }

// Same reports whether the file had that size and time.
func (r *Record) Same(bytes int64, mtime time.Time) bool {
	return r.Bytes == bytes && nanos(r.ModTime) == nanos(mtime)
}

// nanos is a time as the table stores it; outside of the years 1678 to 2262 it is cut off.
func nanos(t time.Time) int64 {
	switch {
	case t.Year() < 1678:
		return -1 << 63
	case t.Year() > 2261:
		return 1<<63 - 1
	}
	return t.UnixNano()
}
