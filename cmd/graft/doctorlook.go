package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/cpu"

	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/ort"
)

// diagnose looks at everything; what it finds wrong is in the result.
func diagnose(c *cli.Context) *diagnosis {
	d := &diagnosis{
		Version: 1, Graft: version(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
		Binding: binding(), Runtime: runtimeReport{Wanted: ort.Version, API: ort.APIVersion},
		Trunks: []trunkReport{}, Problems: []problemReport{}, Advice: []string{},
	}
	d.lookAtDevices(c.String("ort-lib"))
	d.lookAtJPEG()
	d.lookAtCache()
	d.lookAtTrunks(c)
	d.advise()
	return d
}

// binding is the module that ONNX Runtime is called through.
func binding() string {
	const module = "github.com/yalue/onnxruntime_go"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return module + " " + m.Version
			}
		}
	}
	return module
}

// lookAtDevices asks what each kind of device needs, and of the CPU whether it
// can be used.
func (d *diagnosis) lookAtDevices(library string) {
	for _, kind := range ort.Kinds {
		if kind == ort.Auto {
			continue
		}
		found := ort.Diagnose(ort.Device{Kind: kind}, library)
		r := deviceReport{Device: string(kind), Usable: found.Err == nil, Library: found.Library, Version: found.Version}
		if found.Err != nil {
			r.Reason, r.Cure = reasonAndCure(found.Err)
		}
		for _, name := range found.MissingFiles {
			r.Missing = append(r.Missing, missingReport{Name: name, Package: setupOf(found.Flavour)})
		}
		for _, n := range found.Dependencies {
			if n.Path == "" || n.OpenError != "" {
				r.Missing = append(r.Missing, missingReport{Name: n.Name, Package: n.Package, Problem: oneLine(n.OpenError)})
			}
		}
		if kind == ort.CPU {
			d.Runtime.Path, d.Runtime.Version = found.Library, found.Version
			if found.Err != nil {
				d.add(found.Err)
			}
		}
		d.Devices = append(d.Devices, r)
	}
}

// reasonAndCure takes an error about a device apart.
func reasonAndCure(err error) (reason, cure string) {
	var device *ort.DeviceError
	reason = oneLine(err.Error())
	if errors.As(err, &device) {
		reason = oneLine(device.Reason)
	}
	return reason, hintOf(err)
}

func (d *diagnosis) lookAtJPEG() {
	p := pixels.NewDecoder(pixels.Transform{Resize: 1, Crop: 1, EXIF: pixels.ApplyEXIF}, pixels.Limits{})
	if err := p.UseJPEG(pixels.TurboJPEG); err != nil {
		d.JPEG.Problem = oneLine(err.Error())
	}
	d.JPEG.Decoder = p.JPEG()
}

// lookAtCache measures the cache and makes sure that it can be written to.
func (d *diagnosis) lookAtCache() {
	root, err := cachePath()
	if err != nil {
		d.add(err)
		return
	}
	d.Cache.Path = root
	d.Cache.Bytes, _ = measureFiles(root)
	if err := os.MkdirAll(root, 0o755); err != nil {
		d.add(withHint(fmt.Errorf("make the cache: %w", err), "set $XDG_CACHE_HOME to a folder that can be written to"))
		return
	}
	probe, err := os.CreateTemp(root, ".doctor-*")
	if err != nil {
		d.add(withHint(fmt.Errorf("write to the cache: %w", err), "set $XDG_CACHE_HOME to a folder that can be written to"))
		return
	}
	probe.Close()
	os.Remove(probe.Name())
	if free, ok := freeDisk(root); ok {
		d.Cache.FreeBytes = &free
	}
}

// lookAtTrunks lists the cached trunks and runs the one that commands would use.
func (d *diagnosis) lookAtTrunks(c *cli.Context) {
	used := c.String("trunk")
	if folder, err := cachePath("trunks"); err == nil {
		paths, _ := filepath.Glob(filepath.Join(folder, "*.onnx"))
		if used == "" {
			used = filepath.Join(folder, defaultTrunk)
		}
		for _, path := range paths {
			r := trunkReport{Path: path, Used: path == used}
			r.Bytes, _ = measureFiles(path)
			if t, err := readTrunk(path); err != nil {
				r.Problem = oneLine(err.Error())
			} else {
				r.Name, r.SHA256, r.Trained = t.Name, t.sha256, t.Trained
			}
			d.Trunks = append(d.Trunks, r)
		}
	}
	t, err := readTrunk(used)
	if errors.Is(err, fs.ErrNotExist) && c.String("trunk") == "" {
		err = withHint(errors.New("there is no trunk yet"), `"graft trunk fetch" downloads the official one; --trunk FILE names another`)
	}
	if err != nil {
		d.add(err)
		return
	}
	if len(d.Problems) > 0 {
		return // the run would say the same once more
	}
	if d.Run, err = runOnce(c, t); err != nil {
		d.add(err)
	}
}

// runOnce sends a gray crop through the trunk.
func runOnce(c *cli.Context, t *trunkFile) (*runReport, error) {
	begin := time.Now()
	dims, err := t.tapDims([]string{onnx.Features})
	if err != nil {
		return nil, err
	}
	options, err := deviceOptions(c)
	if err != nil {
		return nil, err
	}
	s, err := t.open(c.Context, options, []string{onnx.Features})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r := &runReport{Trunk: t.path, Device: s.Choice().Device.String(), Load: time.Since(begin).Seconds()}
	n := max(s.Batch(), 1)
	crops, out := make([]byte, n*3*t.Crop*t.Crop), [][]float32{make([]float32, n*dims[0])}
	for i := range crops {
		crops[i] = 0x80
	}
	for range 2 { // the first run also makes plans
		begin = time.Now()
		if err := s.Run(c.Context, crops, n, t.Crop, t.Crop, out); err != nil {
			return nil, fmt.Errorf("trunk %q: %w", t.path, err)
		}
		r.Crop = time.Since(begin).Seconds() / float64(n)
	}
	return r, nil
}

// advise says what would make this machine faster.
func (d *diagnosis) advise() {
	if d.JPEG.Problem != "" {
		d.Advice = append(d.Advice, "install libturbojpeg (Debian: apt install libturbojpeg0): JPEGs are decoded faster, to the same bytes")
	}
	for _, r := range d.Devices {
		kind := ort.Kind(r.Device)
		bf16 := kind == ort.OpenVINO && (cpu.X86.HasAVX512BF16 || cpu.X86.HasAMXBF16)
		switch {
		case bf16 && r.Usable:
			d.Advice = append(d.Advice, "--device openvino --precision bf16: this CPU computes in bf16 at about twice the speed of fp32")
		case r.Usable || isInstalled(kind.Flavour()):
		case bf16:
			d.Advice = append(d.Advice, setupOf(kind.Flavour())+": this CPU computes in bf16, which OpenVINO does at about twice the speed of fp32")
		case kind == ort.CUDA && hasDriver(r):
			d.Advice = append(d.Advice, setupOf(kind.Flavour())+": this machine has an NVIDIA GPU")
		}
	}
}

func isInstalled(f ort.Flavour) bool {
	dir, err := f.Dir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, ort.LibraryName()))
	return err == nil
}

// hasDriver reports whether the GPU's driver is there, whatever else is missing.
func hasDriver(r deviceReport) bool {
	for _, m := range r.Missing {
		if m.Name == "libcuda.so.1" {
			return false
		}
	}
	return runtime.GOOS == "linux"
}
