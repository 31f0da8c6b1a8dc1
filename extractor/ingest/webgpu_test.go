package ingest

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"graft/extractor"
	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/onnx/ort"
)

// chromium is the folder of Debian's package, which brings SwiftShader: a driver
// for Vulkan that computes on the CPU. Mesa's, llvmpipe, is too old for ONNX
// Runtime's WebGPU where Debian 12 has it.
const chromium = "/usr/lib/chromium"

// webgpuImages are not a multiple of the batch: the last one is padded.
const webgpuImages = 17

// softwareGPU is the environment in which SwiftShader is a GPU, and ONNX Runtime's
// library that can use it; the test is skipped where either is missing.
func softwareGPU(t *testing.T) (env []string) {
	t.Helper()
	driver := filepath.Join(chromium, "vk_swiftshader_icd.json")
	if _, err := os.Stat(driver); err != nil || runtime.GOOS != "linux" {
		t.Skip("there is no SwiftShader here: Debian's package chromium brings it")
	}
	dir, err := ort.FlavourWebGPU.Dir()
	if err != nil {
		t.Skip(err)
	}
	library := filepath.Join(dir, ort.LibraryName())
	if _, err := os.Stat(library); err != nil {
		t.Skipf("ONNX Runtime's flavour webgpu is not installed: scripts/setup --webgpu installs it: %v", err)
	}
	// Chromium brings Vulkan's loader, too.
	return append(os.Environ(), "VK_ICD_FILENAMES="+driver, "LD_LIBRARY_PATH="+chromium, ort.LibraryVariable+"="+library, "INGEST_TEST_WEBGPU=1")
}

// TestWebGPU runs the pipeline on an accelerator's provider, in a process of its
// own, which holds another library than this one.
func TestWebGPU(t *testing.T) {
	if os.Getenv("INGEST_TEST_WEBGPU") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWebGPU$", "-test.v")
		cmd.Env = softwareGPU(t)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	data := extractortest.Photographs(t, webgpuImages)
	extractortest.Write(t, filepath.Join(data, "train", extractortest.Classes[0], "letter.jpg"), []byte("a letter"))
	cpu := tiny(t)
	cpu.Views, cpu.Workers, cpu.Folder = 1, 6, filepath.Join(t.TempDir(), "cpu")
	gpu := cpu
	gpu.Device, gpu.Folder = ort.Options{Device: ort.Device{Kind: ort.WebGPU}, Batch: 4}, filepath.Join(t.TempDir(), "gpu")
	ran(t, data, cpu)

	// Broken off by an error in the sixth batch, then by an interrupt in the
	// third of what is left: what was finished is kept, and no session is left.
	broken := errors.New("the device is lost")
	if _, err := brokenOff(t, t.Context(), data, gpu, 6, func() error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("error %v, want that of the device", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := brokenOff(t, ctx, data, gpu, 3, func() error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of an interrupt", err)
	}
	kept := sealedIn(t, gpu.Folder)
	r, p := ran(t, data, gpu)
	if computed := int(p.Computed.Load()); kept == 0 || kept+computed != 2*webgpuImages || len(r.Failed) != 1 {
		t.Errorf("%d rows were kept and %d computed, want all together; %d failed", kept, computed, len(r.Failed))
	}
	if n := ort.OpenSessions(); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
	t.Logf("the largest difference to the CPU is %.2g of the largest feature", difference(t, cpu.Folder, gpu.Folder))
}

// brokenOff runs a job whose trunk calls at in the place of its n-th batch.
func brokenOff(t *testing.T, ctx context.Context, data string, o Options, n int, at func() error) (*Result, error) {
	t.Helper()
	o.Progress = new(extractor.Progress)
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Observer = &breaker{n: int64(n), at: at}
	return j.Run(ctx, data)
}

// A breaker is an observer that computes nothing and breaks off.
type breaker struct {
	extractor.Trunk
	n    int64
	at   func() error
	runs atomic.Int64
}

func (b *breaker) Watch(t extractor.Trunk) extractor.Trunk { b.Trunk = t; return b }

func (b *breaker) Keep(pixels.Key, extractor.Features) error { return nil }

func (b *breaker) Run(ctx context.Context, pixels []byte, n, h, w int, rows [][]float32) error {
	if b.runs.Add(1) == b.n {
		if err := b.at(); err != nil {
			return err
		}
	}
	if n != b.Batch() {
		return errors.New("a batch of another size")
	}
	return b.Trunk.Run(ctx, pixels, n, h, w, rows)
}

// difference is the largest between the rows of two folders, relative to the
// largest feature; more than rounding is an error.
func difference(t *testing.T, a, b string) float64 {
	t.Helper()
	x, table := opened(t, a)
	defer x.Close()
	y, _ := opened(t, b)
	defer y.Close()
	largest, off := 0.0, 0.0
	rows := 0
	for view := range 2 {
		for _, r := range table.Records {
			if r.Error != "" {
				continue
			}
			v, w := viewOf(t, x, r.Key, view), viewOf(t, y, r.Key, view)
			rows++
			for i := range v {
				largest = max(largest, math.Abs(float64(v[i])))
				off = max(off, math.Abs(float64(v[i]-w[i])))
			}
		}
	}
	if rows != 2*webgpuImages || !(off <= 1e-5*largest) || largest == 0 {
		t.Errorf("%d rows, off by %g of at most %g", rows, off, largest)
	}
	return off / largest
}

func viewOf(t *testing.T, s *features.Store, key pixels.Key, view int) []float32 {
	t.Helper()
	row := make([]float32, s.Dim())
	if err := s.Row(key, view, row); err != nil {
		t.Fatal(err)
	}
	return row
}
