// Package ort runs ONNX models with ONNX Runtime. It is the one package that
// knows the library and its Go binding, github.com/yalue/onnxruntime_go.
//
// A process loads one library, found by [Find]: the file named, $GRAFT_ORT_LIB,
// <user cache>/graft/onnxruntime/<flavour>-<version>/, beside the executable,
// or the system's loader.
//
// On the CPU one session is shared by as many callers as there are cores, each
// running on its own thread: that is faster than one caller on all threads, and
// leaves room for decoding beside it.
package ort
