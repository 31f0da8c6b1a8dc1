// Package flow is the line before the slots in which images are decoded and run:
// [New] makes one, [Flow.Admit] refuses at once what would wait too long, and
// [Flow.Acquire] waits for a [Slot].
package flow
