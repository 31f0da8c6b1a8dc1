package head

type LBFGS struct{}
type KNN struct{}
type SweepRow struct{}
type Calibration struct{}
