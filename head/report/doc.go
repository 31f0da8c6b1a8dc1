// Package report makes what people look at: a grid of crops, and pages of what
// a head does well and where it errs. Everything is self-contained, one file a
// picture or page, readable without a network.
//
// A Grid is a picture of crops. A Page is HTML without anything outside itself:
// its charts are SVG, its photographs data URIs, its colours follow the reader's
// wish for light or dark. It can be read without scripts; the one it has only
// shows photographs on the map. Names of classes and files never become markup.
//
// The package reads no files: pictures are handed in by the caller.
package report
