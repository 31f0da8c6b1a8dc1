package audit

import (
	"context"
	"fmt"

	"graft/head"
)

// A Suspect is a photograph whose label is probably wrong.
type Suspect struct {
	Image
	Suggested   string  `json:"suggested"`   // the most probable label by its features
	Given       float64 `json:"given"`       // probability of the label it has, 0…1: the lower, the likelier an error
	Probability float64 `json:"probability"` // of the suggested label
}

// Judgement is the result of cross-validation for the labels.
type Judgement struct {
	Suspects []Suspect `json:"suspects"` // the likeliest error first
	Accuracy float64   `json:"accuracy"` // of the out-of-fold predictions: the lower, the less reliable are the suspects
	Images   int       `json:"images"`   // those that were judged
}

// suspectC divided by the number of features is the C of the heads that judge
// labels: the squared length of standardised rows is that number, so the penalty
// is the same for every trunk. C is small, since weakly regularised heads learn
// the wrong labels too, and fixed, since choosing it by cross-validation would
// take 45 times as long. Between half and a hundred times this value the
// suspects hardly change (ants and bees with swapped labels).
const suspectC = 20

// suspectFolds is the number of folds. With five, every head is trained on four
// fifths of the rows; of many rows two thirds do as well, in half the time.
func suspectFolds(rows int) int {
	if rows > 5000 {
		return 3
	}
	return 5
}

// Suspects finds labels that are probably wrong, by confident learning (Northcutt,
// Jiang and Chuang 2021) on out-of-fold probabilities of logistic regression. d
// has a row per image, in the order of images. Pass only one image of each
// duplicate group: a duplicate in another fold leaks its label.
func Suspects(ctx context.Context, d head.Data, labels []string, images []Image, seed uint64) (*Judgement, error) {
	if d.Len() != len(images) {
		return nil, fmt.Errorf("audit: %d rows for %d images", d.Len(), len(images))
	}
	s := head.LBFGS{C: suspectC / float64(d.Dim()), Seed: seed}
	v, err := head.CrossValidate(ctx, d, labels, s, head.FoldSettings{K: suspectFolds(d.Len()), Seed: seed})
	if err != nil {
		return nil, err
	}
	y := make([]int, d.Len())
	for i := range y {
		y[i] = d.Label(i)
	}
	issues, err := labelIssues(v.Probabilities, y, len(labels))
	if err != nil {
		return nil, err
	}
	j := &Judgement{Suspects: []Suspect{}, Accuracy: float64(v.Correct) / float64(v.Total), Images: v.Total}
	for _, s := range issues {
		p := v.Probabilities[s.row*len(labels)+s.suggested]
		j.Suspects = append(j.Suspects, Suspect{Image: images[s.row], Suggested: labels[s.suggested], Given: s.quality, Probability: p})
	}
	return j, nil
}
