// Package cache keeps the rows of photographs that were seen before: [NewMemory]
// in memory, [NewFolder] in a folder of features, too.
package cache
