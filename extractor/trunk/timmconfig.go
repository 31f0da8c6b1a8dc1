package trunk

import (
	"encoding/json"
	"math"
	"strings"

	"graft/extractor/pixels"
	"graft/onnx"
)

// timm is pretrained_cfg of timm's config.json.
type timm struct {
	InputSize     []int     `json:"input_size"` // 3, height, width
	CropPct       float64   `json:"crop_pct"`
	CropMode      string    `json:"crop_mode"` // center, squash, border
	Interpolation string    `json:"interpolation"`
	Mean          []float64 `json:"mean"`
	Std           []float64 `json:"std"`
	Licence       string    `json:"license"`
}

// readTimm reads config.json, if it is timm's.
func readTimm(text []byte) (*Preprocessing, error) {
	var c struct {
		Config *timm `json:"pretrained_cfg"`
	}
	if err := parse(text, &c); err != nil {
		return nil, err
	}
	if c.Config == nil {
		return nil, nil
	}
	return c.Config.preprocessing(), nil
}

// preprocessing is what timm's create_transform does for evaluation: the size
// is floor(crop/crop_pct).
func (c *timm) preprocessing() *Preprocessing {
	p := &Preprocessing{Mean: c.Mean, Std: c.Std}
	if p.Mean == nil {
		p.Mean = imagenet[0]
	}
	if p.Std == nil {
		p.Std = imagenet[1]
	}
	crop, fraction := Size{Width: 224, Height: 224}, c.CropPct
	if len(c.InputSize) == 3 {
		crop = Size{Width: c.InputSize[2], Height: c.InputSize[1]}
	}
	if !(fraction > 0) {
		fraction = 0.875
	}
	p.set(crop.Divided(fraction), crop)
	p.Asked.CropPct = fraction
	switch c.Interpolation {
	case "":
		p.Asked.Interpolation = onnx.Bicubic
	case onnx.Bilinear, "random":
	default:
		p.Asked.Interpolation = c.Interpolation
	}
	switch c.CropMode {
	case "squash":
		p.Asked.ResizeMode = onnx.ResizeSquash
	case "border":
		p.Asked.ResizeMode, p.Asked.Rounding = onnx.ResizePad, pixels.RoundingTimm
		for i := range p.Asked.Fill {
			p.Asked.Fill[i] = uint8(min(max(math.RoundToEven(255*p.Mean[i%len(p.Mean)]), 0), 255))
		}
	}
	return p
}

// readOpenCLIP reads open_clip_config.json.
func readOpenCLIP(text []byte) (*Preprocessing, error) {
	var c struct {
		Model struct {
			Vision struct {
				Size *size `json:"image_size"`
			} `json:"vision_cfg"`
		} `json:"model_cfg"`
		Process struct {
			Size          *size     `json:"size"`
			Mean          []float64 `json:"mean"`
			Std           []float64 `json:"std"`
			Interpolation string    `json:"interpolation"`
			Mode          string    `json:"resize_mode"`
			Fill          uint8     `json:"fill_color"`
		} `json:"preprocess_cfg"`
	}
	if err := parse(text, &c); err != nil {
		return nil, err
	}
	p := &Preprocessing{Mean: c.Process.Mean, Std: c.Process.Std}
	if p.Mean == nil {
		p.Mean = clip[0]
	}
	if p.Std == nil {
		p.Std = clip[1]
	}
	side := c.Process.Size
	if side == nil {
		side = c.Model.Vision.Size
	}
	if side != nil {
		p.set(side.sides(), side.sides())
	}
	if p.Asked.Interpolation = onnx.Bicubic; c.Process.Interpolation == onnx.Bilinear {
		p.Asked.Interpolation = ""
	}
	switch c.Process.Mode {
	case "squash":
		p.Asked.ResizeMode = onnx.ResizeSquash
	case "longest":
		p.Asked.ResizeMode, p.Asked.Rounding = onnx.ResizePad, pixels.RoundingTimm
		p.Asked.Fill = [3]uint8{c.Process.Fill, c.Process.Fill, c.Process.Fill}
	default:
		if p.Asked.CropHeight != 0 {
			p.Asked.Interpolation = onnx.Bicubic // what open_clip resizes images for crops that are not square with
		}
	}
	return p, nil
}

// readMetadata reads what exporters write into the model itself: timm's
// configuration, whole or by its keys, and the image size of Ultralytics'
// classifiers, which take pixels on the scale 0…1.
func readMetadata(m *onnx.Model) (*Preprocessing, error) {
	var c timm
	var found bool
	for key, to := range map[string]any{"pretrained_cfg": &c, "mean": &c.Mean, "std": &c.Std, "input_size": &c.InputSize, "crop_pct": &c.CropPct} {
		text := m.Property(key)
		if text == "" {
			continue
		}
		text = strings.NewReplacer("(", "[", ")", "]").Replace(text)
		if err := json.Unmarshal([]byte(text), to); err == nil {
			found = true
		}
	}
	if text := m.Property("interpolation"); text != "" {
		c.Interpolation = text
	}
	if found && c.Mean != nil {
		p := c.preprocessing()
		p.Source = "the model's metadata"
		return p, p.check()
	}
	var sides []int
	if m.Property("task") == "classify" && json.Unmarshal([]byte(m.Property("imgsz")), &sides) == nil && len(sides) == 2 && sides[0] == sides[1] {
		p := &Preprocessing{Source: "the model's metadata", Resize: sides[0], Crop: sides[0], Mean: []float64{0}, Std: []float64{1}}
		return p, p.check()
	}
	return nil, nil
}
