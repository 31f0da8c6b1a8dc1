package metrics

import "fmt"

// Report is the scores of a classifier on some rows. It marshals to JSON; the field names are
// kept stable. Fractions and probabilities are in [0, 1]. What is undefined for these rows, such
// as the recall of a class without rows, is null.
type Report struct {
	Accuracy float64  `json:"accuracy"` // correct/total
	Correct  int      `json:"correct"`
	Total    int      `json:"total"`
	Interval Interval `json:"interval"` // Wilson's, 95 %, of the accuracy

	Balanced float64    `json:"balanced_accuracy"` // mean recall of the classes that have rows
	TopK     []TopShare `json:"top_k"`             // for k = 1, 2, 3, 5, 10, as far as k < C
	LogLoss  float64    `json:"log_loss"`          // mean −log p of the true class, in nats; p is kept 2⁻⁵² away from 0
	Brier    float64    `json:"brier"`             // mean over rows of Σ_c (p_c − [c = y])², in [0, 2]
	ECE      float64    `json:"ece"`               // expected calibration error of the largest probability, 15 bins
	AUC      *float64   `json:"auc"`               // mean of the classes' ROC AUC, one against the rest

	Classes   []ClassReport `json:"classes"`
	Confusion [][]int       `json:"confusion"` // [true class][predicted class]
	Confused  []Confused    `json:"confused"`  // the most confused pairs, most frequent first
	Worst     []Worst       `json:"worst"`     // the rows with the highest loss, highest first

	// Calibration compares with the classifier before its temperature, on the same rows; nil if
	// it has none.
	Calibration *Calibration `json:"calibration,omitempty"`
}

// Calibration compares probabilities before and after the logits are divided by a temperature.
type Calibration struct {
	Temperature   float64 `json:"temperature"`
	Rows          int     `json:"rows"` // the comparison's
	LogLossBefore float64 `json:"log_loss_before"`
	LogLossAfter  float64 `json:"log_loss_after"`
	ECEBefore     float64 `json:"ece_before"` // 15 bins
	ECEAfter      float64 `json:"ece_after"`
}

// TopShare is the top-K accuracy: the fraction of rows whose class is among the K most probable.
// Of equal probabilities the class with the lower index comes first.
type TopShare struct {
	K        int     `json:"k"`
	Accuracy float64 `json:"accuracy"`
}

// ClassReport is the scores of one class. Precision is 0 for a class that is never predicted, as
// in scikit-learn; recall and F1 are null for one without rows.
type ClassReport struct {
	Label     string   `json:"label"`
	Support   int      `json:"support"` // rows of the class
	Predicted int      `json:"predicted"`
	Correct   int      `json:"correct"`
	Precision float64  `json:"precision"`
	Recall    *float64 `json:"recall"`
	F1        *float64 `json:"f1"`
	AUC       *float64 `json:"auc"` // null if all rows, or none, are of the class
}

// Confused is a number of rows of one class that are predicted as another.
type Confused struct {
	True      string `json:"true"`
	Predicted string `json:"predicted"`
	Count     int    `json:"count"`
}

// Worst is a row with a high loss.
type Worst struct {
	Row         int     `json:"row"` // in the data
	True        string  `json:"true"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"` // of the true class
	Loss        float64 `json:"loss"`        // −log of it, in nats
}

// String is the accuracy as `0.9542 (146/153), 95 % interval 0.909–0.978`.
func (r *Report) String() string {
	return fmt.Sprintf("%.4f (%d/%d), %.0f %% interval %.3f–%.3f",
		r.Accuracy, r.Correct, r.Total, 100*r.Interval.Level, r.Interval.Low, r.Interval.High)
}
