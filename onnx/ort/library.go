package ort

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	ort "github.com/yalue/onnxruntime_go"
)

// loaded is the library of this process.
var loaded struct {
	sync.Mutex
	path, version string
}

// Load loads the library that [Find] finds, and returns its version. Later
// calls return that of the library loaded first; naming another then is an
// error, since a process can only hold one.
func Load(named string) (path, version string, err error) {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.path != "" {
		if named != "" && named != loaded.path {
			return "", "", &LibraryError{Path: named, Reason: fmt.Sprintf("%s is loaded already, and a process can hold one library only", loaded.path)}
		}
		return loaded.path, loaded.version, nil
	}
	if path, err = Find(named); err != nil {
		return "", "", err
	}
	if version, err = probe(path); err != nil {
		return "", "", err
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return "", "", &LibraryError{Path: path, Reason: err.Error()}
	}
	loaded.path, loaded.version = path, version
	return path, version, nil
}

// probe opens the library and reads its version before the binding does: asked
// for an API that it does not have, ONNX Runtime writes to standard error and
// the binding cannot say what it found.
func probe(path string) (version string, err error) {
	if runtime.GOOS == "windows" {
		return "", nil // the binding's own check has to do
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		if path == LibraryName() {
			return "", &LibraryError{Reason: "there is no library, neither in the cache nor beside the program nor where the system looks"}
		}
		return "", &LibraryError{Path: path, Reason: "cannot be loaded: " + err.Error()}
	}
	symbol, err := purego.Dlsym(handle, "OrtGetApiBase")
	if err != nil {
		return "", &LibraryError{Path: path, Reason: "is not ONNX Runtime: it has no OrtGetApiBase"}
	}
	var getBase func() *apiBase
	purego.RegisterFunc(&getBase, symbol)
	base := getBase()
	if base == nil || base.getVersionString == 0 {
		return "", &LibraryError{Path: path, Reason: "is not ONNX Runtime: its OrtGetApiBase gives nothing"}
	}
	var getVersion func() string
	purego.RegisterFunc(&getVersion, base.getVersionString)
	version = getVersion()
	return version, checkVersion(path, version)
}

// apiBase is OrtApiBase of onnxruntime_c_api.h: two function pointers.
type apiBase struct {
	getAPI           uintptr
	getVersionString uintptr
}

var _ [2 * unsafe.Sizeof(uintptr(0))]byte = [unsafe.Sizeof(apiBase{})]byte{}

// checkVersion says why a library of this version cannot be used.
func checkVersion(path, version string) error {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) >= 2 {
		major, err1 := strconv.Atoi(parts[0])
		minor, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil && (major > 1 || major == 1 && minor >= APIVersion) {
			return nil
		}
	}
	return &LibraryError{Path: path, Reason: fmt.Sprintf("is version %s, which is too old: graft needs API %d, that is 1.%d or newer, and is tested with %s",
		version, APIVersion, APIVersion, Version)}
}
