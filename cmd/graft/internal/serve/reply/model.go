package reply

import "time"

// A Model is what is told of a model: to people, and to clients by
// /v2/models. Its fields are kept stable.
type Model struct {
	Name        string    `json:"name"`
	Version     string    `json:"version"` // how the fingerprint begins; "" while it is not loaded
	State       string    `json:"state"`   // READY, or UNAVAILABLE while it is not loaded
	Reason      string    `json:"reason"`  // what is not as it should be; "" if all is
	Fingerprint string    `json:"fingerprint"`
	Loaded      time.Time `json:"loaded"`
	Labels      []string  `json:"labels"`
	Features    int       `json:"features"` // values that /features gives; 0 for none
	Crop        [2]int    `json:"crop"`     // height and width of what the trunk sees, pixels
	Notes       []string  `json:"notes"`    // what users should know of the trunk
}
