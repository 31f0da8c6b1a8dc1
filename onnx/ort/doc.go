// Package ort runs ONNX models with ONNX Runtime. It is the one package that
// knows the library and its Go binding, github.com/yalue/onnxruntime_go.
//
// A process loads one library, so the device decides the flavour of it: cpu,
// cuda, openvino or webgpu. It is the file named, or
// that of $GRAFT_ORT_LIB, <user cache>/graft/onnxruntime/<flavour>-<version>/, beside the
// executable, or the system's loader.
//
// [Choose] decides about the device, [Diagnose] says what one needs and what of
// it is there, [Open] starts a session. A device that was asked for works or
// fails; [Auto] takes the first that can be used and says why not the others.
//
// On the CPU one session is shared by as many callers as there are cores, each
// running on its own thread: that is faster than one caller on all threads, and
// leaves room for decoding beside it. A GPU gets batches of one size from one
// caller, as every new shape costs it a search for algorithms.
package ort
