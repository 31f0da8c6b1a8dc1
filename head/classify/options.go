package classify

import (
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx/ort"
)

// Options are the settings of a Classifier. The zero value finds the head's
// trunk in the user's cache and runs it on the CPU in fp32.
type Options struct {
	Trunk   string        // file of a head's trunk; "": the one with its fingerprint in the cache
	Cache   trunk.Cache   // "" is the user's
	Device  ort.Options   // what the network runs on; its Outputs do not count
	Limits  pixels.Limits // of an image
	JPEG    string        // pixels.TurboJPEG or pixels.OwnJPEG; "": the first where it is installed
	Workers int           // images decoded at once; 0 means one a core
	// Recall, if not nil, finds features that ClassifyAll need not compute. It is
	// asked once, when a head is opened; classifiers have no features.
	Recall Recall
}
