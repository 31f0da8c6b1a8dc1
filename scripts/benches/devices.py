"""Devices: bf16 and int8 on two cores, end to end from JPEG files, beside fp32 and compiled PyTorch in bf16.

Own process for PyTorch: devices.py --torch CHECKPOINT FOLDER prints its images a second.
"""
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

import measure

ROUNDS = measure.quick(3, 1)
BATCH = 8  # of PyTorch: larger ones are slower on two cores


def checkpoint():
    """torchvision's Inception v3 with random weights, whose batch norm has seen noise, so that no value vanishes."""
    import torch
    import torchvision

    torch.manual_seed(0)
    net = torchvision.models.inception_v3(weights=None, init_weights=False).train()
    for m in net.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            m.momentum = None
    with torch.no_grad():
        net(torch.randn(8, 3, 299, 299))
    out = measure.WORK / "inception.pth"
    torch.save(net.state_dict(), out)
    return out


def pytorch(path, folder):
    """Images a second of DataLoader and compiled network after a warm-up."""
    import time

    import torch
    import torch._inductor.config
    import torchvision
    from torchvision import transforms as t

    torch._inductor.config.freezing = True
    torch.set_num_threads(2)
    net = torchvision.models.inception_v3(weights=None, init_weights=False)
    net.load_state_dict(torch.load(path))
    net.fc = torch.nn.Identity()
    net = net.eval().to(memory_format=torch.channels_last)
    net = torch.compile(net)
    data = torchvision.datasets.ImageFolder(folder, t.Compose([
        t.Resize(342), t.CenterCrop(299), t.ToTensor(), t.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]))
    loader = torch.utils.data.DataLoader(data, batch_size=BATCH, num_workers=2, drop_last=True)

    def run(x):
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            return net(x.to(memory_format=torch.channels_last))

    for _ in range(3):
        run(torch.randn(BATCH, 3, 299, 299))
    n = 0
    for k, (x, _) in enumerate(loader):
        if k == 2:  # the workers have begun
            begin, n = time.perf_counter(), 0
        run(x)
        n += len(x)
    print(f"{n / (time.perf_counter() - begin):.2f} images/s")


def rate_of(text):
    return float(re.search(r"([0-9.]+) images/s", text).group(1))


def extract(trunk, folder, *flags):
    """Images a second of one extraction, the library's start not counted."""
    features = measure.WORK / "features"
    shutil.rmtree(features, ignore_errors=True)
    return rate_of(measure.run(measure.build(), "extract", folder, "--trunk", trunk, "--features", features, *flags).stderr)


def features(trunk, folder, name, *flags):
    """Features as an array, in the order of their keys."""
    import numpy as np
    import polars as pl

    out = measure.WORK / f"features-{name}"
    measure.run(measure.build(), "extract", folder, "--trunk", trunk, "--features", out, *flags)
    table = pl.read_ipc(str(out / "part-*.arrow")).sort("key")
    return np.array(table["features"].to_list())


def cosines(a, b):
    import numpy as np

    return np.sum(a * b, 1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def quantized(trunk, folder):
    out = measure.WORK / f"{pathlib.Path(trunk).stem}8.onnx"
    measure.run(measure.build(), "trunk", "quantize", trunk, "--calibrate", folder, "--force", "--out", out)
    return out


OPENVINO = ("--device", "openvino")


def closeness(folder):
    """The features of the trained trunk, and what a head makes of them."""
    trunk = measure.trunk()
    if trunk is None:
        print("no trained trunk: cosines and accuracies are left out")
        return
    small = quantized(trunk, folder)
    fp32 = features(trunk, folder, "fp32")
    bf16, int8 = features(trunk, folder, "bf16", *OPENVINO, "--precision", "bf16"), features(small, folder, "int8", *OPENVINO)
    cpu8 = features(small, folder, "cpu8")
    for what, other, goal in (("OpenVINO bf16", bf16, "≥0.9999"), ("CPU int8", cpu8, "≥0.99"), ("OpenVINO int8", int8, "≥0.99")):
        c = sorted(cosines(fp32, other))
        mean = statistics.mean(c)
        measure.show(f"cosine to fp32, {what}, mean, trained trunk", mean, goal, f"{mean:.6f}, 1st percentile {c[len(c) // 100]:.6f}")
    want = accuracy("fp32")
    for name, goal in (("bf16", "≤0.2"), ("cpu8", "≤0.7"), ("int8", "≤0.7")):
        got = accuracy(name)
        measure.show(f"accuracy lost against fp32, {name}, points", 100 * (want - got), goal, f"{want:.4f} → {got:.4f}, five seeds")


def accuracy(name):
    """Mean accuracy over five seeds."""
    of, out = measure.WORK / f"features-{name}", measure.WORK / "head.onnx"
    results = []
    for seed in range(5):
        measure.run(measure.build(), "fit", of, "--seed", seed, "--out", out)
        results.append(float(re.search(r"accuracy: ([0-9.]+)", measure.run(measure.build(), "eval", out, of).stdout).group(1)))
    return statistics.mean(results)


def main():
    folder = measure.photographs()
    if folder is None:
        print("no photographs: skipped")
        return
    measure.run(measure.ROOT / "scripts/setup", "--openvino")
    weights = checkpoint()
    trunk = measure.WORK / "own.onnx"
    measure.run(measure.build(), "trunk", "build", "--checkpoint", weights, "--out", trunk)
    small = quantized(trunk, folder)
    sides = {
        "fp32": lambda: extract(trunk, folder),
        "bf16": lambda: extract(trunk, folder, *OPENVINO, "--precision", "bf16"),
        "int8 cpu": lambda: extract(small, folder),
        "int8": lambda: extract(small, folder, *OPENVINO),
        "pytorch": lambda: rate_of(measure.run(sys.executable, __file__, "--torch", weights, folder / "train").stdout),
    }
    rates = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            rates[name].append(side())
    rate = {name: statistics.median(r) for name, r in rates.items()}
    print("images/s: " + ", ".join(f"{name} {r:.1f}" for name, r in rate.items()))
    for what, over, under, goal in (
        ("OpenVINO bf16 / CPU fp32", "bf16", "fp32", "≥1.8"),
        ("CPU int8 / CPU fp32", "int8 cpu", "fp32", "≥1.9"),
        ("OpenVINO int8 / CPU fp32", "int8", "fp32", "≥3"),
        ("OpenVINO int8 / PyTorch compiled bf16", "int8", "pytorch", "≥1.6"),
        ("OpenVINO bf16 / PyTorch compiled bf16", "bf16", "pytorch", "≥1"),
    ):
        # Each round's own ratio: what else the machine does changes slowly.
        ratio = statistics.median(a / b for a, b in zip(rates[over], rates[under]))
        measure.show(what + ", end to end", ratio, goal, f"{rate[over]:.1f} / {rate[under]:.1f} images/s")
    own = cosines(features(trunk, folder / "val", "own32"), features(trunk, folder / "val", "own16", *OPENVINO, "--precision", "bf16")).mean()
    measure.show("cosine to fp32, OpenVINO bf16, mean, this trunk", own, "≥0.9999", f"{own:.6f}")
    closeness(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        pytorch(*sys.argv[2:])
    else:
        main()
