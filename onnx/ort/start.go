package ort

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	ort "github.com/yalue/onnxruntime_go"
)

// start starts a session for every device of a choice. Providers may replace
// signal handlers of Go's when they are loaded and when they start; those are
// put back.
func start(model []byte, input string, outputs []string, c Choice, o Options) (sessions []*ort.DynamicAdvancedSession, err error) {
	defer keepSignals()()
	if c.Device.kind() == TensorRT && c.Precision == FP32 {
		// TensorRT has no option for TF32, which it takes by itself.
		if err := os.Setenv("NVIDIA_TF32_OVERRIDE", "0"); err != nil {
			return nil, fmt.Errorf("switch TF32 off: %w", err)
		}
	}
	for _, p := range plans(c.Device, o, cores()) {
		s, err := startOne(model, input, outputs, c.Device.kind(), p, o)
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

func startOne(model []byte, input string, outputs []string, k Kind, p plan, o Options) (*ort.DynamicAdvancedSession, error) {
	settings, err := ort.NewSessionOptions()
	if err != nil {
		return nil, tidy(err)
	}
	defer settings.Destroy()
	if err := apply(settings, k, p, o); err != nil {
		return nil, tidy(err)
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, []string{input}, outputs, settings)
	if err != nil {
		return nil, tidy(err)
	}
	return s, nil
}

// apply puts a plan into the settings of a session.
func apply(settings *ort.SessionOptions, k Kind, p plan, o Options) error {
	err := settings.SetLogSeverityLevel(ort.LoggingLevelFatal)
	if p.threads > 0 {
		err = errors.Join(err, settings.SetIntraOpNumThreads(p.threads), settings.SetInterOpNumThreads(p.threads))
	}
	for key, value := range p.config {
		err = errors.Join(err, settings.AddSessionConfigEntry(key, value))
	}
	if err != nil {
		return err
	}
	switch k {
	case CUDA:
		return appendCUDA(settings, p.options)
	case TensorRT:
		if err := appendTensorRT(settings, p.options); err != nil {
			return err
		}
		return appendCUDA(settings, cudaOptions(p.index, o)) // for what TensorRT does not know
	case OpenVINO:
		return settings.AppendExecutionProviderOpenVINO(p.options)
	case CoreML:
		return settings.AppendExecutionProviderCoreMLV2(p.options)
	case DirectML:
		return settings.AppendExecutionProviderDirectML(p.index)
	case WebGPU:
		return settings.AppendExecutionProvider("WebGPU", p.options)
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

// noise is what ONNX Runtime puts before what it has to say: source file, line,
// C++ function, name and number of the error.
var noise = regexp.MustCompile(`Error (?:creating C session|running network): |(?:\S+\.(?:cc|h|cpp):\d+ .*?)?\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : `)

// tidy takes the noise out of an error of the binding.
func tidy(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(noise.ReplaceAllString(err.Error(), ""))
}
