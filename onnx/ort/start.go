package ort

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// program is what a session runs.
type program struct {
	model   []byte // encoded
	input   string
	outputs []string
}

// start starts a session for every device of a choice. Providers may replace
// Go's signal handlers when they are loaded and when they start; those are
// restored.
func start(p program, c Choice, o Options) (sessions []*ort.DynamicAdvancedSession, err error) {
	defer keepSignals()()
	if c.Device.kind() == TensorRT && c.Precision == FP32 {
		// TensorRT has no option for TF32, which it uses by default.
		if err := os.Setenv("NVIDIA_TF32_OVERRIDE", "0"); err != nil {
			return nil, fmt.Errorf("switch TF32 off: %w", err)
		}
	}
	for _, settings := range settingsOf(c.Device, o, cores()) {
		s, err := startOne(p, c.Device.kind(), settings, o)
		if err != nil {
			for _, s := range sessions {
				err = errors.Join(err, s.Destroy())
			}
			return nil, err
		}
		sessions = append(sessions, s)
	}
	return sessions, nil
}

func startOne(p program, k Kind, settings sessionSettings, o Options) (*ort.DynamicAdvancedSession, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, tidy(err)
	}
	defer options.Destroy()
	if err := settings.apply(options, k, o); err != nil {
		return nil, tidy(err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(p.model, []string{p.input}, p.outputs, options)
	if err != nil {
		return nil, tidy(err)
	}
	return s, nil
}

// apply copies the settings into the options of a session.
func (s sessionSettings) apply(to *ort.SessionOptions, k Kind, o Options) error {
	err := to.SetLogSeverityLevel(ort.LoggingLevelFatal)
	if s.threads > 0 {
		err = errors.Join(err, to.SetIntraOpNumThreads(s.threads), to.SetInterOpNumThreads(s.threads))
	}
	for key, value := range s.config {
		err = errors.Join(err, to.AddSessionConfigEntry(key, value))
	}
	if err != nil {
		return err
	}
	switch k {
	case CUDA:
		return appendCUDA(to, s.options)
	case TensorRT:
		if err := appendTensorRT(to, s.options); err != nil {
			return err
		}
		return appendCUDA(to, cudaOptions(s.index, o)) // for operators that TensorRT does not support
	case OpenVINO:
		return to.AppendExecutionProviderOpenVINO(s.options)
	case CoreML:
		return to.AppendExecutionProviderCoreMLV2(s.options)
	case DirectML:
		return to.AppendExecutionProviderDirectML(s.index)
	case WebGPU:
		return to.AppendExecutionProvider("WebGPU", s.options)
	}
	return nil
}

func appendCUDA(settings *ort.SessionOptions, options map[string]string) error {
	c, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer c.Destroy()
	if err := c.Update(options); err != nil {
		return err
	}
	return settings.AppendExecutionProviderCUDA(c)
}

func appendTensorRT(settings *ort.SessionOptions, options map[string]string) error {
	t, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer t.Destroy()
	if err := t.Update(options); err != nil {
		return err
	}
	return settings.AppendExecutionProviderTensorRT(t)
}

// prefix is what ONNX Runtime puts before an error's message: source file, line,
// C++ function, name and number of the error.
var prefix = regexp.MustCompile(`Error (?:creating C session|running network): |(?:\S+\.(?:cc|h|cpp):\d+ .*?)?\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : `)

// adapter is what WebGPU's provider says where it finds no GPU; the rest of the
// line is the reason.
var adapter = regexp.MustCompile(`Failed to get a WebGPU adapter: ([^\n]*)`)

// startError is why a device did not start.
func startError(d Device, err error) *DeviceError {
	if m := adapter.FindStringSubmatch(err.Error()); m != nil {
		return &DeviceError{Device: d, Problem: ProblemDriver,
			Reason: fmt.Sprintf("no adapter: %s (of the drivers here none offers what WebGPU needs; Mesa's llvmpipe, which computes on the CPU, may be too old)", strings.TrimRight(m[1], ". "))}
	}
	return &DeviceError{Device: d, Problem: ProblemStart, Reason: err.Error()}
}

// tidy removes the prefixes from an error of the binding.
func tidy(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(prefix.ReplaceAllString(err.Error(), ""))
}
