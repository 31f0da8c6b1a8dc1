package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/onnx"
	"graft/onnx/ort"
	"graft/onnx/precision"
)

func trunkQuantizeCommand() *cli.Command {
	return &cli.Command{
		Name:      "quantize",
		Usage:     "make a trunk that computes in 8-bit integers: two to four times as fast on CPUs with VNNI",
		ArgsUsage: "TRUNK",
		Description: "Measures what the values between layers are like on photographs, chooses a range for each, and\n" +
			"compares features on photographs held out from that. What has no integer form stays float, and is\n" +
			"named. Heads of the float trunk do not fit the new one: its features are other ones.\n\n" +
			"Example: graft trunk quantize trunk.onnx --calibrate photographs --out trunk8.onnx",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "calibrate", Usage: "photographs at `DATA` like those the trunk will see; of data with splits, train is used"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE`"},
			&cli.IntFlag{Name: "images", Value: 256, Usage: "measure ranges on `N` photographs"},
			&cli.IntFlag{Name: "held-out", Value: 64, Usage: "compare features on `N` others"},
			&cli.StringFlag{Name: "method", Value: "auto", Usage: "choose ranges by `M`: minmax, percentile, mse, or auto, the one that keeps the features closest"},
			&cli.IntFlag{Name: "keep", Usage: "leave the `N` convolutions in float that add most noise"},
			&cli.Float64Flag{Name: "cosine", Usage: "leave convolutions in float until the features' mean cosine is `C`"},
			&cli.BoolFlag{Name: "reduce-range", Usage: "7-bit weights: for x86 CPUs without VNNI, where sums of products overflow otherwise"},
			&cli.StringFlag{Name: "list", TakesFile: true, Usage: "csv or jsonl `FILE` with path and label of each image"},
			&cli.StringFlag{Name: "ort-lib", TakesFile: true, EnvVars: []string{"GRAFT_ORT_LIB"}, Usage: "ONNX Runtime library `FILE` (default: what scripts/setup installed)"},
			jsonFlag(),
		}, limitFlags()...),
		Action: trunkQuantize,
	}
}

// A quantization is what "trunk quantize" reports; its JSON form is stable.
type quantization struct {
	Out          string   `json:"out"`
	SHA256       string   `json:"sha256"`
	Bytes        int      `json:"bytes"`
	BytesFP32    int      `json:"bytes_fp32"`
	Rate         float64  `json:"images_per_second"` // of the trunk alone, on the CPU, all cores
	RateFP32     float64  `json:"images_per_second_fp32"`
	Cosine       float64  `json:"cosine"`    // of the features to those in float32, mean
	CosineP1     float64  `json:"cosine_p1"` // 1st percentile of the same
	HeldOut      int      `json:"held_out"`  // photographs that was measured on
	Images       int      `json:"images"`    // photographs the ranges were measured on
	Unreadable   int      `json:"unreadable"`
	Method       string   `json:"method"`
	Tried        []trial  `json:"tried"`
	Convolutions int      `json:"convolutions"`
	Kept         []string `json:"kept"`  // convolutions left in float
	Float        []string `json:"float"` // operators that have no integer form
}

type trial struct {
	Method string  `json:"method"`
	Kept   int     `json:"kept"`
	Cosine float64 `json:"cosine"`
}

func trunkQuantize(c *cli.Context) error {
	path, err := one(c, "TRUNK")
	if err != nil {
		return err
	}
	tune, err := tuneOptions(c)
	if err != nil {
		return err
	}
	t, network, err := analysed(path)
	if err != nil {
		return err
	}
	photos, err := calibrationPhotographs(c, t.Trunk)
	if err != nil {
		return err
	}
	q := &quantizer{trunk: t, network: network, photos: photos, library: c.String("ort-lib")}
	calibration, err := q.calibrate(c)
	if err != nil {
		return err
	}
	trials, err := precision.Search(c.Context, network, calibration, q, tune)
	if err != nil {
		return fmt.Errorf("trunk %q: %w", path, err)
	}
	report, err := q.finish(c, trials)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = printJSON(c.App.Writer, report)
	} else {
		printQuantization(c.App.Writer, report)
	}
	if err == nil && photos.failed > 0 {
		err = partialError{photos.failed, photos.failed + len(photos.measured) + len(photos.heldOut)}
	}
	return err
}

func tuneOptions(c *cli.Context) (precision.SearchOptions, error) {
	o := precision.SearchOptions{Keep: c.Int("keep"), Cosine: c.Float64("cosine"), ReducedRange: c.Bool("reduce-range")}
	for _, flag := range []string{"calibrate", "out"} {
		if _, err := required(c, flag); err != nil {
			return o, err
		}
	}
	switch {
	case o.Keep < 0:
		return o, usagef("--keep is %d; it must be 0 or more", o.Keep)
	case !(o.Cosine >= 0 && o.Cosine < 1):
		return o, usagef("--cosine is %g; it must be at least 0 and below 1", o.Cosine)
	case c.Int("images") < 1 || c.Int("held-out") < 1:
		return o, usagef("--images and --held-out must be at least 1")
	}
	if c.String("method") != "auto" {
		m, err := precision.ParseMethod(c.String("method"))
		if err != nil {
			return o, usageError{err}
		}
		o.Methods = []precision.Method{m}
	}
	return o, nil
}

// analysed reads a trunk and finds what can be quantised.
func analysed(path string) (*trunkFile, *precision.Network, error) {
	t, m, err := decodedTrunk(path)
	if err != nil {
		return nil, nil, err
	}
	n, err := precision.Analyse(m)
	if err != nil {
		return nil, nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	return t, n, nil
}

// finish writes the trunk of the last trial and reports on it.
func (q *quantizer) finish(c *cli.Context, trials []precision.Trial) (*quantization, error) {
	last := trials[len(trials)-1]
	record := precision.Record{
		Dtype: precision.Int8, From: q.trunk.sha256, Method: last.Method, Images: len(q.photos.measured), Kept: last.Keep,
		ReducedRange: last.ReducedRange, HeldOut: len(last.Cosines), Cosine: last.Mean(), CosineP1: last.Percentile1(),
	}
	if err := record.Write(last.Model); err != nil {
		return nil, err
	}
	r := &quantization{
		Out: c.String("out"), BytesFP32: len(q.trunk.encoded), Cosine: last.Mean(), CosineP1: last.Percentile1(),
		HeldOut: len(last.Cosines), Images: len(q.photos.measured), Unreadable: q.photos.failed, Method: string(last.Method),
		Convolutions: len(q.network.Convolutions()), Kept: append([]string{}, last.Keep...), Float: append([]string{}, q.network.Float()...),
	}
	for _, t := range trials {
		r.Tried = append(r.Tried, trial{string(t.Method), len(t.Keep), t.Mean()})
	}
	encoded := last.Model.Encode()
	r.Bytes = len(encoded)
	var err error
	if r.RateFP32, r.Rate, err = q.speeds(c.Context, encoded); err != nil {
		return nil, err
	}
	r.SHA256, err = writeModel(r.Out, last.Model)
	return r, err
}

func printQuantization(w io.Writer, r *quantization) {
	fmt.Fprintf(w, "wrote        %s, SHA-256 %.16s…\n", r.Out, r.SHA256)
	fmt.Fprintf(w, "size         %.1f MB, fp32 %.1f MB\n", float64(r.Bytes)/1e6, float64(r.BytesFP32)/1e6)
	fmt.Fprintf(w, "speed        %.1f images/s, fp32 %.1f: %.2f times (trunk alone, cpu)\n", r.Rate, r.RateFP32, r.Rate/r.RateFP32)
	fmt.Fprintf(w, "cosine       %.5f mean, %.5f at the 1st percentile of %d photographs held out\n", r.Cosine, r.CosineP1, r.HeldOut)
	var tried []string
	for _, t := range r.Tried {
		text := fmt.Sprintf("%s %.5f", t.Method, t.Cosine)
		if t.Kept > 0 {
			text += fmt.Sprintf(" with %d kept in float", t.Kept)
		}
		tried = append(tried, text)
	}
	fmt.Fprintf(w, "ranges       by %s, from %d photographs; tried: %s\n", r.Method, r.Images, strings.Join(tried, ", "))
	fmt.Fprintf(w, "int8         %d of %d convolutions\n", r.Convolutions-len(r.Kept), r.Convolutions)
	for _, name := range r.Kept {
		fmt.Fprintf(w, "float        convolution %q, which adds most noise\n", name)
	}
	for _, name := range r.Float {
		fmt.Fprintf(w, "float        %s has no integer form\n", name)
	}
}

// openModel starts a session on the CPU for all outputs of a model.
func openModel(ctx context.Context, encoded []byte, library string, outputs []*onnx.Value) (*ort.Session, error) {
	o := ort.Options{Library: library}
	for _, v := range outputs {
		o.Outputs = append(o.Outputs, v.Name)
	}
	return ort.Open(ctx, encoded, o)
}
