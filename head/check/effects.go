package check

import (
	"context"

	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/pixels/stats"
)

// effects are what the transform, not the photographs, is to blame for. They are
// measured by what another transform makes of the same files, and kept in the
// cache as all statistics are.
type effects struct {
	clipped     map[pixels.Key]bool    // gray of 16 bits with values over 255
	transparent map[pixels.Key]float64 // share of the crop that is transparent
}

// measureEffects looks at the files whose headers say that there may be some.
func (s *survey) measureEffects(ctx context.Context) (effects, error) {
	t := s.job.Transform
	e := effects{clipped: map[pixels.Key]bool{}, transparent: map[pixels.Key]float64{}}
	scaled, white, black := t, t, t
	scaled.Gray16, white.Alpha, black.Alpha = pixels.ScaleGray16, pixels.GroundWhite, pixels.GroundBlack
	high, err := s.luminances(ctx, scaled, t.Clips)
	if err != nil {
		return e, err
	}
	for key, v := range high { // a high byte is not 0
		e.clipped[key] = v > 0
	}
	light, err := s.luminances(ctx, white, t.Uncovers)
	if err != nil {
		return e, err
	}
	dark, err := s.luminances(ctx, black, t.Uncovers)
	if err != nil {
		return e, err
	}
	for key, v := range light { // what the ground shows is what the alpha lacks
		e.transparent[key] = (v - dark[key]) / 255
	}
	return e, nil
}

// luminances are the mean ones that a transform gives the photographs of a kind.
func (s *survey) luminances(ctx context.Context, t pixels.Transform, kind func(pixels.Info) bool) (map[pixels.Key]float64, error) {
	wanted := func(r features.Record) bool { return r.Error == "" && kind(r.Info()) }
	var keys []pixels.Key
	for _, r := range s.result.Records {
		if wanted(r) {
			keys = append(keys, r.Key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	other, err := openStatistics(s.Ingest.Cache, t)
	if err != nil {
		return nil, err
	}
	defer other.store.Close()
	if err := other.complete(ctx, s.Ingest, s.result, wanted); err != nil {
		return nil, err
	}
	m, values := measured{other.store, keys}, map[pixels.Key]float64{}
	for i, key := range keys {
		row, err := m.row(i)
		if err != nil {
			return nil, err
		}
		values[key] = float64(row[stats.Luminance])
	}
	return values, nil
}
