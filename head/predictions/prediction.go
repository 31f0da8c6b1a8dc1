package predictions

// A Prediction is what is said of a photograph. It marshals to JSON; the field names are kept
// stable.
type Prediction struct {
	Path        string  `json:"path"`            // any bytes
	Label       string  `json:"label"`           // the best guess, or that it is unsure
	Probability float64 `json:"probability"`     // of the best guess, 0…1
	Guess       string  `json:"guess,omitempty"` // the best guess, where Label may be that it is unsure
	Top         []Score `json:"top,omitempty"`   // the best guesses, the most probable first
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
	Top int // how many of the best guesses to list, at most all labels; 0 and 1 list none
	// Unsure, if it is not "", is the label of photographs whose best guess has a probability
	// below Least. Guess then tells the best guess in any case.
	Unsure string
	Least  float64 // 0…1
}

// Predict says what the probabilities of a photograph mean: p has one, 0…1, for each label, of
// which there is one at least.
func (r Rule) Predict(path string, labels []string, p []float64) *Prediction {
	top := Top(labels, p, max(r.Top, 1))
	said := &Prediction{Path: path, Label: top[0].Label, Probability: top[0].Probability}
	if r.Unsure != "" {
		said.Guess = said.Label
		if said.Probability < r.Least {
			said.Label = r.Unsure
		}
	}
	if r.Top > 1 {
		said.Top = top
	}
	return said
}

// Columns is the columns of a table of such predictions.
func (r Rule) Columns() Columns { return Columns{Top: r.Top, Guess: r.Unsure != ""} }
