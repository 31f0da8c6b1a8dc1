package ort

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A Diagnosis lists what a device needs, found or missing.
type Diagnosis struct {
	Device    Device
	Flavour   Flavour
	Library   string   // path of ONNX Runtime, "" if it is missing
	Origin    Origin   // why that library
	Version   string   // of the library
	Providers []string // execution providers that the library was built with
	// MissingFiles are those that should be beside the library and are not.
	MissingFiles []string
	Dependencies []Dependency // other libraries, found or not
	// Err is why the device cannot be used, a [*DeviceError] or a
	// [*LibraryError]; nil if nothing speaks against it before it is started.
	Err error
}

// Diagnose looks for everything that device d needs on this machine, and opens
// every library. ONNX Runtime itself is loaded only to read its version, so all
// devices can be diagnosed in one process. named is the path of ONNX Runtime, ""
// for the one that is found as the package comment says.
func Diagnose(d Device, named string) Diagnosis {
	g := Diagnosis{Device: d, Flavour: d.kind().Flavour()}
	if g.Err = checkSystem(d); g.Err != nil {
		return g
	}
	g.Library, g.Origin, g.Err = find(named, g.Flavour)
	g.Dependencies = dependenciesOf(d.kind())
	loadAll(g.Dependencies, searchPath(g.Library))
	list := missing(g.Dependencies)
	if len(list) > 0 && (g.Err == nil || list[0].Driver) {
		g.Err = missingError(d, list)
	}
	if g.Err == nil {
		g.Err = checkVulkan(d)
	}
	if g.Library != "" {
		if err := g.library(); g.Err == nil {
			g.Err = err
		}
	}
	return g
}

// check is Diagnose for a device that exists on this system and is about to be
// used: it stops at the first thing that is missing.
func check(d Device, named string) (g Diagnosis, err error) {
	g = Diagnosis{Device: d, Flavour: d.kind().Flavour()}
	if g.Library, g.Origin, err = find(named, g.Flavour); err != nil {
		return g, err
	}
	g.Dependencies = dependenciesOf(d.kind())
	loadUntilDriver(g.Dependencies, searchPath(g.Library))
	if list := missing(g.Dependencies); len(list) > 0 {
		return g, missingError(d, list)
	}
	if err := checkVulkan(d); err != nil {
		return g, err
	}
	return g, g.library()
}

// library reads the version and the providers of the library that was found, and
// checks the files beside it.
func (g *Diagnosis) library() (err error) {
	if g.Version, g.Providers, err = probe(g.Library, g.Flavour); err != nil {
		return err
	}
	if g.findMissingFiles(); len(g.MissingFiles) > 0 {
		return &DeviceError{Device: g.Device, Problem: ProblemProvider, Reason: fmt.Sprintf("%s is not beside %s", g.MissingFiles[0], g.Library)}
	}
	if g.Providers != nil && !g.hasProvider() {
		return &DeviceError{Device: g.Device, Problem: ProblemProvider, Reason: fmt.Sprintf("ONNX Runtime %q was built without it", g.Library)}
	}
	return nil
}

// checkSystem refuses a kind of device that does not exist on this system.
func checkSystem(d Device) error {
	want := map[Kind]string{CoreML: "darwin", DirectML: "windows"}[d.kind()]
	if want == "" || want == runtime.GOOS {
		return nil
	}
	return &DeviceError{Device: d, Problem: ProblemSystem, Reason: map[string]string{"darwin": "is for macOS", "windows": "is for Windows"}[want]}
}

// findMissingFiles fills in the provider's files that are not beside the library.
func (g *Diagnosis) findMissingFiles() {
	if runtime.GOOS != "linux" || !strings.ContainsRune(g.Library, filepath.Separator) {
		return
	}
	for _, name := range providerFiles(g.Device.kind()) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(g.Library), name)); err != nil {
			g.MissingFiles = append(g.MissingFiles, name)
		}
	}
}

// hasProvider reports whether the library was built with the device's provider.
func (g *Diagnosis) hasProvider() bool {
	for _, p := range g.Providers {
		if strings.EqualFold(p, g.Device.kind().provider()) {
			return true
		}
	}
	return false
}

// vulkanDrivers are the folders in which drivers register with Vulkan's loader.
var vulkanDrivers = []string{"/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/usr/local/etc/vulkan/icd.d"}

// checkVulkan refuses WebGPU on a machine without a driver for Vulkan.
func checkVulkan(d Device) error {
	if d.kind() != WebGPU || runtime.GOOS != "linux" || hasVulkanDriver() {
		return nil
	}
	return &DeviceError{Device: d, Problem: ProblemDriver, Reason: "Vulkan has no driver of a GPU here"}
}

// hasVulkanDriver reports whether there is a driver other than Mesa's software
// rasterizer (lvp), which is slower than the CPU provider.
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
