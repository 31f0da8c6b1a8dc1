package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/features"
	"graft/onnx/ort"
)

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

// deviceOptions reads the flags of the device.
func deviceOptions(c *cli.Context) (ort.Options, error) {
	d, err := ort.ParseDevice(c.String("device"))
	if err != nil {
		return ort.Options{}, usageError{err}
	}
	p, err := ort.ParsePrecision(c.String("precision"))
	if err != nil {
		return ort.Options{}, usageError{err}
	}
	search, err := ort.ParseSearch(c.String("conv-search"))
	if err != nil {
		return ort.Options{}, usageError{err}
	}
	return ort.Options{Library: c.String("ort-lib"), Device: d, Precision: p, Batch: c.Int("batch-size"), GPUMemory: c.Int64("gpu-mem"), Search: search}, nil
}

// runtimeOf is what of device and precision changes the bits of features. The
// CPU in fp32 is the reference and is not recorded, so that it needs no library
// to be found where everything is cached.
func runtimeOf(c *cli.Context) (ort.Options, features.Runtime, error) {
	o, err := deviceOptions(c)
	if err != nil || o.Device.Kind == ort.CPU && o.Precision == ort.FP32 {
		return o, features.Runtime{}, err
	}
	choice, err := ort.Choose(o)
	if err != nil {
		return o, features.Runtime{}, err
	}
	if o.Device.Kind == ort.Auto {
		say(c.App.ErrWriter, "device auto takes %s%s", choice.Device, passedOver(choice))
	}
	o.Device, o.Precision, o.Library = choice.Device, choice.Precision, choice.Library
	if o.Device.Kind == ort.CPU && o.Precision == ort.FP32 {
		return o, features.Runtime{}, nil
	}
	return o, features.Runtime{Device: string(o.Device.Kind), Precision: string(o.Precision), Library: choice.Version, Options: o.Recorded()}, nil
}

// passedOver says why auto did not take the devices before its choice.
func passedOver(choice ort.Choice) string {
	var why string
	for i, p := range choice.Passed {
		sep := "; "
		if i == 0 {
			sep = " ("
		}
		why += fmt.Sprintf("%s%s: %s", sep, p.Kind, p.Reason())
		var library *ort.LibraryError
		if errors.As(p.Err, &library) && library.Path == "" && library.Flavour != ort.FlavourCPU {
			why += fmt.Sprintf(" (%s)", setupOf(library.Flavour))
		}
	}
	if why != "" {
		why += ")"
	}
	return why
}
