// Package report makes what people look at: a grid of crops, pages of what a
// head does well and where it errs, and pages of what an audit found. Everything
// is self-contained, one file a picture or page, readable without a network.
//
// [Page.Write] writes the page of a head, [WriteAudit] that of an audit, [Grid.PNG]
// a picture of crops. A page is HTML without anything outside itself:
// its charts are SVG, its photographs data URIs, its colours follow the reader's
// wish for light or dark. It can be read without scripts; the one it has only
// shows photographs on the map. Names of classes and files never become markup.
//
// The package reads no files: pictures are handed in by the caller.
package report
