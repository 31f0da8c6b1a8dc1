package trunk

import (
	"math"
	"testing"
)

// FuzzPreprocessing gives every reader of a model's configuration damaged ones: what is not refused describes a
// transform that can be used, in numbers that are finite.
func FuzzPreprocessing(f *testing.F) {
	for _, text := range []string{
		`{"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 224}, "do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "resample": 3, ` + imagenetJSON + `}`,
		`{"feature_extractor_type": "ConvNextFeatureExtractor", "size": 384, "crop_pct": 0.875, "resample": 2, "do_rescale": false, ` + imagenetJSON + `}`,
		`{"image_processor": {"image_processor_type": "SiglipImageProcessor", "size": [224, 256], "rescale_factor": 0.0078, "rescale_offset": true}}`,
		`{"architecture": "vit", "pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.9, "crop_mode": "squash", "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}`,
		`{"model_cfg": {"vision_cfg": {"image_size": 224}}, "preprocess_cfg": {"mean": [0.5], "std": [0.5], "interpolation": "bicubic", "resize_mode": "longest"}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, c := range configurations {
			p, err := c.read(text)
			if err != nil || p == nil || p.check() != nil {
				continue
			}
			_ = p.String()
			for _, v := range append(p.Mean, p.Std...) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("%s: mean %v, std %v", c.name, p.Mean, p.Std)
				}
			}
			for _, v := range p.Std {
				if v <= 0 {
					t.Errorf("%s: std %v", c.name, p.Std)
				}
			}
			var s ImportSettings
			if err := s.merge([]Preprocessing{*p}); err != nil {
				t.Errorf("%s: by itself it contradicts: %v", c.name, err)
			}
		}
	})
}
