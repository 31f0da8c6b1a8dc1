"""Checkpoint files of every form, and the features PyTorch computes with Inception v3.

    scripts/reference.py trunk files     testdata/golden/checkpoint: small files by torch.save and safetensors
    scripts/reference.py trunk golden    testdata/golden/trunk: features from made-up weights
    scripts/reference.py trunk compare   builds trunks from torchvision's and timm's state dicts
                                         and compares them, run by ONNX Runtime, with PyTorch
    scripts/reference.py trunk spread    how large activations of the made-up weights are

compare takes --build 'PROGRAM … {checkpoint} … {out}' to use another program than
"go run ./cmd/graft trunk build", and --photos DIR for a second set of inputs.

A file of testdata/golden/trunk, seed0_wWIDTH_SIZE.safetensors, holds float32 n×d tensors
"features", "Mixed_5d", "Mixed_6e" and "Mixed_7a": what torchvision's Inception3 with
transform_input=True, run in float64, makes of n images of pattern(n, SIZE, SIZE), normalised with
ImageNet's mean and std, when its parameters are seeded(0, name, dims) (see the Go type
inception.Seeded). testdata/golden/checkpoint/expected.json says for each file and tensor the type,
the dimensions, and each value as the bits of a float32; error instead, if the file must be refused.
"""
import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import torch
from safetensors.torch import save_file
from torchvision.models import inception

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "testdata" / "golden"
TAPS = ["Mixed_5d", "Mixed_6e", "Mixed_7a"]
TOLERANCE = 1e-5  # of the largest absolute value


# The made-up weights of inception.Seeded.

def mix(z):
    z = z ^ (z >> np.uint64(30))
    z = z * np.uint64(0xBF58476D1CE4E5B9)
    z = z ^ (z >> np.uint64(27))
    z = z * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fnv1a(name):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    return h


def seeded(seed, name, dims):
    n = int(np.prod(dims))
    with np.errstate(over="ignore"):
        key = mix(np.array([seed], np.uint64)) ^ np.uint64(fnv1a(name))
        bits = mix(key + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    u = (bits >> np.uint64(40)).astype(np.float64) / 2**23 - 1
    if name.endswith(".conv.weight"):
        a, b = 0, np.sqrt(6 / (dims[1] * dims[2] * dims[3]))
    elif name.endswith((".bn.weight", ".bn.running_var")):
        a, b = 1, 0.2
    else:
        a, b = 0, 0.1
    return (a + b * u).astype(np.float32).reshape(dims)


def pattern(n, h, w):
    """n×h×w×3 bytes: ramps that bend, shifted in each channel and image, and with the height,
    since the network never sees the last row and column of 300×300."""
    i, y, x, c = np.ogrid[:n, :h, :w, :3]
    return ((3 * x + 2 * y + 50 * c + x * y // 64 + 31 * i + h) % 256).astype(np.uint8)


# Inception v3 in PyTorch.

def network(width=1.0, **kwargs):
    """torchvision's module, its channel counts scaled; 0.25 divides all of them evenly."""
    original = inception.BasicConv2d

    class Scaled(original):
        def __init__(self, i, o, **kw):
            super().__init__(i if i == 3 else int(i * width), int(o * width), **kw)

    inception.BasicConv2d = Scaled
    try:
        net = inception.Inception3(transform_input=True, init_weights=False, **kwargs)
    finally:
        inception.BasicConv2d = original
    return net.eval()


def outputs(net, pixels):
    """What the trunk gives for n×h×w×3 bytes, as torchvision computes it."""
    caught, hooks = {}, []
    for name in TAPS + ["avgpool"]:
        def hook(_, __, y, name=name):
            caught["features" if name == "avgpool" else name] = y.mean((2, 3))
        hooks.append(getattr(net, name).register_forward_hook(hook))
    dtype = next(net.parameters()).dtype
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).to(dtype) / 255
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=dtype).reshape(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=dtype).reshape(3, 1, 1)
    with torch.no_grad():
        x = net._transform_input((x - mean) / std)
        for name, layer in net.named_children():
            if name in ("AuxLogits", "dropout", "fc"):
                continue
            x = layer(x)
    for h in hooks:
        h.remove()
    return {k: v.numpy() for k, v in caught.items()}


def load_seeded(net, seed=0):
    state = {k: torch.from_numpy(seeded(seed, k, tuple(v.shape)))
             for k, v in net.state_dict().items()
             if ".conv." in k or ".bn." in k and not k.endswith("num_batches_tracked")}
    net.load_state_dict(state, strict=False)
    return net


def randomise(net, seed):
    """Random weights, and batch statistics far from 0 and 1."""
    g = torch.Generator().manual_seed(seed)
    for name, t in net.state_dict().items():
        if name.endswith("conv.weight"):
            t.normal_(0, (2 / t[0].numel()) ** 0.5, generator=g)
        elif name.endswith(("bn.weight", "running_var")):
            t.uniform_(0.5, 1.5, generator=g)
        elif name.endswith(("bn.bias", "running_mean")):
            t.normal_(0, 0.3, generator=g)
    return net


def golden(_):
    out = GOLDEN / "trunk"
    out.mkdir(parents=True, exist_ok=True)
    for width, n in ((1.0, 1), (0.25, 2)):
        net = load_seeded(network(width, aux_logits=False)).double()
        for size in (299, 300):
            y = {k: torch.from_numpy(v.astype(np.float32)) for k, v in outputs(net, pattern(n, size, size)).items()}
            meta = {"seed": "0", "width": str(width), "n": str(n), "size": str(size), "torch": torch.__version__}
            path = out / f"seed0_w{width:g}_{size}.safetensors"
            save_file(y, path, meta)
            path.chmod(0o644)
            print(width, size, {k: (tuple(v.shape), float(v.std())) for k, v in y.items()})


def spread(_):
    for width in (1.0, 0.25):
        net = load_seeded(network(width, aux_logits=False))
        rows = []

        def hook(name):
            return lambda _, __, y: rows.append((name, y.mean().item(), y.std().item(), (y == 0).float().mean().item()))
        for name, layer in net.named_children():
            if name.startswith(("Conv", "Mixed")):
                layer.register_forward_hook(hook(name))
        outputs(net, pattern(1, 299, 299))
        for name, mean, std, zero in rows:
            print(f"width {width:<4g} {name:14} mean {mean:7.3f}  std {std:7.3f}  zeros {zero:.2f}")


# Comparing.

def build(command, checkpoint, out):
    words = [w.format(checkpoint=checkpoint, out=out) for w in shlex.split(command)]
    subprocess.run(words, cwd=ROOT, check=True, stdout=sys.stderr)


def compare_one(what, onnx_file, net, inputs):
    import onnxruntime
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    worst = 0
    for pixels in inputs:
        want = outputs(net, pixels)
        for name, got in zip(names, session.run(names, {"pixels": pixels})):
            off = np.abs(got - want[name]).max() / np.abs(want[name]).max()
            worst = max(worst, off)
            print(f"{what:24} {'×'.join(map(str, pixels.shape)):14} {name:9} {off:.2e} of {np.abs(want[name]).max():.3g}")
    return worst


def inputs(photos):
    rng = np.random.default_rng(0)
    yield pattern(2, 299, 299)
    yield pattern(1, 300, 300)
    yield rng.integers(0, 256, (1, 299, 299, 3), np.uint8)
    yield pattern(1, 75, 160)
    if photos:
        from PIL import Image
        files = sorted(pathlib.Path(photos).rglob("*.jpg"))[:4]
        yield np.stack([np.asarray(Image.open(f).convert("RGB").resize((299, 299))) for f in files])


def compare(args):
    worst = 0
    given = list(inputs(args.photos))
    with tempfile.TemporaryDirectory() as d:
        d = pathlib.Path(d)
        net = randomise(network(aux_logits=True), 1)
        torch.save(net.state_dict(), d / "tv.pth")
        torch.save(net.state_dict(), d / "legacy.pth", _use_new_zipfile_serialization=False)
        save_file({k: v.contiguous() for k, v in net.state_dict().items()}, d / "tv.safetensors")
        for name in ("tv.pth", "legacy.pth", "tv.safetensors"):
            build(args.build, d / name, d / "trunk.onnx")
            worst = max(worst, compare_one("torchvision " + name, d / "trunk.onnx", net, given))

        import timm
        other = randomise(timm.create_model("inception_v3", pretrained=False, aux_logits=True), 2)
        save_file({k: v.contiguous() for k, v in other.state_dict().items()}, d / "timm.safetensors")
        torch.save({"epoch": 3, "state_dict": {"module." + k: v for k, v in other.state_dict().items()}}, d / "timm.pth")
        net.load_state_dict(other.state_dict())
        for name in ("timm.safetensors", "timm.pth"):
            build(args.build, d / name, d / "trunk.onnx")
            worst = max(worst, compare_one(name, d / "trunk.onnx", net, given))
            worst = max(worst, compare_timm(d / "trunk.onnx", other.eval()))
    print(f"worst: {worst:.2e}, allowed: {TOLERANCE:g}")
    return int(not worst < TOLERANCE)


def compare_timm(onnx_file, net):
    """timm's own forward pass, its input (x − 0.5)/0.5."""
    import onnxruntime
    session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    pixels = pattern(1, 299, 299)
    with torch.no_grad():
        x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 255
        maps = net.forward_features((x - 0.5) / 0.5)  # with the auxiliary head, a pair
        want = (maps[0] if isinstance(maps, tuple) else maps).mean((2, 3)).numpy()
    got = session.run(["features"], {"pixels": pixels})[0]
    off = np.abs(got - want).max() / np.abs(want).max()
    print(f"{'timm, its own forward':24} {'×'.join(map(str, pixels.shape)):14} features  {off:.2e}")
    return off


# Small checkpoint files.

def tensors():
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8
    return {
        "plain": torch.tensor([[1.5, -2.25, 3e-20], [1e20, -0.0, 7]]),
        "half": torch.tensor([1.5, -2.0, 6e-8, 65504, float("inf"), -1e-4], dtype=torch.float16),
        "brain": torch.tensor([1.5, -2.0, 1e-30, 3e38, float("-inf")], dtype=torch.bfloat16),
        "counter": torch.tensor(7),
        "scalar": torch.tensor(0.1),
        "empty": torch.zeros(0, 3),
        "shared": base,
        "transposed": base.t(),
        "corner": base[1:, 2:],
        "column": base[:, 3],
        "step": base[::2],
        "expanded": base[2].expand(2, 4),
        "parameter": torch.nn.Parameter(torch.tensor([0.5, 0.25])),
    }


def bits(t):
    return [int(v) for v in t.detach().float().contiguous().view(torch.int32).flatten().numpy().view(np.uint32)]


def describe(state):
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64"}
    return {k: {"dtype": names[t.dtype], "dims": list(t.shape)} | ({"bits": bits(t)} if t.is_floating_point() else {})
            for k, t in state.items()}


def files(_):
    from collections import OrderedDict
    out = GOLDEN / "checkpoint"
    out.mkdir(parents=True, exist_ok=True)
    state, expected = OrderedDict(tensors()), {}
    wrapped = {"epoch": 3, "lr": 0.5, "args": ["a", None, True], "optimizer": {"state": {0: {"step": torch.tensor(1.0)}}},
               "state_dict": {"module." + k: v for k, v in state.items()}}
    for name, what, old in (("zip.pth", state, False), ("legacy.pth", state, True),
                            ("training.pth", wrapped, False), ("training_legacy.pth", wrapped, True)):
        torch.save(what, out / name, _use_new_zipfile_serialization=not old)
        expected[name] = {"format": "torch pickle" if old else "torch zip", "tensors": describe(state)}
    torch.save(dict(state), out / "protocol4.pth", pickle_protocol=4)
    expected["protocol4.pth"] = {"format": "torch zip", "tensors": describe(state)}
    solid = {k: v.detach().clone().contiguous() for k, v in state.items()}
    save_file(solid, out / "plain.safetensors", {"made by": "safetensors"})
    (out / "plain.safetensors").chmod(0o644)
    expected["plain.safetensors"] = {"format": "safetensors", "tensors": describe(solid)}

    torch.save(torch.nn.Linear(2, 1), out / "module.pth")
    expected["module.pth"] = {"error": "torch.nn.modules.linear.Linear"}
    torch.save(torch.nn.Linear(2, 1), out / "module_legacy.pth", _use_new_zipfile_serialization=False)
    expected["module_legacy.pth"] = {"error": "torch.nn.modules.linear.Linear"}
    torch.save([torch.zeros(2)], out / "list.pth")
    expected["list.pth"] = {"error": "holds a list, not a dictionary of tensors"}
    torch.save({"path": pathlib.PurePosixPath("x"), "w": torch.zeros(2)}, out / "object.pth")
    expected["object.pth"] = {"error": "pathlib.PurePosixPath"}
    (out / "expected.json").write_text(json.dumps(expected) + "\n")
    print(f"{len(expected)} files in {out}")


def main(args):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("what", choices=["files", "golden", "compare", "spread"])
    p.add_argument("--build", default="go run ./cmd/graft trunk build --checkpoint {checkpoint} --out {out}")
    p.add_argument("--photos")
    a = p.parse_args(args)
    return globals()[a.what](a)
