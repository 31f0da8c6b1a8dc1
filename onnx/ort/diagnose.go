package ort

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A DeviceError says why a device cannot be used.
type DeviceError struct {
	Device Device
	Reason string
	Cure   string // what to do, "" if nothing helps
}

// Error is what went wrong, in words.
func (e *DeviceError) Error() string { return "device " + e.Device.String() + ": " + e.Reason }

// Hint is what to do.
func (e *DeviceError) Hint() string { return e.Cure }

// A Diagnosis says what a device needs and what of it is there.
type Diagnosis struct {
	Device    Device
	Flavour   Flavour
	Library   string   // path of ONNX Runtime, "" if it is missing
	Version   string   // of it
	Providers []string // that it was built with
	Files     []string // that should be beside it and are not
	Needs     []Need   // other libraries, found or not
	Err       error    // why the device cannot be used as far as can be told without starting it, or nil
}

// Diagnose finds out what kind of device d needs on this machine, and what of it
// is there: every library is opened. It loads ONNX Runtime's own library only to
// ask for its version, so all devices can be diagnosed in one process. named is
// a library that was asked for, "" for the flavour's own.
func Diagnose(d Device, named string) Diagnosis { return diagnose(d, named, true) }

// diagnose stops at the first thing that is missing, unless all are asked for.
func diagnose(d Device, named string, all bool) Diagnosis {
	g := Diagnosis{Device: d, Flavour: d.kind().Flavour()}
	if g.Err = rightSystem(d); g.Err != nil {
		return g
	}
	g.Library, g.Err = Find(named, g.Flavour)
	if g.Err != nil && !all {
		return g
	}
	g.Needs = needsOf(d.kind())
	satisfy(g.Needs, usualPlaces(g.Library), all)
	reason, cure := missing(g.Needs, g.Flavour.Setup())
	if reason != "" && (g.Err == nil || noDriver(g.Needs)) {
		g.Err = &DeviceError{d, reason, cure}
	}
	if g.Err == nil && d.kind() == WebGPU && runtime.GOOS == "linux" && !hasVulkanDriver() {
		g.Err = &DeviceError{d, "Vulkan has no driver of a GPU here", "install the GPU's driver, or take another device"}
	}
	if g.Library != "" && (g.Err == nil || all) {
		if err := g.library(); g.Err == nil {
			g.Err = err
		}
	}
	return g
}

// library looks into the library that was found, and at what is beside it.
func (g *Diagnosis) library() (err error) {
	if g.Version, g.Providers, err = probe(g.Library, g.Flavour); err != nil {
		return err
	}
	cure := "use the library that " + g.Flavour.Setup() + " installs"
	if g.lacks(); len(g.Files) > 0 {
		return &DeviceError{g.Device, fmt.Sprintf("%s is not beside %s", g.Files[0], g.Library), cure}
	}
	if g.Providers != nil && !g.offers() {
		return &DeviceError{g.Device, fmt.Sprintf("ONNX Runtime %q was built without it", g.Library), cure}
	}
	return nil
}

// rightSystem says whether the kind of device exists on this system.
func rightSystem(d Device) error {
	want := map[Kind]string{CoreML: "darwin", DirectML: "windows"}[d.kind()]
	if want == "" || want == runtime.GOOS {
		return nil
	}
	return &DeviceError{Device: d, Reason: map[string]string{"darwin": "is for macOS", "windows": "is for Windows"}[want]}
}

// lacks fills in the provider's files that are not beside the library.
func (g *Diagnosis) lacks() {
	if runtime.GOOS != "linux" || !strings.ContainsRune(g.Library, filepath.Separator) {
		return
	}
	for _, name := range providerFiles(g.Device.kind()) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(g.Library), name)); err != nil {
			g.Files = append(g.Files, name)
		}
	}
}

func (g *Diagnosis) offers() bool {
	for _, p := range g.Providers {
		if strings.EqualFold(p, g.Device.kind().provider()) {
			return true
		}
	}
	return false
}

// noDriver says whether it is the driver that is missing.
func noDriver(needs []Need) bool {
	for _, n := range needs {
		if n.Driver && n.Path == "" {
			return true
		}
	}
	return false
}

// vulkanDrivers are where drivers announce themselves to Vulkan's loader.
var vulkanDrivers = []string{"/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/local/etc/vulkan/icd.d"}

// hasVulkanDriver says whether there is a driver other than Mesa's software one
// (lvp), which is slower than the CPU by itself.
func hasVulkanDriver() bool {
	for _, variable := range []string{"VK_DRIVER_FILES", "VK_ICD_FILENAMES"} {
		if os.Getenv(variable) != "" {
			return true
		}
	}
	for _, dir := range vulkanDrivers {
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		for _, f := range files {
			if err == nil && !strings.HasPrefix(filepath.Base(f), "lvp_") {
				return true
			}
		}
	}
	return false
}
