package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"graft/cmd/graft/internal/hints"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

// Options are those that the commands would run with.
type Options struct {
	Version string // of graft
	Program string // path of graft itself, for trials; "": none are made
	Trunk   string // file; "": the cache's default
	Cache   trunk.Cache
	Device  ort.Options
}

// Examine looks at everything; what it finds wrong is in the result.
func Examine(ctx context.Context, o Options) *Diagnosis {
	d := &Diagnosis{
		Version: 1, Graft: o.Version, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0),
		Binding: binding(), Runtime: Runtime{Wanted: ort.Version, API: ort.APIVersion},
		Trunks: []Trunk{}, Problems: []Problem{}, Advice: []string{},
	}
	d.lookAtDevices(o.Device.Library)
	d.lookAtJPEG()
	d.lookAtCache(o.Cache)
	d.lookAtTrunks(ctx, o)
	if len(d.Problems) == 0 {
		if err := d.try(ctx, o); err != nil {
			d.add(err)
		}
	}
	d.advise()
	d.slash()
	return d
}

// slash writes all paths as results have them, with slashes.
func (d *Diagnosis) slash() {
	paths := []*string{&d.Runtime.Path, &d.Cache.Path}
	for i := range d.Devices {
		paths = append(paths, &d.Devices[i].Library)
	}
	for i := range d.Trunks {
		paths = append(paths, &d.Trunks[i].Path)
	}
	if d.Run != nil {
		paths = append(paths, &d.Run.Trunk)
	}
	for _, p := range paths {
		*p = filepath.ToSlash(*p)
	}
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
func (d *Diagnosis) lookAtDevices(library string) {
	for _, kind := range ort.Kinds {
		if kind == ort.Auto {
			continue
		}
		found := ort.Diagnose(ort.Device{Kind: kind}, library)
		r := Device{Device: string(kind), Usable: found.Err == nil, Library: found.Library, Version: found.Version}
		if found.Err != nil {
			r.Reason, r.Cure = reasonAndCure(found.Err)
		}
		for _, name := range found.MissingFiles {
			r.Missing = append(r.Missing, Missing{Name: name, Package: fmt.Sprintf("ONNX Runtime's flavour %s", found.Flavour)})
		}
		for _, n := range found.Dependencies {
			if n.Path == "" || n.OpenError != "" {
				r.Missing = append(r.Missing, Missing{Name: n.Name, Package: n.Package, Problem: ui.OneLine(n.OpenError)})
			}
		}
		if kind == ort.CPU {
			d.Runtime.Path, d.Runtime.Version, d.Runtime.Origin = found.Library, found.Version, string(found.Origin)
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
	reason = ui.OneLine(err.Error())
	if errors.As(err, &device) {
		reason = ui.OneLine(device.Reason)
	}
	return reason, hints.Of(err)
}

func (d *Diagnosis) lookAtJPEG() {
	p := pixels.NewDecoder(pixels.Transform{Resize: 1, Crop: 1, EXIF: pixels.ApplyEXIF}, pixels.Limits{})
	if err := p.UseJPEG(pixels.TurboJPEG); err != nil {
		d.JPEG.Problem = ui.OneLine(err.Error())
	}
	d.JPEG.Decoder = p.JPEG()
}

// lookAtCache measures the cache and makes sure that it can be written to.
func (d *Diagnosis) lookAtCache(c trunk.Cache) {
	root, err := c.Path()
	if err != nil {
		d.add(err)
		return
	}
	d.Cache.Path = root
	d.Cache.Bytes, _ = trunk.DiskUse(root)
	if err := c.Check(); err != nil {
		d.add(err)
		return
	}
	if free, ok := durable.Free(root); ok {
		d.Cache.FreeBytes = &free
	}
}

// lookAtTrunks lists the cached trunks and runs the one that commands would use.
func (d *Diagnosis) lookAtTrunks(ctx context.Context, o Options) {
	used := o.Trunk
	if used == "" {
		used, _ = o.Cache.Default()
	}
	paths, _ := o.Cache.Trunks()
	for _, path := range paths {
		r := Trunk{Path: path, Used: path == used}
		r.Bytes, _ = trunk.DiskUse(path)
		if t, err := trunk.Read(path); err != nil {
			r.Problem = ui.OneLine(err.Error())
		} else {
			r.Name, r.SHA256, r.Trained = t.Name, t.SHA256, t.Trained
		}
		d.Trunks = append(d.Trunks, r)
	}
	t, err := o.Cache.Find(o.Trunk)
	if err != nil {
		d.add(err)
		return
	}
	if len(d.Problems) > 0 {
		return // the run would say the same once more
	}
	if d.Run, err = runOnce(ctx, t, o.Device); err != nil {
		d.add(err)
	}
}

// runOnce sends a gray crop through the trunk.
func runOnce(ctx context.Context, t *trunk.File, o ort.Options) (*Run, error) {
	begin := time.Now()
	dims, err := t.Dims([]string{onnx.Features})
	if err != nil {
		return nil, err
	}
	s, err := t.Open(ctx, o, onnx.Features)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	r := &Run{Trunk: t.Path, Device: s.Choice().Device.String(), Load: time.Since(begin).Seconds()}
	n := max(s.Batch(), 1)
	h, w := t.Sides()
	crops, out := make([]byte, n*3*h*w), [][]float32{make([]float32, n*dims[0])}
	for i := range crops {
		crops[i] = 0x80
	}
	for range 2 { // the first run also makes plans
		begin = time.Now()
		if err := s.Run(ctx, crops, n, h, w, out); err != nil {
			return nil, fmt.Errorf("trunk %q: %w", t.Path, err)
		}
		r.Crop = time.Since(begin).Seconds() / float64(n)
	}
	return r, nil
}

// advise says what would make this machine faster: what was measured, and what
// may be worth a measurement.
func (d *Diagnosis) advise() {
	d.adviseByTrials()
	if d.JPEG.Problem != "" {
		d.Advice = append(d.Advice, hints.TurboJPEG()+": JPEGs are decoded faster, to the same bytes")
	}
	for _, r := range d.Devices {
		kind := ort.Kind(r.Device)
		bf16 := kind == ort.OpenVINO && ort.HasBF16()
		switch {
		case r.Usable || isInstalled(kind.Flavour()):
		case bf16:
			d.Advice = append(d.Advice, hints.Library(kind.Flavour())+": this CPU has instructions for bf16; \"graft doctor\" then measures whether they are faster")
		case kind == ort.CUDA && hasDriver(r):
			d.Advice = append(d.Advice, hints.Library(kind.Flavour())+": this machine has an NVIDIA GPU")
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
func hasDriver(r Device) bool {
	for _, m := range r.Missing {
		if m.Name == "libcuda.so.1" {
			return false
		}
	}
	return runtime.GOOS == "linux"
}
