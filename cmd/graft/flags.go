package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/ingest"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/head/classify"
	"graft/onnx"
	"graft/onnx/ort"
)

// trunkFlags say which trunk runs, and on what.
func trunkFlags() []cli.Flag {
	return append(append(deviceFlags(), limitFlags()...),
		&cli.StringFlag{Name: "trunk", TakesFile: true, EnvVars: []string{"GRAFT_TRUNK"}, Usage: "trunk `FILE` (default: the cache's, or the head's own)"},
		libraryFlag(),
		&cli.IntFlag{Name: "workers", Action: atLeast("workers", 0), Usage: "decode `N` images at once", DefaultText: "one a core"},
	)
}

func libraryFlag() cli.Flag {
	return &cli.StringFlag{Name: "ort-lib", TakesFile: true, EnvVars: []string{"GRAFT_ORT_LIB"}, Usage: "ONNX Runtime library `FILE` (default: the one that \"graft doctor\" names)"}
}

// deviceFlags say what the trunk runs on.
func deviceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "device", Value: "cpu", EnvVars: []string{"GRAFT_DEVICE"}, Usage: "run the trunk on `DEVICE`: cpu, cuda[:i[,j…]], tensorrt[:i], openvino, coreml, directml or webgpu; " + autoHelp()},
		&cli.StringFlag{Name: "precision", Value: "fp32", Usage: "compute in `P`: fp32, tf32, bf16 or fp16, where the device can"},
		&cli.IntFlag{Name: "batch-size", Usage: "accelerators: run `N` images at once (default: 32)"},
		&cli.Int64Flag{Name: "gpu-mem", Usage: "cuda: take at most `BYTES` of each GPU's memory"},
		&cli.StringFlag{Name: "conv-search", Value: "heuristic", Usage: "cuda: find convolution algorithms by `S`: heuristic, or exhaustive, which starts slowly and may run faster"},
	}
}

// autoHelp says what auto tries, in order.
func autoHelp() string {
	var names []string
	for _, k := range ort.AutoOrder {
		if k == ort.OpenVINO {
			names = append(names, string(k)+" (for bf16)")
			continue
		}
		names = append(names, string(k))
	}
	return "auto takes the first that works of " + strings.Join(names, ", ")
}

// deviceOptions are those of the device.
func deviceOptions(c *cli.Context) (o ort.Options, err error) {
	o = ort.Options{Library: c.String("ort-lib"), Batch: c.Int("batch-size"), GPUMemory: c.Int64("gpu-mem")}
	if o.Device, err = ort.ParseDevice(c.String("device")); err != nil {
		return o, usageError{err}
	}
	if o.Precision, err = ort.ParsePrecision(c.String("precision")); err != nil {
		return o, usageError{err}
	}
	if o.Search, err = ort.ParseSearch(c.String("conv-search")); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// transformFlags say how a photograph becomes pixels.
func transformFlags() []cli.Flag {
	return []cli.Flag{
		sizeFlag("resize", "resize the short side to `PIXELS`, or as --resize-mode says; HEIGHTxWIDTH: until it covers both"),
		sizeFlag("crop", "cut a square of `PIXELS` from the middle, or HEIGHTxWIDTH"),
		cropPctFlag(),
		interpolationFlag(),
		resizeModeFlag(),
		&cli.StringFlag{Name: "exif", Value: pixels.ApplyEXIF, Usage: "`apply` the EXIF orientation, or ignore it as torchvision does"},
		&cli.StringFlag{Name: "gray16", Value: "clip", Usage: "16-bit gray: clip what is over 255 to white as torchvision does, or `scale`: keep the high byte", Action: oneOf("gray16", gray16s)},
		&cli.StringFlag{Name: "alpha", Value: "drop", Usage: "drop alpha and show what lies beneath as torchvision does, or lay a ground of `COLOUR`, white or black", Action: alphaAction},
		&cli.BoolFlag{Name: "fast", Usage: "decode large JPEGs at 1/2, 1/4 or 1/8 of their size: faster, other pixels"},
	}
}

// adjustOptions are the changes to the trunk's own transform.
func adjustOptions(c *cli.Context) trunk.Adjust {
	return trunk.Adjust{
		Resize: sizeOf(c, "resize"), Crop: sizeOf(c, "crop"), EXIF: c.String("exif"), Fast: c.Bool("fast"),
		Gray16: gray16s[c.String("gray16")], Alpha: alphas[c.String("alpha")],
		Interpolation: c.String("interpolation"), ResizeMode: c.String("resize-mode"), CropPct: c.Float64("crop-pct"),
	}
}

// Values of --gray16 and --alpha, and what they are in a transform.
var (
	gray16s = map[string]string{"clip": "", pixels.ScaleGray16: pixels.ScaleGray16}
	alphas  = map[string]string{"drop": "", pixels.GroundWhite: pixels.GroundWhite, pixels.GroundBlack: pixels.GroundBlack}
)

// alphaAction also lets a number pass where it used to mean RMSprop's alpha.
func alphaAction(c *cli.Context, v string) error {
	isSolver := func(f cli.Flag) bool { return slices.Contains(f.Names(), rmsAlpha) }
	if _, err := strconv.ParseFloat(v, 64); err == nil && slices.ContainsFunc(c.Command.Flags, isSolver) {
		return nil
	}
	return oneOf("alpha", alphas)(c, v)
}

// oneOf is the Action of a flag that takes the keys of a map.
func oneOf(name string, values map[string]string) func(*cli.Context, string) error {
	return func(_ *cli.Context, v string) error {
		if _, ok := values[v]; !ok {
			return usagef("--%s is %q; it must be %s", name, v, strings.Join(slices.Sorted(maps.Keys(values)), " or "))
		}
		return nil
	}
}

// limitFlags say what is refused before it costs memory.
func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Int64Flag{Name: "max-pixels", Action: atLeast[int64]("max-pixels", 1), Usage: "refuse images of more than `N` pixels", DefaultText: "179 million"},
		&cli.Int64Flag{Name: "max-bytes", Action: atLeast[int64]("max-bytes", 1), Usage: "refuse files of more than `N` bytes", DefaultText: "256 MiB"},
	}
}

// atLeast is the Action of a flag that takes no smaller number.
func atLeast[T int | int64](name string, least T) func(*cli.Context, T) error {
	return func(_ *cli.Context, v T) error {
		if v < least {
			return usagef("--%s is %d; it must be at least %d", name, v, least)
		}
		return nil
	}
}

// limitOptions are the limits of a decoder.
func limitOptions(c *cli.Context) pixels.Limits {
	return pixels.Limits{Pixels: c.Int64("max-pixels"), Bytes: c.Int64("max-bytes")}
}

// dataFlags are those of commands that take photographs or features.
func dataFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "features", Usage: "keep the features in `DIR` (default: in the cache)"},
		listFlag(),
	}
	return append(flags, trunkFlags()...)
}

func listFlag() cli.Flag {
	return &cli.StringFlag{Name: "list", TakesFile: true, Usage: "csv, json or jsonl `FILE` with path and label of each image"}
}

// emptyFlag is that of commands that refuse classes without images.
func emptyFlag() cli.Flag {
	return &cli.BoolFlag{Name: "allow-empty", Usage: "leave out class folders without images"}
}

// dataOptions say how data is scanned and read.
func dataOptions(c *cli.Context) dataset.Options {
	return dataset.Options{List: c.String("list"), AllowEmpty: c.Bool("allow-empty"), MaxBytes: c.Int64("max-bytes")}
}

// viewFlags are those of augmented views.
func viewFlags(use string) []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "views", Action: atLeast("views", 0), Usage: use},
		&cli.Uint64Flag{Name: "views-seed", Usage: "seed `N` of the augmented views: another one means other features"},
	}
}

// tapFlag chooses the output of the trunk that a head is trained on.
func tapFlag() cli.Flag {
	return &cli.StringFlag{Name: "tap", Value: onnx.Features, Usage: "train on the trunk's output `NAME`; \"graft trunk inspect\" lists them, \"graft taps\" compares them"}
}

func widthFlag() cli.Flag {
	return &cli.Float64Flag{Name: "width", Value: 1, Usage: "scale every channel count by `W`; the checkpoint must have those shapes"}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print one JSON object instead"}
}

func strictFlag() cli.Flag {
	return &cli.BoolFlag{Name: "strict", Usage: "refuse data with classes that the head does not know, instead of judging the rest"}
}

func splitFlag() cli.Flag {
	return &cli.StringFlag{Name: "split", Usage: "judge `SPLIT` (default: val where there is one, else everything)"}
}

// gcPercent is how much garbage may lie about while features are extracted.
const gcPercent = 8

// ingestOptions say how the features of photographs are computed.
func ingestOptions(c *cli.Context) (o ingest.Options, err error) {
	o = ingest.Options{
		Trunk: c.String("trunk"), Adjust: adjustOptions(c), Views: c.Int("views"), ViewsSeed: c.Uint64("views-seed"),
		Folder: c.String("features"), Data: dataOptions(c), Limits: limitOptions(c), JPEG: jpegDecoders[c.String("jpeg")],
		Workers: c.Int("workers"), GCPercent: gcPercent, Progress: new(extractor.Progress),
	}
	if c.IsSet("tap") {
		o.Taps = strings.Split(c.String("tap"), ",")
	}
	o.Device, err = deviceOptions(c)
	return o, err
}

// classifyOptions say how a head or classifier is opened.
func classifyOptions(c *cli.Context) (o classify.Options, err error) {
	o = classify.Options{Trunk: c.String("trunk"), Limits: limitOptions(c), Workers: c.Int("workers")}
	o.Device, err = deviceOptions(c)
	return o, err
}

// jpegDecoders are the values of --jpeg.
var jpegDecoders = map[string]string{"turbojpeg": pixels.TurboJPEG, "own": pixels.OwnJPEG}

func jpegFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "jpeg", EnvVars: []string{"GRAFT_JPEG"},
		Usage: "decode JPEGs with `DECODER`, turbojpeg or own; the pixels are the same", DefaultText: "turbojpeg where it is installed",
		Action: func(_ *cli.Context, v string) error {
			if _, ok := jpegDecoders[v]; !ok && v != "" {
				return usagef("--jpeg is %q; it must be turbojpeg or own", v)
			}
			return nil
		},
	}
}
