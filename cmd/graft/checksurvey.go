package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/extractor/pixels/stats"
	"graft/head/audit"
)

// A survey is all that check knows of the photographs of a dataset.
type survey struct {
	*extraction
	measured *measurements
	data     *dataset.Dataset
	records  []features.Record // all of them
	set      *features.Set     // those with features
	infos    map[string]pixels.Info
}

// newSurvey extracts and measures what has not been before.
func newSurvey(c *cli.Context, path string) (s *survey, err error) {
	s = new(survey)
	defer func() {
		if err != nil {
			s.Close()
			s = nil
		}
	}()
	if s.extraction, err = extractionFor(c, nil); err != nil {
		return s, err
	}
	if s.measured, err = openMeasurements(s.transform); err != nil {
		return s, err
	}
	s.companion = s.measured
	if _, err = s.run(c, path); err != nil {
		return s, err
	}
	table, err := s.stores[0].ReadTable(s.table)
	if err != nil {
		return s, err
	}
	s.records = table.Records
	if s.set, err = s.stores[0].Set(table); err != nil {
		return s, err
	}
	if s.data, err = dataset.Scan(c.Context, path, dataOptions(c)); err != nil {
		return s, err
	}
	if err = s.measured.complete(c, s.extraction, s.data, s.set.Records); err != nil {
		return s, err
	}
	return s, s.inspect(c)
}

// Close closes what newSurvey opened.
func (s *survey) Close() {
	if s.data != nil {
		s.data.Close()
	}
	if s.measured != nil {
		s.measured.store.Close()
	}
	if s.extraction != nil {
		s.stores.Close()
	}
}

// inspect reads the headers of all photographs.
func (s *survey) inspect(c *cli.Context) error {
	infos := make([]pixels.Info, len(s.data.Samples))
	workers := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(c.Context)
	for w := range workers {
		g.Go(func() error {
			d := pixels.NewDecoder(s.transform, limitsOf(c))
			var file []byte
			for i := w; i < len(infos) && ctx.Err() == nil; i += workers {
				var err error
				if file, err = s.data.Read(s.data.Samples[i], file); err != nil {
					continue // listed as unreadable already
				}
				infos[i], _ = d.Inspect(file)
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	s.infos = make(map[string]pixels.Info, len(infos))
	for i, sample := range s.data.Samples {
		s.infos[sample.Path] = infos[i]
	}
	return nil
}

func imageOf(r features.Record) audit.Image {
	return audit.Image{Path: r.Path, Label: r.Label, Split: r.Split, Key: r.Key}
}

// report looks at everything.
func (s *survey) report(c *cli.Context) (*audit.Report, error) {
	settings := near(c)
	r := &audit.Report{
		Version: audit.ReportVersion, Data: s.data.Root, Images: len(s.records), Readable: s.set.Len(), Splits: s.splits(),
		Trunk:     audit.Trunk{Name: s.trunk.Name, SHA256: s.trunk.sha256, Trained: s.trunk.Trained},
		Transform: s.transform.String(), Limits: audit.LimitsOf(settings),
		Unreadable: s.unreadable(), Notes: []string{},
	}
	if !s.trunk.Trained {
		r.Notes = append(r.Notes, "the trunk is untrained: near duplicates are found by looks, and what is said about labels means little")
	}
	var images, labelled []audit.Image
	for _, record := range s.set.Records {
		images = append(images, imageOf(record))
	}
	for _, record := range s.records {
		if record.Error == "" {
			labelled = append(labelled, imageOf(record))
		}
	}
	r.Classes = audit.CountClasses(labelled, s.withoutImages())
	rows := statistics{s.measured.store, make([]pixels.Key, s.set.Len())}
	for i := range rows.keys {
		rows.keys[i] = s.set.Key(i)
	}
	pictures, err := s.pictures(images, rows)
	if err != nil {
		return nil, err
	}
	r.Pictures = audit.Remarks(pictures)
	r.Duplicates, err = audit.Duplicates(c.Context, images, s.set, thumbnails{rows}, settings)
	var alike *audit.TooAlikeError
	if errors.As(err, &alike) {
		r.Notes, err = append(r.Notes, alike.Error()), nil
	}
	if err != nil {
		return nil, err
	}
	return r, s.judge(c, r)
}

// splits lists the splits that occur.
func (s *survey) splits() []string {
	splits := []string{}
	for _, r := range s.records {
		if r.Split != "" && !slices.Contains(splits, r.Split) {
			splits = append(splits, r.Split)
		}
	}
	return splits
}

// withoutImages lists the classes whose folders are empty, in every split.
func (s *survey) withoutImages() []string {
	var labels []string
	for _, folder := range s.data.Empty {
		labels = append(labels, folder[strings.LastIndex(folder, "/")+1:])
	}
	return labels
}

func (s *survey) unreadable() []audit.Unreadable {
	list := []audit.Unreadable{}
	for _, r := range s.records {
		if r.Error != "" {
			list = append(list, audit.Unreadable{Image: imageOf(r), Reason: r.Error, Truncated: strings.Contains(r.Error, "truncated")})
		}
	}
	return list
}

// pictures joins what was measured with what the headers say.
func (s *survey) pictures(images []audit.Image, rows statistics) ([]audit.Picture, error) {
	var pictures []audit.Picture
	for i, image := range images {
		row, err := rows.row(i)
		if err != nil {
			return nil, err
		}
		info, ok := s.infos[image.Path]
		if !ok || info.Width == 0 || !rows.store.Has(rows.keys[i], 0) {
			continue // the file has changed meanwhile
		}
		pictures = append(pictures, audit.Picture{
			Image: image, Width: info.Width, Height: info.Height, Orientation: info.Orientation,
			Format: info.Format, Promised: info.Misnamed(image.Path),
			Luminance: float64(row[stats.Luminance]), Sharpness: float64(row[stats.Sharpness]),
			Entropy: float64(row[stats.Entropy]), Chroma: float64(row[stats.Chroma]),
		})
	}
	return pictures, nil
}

// judge looks for wrong labels among the images that are labelled, of
// duplicates the first, and of classes with two such images or more.
func (s *survey) judge(c *cli.Context, r *audit.Report) error {
	copies, counts := map[string]bool{}, map[string]int{}
	for _, g := range r.Duplicates {
		for _, m := range g.Images[1:] {
			copies[m.Path] = true
		}
	}
	var chosen []features.Record
	for _, record := range s.set.Records {
		if record.Label != "" && !copies[record.Path] {
			chosen = append(chosen, record)
			counts[record.Label]++
		}
	}
	chosen = slices.DeleteFunc(chosen, func(r features.Record) bool { return counts[r.Label] < 2 })
	all := s.set.Records
	defer s.set.Select(all)
	s.set.Select(chosen)
	const fewest = 10
	if len(s.set.Labels) < 2 || len(chosen) < fewest {
		r.Notes = append(r.Notes, fmt.Sprintf("labels were not judged: that takes two classes and %d images, copies not counted", fewest))
		return nil
	}
	var images []audit.Image
	for _, record := range chosen {
		images = append(images, imageOf(record))
	}
	var err error
	if r.Labels, err = audit.Suspects(c.Context, s.set, s.set.Labels, images, c.Uint64("seed")); err != nil {
		return fmt.Errorf("judge the labels: %w", err)
	}
	return nil
}
