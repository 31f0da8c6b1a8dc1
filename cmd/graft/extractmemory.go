package main

import "runtime/debug"

// gcPercent is how much garbage may lie about while a trunk runs. The pipeline
// reuses its buffers, so collecting early costs it next to nothing, and a
// hundred times as many photographs take a few per cent more memory.
const gcPercent = 8

func collectEarly() { debug.SetGCPercent(gcPercent) }

// restoreGC returns what undoes a later collectEarly.
func restoreGC() (undo func()) {
	was := debug.SetGCPercent(100)
	debug.SetGCPercent(was)
	return func() { debug.SetGCPercent(was) }
}
