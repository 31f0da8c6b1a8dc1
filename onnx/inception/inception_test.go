package inception

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// small is the width at which most tests build.
const small = 0.25

// A patch is made-up weights with some tensors changed.
type patch struct {
	Seeded
	change func(name string, dims []int64, data []float32) ([]int64, []float32, error)
}

func (p patch) Tensor(name string) ([]int64, []float32, error) {
	dims, data, err := p.Seeded.Tensor(name)
	if err != nil {
		return nil, nil, err
	}
	return p.change(name, dims, data)
}

func build(t testing.TB, w Weights, o Options) *onnx.Model {
	t.Helper()
	m, err := Build(w, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		width float64
		name  string
		taps  []onnx.Tap
	}{
		{1, "inception_v3", []onnx.Tap{{Name: "features", Dim: 2048}, {Name: "Mixed_5d", Dim: 288}, {Name: "Mixed_6e", Dim: 768}, {Name: "Mixed_7a", Dim: 1280}}},
		{small, "inception_v3 × 0.25", []onnx.Tap{{Name: "features", Dim: 512}, {Name: "Mixed_5d", Dim: 72}, {Name: "Mixed_6e", Dim: 192}, {Name: "Mixed_7a", Dim: 320}}},
	} {
		s := Seeded{Width: c.width}
		m := build(t, s, Options{Width: c.width, Source: s.Source()})
		d, err := onnx.DescribeTrunk(m)
		if err != nil {
			t.Fatal(err)
		}
		if d.Name != c.name || d.Trained || d.Source != "seed 0" || d.Resize != 342 || d.Crop != 299 || !slices.Equal(d.Taps, c.taps) {
			t.Errorf("described as %+v", d)
		}
		count := map[string]int{}
		for _, n := range m.Graph.Nodes {
			count[n.Op]++
			if n.Op == "AveragePool" && n.Int("count_include_pad", 0) != 1 {
				t.Errorf("%s leaves the padding out", n.Name)
			}
		}
		want := map[string]int{"Cast": 1, "Transpose": 1, "Conv": 94, "Relu": 94, "MaxPool": 4, "AveragePool": 9, "Concat": 11, "GlobalAveragePool": 4, "Flatten": 4}
		if fmt.Sprint(count) != fmt.Sprint(want) {
			t.Errorf("operators %v, want %v", count, want)
		}
	}
}

// TestParameterCount checks against PyTorch's count of torchvision's network
// without fc and AuxLogits: 21,785,568; running statistics are none.
func TestParameterCount(t *testing.T) {
	list, err := Parameters(1)
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, p := range list {
		if strings.Contains(p.Name, "running") {
			continue
		}
		n := int64(1)
		for _, d := range p.Dims {
			n *= d
		}
		total += n
	}
	if len(list) != 94*5 || total != 21_785_568 {
		t.Errorf("%d tensors, %d parameters", len(list), total)
	}
}

func TestScaled(t *testing.T) {
	for _, c := range []struct {
		channels int64
		width    float64
		want     int64
	}{{32, 1, 32}, {32, 0.25, 8}, {80, 0.25, 20}, {48, 0.1, 4}, {4, 0.01, 4}, {40, 0.25, 12}, {64, 2, 128}} {
		if got := scaled(c.channels, c.width); got != c.want {
			t.Errorf("%d at width %g is %d, want %d", c.channels, c.width, got, c.want)
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	const tensor = "Mixed_6b.branch7x7_2.conv.weight"
	for _, c := range []struct {
		name   string
		change func(name string, dims []int64, data []float32) ([]int64, []float32, error)
		want   []string
	}{
		{"missing", func(string, []int64, []float32) ([]int64, []float32, error) {
			return nil, nil, fmt.Errorf("no such: %w", fs.ErrNotExist)
		}, []string{tensor, "[32 32 1 7]", "missing"}},
		{"shape", func(_ string, _ []int64, data []float32) ([]int64, []float32, error) {
			return []int64{32, 32, 7, 1}, data, nil
		}, []string{tensor, "[32 32 7 1]", "[32 32 1 7]", "width 0.25"}},
		{"broken", func(string, []int64, []float32) ([]int64, []float32, error) {
			return nil, nil, errors.New("disk on fire")
		}, []string{tensor, "disk on fire"}},
		{"not a number", func(_ string, dims []int64, data []float32) ([]int64, []float32, error) {
			data[5] = float32(math.NaN())
			return dims, data, nil
		}, []string{"Mixed_6b.branch7x7_2", "NaN", "damaged"}},
	} {
		w := patch{Seeded{Width: small}, func(name string, dims []int64, data []float32) ([]int64, []float32, error) {
			if name != tensor {
				return dims, data, nil
			}
			return c.change(name, dims, data)
		}}
		_, err := Build(w, Options{Width: small})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", c.name, err, want)
			}
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	half := [3]float32{0.5, 0.5, 0.5}
	for _, o := range []Options{
		{Width: -1}, {Width: 5}, {Width: math.NaN()}, {Width: math.Inf(1)},
		{Width: small, Mean: half},
		{Width: small, Std: [3]float32{1, 0, 1}},
		{Width: small, Std: [3]float32{1, -1, 1}},
		{Width: small, Mean: [3]float32{float32(math.NaN())}, Std: half},
	} {
		if _, err := Build(Seeded{Width: small}, o); err == nil || !strings.HasPrefix(err.Error(), "inception v3: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := Build(Seeded{}, Options{Width: small}); err == nil || !strings.Contains(err.Error(), "Conv2d_1a_3x3.conv.weight") {
		t.Errorf("weights of another width: %v", err)
	}
}

// TestFold compares, for the first layer at one place, what the folded
// convolution makes of raw pixels with normalisation, convolution and batch
// normalisation one after the other in float64.
func TestFold(t *testing.T) {
	s := Seeded{Seed: 3, Width: small}
	o := Options{Width: small, Mean: [3]float32{0.485, 0.456, 0.406}, Std: [3]float32{0.229, 0.224, 0.225}}
	m := build(t, s, o)
	weight, bias := floats(t, m, "Conv2d_1a_3x3.weight"), floats(t, m, "Conv2d_1a_3x3.bias")
	raw := tensor(t, s, "Conv2d_1a_3x3.conv.weight")
	gamma, beta := tensor(t, s, "Conv2d_1a_3x3.bn.weight"), tensor(t, s, "Conv2d_1a_3x3.bn.bias")
	mean, variance := tensor(t, s, "Conv2d_1a_3x3.bn.running_mean"), tensor(t, s, "Conv2d_1a_3x3.bn.running_var")
	for c := range bias {
		got, sum := float64(bias[c]), 0.0
		for i := range 27 {
			pixel := float64((i*37 + c*11) % 256)
			got += float64(weight[c*27+i]) * pixel
			sum += float64(raw[c*27+i]) * (pixel/255 - float64(o.Mean[i/9])) / float64(o.Std[i/9])
		}
		want := (sum-float64(mean[c]))/math.Sqrt(float64(variance[c])+0.001)*float64(gamma[c]) + float64(beta[c])
		if math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
			t.Errorf("channel %d: %v, want %v", c, got, want)
		}
	}
}

func floats(t *testing.T, m *onnx.Model, name string) []float32 {
	t.Helper()
	data, err := m.Graph.Initializer(name).Floats()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func tensor(t *testing.T, w Weights, name string) []float32 {
	t.Helper()
	_, data, err := w.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSeeded(t *testing.T) {
	// By the Python of scripts/goldens/trunk.py, seeded(7, name, dims).
	s := Seeded{Seed: 7}
	for name, want := range map[string][]float32{
		"Conv2d_1a_3x3.conv.weight":           {0.43182176, -0.27149686, 0.39928788},
		"Mixed_7c.branch_pool.bn.running_var": {1.1906462, 0.8851036, 1.0692759},
		"Mixed_5b.branch1x1.bn.bias":          {-0.070568584, 0.0080862995, 0.036004733},
	} {
		if got := tensor(t, s, name)[:len(want)]; !slices.Equal(got, want) {
			t.Errorf("%s begins with %v, want %v", name, got, want)
		}
	}
	if _, _, err := s.Tensor("fc.weight"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("fc.weight: %v", err)
	}
	if _, _, err := (Seeded{Width: -1}).Tensor("fc.weight"); err == nil {
		t.Error("width -1 is accepted")
	}
	if slices.Equal(tensor(t, s, "Conv2d_1a_3x3.bn.bias"), tensor(t, Seeded{Seed: 8}, "Conv2d_1a_3x3.bn.bias")) {
		t.Error("seeds 7 and 8 give the same weights")
	}
}

// TestSeededSpread checks mean and variance of what should be uniform: He's
// variance 2/inputs for convolutions.
func TestSeededSpread(t *testing.T) {
	for name, want := range map[string]struct{ mean, variance float64 }{
		"Mixed_7c.branch3x3dbl_2.conv.weight": {0, 2.0 / (448 * 9)},
		"Conv2d_4a_3x3.conv.weight":           {0, 2.0 / (80 * 9)},
		"Mixed_7c.branch3x3dbl_1.bn.weight":   {1, 0.04 / 3},
		"Mixed_7c.branch3x3dbl_1.bn.bias":     {0, 0.01 / 3},
	} {
		data := tensor(t, Seeded{}, name)
		n, sum, squares := float64(len(data)), 0.0, 0.0
		for _, v := range data {
			sum += float64(v)
			squares += (float64(v) - want.mean) * (float64(v) - want.mean)
		}
		if off := math.Abs(sum/n-want.mean) / math.Sqrt(want.variance/n); off > 4 {
			t.Errorf("%s: mean %v is %.1f standard errors off", name, sum/n, off)
		}
		if off := math.Abs(squares/n/want.variance-1) * math.Sqrt(n); off > 4 { // variance of u² over its mean² is 4/5
			t.Errorf("%s: variance %v, want %v", name, squares/n, want.variance)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		build(b, Seeded{}, Options{})
	}
}
