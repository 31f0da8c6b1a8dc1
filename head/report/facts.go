package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"graft/head"
)

// solverNames are the solvers of records by name.
var solverNames = map[string]string{
	"rmsprop": "RMSprop",
	"lbfgs":   "L-BFGS, logistic regression solved to its optimum",
	"knn":     "nearest neighbours, without training",
}

// facts are those of the caller, then those of the record.
func (p *Page) facts() []Fact {
	var list []Fact
	add := func(name, value string) {
		if value != "" {
			list = append(list, Fact{name, plain(value)})
		}
	}
	for _, f := range p.Facts {
		add(f.Name, f.Value)
	}
	r := p.Record
	if r == nil {
		return list
	}
	add("Trained on", trainedOn(r))
	name := solverNames[r.Solver]
	if name == "" {
		name = r.Solver
	}
	add("Solver", name)
	values, seed := settings(r)
	add("Settings", values)
	add("Seed", seed)
	if c := r.Calibration; c != nil {
		add("Calibration", fmt.Sprintf("temperature %.3f, fitted on %d images held out: calibration error %s before, %s after", c.Temperature, c.Rows, percent(c.ECEBefore), percent(c.ECEAfter)))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Versions)) {
		add("Version of "+k, r.Versions[k])
	}
	return list
}

func trainedOn(r *head.Record) string {
	var counts []string
	for _, c := range r.Counts {
		counts = append(counts, fmt.Sprintf("%s %d", c.Label, c.Rows))
	}
	text := fmt.Sprintf("%d images of %d classes, %d features each", r.Rows, len(r.Counts), r.Dim)
	if len(counts) <= 12 {
		text += ": " + strings.Join(counts, ", ")
	}
	if r.HeldOut > 0 {
		text += fmt.Sprintf("; %d of them only to choose settings", r.HeldOut)
	}
	return text
}

// settings are the record's settings that are not zero, sorted by name, and the seed.
func settings(r *head.Record) (values, seed string) {
	var s any
	switch {
	case r.RMSprop != nil:
		s = r.RMSprop
	case r.LBFGS != nil:
		s = r.LBFGS
	case r.KNN != nil:
		s = r.KNN
	}
	encoded, err := json.Marshal(s)
	if err != nil {
		return "", ""
	}
	fields := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(encoded))
	d.UseNumber() // a seed has up to 64 bits
	if d.Decode(&fields) != nil || s == nil {
		return "", ""
	}
	if v, ok := fields["seed"].(json.Number); ok {
		seed = v.String()
	}
	delete(fields, "seed")
	if r.HeldOut == 0 {
		delete(fields, "hold_out") // there was none
	}
	var list []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if text := settingText(fields[k]); text != "" {
			list = append(list, strings.ReplaceAll(k, "_", " ")+text)
		}
	}
	if r.C != 0 {
		list = append(list, fmt.Sprintf("C in the end %.4g", r.C))
	}
	return strings.Join(list, ", "), seed
}

// settingText is "" for a setting that is off.
func settingText(v any) string {
	switch v := v.(type) {
	case json.Number:
		if v != "0" {
			return " " + v.String()
		}
	case bool:
		if v {
			return " on"
		}
	case string:
		if v != "none" && v != "" {
			return " " + v
		}
	case map[string]any:
		return " given"
	}
	return ""
}

// noCurves is the reason for which there is no learning curve.
func (p *Page) noCurves() string {
	switch {
	case p.Record == nil:
		return "The head does not say how it was trained."
	case p.Record.Solver == "knn":
		return "Nearest neighbours are kept, not trained: there is no curve."
	case p.Record.Solver == "lbfgs":
		return "The penalty was given, so nothing was tried and there is no curve."
	}
	return "The head was trained for a single epoch: there is no curve."
}
