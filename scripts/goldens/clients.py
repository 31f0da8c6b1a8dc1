"""Checks graft's ONNX files with other tools, and makes the small models that the codec's tests read.

    clients                               what graft's tests write: checker, Python's onnxruntime, onnxruntime-node
    clients FILE.onnx ... [--pixels RAW --size N,H,W [--expect JSON]]
                                          the same for given files; RAW holds uint8 n*h*w*3; JSON a list of n lists of probabilities
    clients import MODEL TRUNK --mean M --std S [--layout nchw|nhwc] [--output NAME]
                                          a trunk made by "graft trunk import" against the model it was made of
    clients make                          writes testdata/golden/onnx

onnx.checker runs with full_check on every file. Node is used if it is installed; its package is put into a temporary folder.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "testdata" / "golden" / "onnx"
TOLERANCE = 1e-5

NODE = """
const ort = require('onnxruntime-node'), fs = require('fs');
(async () => {
  const [model, raw, size, name] = process.argv.slice(2), dims = size.split(',').map(Number).concat(3);
  const session = await ort.InferenceSession.create(model);
  const pixels = new ort.Tensor('uint8', new Uint8Array(fs.readFileSync(raw)), dims);
  const out = (await session.run({pixels}))[name];
  console.log(JSON.stringify({dims: out.dims, data: Array.from(out.data)}));
})().catch(e => { console.error(e); process.exit(1); });
"""


def session(path):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def check(path):
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    meta = {p.key: p.value for p in model.metadata_props}
    print(f"checker     {path.name}: ok, {meta.get('graft.kind', 'foreign')}, {len(model.graph.node)} nodes")
    return meta


class Node:
    """onnxruntime-node in a temporary folder, or nothing."""

    def __init__(self):
        self.folder = None

    def __enter__(self):
        if shutil.which("node") and shutil.which("npm"):
            self.folder = tempfile.mkdtemp(prefix="graft-clients-")
            pathlib.Path(self.folder, "run.js").write_text(NODE)
            subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", self.folder,
                            "onnxruntime-node@1.30.0"], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "ONNXRUNTIME_NODE_INSTALL": "skip"})
        else:
            print("node        not installed: skipped")
        return self

    def __exit__(self, *_):
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def output(self, name, model, raw, size):
        if not self.folder:
            return None
        out = subprocess.run(["node", "run.js", str(pathlib.Path(model).resolve()), str(pathlib.Path(raw).resolve()), size, name],
                             cwd=self.folder, check=True, capture_output=True, text=True).stdout
        answer = json.loads(out)
        return np.array(answer["data"]).reshape(answer["dims"])


def near(what, a, b):
    worst = float(np.max(np.abs(np.asarray(a, dtype=np.float64) - b)))
    print(f"{what:11} largest difference {worst:.2g}")
    if not worst <= TOLERANCE:
        sys.exit(f"clients: {what}: {worst:.3g} is over {TOLERANCE}")


def classify(path, meta, raw, size, node, expect=None):
    n, h, w = map(int, size.split(","))
    pixels = np.fromfile(raw, dtype=np.uint8).reshape(n, h, w, 3)
    p = session(path).run(["probabilities"], {"pixels": pixels})[0]
    labels = json.loads(meta["graft.labels"])
    assert p.shape == (n, len(labels)), p.shape
    for row in p[:4]:
        print("python      " + ", ".join(f"{label} {x:.6f}" for label, x in zip(labels, row)))
    if expect is not None:
        near("expected", p, np.array(expect))
    q = node.output("probabilities", path, raw, size)
    if q is not None:
        near("node", p, q)
        assert (p.argmax(1) == q.argmax(1)).all(), "other labels"
    return pixels, p


def trunk_alone(path, raw, size, node):
    """A trunk in Python and in Node: the same features up to rounding, also where it computes in float16 or int8."""
    n, h, w = map(int, size.split(","))
    pixels = np.fromfile(raw, dtype=np.uint8).reshape(n, h, w, 3)
    x = session(path).run(["features"], {"pixels": pixels})[0]
    q = node.output("features", path, raw, size)
    if q is not None:
        cosine = float(np.min(np.sum(x * q, 1) / np.linalg.norm(x, axis=1) / np.linalg.norm(q, axis=1)))
        print(f"node        {path.name}: cosine to Python's features {cosine:.6f}")
        if not cosine >= 0.9999:
            sys.exit(f"clients: {path}: node computes other features")


def head_after_trunk(folder, pixels, tap, head, p):
    """The merged model must equal trunk and head run one after the other."""
    x = session(folder / "trunk.onnx").run([tap], {"pixels": pixels})[0]
    near("two parts", p, session(head).run(["probabilities"], {"features": x})[0])


def own_files():
    """Lets graft's tests write their models and checks all of them."""
    with tempfile.TemporaryDirectory() as folder, Node() as node:
        subprocess.run(["go", "test", "-count=1", "-run", "^TestWrite", "./onnx/headmodel", "-args", "-clients", folder],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        folder = pathlib.Path(folder)
        for path in sorted(folder.glob("*.onnx")):
            meta = check(path)
            if meta.get("graft.kind") != "classifier":
                continue
            case = json.loads((folder / (path.stem + ".json")).read_text())
            pixels, p = classify(path, meta, folder / case["pixels"], case["size"], node)
            head_after_trunk(folder, pixels, case["tap"], folder / case["head"], p)
        for path in sorted(folder.glob("head_*.json")):
            case = json.loads(path.read_text())
            x = np.array(case["features"], dtype=np.float32)
            near(path.stem, session(path.with_suffix(".onnx")).run(["probabilities"], {"features": x})[0], np.array(case["probabilities"]))
        for path in sorted(folder.glob("import_*.json")):
            case = json.loads(path.read_text())
            compare_import(GOLDEN / f"{case['model']}.onnx", path.with_suffix(".onnx"), case["mean"], case["std"],
                           case["layout"], case["output"])


def given_files(args):
    a = argparse.ArgumentParser(prog="clients")
    a.add_argument("files", nargs="+", type=pathlib.Path)
    a.add_argument("--pixels")
    a.add_argument("--size")
    a.add_argument("--expect", type=pathlib.Path)
    o = a.parse_args(args)
    with Node() if o.pixels else tempfile.TemporaryDirectory() as node:
        for path in o.files:
            meta = check(path)
            if o.pixels and meta.get("graft.kind") == "trunk":
                trunk_alone(path, o.pixels, o.size, node)
            if o.pixels and meta.get("graft.kind") == "classifier":
                classify(path, meta, o.pixels, o.size, node, json.loads(o.expect.read_text()) if o.expect else None)


def imported(args):
    a = argparse.ArgumentParser(prog="clients import")
    a.add_argument("model", type=pathlib.Path)
    a.add_argument("trunk", type=pathlib.Path)
    a.add_argument("--mean", required=True)
    a.add_argument("--std", required=True)
    a.add_argument("--layout", default="nchw")
    a.add_argument("--output")
    o = a.parse_args(args)
    check(o.trunk)
    mean, std = ([float(v) for v in text.split(",")] for text in (o.mean, o.std))
    compare_import(o.model, o.trunk, mean, std, o.layout, o.output)


def with_output(path, name):
    """The model as bytes, with one of its inner values as an output."""
    model = onnx.load(str(path))
    if name and name not in [v.name for v in model.graph.output]:
        model.graph.output.append(helper.make_empty_tensor_value_info(name))
    return model.SerializeToString()


def compare_import(model, trunk, mean, std, layout, output):
    """The trunk on pixels must give what the model gives on normalised pixels."""
    before = onnxruntime.InferenceSession(with_output(model, output), providers=["CPUExecutionProvider"])
    after = session(trunk)
    side = json.loads(after.get_modelmeta().custom_metadata_map["graft.trunk"])["crop"]
    n = after.get_inputs()[0].shape[0]
    n = n if isinstance(n, int) else 4
    pixels = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)
    got = after.run(["features"], {"pixels": pixels})[0]
    x = ((pixels / 255 - np.array(mean)) / np.array(std)).astype(np.float32)
    if layout == "nchw":
        x = x.transpose(0, 3, 1, 2)
    given = before.get_inputs()[0]
    step = given.shape[0] if isinstance(given.shape[0], int) else n
    want = np.concatenate([before.run([output or before.get_outputs()[0].name], {given.name: np.ascontiguousarray(x[i:i + step])})[0]
                           for i in range(0, n, step)])
    if want.ndim == 4:
        want = want.mean(axis=(2, 3))
    scale = np.max(np.abs(want))
    near("import", got / scale, want / scale)


def typed():
    """A model with every way to store a tensor, a subgraph, a function, and fields graft does not know."""
    def filled(name, kind, field, values, dims=None):
        t = TensorProto(name=name, data_type=kind, dims=dims or [len(values)])
        getattr(t, field).extend(values)
        return t

    half = [int(v) for v in np.array([1.5, -2, 65504], np.float16).view(np.uint16)]
    bfloat = [int(v) for v in (np.array([1.5, -2, 3], np.float32).view(np.uint32) >> 16)]
    tensors = [
        filled("float32", TensorProto.FLOAT, "float_data", [1.5, -2, 3]),
        filled("float64", TensorProto.DOUBLE, "double_data", [1.5, -2, 3]),
        filled("float16", TensorProto.FLOAT16, "int32_data", half),
        filled("bfloat16", TensorProto.BFLOAT16, "int32_data", bfloat),
        filled("int8", TensorProto.INT8, "int32_data", [1, -2, 127]),
        filled("uint8", TensorProto.UINT8, "int32_data", [1, 2, 255]),
        filled("int16", TensorProto.INT16, "int32_data", [1, -2, 300]),
        filled("uint16", TensorProto.UINT16, "int32_data", [1, 2, 65535]),
        filled("int32", TensorProto.INT32, "int32_data", [1, -2, 70000]),
        filled("bool", TensorProto.BOOL, "int32_data", [1, 0, 1]),
        filled("int64", TensorProto.INT64, "int64_data", [1, -2, 1 << 40]),
        filled("uint32", TensorProto.UINT32, "uint64_data", [1, 2, 1 << 31]),
        filled("uint64", TensorProto.UINT64, "uint64_data", [1, 2, 1 << 40]),
        filled("string", TensorProto.STRING, "string_data", [b"a", b"", b"\xff"]),
        filled("empty", TensorProto.FLOAT, "float_data", [], [0]),
        helper.make_tensor("scalar", TensorProto.FLOAT, [], [7.0]),
        helper.make_tensor("raw", TensorProto.FLOAT, [3], np.array([1.5, -2, 3], "<f4").tobytes(), raw=True),
    ]
    branch = [helper.make_graph([helper.make_node("Mul", ["x", "raw"], [name])], name, [],
                                [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3])]) for name in ("then", "else")]
    nodes = [
        helper.make_node("Gather", ["bool", "zero"], ["which"]),
        helper.make_node("If", ["which"], ["chosen"], then_branch=branch[0], else_branch=branch[1]),
        helper.make_node("Twice", ["chosen"], ["y"], domain="test", name="twice"),
    ]
    tensors.append(helper.make_tensor("zero", TensorProto.INT64, [], [0]))
    graph = helper.make_graph(nodes, "typed", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["k"])], tensors, "a graph")
    twice = helper.make_function("test", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
                                 [helper.make_opsetid("", 17)])
    model = helper.make_model(graph, functions=[twice], ir_version=10, producer_name="clients.py",
                              opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("test", 1)])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(
        helper.make_tensor("sparse", TensorProto.FLOAT, [1], [5.0]), helper.make_tensor("at", TensorProto.INT64, [1], [2]), [9]))
    model.graph.metadata_props.add(key="note", value="of the graph")
    model.graph.node[0].metadata_props.add(key="note", value="of the node")
    model.graph.input[0].type.denotation = "NUMBERS"
    helper.set_model_props(model, {"author": "graft", "b": "2"})
    return model


def foreign(layout, batch, opset, shape):
    """A small image network of a given layout; shape: how the map becomes a vector."""
    rng = np.random.default_rng(1)
    def const(name, *dims):
        return helper.make_tensor(name, TensorProto.FLOAT, dims, rng.normal(0, 0.3, dims).astype("<f4").tobytes(), raw=True)
    size = [batch, 3, 16, 16] if layout == "nchw" else [batch, 16, 16, 3]
    weights = [const("w1", 4, 3, 3, 3), const("b1", 4), const("w2", 6, 4, 3, 3), const("b2", 6), const("w3", 5, 6)]
    nodes, x = [], "image"
    if layout == "nhwc":
        nodes, x = [helper.make_node("Transpose", ["image"], ["first"], perm=[0, 3, 1, 2])], "first"
    nodes += [
        helper.make_node("Conv", [x, "w1", "b1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], auto_pad="SAME_UPPER"),
        helper.make_node("Relu", ["c2"], ["map"]),
        helper.make_node("GlobalAveragePool", ["map"], ["pooled"]),
    ]
    if shape == "reshape":
        weights.append(helper.make_tensor("flat", TensorProto.INT64, [2], [batch, 6]))
        nodes.append(helper.make_node("Reshape", ["pooled", "flat"], ["features"]))
    else:
        nodes.append(helper.make_node("Flatten", ["pooled"], ["features"]))
    nodes.append(helper.make_node("Gemm", ["features", "w3"] + (["b3"] if opset < 11 else []), ["classes"], transB=1))
    if opset < 11:
        weights.append(const("b3", 5))
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, size)]
    if opset < 9:  # as IR version 3 wants
        inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in weights]
    graph = helper.make_graph(nodes, f"{layout} {shape}", inputs, [helper.make_tensor_value_info("classes", TensorProto.FLOAT, [batch, 5])], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=3 if opset < 9 else 8)


def make():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    models = {
        "typed": typed(),
        "nchw_fixed": foreign("nchw", 1, 7, "reshape"),
        "nhwc_dynamic": foreign("nhwc", "batch", 17, "flatten"),
        "nchw_two": foreign("nchw", 2, 11, "flatten"),
    }
    for name, model in models.items():
        onnx.checker.check_model(model, full_check=True)
        (GOLDEN / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    print(f"wrote {len(models)} models to {GOLDEN}")


def main(args):
    if args == ["make"]:
        make()
    elif args[:1] == ["import"]:
        imported(args[1:])
    elif args:
        given_files(args)
    else:
        own_files()
    return 0
