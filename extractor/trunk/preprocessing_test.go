package trunk

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

const imagenetJSON = `"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "rescale_factor": 0.00392156862745098`

// TestReadProcessor reads preprocessor_config.json in the forms that
// transformers has written over the years.
func TestReadProcessor(t *testing.T) {
	squash, bicubic := onnx.ResizeSquash, onnx.Bicubic
	for _, c := range []struct {
		name, text   string
		resize, crop int
		asked        onnx.Asked
		mean, std    float64 // the first
	}{
		{"vit", `{"image_processor_type": "ViTImageProcessor", "do_resize": true, "size": {"height": 224, "width": 224}, "resample": 2,
			"do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "rescale_factor": 0.00392156862745098}`,
			224, 224, onnx.Asked{ResizeMode: squash}, .5, .5},
		{"old vit", `{"feature_extractor_type": "ViTFeatureExtractor", "size": 384, "resample": 2, "image_mean": [0.5,0.5,0.5], "image_std": [0.5,0.5,0.5]}`,
			384, 384, onnx.Asked{ResizeMode: squash}, .5, .5},
		{"swin", `{"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 224}, "resample": 3, ` + imagenetJSON + `}`,
			224, 224, onnx.Asked{ResizeMode: squash, Interpolation: bicubic}, .485, .229},
		{"clip", `{"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224},
			"resample": 3, "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}`,
			224, 224, onnx.Asked{Rounding: "transformers", Interpolation: bicubic}, .48145466, .26862954},
		{"old clip", `{"feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "crop_size": 224, "do_center_crop": true, "resample": 3, ` + imagenetJSON + `}`,
			224, 224, onnx.Asked{Rounding: "transformers", Interpolation: bicubic}, .485, .229},
		{"dinov2", `{"image_processor_type": "BitImageProcessorFast", "size": {"shortest_edge": 256}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 3, ` + imagenetJSON + `}`,
			256, 224, onnx.Asked{Rounding: "transformers", Interpolation: bicubic}, .485, .229},
		{"siglip", `{"image_processor_type": "SiglipImageProcessor", "size": {"height": 224, "width": 224}, "resample": 3, "image_mean": [0.5], "image_std": [0.5]}`,
			224, 224, onnx.Asked{ResizeMode: squash, Interpolation: bicubic}, .5, .5},
		{"deit", `{"image_processor_type": "DeiTImageProcessor", "size": {"height": 256, "width": 256}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 3, ` + imagenetJSON + `}`,
			256, 224, onnx.Asked{Rounding: "transformers", ResizeMode: squash, Interpolation: bicubic}, .485, .229},
		{"convnext 224", `{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3, ` + imagenetJSON + `}`,
			256, 224, onnx.Asked{Rounding: "transformers", Interpolation: bicubic, CropPct: 0.875}, .485, .229},
		{"old convnext 384", `{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 384, "resample": 2, ` + imagenetJSON + `}`,
			384, 384, onnx.Asked{ResizeMode: squash}, .485, .229},
		{"mobilevit", `{"image_processor_type": "MobileViTImageProcessor", "size": {"shortest_edge": 288}, "crop_size": {"height": 256, "width": 256}, "resample": 2, "do_flip_channel_order": true}`,
			288, 256, onnx.Asked{Rounding: "transformers"}, 0, 1},
		{"rescaled to −1…1", `{"image_processor_type": "EfficientNetImageProcessor", "size": {"height": 346, "width": 346}, "resample": 0, "rescale_factor": 0.00784313725490196,
			"rescale_offset": true, "do_normalize": false}`, 346, 346, onnx.Asked{ResizeMode: squash, Interpolation: "nearest"}, .5, .5},
		{"poolformer", `{"image_processor_type": "PoolFormerImageProcessor", "size": {"height": 224, "width": 224}, "crop_size": 224, "crop_pct": 0.9, "do_center_crop": true, ` + imagenetJSON + `}`,
			248, 224, onnx.Asked{Interpolation: bicubic, CropPct: .9, Rounding: "transformers"}, .485, .229},
		{"divided twice", `{"image_processor_type": "EfficientNetImageProcessor", "size": 224, "resample": 3, "include_top": true, ` + imagenetJSON + `}`,
			224, 224, onnx.Asked{ResizeMode: squash, Interpolation: bicubic}, .485, .229 * .229},
		{"divided once", `{"image_processor_type": "EfficientNetImageProcessor", "size": 224, "resample": 3, "include_top": false, ` + imagenetJSON + `}`,
			224, 224, onnx.Asked{ResizeMode: squash, Interpolation: bicubic}, .485, .229},
		{"bytes", `{"image_processor_type": "ViTImageProcessor", "size": 224, "do_rescale": false, "image_mean": [127.5], "image_std": [127.5]}`,
			224, 224, onnx.Asked{ResizeMode: squash}, .5, .5},
		{"longest", `{"image_processor_type": "XImageProcessor", "size": {"longest_edge": 512}, "resample": 2, "image_mean": [0.5], "image_std": [0.5]}`,
			512, 512, onnx.Asked{Rounding: "transformers", ResizeMode: onnx.ResizePad}, .5, .5},
		{"both edges", `{"image_processor_type": "XImageProcessor", "size": {"shortest_edge": 224, "longest_edge": 512}, "do_center_crop": true, "crop_size": 224, "image_mean": [0.5], "image_std": [0.5]}`,
			224, 224, onnx.Asked{Rounding: "transformers"}, .5, .5},
		{"of several", `{"image_processor": {"image_processor_type": "SiglipImageProcessor", "size": {"height": 256, "width": 256}, "resample": 2, "image_mean": [0.5], "image_std": [0.5]}, "processor_class": "X"}`,
			256, 256, onnx.Asked{ResizeMode: squash}, .5, .5},
		{"oblong", `{"image_processor_type": "ViTImageProcessor", "size": {"height": 224, "width": 192}, "image_mean": [0.5], "image_std": [0.5]}`,
			192, 192, onnx.Asked{ResizeMode: squash, ResizeHeight: 224, CropHeight: 224}, .5, .5},
		{"timm's", `{"image_processor_type": "TimmWrapperImageProcessor", "pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.9, "interpolation": "bicubic", "mean": [0.5], "std": [0.5]}}`,
			248, 224, onnx.Asked{Interpolation: bicubic, CropPct: .9}, .5, .5},
	} {
		p, err := readProcessor([]byte(c.text))
		if err != nil || p == nil {
			t.Errorf("%s: %v, %v", c.name, p, err)
			continue
		}
		if p.Resize != c.resize || p.Crop != c.crop || p.Asked != c.asked || !close(p.Mean, c.mean) || !close(p.Std, c.std) {
			t.Errorf("%s: %+v", c.name, *p)
		}
	}
	if p, err := readProcessor([]byte(`{"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}`)); p != nil || err != nil {
		t.Errorf("of sound: %v, %v", p, err)
	}
	for text, want := range map[string]string{
		`[]`: "not readable as JSON",
		`{"image_processor_type": "ViTImageProcessor", "resample": 9}`:   "resample 9 is not known",
		`{"image_processor_type": "ViTImageProcessor", "size": "large"}`: "not readable as JSON",
	} {
		if _, err := readProcessor([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", text, err, want)
		}
	}
}

func close(list []float64, first float64) bool {
	return len(list) > 0 && math.Abs(list[0]-first) < 1e-6
}

// TestReadTimm reads config.json of timm's and open_clip_config.json.
func TestReadTimm(t *testing.T) {
	for _, c := range []struct {
		name         string
		read         func([]byte) (*Preprocessing, error)
		text         string
		resize, crop int
		asked        onnx.Asked
		mean         float64
	}{
		{"center", readTimm, `{"architecture": "x", "pretrained_cfg": {"input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}`,
			235, 224, onnx.Asked{Interpolation: "bicubic", CropPct: .95}, .485},
		{"squash", readTimm, `{"pretrained_cfg": {"input_size": [3, 384, 384], "interpolation": "bilinear", "crop_pct": 1.0, "crop_mode": "squash", "mean": [0.5], "std": [0.5]}}`,
			384, 384, onnx.Asked{ResizeMode: "squash", CropPct: 1}, .5},
		{"border", readTimm, `{"pretrained_cfg": {"input_size": [3, 384, 384], "crop_pct": 1.0, "crop_mode": "border"}}`,
			384, 384, onnx.Asked{ResizeMode: onnx.ResizePad, Interpolation: "bicubic", CropPct: 1, Rounding: "timm", Fill: [3]uint8{124, 116, 104}}, .485},
		{"oblong", readTimm, `{"pretrained_cfg": {"input_size": [3, 192, 128], "crop_pct": 0.9, "interpolation": "bilinear", "mean": [0.5]}}`,
			142, 128, onnx.Asked{ResizeHeight: 213, CropHeight: 192, CropPct: .9}, .5},
		{"open_clip", readOpenCLIP, `{"model_cfg": {"vision_cfg": {"image_size": 256}}}`, 256, 256, onnx.Asked{Interpolation: "bicubic"}, .48145466},
		{"open_clip's SigLIP", readOpenCLIP, `{"model_cfg": {}, "preprocess_cfg": {"size": [224, 224], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic", "resize_mode": "squash"}}`,
			224, 224, onnx.Asked{Interpolation: "bicubic", ResizeMode: "squash"}, .5},
	} {
		p, err := c.read([]byte(c.text))
		if err != nil || p == nil || p.Resize != c.resize || p.Crop != c.crop || p.Asked != c.asked || !close(p.Mean, c.mean) {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
	if p, err := readTimm([]byte(`{"model_type": "vit", "image_size": 224}`)); p != nil || err != nil {
		t.Errorf("transformers' config.json: %v, %v", p, err)
	}
}

// TestMerge: flags win, and what two files say differently of what no flag
// says is an error.
func TestMerge(t *testing.T) {
	a := Preprocessing{Source: "a.json", Resize: 256, Crop: 224, Mean: []float64{.5}, Std: []float64{.5}}
	b := a
	b.Source, b.Resize, b.Asked.Interpolation = "b.json", 248, "bicubic"
	var s ImportSettings
	var differ *ContradictionError
	if err := s.merge([]Preprocessing{a, b}); !errors.As(err, &differ) || differ.Field != "resize" || err.Error() != "resize is 256 in a.json and 248 in b.json" {
		t.Error(err)
	}
	s = ImportSettings{}
	s.Resize, s.Asked.Interpolation, s.Mean, s.Std = 300, "bilinear", []float64{.1}, []float64{.2}
	if err := s.merge([]Preprocessing{a, b}); err != nil || s.Resize != 300 || s.Crop != 224 || s.Mean[0] != .1 {
		t.Errorf("%+v, %v", s, err)
	}
	s = ImportSettings{}
	s.Crop = 112
	if err := s.merge([]Preprocessing{a}); err != nil || s.Resize != 128 || s.Crop != 112 || s.Mean[0] != .5 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestReadPreprocessing finds the files beside a model and one level up.
func TestReadPreprocessing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "onnx"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("onnx/model.onnx", "")
	write("preprocessor_config.json", `{"image_processor_type": "ViTImageProcessor", "size": 224, "image_mean": [0.5], "image_std": [0.5]}`)
	model, err := FindModel(dir)
	if err != nil || model != filepath.Join(dir, "onnx", "model.onnx") {
		t.Fatal(model, err)
	}
	m := &onnx.Model{Graph: &onnx.Graph{}}
	list, err := ReadPreprocessing(model, m)
	if err != nil || len(list) != 1 || list[0].String() != "preprocessor_config.json says: resize 224, crop 224, squash, mean 0.5, std 0.5" {
		t.Errorf("%v, %v", list, err)
	}
	write("onnx/config.json", `{"pretrained_cfg": {"mean": [1, 2]}}`)
	if _, err := ReadPreprocessing(model, m); err == nil || !strings.Contains(err.Error(), "2 values of mean or std") {
		t.Error(err)
	}
	write("onnx/config.json", `{"pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0, 0.5]}}`)
	if _, err := ReadPreprocessing(model, m); err == nil || !strings.Contains(err.Error(), "config.json: std 0.5,0,0.5; each must be finite and above 0") {
		t.Error(err)
	}
	write("onnx/config.json", strings.Repeat(" ", maxConfiguration+1))
	if _, err := ReadPreprocessing(model, m); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Error(err)
	}
	os.Remove(filepath.Join(dir, "onnx/config.json"))
	m.SetProperty("task", "classify")
	m.SetProperty("imgsz", "[224, 224]")
	if list, err := ReadPreprocessing(model, m); err != nil || len(list) != 2 || !slices.Equal(list[1].Std, []float64{1}) {
		t.Errorf("%v, %v", list, err)
	}
	os.Remove(filepath.Join(dir, "onnx/model.onnx"))
	write("a.onnx", "")
	if model, err := FindModel(dir); err != nil || filepath.Base(model) != "a.onnx" {
		t.Error(model, err)
	}
	write("b.onnx", "")
	if _, err := FindModel(dir); err == nil || !strings.Contains(err.Error(), "several models") {
		t.Error(err)
	}
}
