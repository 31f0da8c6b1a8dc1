package ingest

import (
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

// Options say what a Job computes and where it keeps it. The zero value
// computes the features of the cache's default trunk into the cache.
type Options struct {
	Trunk string // file; "": the one that Identity names, else the cache's default
	// Identity, if not nil, is what the features must be, as a head wants them.
	// Taps, Adjust and Views do not count then.
	Identity *trunk.Identity

	Taps      []string     // of the trunk; nil means its features
	Adjust    trunk.Adjust // of the trunk's own transform
	Views     int          // augmented views 1…Views beside view 0
	ViewsSeed uint64       // of their random numbers
	Half      bool         // keep float16

	Folder string      // of the features; of several taps, of a folder each; "": in the cache
	Cache  trunk.Cache // "" is the user's

	Device  ort.Options
	Data    dataset.Options
	Limits  pixels.Limits
	JPEG    string        // pixels.TurboJPEG or pixels.OwnJPEG; "": the first where it is installed
	Workers int           // images decoded at once; 0 means one a core
	Shard   dataset.Shard // the part of the data that is computed; zero: all of it

	// Check, if not nil, says why data will not do, before anything is computed.
	Check func(*dataset.Dataset) error
	// Headers reads the header facts of every photograph, also of those that were
	// scanned before these were recorded.
	Headers bool

	// GCPercent, if not 0, is the process's garbage collection percentage while
	// Run goes on, and the trunk's file is collected as soon as its session has a
	// copy. The pipeline reuses its buffers, so collecting early costs next to
	// nothing and keeps a hundred times as many photographs within a few per cent
	// more memory. It is for a process that does little else.
	GCPercent int

	// Progress, if not nil, counts what is done, and gets what people should know.
	Progress *extractor.Progress

	sealing features.Options // tests seal more often
}

// An Observer computes more from the crops of a run; see [Job].
type Observer interface {
	// Watch gives a trunk with one more output, the observer's, after those of t.
	Watch(t extractor.Trunk) extractor.Trunk
	// Keep takes what such a trunk computed for a view of a photograph.
	Keep(key pixels.Key, f extractor.Features) error
}

// taps are those that are computed.
func (o *Options) taps() []string {
	switch {
	case o.Identity != nil:
		return []string{o.Identity.Tap}
	case len(o.Taps) == 0:
		return []string{onnx.Features}
	}
	return slices.Clone(o.Taps)
}

// findTrunk reads the trunk that the options name.
func (o *Options) findTrunk() (*trunk.File, error) {
	if o.Identity != nil {
		return o.Cache.FindBy(o.Identity.Trunk, o.Trunk)
	}
	return o.Cache.Find(o.Trunk)
}

// transform is the one that photographs go through.
func (o *Options) transform(t *trunk.File) (pixels.Transform, error) {
	if o.Identity != nil {
		return o.Identity.Transform, nil
	}
	return trunk.Transform(t.Trunk, o.Adjust)
}
