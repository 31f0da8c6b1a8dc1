package pixels

import "time"

var begun = time.Now()

// processorTime is the time that has passed: nothing simpler is to be had here.
func processorTime() time.Duration { return time.Since(begun) }
