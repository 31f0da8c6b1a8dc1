package trunk

import (
	"encoding/json"
	"fmt"
	"strings"

	"graft/extractor/pixels"
	"graft/onnx"
)

// resampling are the codes of Pillow's filters.
var resampling = map[int]string{0: "nearest", 1: "lanczos", 2: "", 3: onnx.Bicubic, 4: "box", 5: "hamming"} // 2 is bilinear

// A processor is preprocessor_config.json, as transformers writes it.
type processor struct {
	Type         string    `json:"image_processor_type"`
	Extractor    string    `json:"feature_extractor_type"`
	DoResize     *bool     `json:"do_resize"`
	Size         *size     `json:"size"`
	Resample     *int      `json:"resample"`
	DoCrop       *bool     `json:"do_center_crop"`
	CropSize     *size     `json:"crop_size"`
	DoRescale    *bool     `json:"do_rescale"`
	Factor       *float64  `json:"rescale_factor"`
	Offset       bool      `json:"rescale_offset"`
	DoNormalize  *bool     `json:"do_normalize"`
	Mean         []float64 `json:"image_mean"`
	Std          []float64 `json:"image_std"`
	DoPad        bool      `json:"do_pad"`
	BGR          bool      `json:"do_flip_channel_order"`
	Timm         *timm     `json:"pretrained_cfg"`
	CropFraction *float64  `json:"crop_pct"`
}

// size is a size in one of its five forms.
type size struct{ height, width, shortest, longest int }

// UnmarshalJSON reads a number, a pair, or an object with height and width, or
// shortest_edge, longest_edge or both.
func (s *size) UnmarshalJSON(text []byte) error {
	var number int
	if json.Unmarshal(text, &number) == nil {
		*s = size{shortest: number, height: -1}
		return nil
	}
	var pair []int
	if json.Unmarshal(text, &pair) == nil && len(pair) == 2 {
		*s = size{height: pair[0], width: pair[1]}
		return nil
	}
	var o struct {
		Height   int `json:"height"`
		Width    int `json:"width"`
		Shortest int `json:"shortest_edge"`
		Longest  int `json:"longest_edge"`
	}
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("size %s: %w", text, err)
	}
	*s = size{o.Height, o.Width, o.Shortest, o.Longest}
	return nil
}

// A kind of processor: what it does where its file is silent, as in transformers
// 5. Mean and std have no such default, since it changed between versions.
type kind struct {
	size, crop int  // crop 0: none
	squash     bool // a number or a missing size squashes
	resample   int
	fraction   float64 // the short side is size/fraction, where size is the crop
	warps      bool    // from 384 pixels on it squashes instead
	raw        bool    // it does not normalise
}

var imagenet, clip = Presets["imagenet"], Presets["clip"]

// kinds are the image processors of transformers, by the beginnings of their
// names in lower case.
var kinds = []struct {
	prefix string
	kind
}{
	{"vithybrid", kind{size: 224, crop: 224, resample: 3}},
	{"vit", kind{size: 224, squash: true, resample: 2}},
	{"siglip", kind{size: 224, squash: true, resample: 3}},
	{"clip", kind{size: 224, crop: 224, resample: 3}},
	{"chineseclip", kind{size: 224, crop: 224, resample: 3}},
	{"bit", kind{size: 224, crop: 224, resample: 3}},
	{"blip", kind{size: 384, squash: true, resample: 3}},
	{"deit", kind{size: 256, crop: 224, squash: true, resample: 3}},
	{"beit", kind{size: 224, squash: true, resample: 3}},
	{"convnext", kind{size: 384, resample: 3, fraction: 0.875, warps: true}},
	{"dinov3", kind{size: 224, squash: true, resample: 2}},
	{"efficientnet", kind{size: 346, squash: true, resample: 3}},
	{"levit", kind{size: 224, crop: 224, resample: 3, fraction: 0.875}},
	{"mobilenetv1", kind{size: 256, crop: 224, resample: 2}},
	{"mobilenetv2", kind{size: 256, crop: 224, resample: 2}},
	{"mobilevit", kind{size: 224, crop: 256, resample: 3, raw: true}},
	{"poolformer", kind{size: 224, crop: 224, resample: 3, fraction: 0.9}},
	{"pvt", kind{size: 224, squash: true, resample: 3}},
	{"flava", kind{size: 224, crop: 224, squash: true, resample: 3}},
}

// readProcessor reads preprocessor_config.json, or the image's part of
// processor_config.json.
func readProcessor(text []byte) (*Preprocessing, error) {
	var whole struct {
		Image json.RawMessage `json:"image_processor"`
	}
	if json.Unmarshal(text, &whole) == nil && len(whole.Image) > 2 && whole.Image[0] == '{' {
		text = whole.Image
	}
	var c processor
	if err := parse(text, &c); err != nil {
		return nil, err
	}
	if c.Timm != nil {
		return c.Timm.preprocessing(), nil
	}
	k, known := c.kind()
	if !known && c.Size == nil && c.Mean == nil && c.CropSize == nil {
		return nil, nil // of tokenizers, audio and the like
	}
	p := &Preprocessing{BGR: c.BGR}
	c.normalisation(p, k)
	return p, c.transform(p, k)
}

// kind finds what the processor does by default.
func (c *processor) kind() (kind, bool) {
	name := strings.ToLower(c.Type)
	if name == "" {
		name = strings.ToLower(c.Extractor)
	}
	for _, k := range kinds {
		if strings.HasPrefix(name, k.prefix) {
			return k.kind, true
		}
	}
	return kind{resample: 2, warps: true}, false
}

// normalisation brings mean and std to the scale 0…1: the processor computes
// (x·factor − offset − mean)/std of bytes x.
func (c *processor) normalisation(p *Preprocessing, k kind) {
	mean, std, factor, offset := c.Mean, c.Std, 1./255, 0.
	if c.Factor != nil {
		factor = *c.Factor
	}
	if c.Offset {
		offset = 1
	}
	if c.DoRescale != nil && !*c.DoRescale {
		factor, offset = 1, 0
	}
	if c.DoNormalize != nil && !*c.DoNormalize || c.DoNormalize == nil && k.raw {
		mean, std = []float64{0}, []float64{1}
	}
	if mean == nil || std == nil || !(factor > 0) {
		return
	}
	for _, v := range mean {
		p.Mean = append(p.Mean, (v+offset)/(255*factor))
	}
	for _, v := range std {
		p.Std = append(p.Std, v/(255*factor))
	}
}

// transform reads size, crop, mode and filter.
func (c *processor) transform(p *Preprocessing, k kind) error {
	if c.DoResize != nil && !*c.DoResize {
		p.Notes = append(p.Notes, "it does not resize images; here they are")
		return nil
	}
	resample := k.resample
	if c.Resample != nil {
		resample = *c.Resample
	}
	name, ok := resampling[resample]
	if !ok {
		return fmt.Errorf("resample %d is not known", resample)
	}
	p.Asked.Interpolation, p.Asked.Rounding = name, pixels.RoundingTransformers
	s := size{shortest: k.size, height: -1}
	if c.Size != nil {
		s = *c.Size
	}
	if s.height == -1 { // a number, which processors take in two ways
		if s.height = 0; k.squash || k.size == 0 && (c.DoCrop == nil || !*c.DoCrop) {
			s = size{height: s.shortest, width: s.shortest}
		}
	}
	crop := Size{Width: k.crop}
	if c.CropSize != nil {
		crop = c.CropSize.sides()
	}
	if c.DoCrop != nil && !*c.DoCrop || c.DoCrop == nil && k.crop == 0 {
		crop = Size{}
	}
	if c.CropFraction != nil {
		k.fraction = *c.CropFraction
	}
	p.sizes(s, crop, k)
	return nil
}

// sides is the size of both sides that it means.
func (s size) sides() Size {
	return Size{Width: max(s.width, s.shortest), Height: max(s.height, 0)}
}

// sizes settles resize, crop and mode.
func (p *Preprocessing) sizes(s size, crop Size, k kind) {
	resize := s.sides()
	switch {
	case s.height > 0:
		p.Asked.ResizeMode = onnx.ResizeSquash
	case s.shortest > 0 && k.fraction > 0 && (s.shortest < 384 || !k.warps):
		p.Asked.CropPct = k.fraction
		if crop == (Size{}) {
			crop = resize
		}
		resize = resize.Divided(k.fraction)
	case s.shortest > 0 && k.fraction > 0:
		p.Asked.ResizeMode = onnx.ResizeSquash
	case s.shortest == 0 && s.longest > 0:
		resize.Width, p.Asked.ResizeMode = s.longest, onnx.ResizePad
	}
	if crop == (Size{}) {
		crop = resize
	}
	p.set(resize, crop)
	if p.Asked.ResizeMode == onnx.ResizeSquash && resize == crop {
		p.Asked.Rounding = "" // there is nothing to round
	}
}

// set takes sizes over.
func (p *Preprocessing) set(resize, crop Size) {
	p.Resize, p.Asked.ResizeHeight = resize.Width, resize.other()
	p.Crop, p.Asked.CropHeight = crop.Width, crop.other()
}
