// Package doctor looks at what graft needs on this machine: what is installed,
// what is missing, and what would be faster. [Examine] is all there is to call;
// [Print] prints what it found.
package doctor

import (
	"graft/cmd/graft/internal/hints"
	"graft/cmd/graft/internal/ui"
)

// A Diagnosis is all that doctor says. It marshals to JSON; the names of the
// fields are kept stable.
type Diagnosis struct {
	Version  int       `json:"version"` // of this form: 1
	Graft    string    `json:"graft"`
	Go       string    `json:"go"`
	System   string    `json:"system"` // "linux/amd64"
	Cores    int       `json:"cores"`
	Binding  string    `json:"binding"` // module and version of the Go binding
	Runtime  Runtime   `json:"onnxruntime"`
	Devices  []Device  `json:"devices"`
	JPEG     JPEG      `json:"jpeg"`
	Cache    Cache     `json:"cache"`
	Trunks   []Trunk   `json:"trunks"`
	Run      *Run      `json:"run"`      // null if the trunk could not be run
	Problems []Problem `json:"problems"` // what keeps the main job from running
	Advice   []string  `json:"advice"`   // what would make it faster
}

// Runtime is about the ONNX Runtime that runs the CPU.
type Runtime struct {
	Path    string `json:"path"`    // "" if there is none
	Origin  string `json:"origin"`  // why that one, in words
	Version string `json:"version"` // found
	Wanted  string `json:"wanted"`  // that graft is tested with
	API     int    `json:"api"`     // lowest that works: 1.API
}

// Device is what a device needs, and what of it is missing.
type Device struct {
	Device  string    `json:"device"`
	Usable  bool      `json:"usable"` // as far as can be told without starting it
	Library string    `json:"library,omitempty"`
	Version string    `json:"version,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Cure    string    `json:"cure,omitempty"`
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is a shared library that could not be opened.
type Missing struct {
	Name    string `json:"name"`
	Package string `json:"package,omitempty"` // that provides it
	Problem string `json:"problem,omitempty"` // why it cannot be opened, if it is there
}

// JPEG is what decodes JPEGs.
type JPEG struct {
	Decoder string `json:"decoder"`           // libturbojpeg, or graft's own
	Problem string `json:"problem,omitempty"` // why it is graft's own
}

// Cache is the folder that graft keeps things in.
type Cache struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"`
	FreeBytes *int64 `json:"free_bytes"` // on its disk; null if not known
}

// Trunk is one that the cache has.
type Trunk struct {
	Path    string `json:"path"`
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Trained bool   `json:"trained"`
	Bytes   int64  `json:"bytes"`
	Used    bool   `json:"used"` // by commands, if no flag says otherwise
	Problem string `json:"problem,omitempty"`
}

// Run is one crop's way through the trunk.
type Run struct {
	Trunk  string  `json:"trunk"`
	Device string  `json:"device"`
	Load   float64 `json:"load_seconds"`
	Crop   float64 `json:"crop_seconds"` // a crop on one core
}

// Problem keeps the main job from running.
type Problem struct {
	Problem string `json:"problem"`
	Cure    string `json:"cure,omitempty"`
}

// add notes what keeps the main job from running.
func (d *Diagnosis) add(err error) {
	p := Problem{Problem: ui.OneLine(err.Error()), Cure: hints.Of(err)}
	for _, known := range d.Problems {
		if known == p {
			return
		}
	}
	d.Problems = append(d.Problems, p)
}
