"""Drives "graft serve" with the official client of the Open Inference Protocol, and compares it with "graft predict".

    scripts/reference.py serve [--graft FILE]

Builds graft, trains a head on the drawings in testdata/demo with the seedling, serves it, and
asks with tritonclient, unchanged: health, metadata, inference of files and of ready pixels, binary
and JSON, compressed, asynchronous, with errors. Every answer must fit the protocol's schema; the
probabilities must be those of "graft predict" to the last bit; pixels that Pillow crops must give
what the file gives. Needs tritonclient[http], jsonschema, numpy and pillow.
"""
import argparse
import asyncio
import base64
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import jsonschema
import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as aio
from PIL import Image
from tritonclient.utils import InferenceServerException

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The schemas of the protocol: kserve/open-inference-protocol, specification/protocol/open_inference_rest.yaml.
PARAMETERS = {"type": "object"}
TENSOR = {"type": "object", "required": ["name", "datatype", "shape"],
          "properties": {"name": {"type": "string"}, "datatype": {"enum": ["BYTES", "UINT8", "FP32", "FP64"]},
                         "shape": {"type": "array", "items": {"type": "integer"}}}}
SCHEMAS = {
    "server": {"type": "object", "required": ["name", "version", "extensions"],
               "properties": {"name": {"type": "string"}, "version": {"type": "string"},
                              "extensions": {"type": "array", "items": {"type": "string"}}}},
    "model": {"type": "object", "required": ["name", "platform"],
              "properties": {"name": {"type": "string"}, "platform": {"type": "string"},
                             "versions": {"type": "array", "items": {"type": "string"}},
                             "inputs": {"type": "array", "items": TENSOR}, "outputs": {"type": "array", "items": TENSOR}}},
    "ready": {"type": "object", "required": ["name", "ready"],
              "properties": {"name": {"type": "string"}, "ready": {"type": "boolean"}}},
    "infer": {"type": "object", "required": ["model_name", "outputs"],
              "properties": {"model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"},
                             "parameters": PARAMETERS,
                             "outputs": {"type": "array", "items": {
                                 **TENSOR, "properties": {**TENSOR["properties"], "parameters": PARAMETERS, "data": {"type": "array"}},
                                 "oneOf": [{"required": ["data"]}, {"required": ["parameters"]}]}}}},
    "error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string", "minLength": 1}}},
}


def fits(name, value):
    jsonschema.validate(value, SCHEMAS[name])
    return value


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def service(graft, folder):
    """A service of a head on the seedling; gives its address, and how predict is asked the same."""
    env = dict(os.environ, GRAFT_TRUNK=str(folder / "seedling.onnx"))
    pictures, head = ROOT / "testdata/demo", folder / "head.onnx"
    for command in (["trunk", "build", "--seedling", "--out", env["GRAFT_TRUNK"]],
                    ["fit", pictures, "--features", folder / "features", "--out", head]):
        subprocess.run([graft, *map(str, command)], env=env, check=True, capture_output=True)
    url = f"127.0.0.1:{free_port()}"
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([graft, "serve", f"demo={head}", "--addr", url], env=env, stderr=log)
    try:
        client = http.InferenceServerClient(url)
        for _ in range(600):
            with contextlib.suppress(OSError):
                if client.is_server_ready():
                    break
            time.sleep(0.05)
        else:
            raise SystemExit("serve: not ready after 30 s:\n" + (folder / "log").read_text())
        yield url, head, env
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, "the service ended with " + str(process.returncode)


def predicted(graft, head, env, paths):
    """The probabilities of predict, by label, for each path."""
    out = subprocess.run([graft, "predict", head, *paths, "--format", "jsonl", "--top-k", "1000"],
                         env=env, check=True, capture_output=True, text=True).stdout
    return [{s["label"]: s["probability"] for s in json.loads(line)["top"]} for line in out.splitlines()]


def crop(path, resize, side):
    """What torchvision's Resize and CenterCrop make of a file, with Pillow."""
    image = Image.open(path).convert("RGB")
    w, h = image.size
    size = (resize, int(resize * h / w)) if w <= h else (int(resize * w / h), resize)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return np.asarray(image.crop((left, top, left + side, top + side)))


def images(files, binary=True):
    """The input image; in JSON the files are in base64."""
    values = np.array(files if binary else [base64.b64encode(f) for f in files], dtype=object)
    i = http.InferInput("image", [len(files)], "BYTES")
    i.set_data_from_numpy(values, binary_data=binary)
    return [i]


def outputs(*names, binary):
    return [http.InferRequestedOutput(n, binary_data=binary) for n in names]


def same(what, got, want):
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape and got.dtype == want.dtype and got.tobytes() == want.tobytes(), f"{what} differ:\n{got}\n{want}"
    print(f"{what}: the same bits, {got.dtype} {'×'.join(map(str, got.shape))}")


def asked(client, files, paths, want, labels, transform):
    """Every way of inference gives the same."""
    ways = {
        "binary, all outputs": lambda: client.infer("demo", images(files), request_id="one"),
        "JSON": lambda: client.infer("demo", images(files, False), outputs=outputs("probabilities", "label", "features", binary=False), request_id="two"),
        "binary in, JSON out": lambda: client.infer("demo", images(files), outputs=outputs("probabilities", "label", "features", binary=False)),
        "gzip": lambda: client.infer("demo", images(files), request_compression_algorithm="gzip"),
        "deflate": lambda: client.infer("demo", images(files), request_compression_algorithm="deflate"),
        "asynchronous": lambda: client.async_infer("demo", images(files)).get_result(),
    }
    first = None
    for name, way in ways.items():
        r = way()
        fits("infer", r.get_response())
        same(f"probabilities, {name}, and predict's", r.as_numpy("probabilities"), want)
        said = [v if isinstance(v, str) else v.decode() for v in r.as_numpy("label")]
        assert said == [labels[k] for k in want.argmax(1)], said
        first = first if first is not None else r.as_numpy("features")
        same(f"features, {name}, and the first's", r.as_numpy("features"), first)
    px = np.stack([crop(p, *transform) for p in paths])
    for binary in (True, False):
        i = http.InferInput("pixels", list(px.shape), "UINT8")
        i.set_data_from_numpy(px, binary_data=binary)
        r = client.infer("demo", [i])
        same(f"probabilities of Pillow's pixels, {'binary' if binary else 'JSON'}, and of the files", r.as_numpy("probabilities"), want)
    r = client.infer("demo", images(files[:1]), outputs=[http.InferRequestedOutput("probabilities", class_count=2)])
    value, index, label = r.as_numpy("probabilities")[0][0].decode().split(":", 2)
    assert float(value) == want[0].max() and int(index) == want[0].argmax() and label == labels[int(index)]
    print("classification: the best class is", label)


async def asked_by_asyncio(url, files, want):
    async with aio.InferenceServerClient(url) as client:
        assert await client.is_server_live() and await client.is_model_ready("demo")
        results = await asyncio.gather(*(client.infer("demo", images([f])) for f in files))
        same("probabilities, asyncio, and predict's", np.concatenate([r.as_numpy("probabilities") for r in results]), want)


def refused(client, files):
    """Wrong requests are errors of the protocol, and the client understands them."""
    wrong = http.InferInput("nothing", [1], "BYTES")
    wrong.set_data_from_numpy(np.array([b"x"], dtype=object))
    broken = images([files[0][:200]])
    for name, way in {
        "a model that is not there": lambda: client.infer("moths", images(files)),
        "a version that is not there": lambda: client.infer("demo", images(files), model_version="7"),
        "an input that is not there": lambda: client.infer("demo", [wrong]),
        "an output that is not there": lambda: client.infer("demo", images(files), outputs=outputs("logits", binary=True)),
        "a broken image": lambda: client.infer("demo", broken),
        "metadata of no model": lambda: client.get_model_metadata("moths"),
    }.items():
        try:
            way()
        except InferenceServerException as e:
            print(f"{name}: {e.status()} {e.message()}")
            assert e.status() in ("400", "404") and str(ROOT) not in e.message()
        else:
            raise AssertionError(f"{name} was answered")
    assert not client.is_model_ready("moths")


def schemas(url):
    """The JSON of everything that is not inference."""
    for path, name, status in (("v2", "server", 200), ("v2/models/demo", "model", 200), ("v2/models/demo/ready", "ready", 200),
                               ("v2/models/moths", "error", 404), ("v2/models/moths/ready", "error", 404), ("v2/nothing", "error", 404)):
        try:
            r = urllib.request.urlopen(f"http://{url}/{path}")
        except urllib.error.HTTPError as e:
            r = e
        assert r.status == status, (path, r.status)
        fits(name, json.load(r))
    for path in ("v2/health/live", "v2/health/ready"):
        assert urllib.request.urlopen(f"http://{url}/{path}").status == 200
    print("schemas: all answers fit")


def plain(url, paths, want, labels):
    """POST /classify gives the same, one image after another."""
    got = []
    for p in paths:
        r = json.load(urllib.request.urlopen(f"http://{url}/classify?top=1000", data=pathlib.Path(p).read_bytes()))
        by = {s["label"]: s["probability"] for s in r["results"][0]["top"]}
        got.append([by[label] for label in labels])
    same("probabilities of /classify and predict's", np.array(got), want)


def main(args):
    a = argparse.ArgumentParser(prog="serve")
    a.add_argument("--graft", type=pathlib.Path)
    o = a.parse_args(args)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        graft = o.graft or folder / "graft"
        if not o.graft:
            subprocess.run(["go", "build", "-o", graft, "./cmd/graft"], cwd=ROOT, check=True)
        paths = [str(p) for p in sorted((ROOT / "testdata/demo/val").glob("*/*.jpg"))[::6]]
        files = [pathlib.Path(p).read_bytes() for p in paths]
        with service(graft, folder) as (url, head, env):
            table = predicted(graft, head, env, paths)
            client = http.InferenceServerClient(url, concurrency=4)
            assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("demo")
            fits("server", client.get_server_metadata())
            meta = fits("model", client.get_model_metadata("demo"))
            assert client.is_model_ready("demo", meta["versions"][0]) and client.get_model_metadata("demo", meta["versions"][0]) == meta
            state = json.load(urllib.request.urlopen(f"http://{url}/v2/models"))["models"][0]
            labels = state["labels"]
            want = np.array([[row[label] for label in labels] for row in table])
            info = json.loads(subprocess.run([graft, "head", "info", head, "--json"], check=True, capture_output=True, text=True).stdout)
            transform = info["metadata"]["graft.transform"] if "metadata" in info else info["transform"]
            transform = json.loads(transform) if isinstance(transform, str) else transform
            asked(client, files, paths, want, labels, (transform["resize"], transform["crop"]))
            asyncio.run(asked_by_asyncio(url, files, want))
            refused(client, files)
            schemas(url)
            plain(url, paths, want, labels)
            client.close()
    print("serve: tritonclient works against it unchanged")
    return 0
