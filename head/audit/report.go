package audit

// A Report is all findings about some data. It marshals to JSON; the field names
// are kept stable: fields are added, never renamed.
type Report struct {
	Version    int          `json:"version"` // of this form: ReportVersion
	Data       string       `json:"data"`    // the folder, archive or list
	Images     int          `json:"images"`
	Readable   int          `json:"readable"`
	Splits     []string     `json:"splits"` // those that occur, in the order of the data
	Trunk      Trunk        `json:"trunk"`  // whose features were compared
	Transform  string       `json:"transform"`
	Unreadable []Unreadable `json:"unreadable"`
	NotRead    []Kind       `json:"not_read"`   // pictures that are not read, by extension, most first
	Duplicates []Group      `json:"duplicates"` // leaks first, see Duplicates
	Labels     *Judgement   `json:"labels"`     // null if labels could not be judged; Notes says why
	Pictures   []Remark     `json:"pictures"`
	Classes    Classes      `json:"classes"`
	Limits     Limits       `json:"limits"`
	Notes      []string     `json:"notes"` // what was not checked, and why
}

// ReportVersion is the version of the form of [Report].
const ReportVersion = 1

// Trunk is the network whose features were compared.
type Trunk struct {
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
	Trained bool   `json:"trained"`
}

// Unreadable is a file that could not be decoded.
type Unreadable struct {
	Image
	Truncated bool   `json:"truncated"` // the file is an image that ends too early
	Reason    string `json:"reason"`
}

// A Kind is how many files have an extension.
type Kind struct {
	Extension string `json:"extension"` // with its dot, lower case
	Files     int    `json:"files"`
}

// Limits are the thresholds of the findings.
type Limits struct {
	Near          float64 `json:"near"`         // Near.Cosine
	NearCertain   float64 `json:"near_certain"` // Near.Certain
	NearPicture   float64 `json:"near_picture"` // Near.Picture
	Imbalanced    float64 `json:"imbalanced"`
	FewToEvaluate int     `json:"few_to_evaluate"`
	FewToTrain    int     `json:"few_to_train"`
}

// LimitsOf are the thresholds with these settings of the comparison.
func LimitsOf(s Near) Limits {
	s = s.withDefaults()
	return Limits{
		Near: s.Cosine, NearCertain: s.Certain, NearPicture: s.Picture,
		Imbalanced: imbalancedRatio, FewToEvaluate: fewToEvaluate, FewToTrain: fewToTrain,
	}
}

// Kind is "exact" or "near".
func (g Group) Kind() string {
	if g.Exact {
		return "exact"
	}
	return "near"
}

// Leaks counts the groups that span more than one split.
func (r *Report) Leaks() int {
	n := 0
	for _, g := range r.Duplicates {
		if g.AcrossSplits {
			n++
		}
	}
	return n
}

// Truncated counts the files that end too early.
func (r *Report) Truncated() int {
	n := 0
	for _, u := range r.Unreadable {
		if u.Truncated {
			n++
		}
	}
	return n
}

// Findings is the number of all findings.
func (r *Report) Findings() int {
	n := len(r.Unreadable) + len(r.NotRead) + len(r.Duplicates) + len(r.Pictures) + len(r.Classes.Remarks)
	if r.Labels != nil {
		n += len(r.Labels.Suspects)
	}
	if r.Classes.Imbalanced {
		n++
	}
	return n
}

// PicturesBy groups the remarks about pictures by problem, in the order of [Remarks].
func (r *Report) PicturesBy() [][]Remark {
	var groups [][]Remark
	for i, p := range r.Pictures {
		if i == 0 || p.Problem != r.Pictures[i-1].Problem {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], p)
	}
	return groups
}
