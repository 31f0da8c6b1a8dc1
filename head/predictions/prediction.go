package predictions

// A Prediction is the label of a photograph. It marshals to JSON; the field names are kept
// stable.
type Prediction struct {
	Path        string  `json:"path"`            // any bytes
	Label       string  `json:"label"`           // the most probable label, or the one of Rule.Unsure
	Probability float64 `json:"probability"`     // of the most probable label, 0…1
	Guess       string  `json:"guess,omitempty"` // the most probable label, if Label may be Rule.Unsure
	Top         []Score `json:"top,omitempty"`   // the most probable labels in descending order
}

// A Score is a label and its probability.
type Score struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"` // 0…1
}

// Top is the k most probable labels, the most probable first, of equals the first by index; all if
// k is more. p has a probability for each label.
func Top(labels []string, p []float64, k int) []Score {
	scores := make([]Score, 0, k+1)
	for i, v := range p {
		at := len(scores)
		for at > 0 && v > scores[at-1].Probability {
			at--
		}
		if at < k {
			scores = append(scores, Score{})
			copy(scores[at+1:], scores[at:])
			scores[at] = Score{labels[i], v}
			scores = scores[:min(len(scores), k)]
		}
	}
	return scores
}

// A Rule turns probabilities into a prediction. The zero value takes the most probable label.
type Rule struct {
	Top int // number of the most probable labels to list, at most all; 0 and 1 list none
	// Unsure, if it is not "", is the label of photographs whose most probable label has a
	// probability below Least. Guess is then the most probable label in any case.
	Unsure string
	Least  float64 // 0…1
}

// Predict makes a prediction of the probabilities of a photograph: p has one, 0…1, for each label, of
// which there is at least one.
func (r Rule) Predict(path string, labels []string, p []float64) *Prediction {
	top := Top(labels, p, max(r.Top, 1))
	made := &Prediction{Path: path, Label: top[0].Label, Probability: top[0].Probability}
	if r.Unsure != "" {
		made.Guess = made.Label
		if made.Probability < r.Least {
			made.Label = r.Unsure
		}
	}
	if r.Top > 1 {
		made.Top = top
	}
	return made
}

// Columns is the columns of a table of such predictions.
func (r Rule) Columns() Columns { return Columns{Top: r.Top, Guess: r.Unsure != ""} }
