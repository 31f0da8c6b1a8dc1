package doctor

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"graft/cmd/graft/internal/ui"
	"graft/onnx/ort"
)

// Print prints a Diagnosis for people.
func Print(w io.Writer, d *Diagnosis) {
	line := func(name, format string, a ...any) { fmt.Fprintf(w, "%-13s %s\n", name, fmt.Sprintf(format, a...)) }
	line("graft", "%s, %s, %s, %d cores", d.Graft, d.Go, d.System, d.Cores)
	if d.Runtime.Version != "" {
		line("ONNX Runtime", "%s, %s, %s", d.Runtime.Version, d.Runtime.Path, d.Runtime.Origin)
	} else {
		line("ONNX Runtime", "none that works")
	}
	line("", "wanted 1.%d or newer, tested with %s; through %s", d.Runtime.API, d.Runtime.Wanted, d.Binding)
	for _, r := range d.Devices {
		line(r.Device, "%s", deviceLine(r))
		for _, m := range missingLines(r.Missing) {
			line("", "%s", m)
		}
		if !r.Usable && r.Cure != "" && ort.Kind(r.Device) != ort.CPU {
			line("", "cure: %s", r.Cure)
		}
	}
	line("JPEG", "%s", jpegLine(d.JPEG))
	free := ""
	if d.Cache.FreeBytes != nil {
		free = ", " + ui.Megabytes(*d.Cache.FreeBytes) + " free"
	}
	line("cache", "%s, %s%s", d.Cache.Path, ui.Megabytes(d.Cache.Bytes), free)
	for _, t := range d.Trunks {
		line("trunk", "%s", trunkLine(t))
	}
	if r := d.Run; r != nil {
		line("test run", "%s: loaded in %.1f s, a crop takes %.0f ms on one core", filepath.Base(r.Trunk), r.Load, 1000*r.Crop)
	}
	for _, p := range d.Problems {
		line("problem", "%s", p.Problem)
		if p.Cure != "" {
			line("", "cure: %s", p.Cure)
		}
	}
	for _, a := range d.Advice {
		line("faster", "%s", a)
	}
	if len(d.Problems) == 0 {
		line("result", "photographs can be extracted")
	}
}

func deviceLine(r Device) string {
	if r.Usable {
		return "usable, with ONNX Runtime " + r.Version
	}
	return "not usable: " + r.Reason
}

// missingLines has a line for each package that something is missing from, and
// for each library that is there and cannot be opened.
func missingLines(missing []Missing) []string {
	var packages, lines []string
	names := map[string][]string{}
	for _, m := range missing {
		if m.Problem != "" {
			lines = append(lines, fmt.Sprintf("cannot open %s: %s", m.Name, m.Problem))
			continue
		}
		if names[m.Package] == nil {
			packages = append(packages, m.Package)
		}
		names[m.Package] = append(names[m.Package], m.Name)
	}
	for _, p := range packages {
		lines = append(lines, fmt.Sprintf("missing, of %s: %s", p, strings.Join(names[p], ", ")))
	}
	return lines
}

func jpegLine(j JPEG) string {
	if j.Problem == "" {
		return j.Decoder
	}
	return fmt.Sprintf("%s, since %s", j.Decoder, j.Problem)
}

func trunkLine(t Trunk) string {
	if t.Problem != "" {
		return filepath.Base(t.Path) + ": " + t.Problem
	}
	parts := []string{filepath.Base(t.Path), t.Name, ui.Trained(t.Trained), ui.Megabytes(t.Bytes), fmt.Sprintf("SHA-256 %.16s…", t.SHA256)}
	if t.Used {
		parts = append(parts, "used by default")
	}
	return strings.Join(parts, ", ")
}
