"""Today's trunks: extraction end to end over the bare session fed with ready pixels.

Weights are random: time does not depend on them. $GRAFT_BENCH_ONLY names some of them, separated by commas;
$GRAFT_BENCH_TRUNKS a folder in which the trunks are kept, since exporting takes longer than measuring.
"""
import ctypes
import json
import os
import pathlib
import shutil
from statistics import median

import extract
import measure

ROUNDS = measure.quick(5, 2)
# timm's name and arguments, photographs in a turn, what extraction is held to, what int8 is.
TRUNKS = {
    "DINOv2-small": ("vit_small_patch14_dinov2", {"img_size": 224}, 160, "≥0.95", "≥1.6"),
    "CLIP B/32": ("vit_base_patch32_clip_224", {}, 160, "≥0.95", "≥1.6"),
    "ConvNeXt-tiny": ("convnext_tiny", {}, 288, "≥0.95", None),
    "MobileNetV4": ("mobilenetv4_conv_small", {}, 1152, "≥0.9", None),
    "ViT-tiny": ("vit_tiny_patch16_224", {}, 320, None, "≥1.6"),
    "ViT-small": ("vit_small_patch16_224", {}, 160, None, "≥1.6"),
}


def chosen():
    """The names to measure."""
    return os.environ["GRAFT_BENCH_ONLY"].split(",") if os.environ.get("GRAFT_BENCH_ONLY") else list(TRUNKS)


def imported(name):
    """A trunk of random weights that graft imports by timm's configuration; kept where $GRAFT_BENCH_TRUNKS says."""
    import dataclasses
    out = pathlib.Path(os.environ.get("GRAFT_BENCH_TRUNKS", measure.WORK)) / f"{name.replace('/', '').replace(' ', '-')}.onnx"
    if out.exists():
        return out
    import timm
    import torch
    model, extra, *_ = TRUNKS[name]
    torch.manual_seed(0)
    net = timm.create_model(model, pretrained=False, num_classes=0, **extra).eval()
    for p in net.parameters():  # LayerScale and the like, which begin next to zero: every branch counts
        if p.ndim == 1 and p.abs().max() < 1e-3 and p.abs().max() > 0:
            torch.nn.init.constant_(p, 0.3)
    c = dataclasses.asdict(timm.get_pretrained_cfg(model))
    size = extra.get("img_size", c["input_size"][-1])
    folder = measure.WORK / "export"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    keep = {k: c[k] for k in ("crop_pct", "crop_mode", "interpolation", "mean", "std")} | {"input_size": [3, size, size]}
    (folder / "config.json").write_text(json.dumps({"architecture": model, "pretrained_cfg": keep}))
    with torch.no_grad():
        torch.onnx.export(net, (torch.zeros(2, 3, size, size),), str(folder / "model.onnx"), dynamo=True, external_data=False,
                          dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False)
    measure.run(measure.build(), "trunk", "import", folder, "--out", out)
    return out


def over_bare(name, trunk, count, goal):
    folder, bare = extract.flat(measure.WORK / f"flat{count}", min(count, 384), max(count // 384, 1), own=True), measure.build("./scripts/benches/bare")
    decoder, one = "turbojpeg" if turbo() else "own", extract.flat(measure.WORK / f"one{count}", 1, own=True)
    pairs, busy = [], []
    for _ in range(ROUNDS):
        ready, ready_cpu = extract.cpu(lambda: float(measure.run(bare, trunk, folder, count).stdout.split()[0]))
        (start, start_cpu), (whole, whole_cpu) = (extract.cpu(lambda f=f: seconds(f, trunk, decoder)) for f in (one, folder))
        pairs.append(((count - 1) / (whole - start), ready))
        busy.append((whole_cpu - start_cpu) / (count - 1))
    measure.show(f"{name}: extraction over bare session, {decoder}", median(a / b for a, b in pairs), goal,
                 f"{median(a for a, _ in pairs):.1f} and {median(b for _, b in pairs):.1f} images/s, {count} JPEGs, starting not counted; {1000 * median(busy):.1f} ms of the CPU an image")


def seconds(folder, trunk, decoder):
    out = measure.WORK / "features"
    shutil.rmtree(out, ignore_errors=True)
    return measure.seconds(lambda: measure.run(measure.build(), "extract", folder, "--trunk", trunk, "--features", out, "--jpeg", decoder))


def turbo():
    try:
        return ctypes.CDLL("libturbojpeg.so.0")
    except OSError:
        return None


def main():
    if measure.photographs() is None:
        return print("skipped: there are no photographs")
    for name in chosen():
        _, _, count, goal, _ = TRUNKS[name]
        if goal:
            over_bare(name, imported(name), measure.quick(count, count // 4), goal)


if __name__ == "__main__":
    main()
