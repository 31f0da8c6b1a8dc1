"""The manifests of Kubernetes against the types of its API: an unknown field, or one of another type, is an error.

It needs Go, and k8s.io/api from the module proxy. No cluster runs them.
"""
import subprocess

import measure

API = "v0.37.2"
PROGRAM = """package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// A manifest's text, by the kind that it names.
func read(text []byte) (kind string, err error) {
	var of struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(text, &of); err != nil {
		return "", err
	}
	var to any
	switch of.APIVersion + " " + of.Kind {
	case "batch/v1 Job":
		to = new(batch.Job)
	case "apps/v1 Deployment":
		to = new(apps.Deployment)
	case "v1 Service":
		to = new(core.Service)
	case "serving.kserve.io/v1beta1 InferenceService":
		return of.Kind + ", of KServe's API, not checked", nil
	default:
		return of.Kind, fmt.Errorf("unknown: %s %s", of.APIVersion, of.Kind)
	}
	if err := yaml.UnmarshalStrict(text, to); err != nil {
		return of.Kind, err
	}
	if job, ok := to.(*batch.Job); ok {
		return of.Kind, check(job)
	}
	return of.Kind, nil
}

// check holds a Job to rules of the API that its types do not tell.
func check(job *batch.Job) error {
	s, pod := job.Spec, job.Spec.Template.Spec
	indexed := s.CompletionMode != nil && *s.CompletionMode == batch.IndexedCompletion
	switch {
	case pod.RestartPolicy != core.RestartPolicyNever && pod.RestartPolicy != core.RestartPolicyOnFailure:
		return fmt.Errorf("restartPolicy %q of a Job", pod.RestartPolicy)
	case s.PodFailurePolicy != nil && pod.RestartPolicy != core.RestartPolicyNever:
		return fmt.Errorf("podFailurePolicy needs restartPolicy Never")
	case indexed && s.Completions == nil:
		return fmt.Errorf("an Indexed Job needs completions")
	case s.BackoffLimitPerIndex != nil && !indexed, s.MaxFailedIndexes != nil && s.BackoffLimitPerIndex == nil:
		return fmt.Errorf("backoffLimitPerIndex needs an Indexed Job, and maxFailedIndexes backoffLimitPerIndex")
	}
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
	}
	for _, c := range pod.Containers {
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				return fmt.Errorf("container %s mounts %s, which is no volume", c.Name, m.Name)
			}
		}
	}
	return nil
}

func main() {
	bad := 0
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for _, part := range bytes.Split(text, []byte("\\n---\\n")) {
			kind, err := read(part)
			if err != nil {
				fmt.Printf("%s: %s: %v\\n", name, kind, err)
				bad++
				continue
			}
			fmt.Printf("%s: %s\\n", filepath.Base(name), kind)
		}
	}
	if bad > 0 {
		os.Exit(1)
	}
}
"""


def main(_):
    folder = measure.WORK / "manifests"
    folder.mkdir()
    (folder / "main.go").write_text(PROGRAM)
    (folder / "go.mod").write_text("module manifests\n\ngo 1.26\n")
    for command in (["get", *(f"k8s.io/api/{p}/v1@{API}" for p in ("apps", "batch", "core")), "sigs.k8s.io/yaml@v1.6.0"], ["build", "-o", "manifests", "."]):
        measure.run("go", *command, cwd=folder)
    files = sorted([*(measure.ROOT / "scripts/kubernetes").glob("*.yaml"), *(measure.ROOT / "scripts/serve").glob("*.yaml")])
    broken = folder / "broken.yaml"
    broken.write_text(files[0].read_text().replace("restartPolicy:", "restartPolice:"))
    print(measure.run(folder / "manifests", *files).stdout, end="")
    if subprocess.run([folder / "manifests", broken], stdout=subprocess.DEVNULL).returncode == 0:
        raise SystemExit("test-scale: a broken manifest passes")
    print("a misspelt field is refused", flush=True)
