package trunk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"graft/extractor/durable"
	"graft/onnx/ort"
)

// speedsName is the file in the cache with the results of trials.
const speedsName = "speeds.json"

// speedsVersion is that of its form.
const speedsVersion = 1

// speeds is the form of the file with the results of trials: those of each
// machine that shares the cache, by ort.Processor.
type speeds struct {
	Version  int                  `json:"version"`
	Machines map[string]ort.Rates `json:"machines"`
}

// Rates are the results of the last trial on this machine; none if there are
// none, or if they are of another form.
func (c Cache) Rates() ort.Rates { return c.speeds().Machines[ort.Processor()] }

func (c Cache) speeds() speeds {
	none := speeds{speedsVersion, map[string]ort.Rates{}}
	path, err := c.Path(speedsName)
	if err != nil {
		return none
	}
	text, err := os.ReadFile(path)
	var s speeds
	if err != nil || json.Unmarshal(text, &s) != nil || s.Version != speedsVersion || s.Machines == nil {
		return none
	}
	return s
}

// KeepRates keeps the results of a trial, in the place of earlier ones of the same
// devices, precisions and libraries.
func (c Cache) KeepRates(rates ort.Rates) error {
	path, err := c.Make(".", speedsName)
	if err != nil {
		return err
	}
	s := c.speeds()
	kept := slices.DeleteFunc(slices.Clone(s.Machines[ort.Processor()]), func(old ort.Rate) bool {
		_, again := rates.Of(old.Device, old.Precision, old.Library)
		return again
	})
	s.Machines[ort.Processor()] = append(kept, rates...)
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the results of a trial: %w", err)
	}
	err = durable.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if errors.Is(err, fs.ErrPermission) {
		return &CacheError{err}
	}
	return err
}
