package audit

import (
	"context"
	"fmt"

	"graft/head"
)

// A Suspect is a photograph whose label is probably wrong.
type Suspect struct {
	Image
	Suggested   string  `json:"suggested"`   // the label that the features speak for
	Given       float64 `json:"given"`       // probability of the label it has, 0…1: the lower, the likelier an error
	Probability float64 `json:"probability"` // of the suggested label
}

// Judgement is what cross-validation says about the labels.
type Judgement struct {
	Suspects []Suspect `json:"suspects"` // the likeliest error first
	Accuracy float64   `json:"accuracy"` // of the out-of-fold predictions: the lower, the less the suspicions are worth
	Images   int       `json:"images"`   // that were judged
}

// SuspectC divided by the number of features is the C of the heads that judge
// labels: standardised rows have that number as their squared length, so it
// means the same for every trunk. It is small, since heads that are nearly free
// to fit their training rows learn the wrong labels too, and fixed, since
// choosing it by cross-validation would take 45 times as long. Between half and
// a hundred times this value the suspicions hardly change (ants and bees with
// swapped labels).
const SuspectC = 20

// suspectFolds is the number of folds. Every head of five sees four fifths of the
// rows; of many rows two thirds teach as much, in half the time.
func suspectFolds(rows int) int {
	if rows > 5000 {
		return 3
	}
	return 5
}

// Suspects finds labels that are probably wrong: [LabelIssues] on the
// probabilities that heads, trained by logistic regression on all folds of the
// rows but one, give to the fold that they have not seen. d has a row for every
// image. Images of duplicate groups but the first, which would vouch for
// one another across folds, should not be among them.
func Suspects(ctx context.Context, d head.Data, labels []string, images []Image, seed uint64) (*Judgement, error) {
	if d.Len() != len(images) {
		return nil, fmt.Errorf("audit: %d rows for %d images", d.Len(), len(images))
	}
	s := head.LBFGS{C: SuspectC / float64(d.Dim()), Seed: seed}
	v, err := head.CrossValidate(ctx, d, labels, s, head.FoldSettings{K: suspectFolds(d.Len()), Seed: seed})
	if err != nil {
		return nil, err
	}
	y := make([]int, d.Len())
	for i := range y {
		y[i] = d.Label(i)
	}
	issues, err := LabelIssues(v.Probabilities, y, len(labels))
	if err != nil {
		return nil, err
	}
	j := &Judgement{Suspects: []Suspect{}, Accuracy: float64(v.Correct) / float64(v.Total), Images: v.Total}
	for _, s := range issues {
		p := v.Probabilities[s.Row*len(labels)+s.Suggested]
		j.Suspects = append(j.Suspects, Suspect{Image: images[s.Row], Suggested: labels[s.Suggested], Given: s.Quality, Probability: p})
	}
	return j, nil
}
