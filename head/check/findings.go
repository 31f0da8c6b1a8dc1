package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/pixels/stats"
	"graft/head/audit"
)

func imageOf(r features.Record) audit.Image {
	return audit.Image{Path: dataset.Escape(r.Path), Label: r.Label, Split: r.Split, Key: r.Key}
}

func imagesOf(records []features.Record) []audit.Image {
	images := make([]audit.Image, len(records))
	for i, r := range records {
		images[i] = imageOf(r)
	}
	return images
}

// report looks at everything.
func (s *survey) report(ctx context.Context) (*audit.Report, error) {
	t := s.job.Trunk
	r := &audit.Report{
		Version: audit.ReportVersion, Data: dataset.Escape(s.result.Data.Root), Images: len(s.result.Records), Readable: s.set.Len(), Splits: s.splits(),
		Trunk:     audit.Trunk{Name: t.Name, SHA256: t.SHA256, Trained: t.Trained},
		Transform: s.job.Transform.String(), Limits: audit.LimitsOf(s.Near),
		Unreadable: s.unreadable(), NotRead: s.notRead(), Notes: []string{},
	}
	if !t.Trained {
		r.Notes = append(r.Notes, "the trunk is untrained: near duplicates are found by looks, and what is said about labels means little")
	}
	images := imagesOf(s.set.Records)
	readable := slices.DeleteFunc(slices.Clone(s.result.Records), func(r features.Record) bool { return r.Error != "" })
	r.Classes = audit.CountClasses(imagesOf(readable), s.withoutImages())
	m := measured{s.stats.store, make([]pixels.Key, s.set.Len())}
	for i := range m.keys {
		m.keys[i] = s.set.Key(i)
	}
	pictures, err := s.pictures(images, m)
	if err != nil {
		return nil, err
	}
	r.Pictures = audit.Remarks(pictures)
	r.Duplicates, err = audit.Duplicates(ctx, images, s.set, tiny{m}, s.Near)
	var alike *audit.TooAlikeError
	if errors.As(err, &alike) {
		r.Notes, err = append(r.Notes, alike.Error()), nil
	}
	if err != nil {
		return nil, err
	}
	return r, s.judge(ctx, r)
}

// splits lists the splits that occur.
func (s *survey) splits() []string {
	splits := []string{}
	for _, r := range s.result.Records {
		if r.Split != "" && !slices.Contains(splits, r.Split) {
			splits = append(splits, r.Split)
		}
	}
	return splits
}

// withoutImages lists the classes whose folders are empty, in every split.
func (s *survey) withoutImages() []string {
	var labels []string
	for _, folder := range s.result.Data.Empty {
		labels = append(labels, dataset.Label(folder[strings.LastIndex(folder, "/")+1:]))
	}
	return labels
}

// notRead counts the pictures that are not read.
func (s *survey) notRead() []audit.Kind {
	list := []audit.Kind{}
	for _, c := range s.result.Data.NotRead() {
		list = append(list, audit.Kind{Extension: c.Name, Files: c.N})
	}
	return list
}

func (s *survey) unreadable() []audit.Unreadable {
	list := []audit.Unreadable{}
	for _, r := range s.result.Failed {
		list = append(list, audit.Unreadable{Image: imageOf(r), Reason: r.Error, Truncated: strings.Contains(r.Error, "truncated")})
	}
	return list
}

// pictures joins what was measured with what the headers say.
func (s *survey) pictures(images []audit.Image, m measured) ([]audit.Picture, error) {
	var pictures []audit.Picture
	for i, image := range images {
		row, err := m.row(i)
		if err != nil {
			return nil, err
		}
		info := s.set.Records[i].Info()
		if info.Format == "" || !m.store.Has(m.keys[i], 0) {
			continue // the file has changed meanwhile
		}
		pictures = append(pictures, audit.Picture{
			Image: image, Width: info.Width, Height: info.Height, Orientation: info.Orientation,
			Format: info.Format, Promised: info.Misnamed(image.Path),
			Luminance: float64(row[stats.Luminance]), Sharpness: float64(row[stats.Sharpness]),
			Entropy: float64(row[stats.Entropy]), Chroma: float64(row[stats.Chroma]),
			BitDepth: info.BitDepth, Gray: info.Gray,
			Clipped: s.effects.clipped[m.keys[i]], Transparent: s.effects.transparent[m.keys[i]],
		})
	}
	return pictures, nil
}

// fewestToJudge is how many images it takes to judge labels.
const fewestToJudge = 10

// judge looks for wrong labels among the images that are labelled, of
// duplicates the first, and of classes with two such images or more.
func (s *survey) judge(ctx context.Context, r *audit.Report) error {
	chosen := s.judged(r.Duplicates)
	all := s.set.Records
	defer s.set.Select(all)
	s.set.Select(chosen)
	if len(s.set.Labels) < 2 || len(chosen) < fewestToJudge {
		r.Notes = append(r.Notes, fmt.Sprintf("labels were not judged: that takes two classes and %d images, copies not counted", fewestToJudge))
		return nil
	}
	var err error
	if r.Labels, err = audit.Suspects(ctx, s.set, s.set.Labels, imagesOf(chosen), s.Seed); err != nil {
		return fmt.Errorf("judge the labels: %w", err)
	}
	return nil
}

// judged are the images whose labels can be judged.
func (s *survey) judged(duplicates []audit.Group) []features.Record {
	copies, counts := map[string]bool{}, map[string]int{}
	for _, g := range duplicates {
		for _, m := range g.Images[1:] {
			copies[m.Path] = true
		}
	}
	var chosen []features.Record
	for _, record := range s.set.Records {
		if record.Label != "" && !copies[dataset.Escape(record.Path)] {
			chosen = append(chosen, record)
			counts[record.Label]++
		}
	}
	return slices.DeleteFunc(chosen, func(r features.Record) bool { return counts[r.Label] < 2 })
}
