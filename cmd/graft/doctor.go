package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what is installed, what is missing, and what would be faster",
		Description: "Fails if photographs could not be extracted, with the cure. One crop is run through the trunk.\n\n" +
			"Example: graft doctor",
		Flags:  append([]cli.Flag{jsonFlag()}, trunkFlags()...),
		Action: doctor,
	}
}

// A diagnosis is all that doctor says. It marshals to JSON; the names of the
// fields are kept stable.
type diagnosis struct {
	Version  int             `json:"version"` // of this form: 1
	Graft    string          `json:"graft"`
	Go       string          `json:"go"`
	System   string          `json:"system"` // "linux/amd64"
	Cores    int             `json:"cores"`
	Binding  string          `json:"binding"` // module and version of the Go binding
	Runtime  runtimeReport   `json:"onnxruntime"`
	Devices  []deviceReport  `json:"devices"`
	JPEG     jpegReport      `json:"jpeg"`
	Cache    cacheReport     `json:"cache"`
	Trunks   []trunkReport   `json:"trunks"`
	Run      *runReport      `json:"run"`      // null if the trunk could not be run
	Problems []problemReport `json:"problems"` // what keeps the main job from running
	Advice   []string        `json:"advice"`   // what would make it faster
}

// runtimeReport is about the ONNX Runtime that runs the CPU.
type runtimeReport struct {
	Path    string `json:"path"`    // "" if there is none
	Version string `json:"version"` // found
	Wanted  string `json:"wanted"`  // that graft is tested with
	API     int    `json:"api"`     // lowest that works: 1.API
}

// deviceReport is what a device needs, and what of it is missing.
type deviceReport struct {
	Device  string          `json:"device"`
	Usable  bool            `json:"usable"` // as far as can be told without starting it
	Library string          `json:"library,omitempty"`
	Version string          `json:"version,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Cure    string          `json:"cure,omitempty"`
	Missing []missingReport `json:"missing,omitempty"`
}

// missingReport is a shared library that could not be opened.
type missingReport struct {
	Name    string `json:"name"`
	Package string `json:"package,omitempty"` // what has it
	Problem string `json:"problem,omitempty"` // why it cannot be opened, if it is there
}

type jpegReport struct {
	Decoder string `json:"decoder"`           // libturbojpeg, or graft's own
	Problem string `json:"problem,omitempty"` // why it is graft's own
}

type cacheReport struct {
	Path      string `json:"path"`
	Bytes     int64  `json:"bytes"`
	FreeBytes *int64 `json:"free_bytes"` // on its disk; null if not known
}

type trunkReport struct {
	Path    string `json:"path"`
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Trained bool   `json:"trained"`
	Bytes   int64  `json:"bytes"`
	Used    bool   `json:"used"` // by commands, if no flag says otherwise
	Problem string `json:"problem,omitempty"`
}

// runReport is one crop's way through the trunk.
type runReport struct {
	Trunk  string  `json:"trunk"`
	Device string  `json:"device"`
	Load   float64 `json:"load_seconds"`
	Crop   float64 `json:"crop_seconds"` // a crop on one core
}

type problemReport struct {
	Problem string `json:"problem"`
	Cure    string `json:"cure,omitempty"`
}

// add notes what keeps the main job from running.
func (d *diagnosis) add(err error) {
	p := problemReport{Problem: oneLine(err.Error()), Cure: hintOf(err)}
	for _, known := range d.Problems {
		if known == p {
			return
		}
	}
	d.Problems = append(d.Problems, p)
}

func doctor(c *cli.Context) error {
	if err := none(c); err != nil {
		return err
	}
	d := diagnose(c)
	if c.Bool("json") {
		if err := printJSON(c.App.Writer, d); err != nil {
			return err
		}
	} else {
		printDiagnosis(c.App.Writer, d)
	}
	if len(d.Problems) == 0 {
		return nil
	}
	err := fmt.Errorf("photographs cannot be extracted: %s", d.Problems[0].Problem)
	if cure := d.Problems[0].Cure; cure != "" {
		return withHint(err, "%s", cure)
	}
	return err
}
