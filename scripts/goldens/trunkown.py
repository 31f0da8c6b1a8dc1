"""Features end to end: photographs by a model's own processor in Python, against import and extract of graft.

    scripts/reference.py trunks own --work DIR --photographs ZIP|DIR [--graft PROGRAM] [--only …] [--ways WAY]

Beside each export of DIR (made by scripts/reference.py trunks export) it writes the configuration that the library
would write: timm's config.json, transformers' preprocessor_config.json, open_clip_config.json; torchvision writes
none, and its transform is given as flags. graft imports the folder, extracts the photographs, and the features are
compared with what the processor and the network make of them in PyTorch.
"""
import json
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import numpy as np
import torch
from PIL import Image

TOLERANCE = {"half": 2e-3}
PHOTOGRAPHS = 8


def timm_own(name, size):
    """timm's create_transform of the pretrained configuration, with the size that the network was made for."""
    from dataclasses import asdict
    import timm
    from timm.data import create_transform, resolve_data_config
    c = asdict(timm.get_pretrained_cfg(name))
    if size:
        c["input_size"] = (3, *((size, size) if isinstance(size, int) else size))
    resolved = resolve_data_config({}, pretrained_cfg=c)
    keep = {k: c[k] for k in ("input_size", "crop_pct", "crop_mode", "interpolation", "mean", "std")}
    return create_transform(**resolved, is_training=False), {"config.json": {"architecture": name, "pretrained_cfg": keep}}, []


def transformers_own(kind, **kw):
    """A processor on Pillow, and what its save_pretrained writes."""
    import transformers
    process = getattr(transformers, kind + "ImageProcessorPil")(**kw)
    with tempfile.TemporaryDirectory() as folder:
        process.save_pretrained(folder)
        config = json.loads((pathlib.Path(folder) / "preprocessor_config.json").read_text())
    return lambda image: process(image, return_tensors="pt")["pixel_values"][0], {"preprocessor_config.json": config}, []


def open_clip_own(name):
    import open_clip
    net, _, process = open_clip.create_model_and_transforms(name, pretrained=None)
    return process, {"open_clip_config.json": {"model_cfg": open_clip.get_model_config(name), "preprocess_cfg": open_clip.get_model_preprocess_cfg(net)}}, []


def torchvision_own(name):
    """The transform of the best weights, as flags."""
    import torchvision
    t = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    flags = ["--resize", t.resize_size[0], "--crop", t.crop_size[0], "--interpolation", t.interpolation.value, "--preset", "imagenet"]
    return t, {}, [str(f) for f in flags]


def photographs(where, work):
    """A folder of some photographs of different sizes."""
    folder = work / "photographs" / "x"
    if not folder.exists():
        folder.mkdir(parents=True)
        if where.is_dir():
            files = {p.name: p.read_bytes() for p in sorted(where.rglob("*.jpg"))}
        else:
            with zipfile.ZipFile(where) as z:
                files = {pathlib.Path(n).name: z.read(n) for n in sorted(z.namelist()) if "/val/" in n and n.endswith(".jpg")}
        names = sorted(files)[:: max(len(files) // PHOTOGRAPHS, 1)][:PHOTOGRAPHS]
        for name in names:
            (folder / name).write_bytes(files[name])
    return folder.parent


def graft_features(graft, work, folder, photos, flags):
    import polars as pl
    trunk, features = work / "own.onnx", work / "own-features"
    shutil.rmtree(features, ignore_errors=True)
    said = ""
    for command in ([graft, "trunk", "import", folder, "--out", trunk, *flags],
                    [graft, "extract", photos, "--trunk", trunk, "--features", features, "--exif", "ignore"]):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(" / ".join(done.stderr.strip().splitlines()[-2:]))
        said += done.stderr
    table = pl.read_ipc(str(features / "part-*.arrow")).join(pl.read_ipc(str(features / "samples.arrow")), on="key").sort("path")
    transform = json.loads((features / "graft.json").read_text())["transform"]
    return np.array(table["features"].to_list(), np.float32), transform


def inputs(process, photos):
    return torch.stack([process(Image.open(p).convert("RGB")) for p in sorted((photos / "x").glob("*.jpg"))])


def wanted(case, net, x):
    with torch.no_grad():
        y = net(x)
    return (case.wrap(net, y) if case.wrap else y).numpy()


def itself(folder, case, net, photos):
    """How far an export in float16 is off by itself; infinity if it overflows, and is to be refused."""
    import onnxruntime
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    x = inputs(case.own()[0], photos)
    want = wanted(case, net, x)
    y = np.concatenate([session.run(None, {session.get_inputs()[0].name: x[i:i + 1].half().numpy()})[-1] for i in range(len(x))]).astype(np.float32)
    off = float(np.abs(y.reshape(want.shape) - want).max() / np.abs(want).max())
    return off if np.isfinite(off) else float("inf")


def own_one(a, name, case, way, net, photos):
    folder = a.work / name / way
    stored = json.loads((folder / "case.json").read_text())
    process, files, flags = case.own()
    beside = a.work / "beside"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for f in folder.glob("model.onnx*"):
        (beside / f.name).symlink_to(f.resolve())
    for file, content in files.items():
        (beside / file).write_text(json.dumps(content))
    want = wanted(case, net, inputs(process, photos))
    got, transform = graft_features(a.graft, a.work, beside, photos, [*flags, *stored["flags"]])
    if got.shape != want.shape:
        raise RuntimeError(f"{got.shape} features, want {want.shape}")
    return float(np.abs(got - want).max() / np.abs(want).max()), transform, float(want.std(0).mean() / np.abs(want).max())


def own(a, cases, liven, tolerance):
    photos, bad, total = photographs(a.photographs, a.work), 0, 0
    torch.set_num_threads(1)
    for name, case in cases.items():
        ways = [w for w in a.ways if (a.work / name / w / "case.json").exists()]
        if a.only and name not in a.only or not ways or not case.own:
            continue
        torch.manual_seed(0)
        net = liven(case.make())
        for way in ways[: a.most]:
            total += 1
            try:
                off, transform, spread = own_one(a, name, case, way, net, photos)
            except Exception as e:
                off, transform, spread = float("inf"), f"{type(e).__name__}: {e}"[:300], 0
            ok = off <= TOLERANCE.get(way, tolerance) or way == "half" and off <= 1.05 * itself(a.work / name / way, case, net, photos)
            bad += not ok
            shown = transform if isinstance(transform, str) else " ".join(f"{k}={v}" for k, v in transform.items() if k != "exif")
            print(f"{name:20} {way:8} {off:.1e}  spread {spread:.1e}  {shown}" + ("" if ok else "   <<<"), flush=True)
    print(f"{total - bad} of {total} as close as they must be")
    return int(bad > 0)
