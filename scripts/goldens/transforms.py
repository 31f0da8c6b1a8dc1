"""Crops of every interpolation and way to resize, as torchvision, timm, transformers and open_clip make them.

    scripts/reference.py transforms             writes testdata/golden/pixels/transforms.jsonl, of the files there
    scripts/reference.py transforms DIR [N]     writes N (1000) made files of many sizes to DIR, and their crops' hashes
    scripts/reference.py transforms zip F.zip   writes DIR-less lines of all photographs in a zip file to standard output

GRAFT_TRANSFORMS=DIR go test ./extractor/trunk -run TestTransforms compares those of DIR, GRAFT_TRANSFORMS=FILE those of
a file with the lines, of the zip file that GRAFT_TRANSFORMS_ZIP names.

A line is {file, config, read, sha256}: config is what stands in the file named read (preprocessor_config.json,
config.json or open_clip_config.json), from which graft and the library each make their transform; sha256 is of the
uint8 pixels h×w×3. transformers' processors are those on Pillow, which its own on torchvision approximate.
"""
import io
import json
import pathlib
import random
import sys
import zipfile

import numpy as np
from PIL import Image

from pixels import GOLDEN, digest, picture, saved, write

FILTERS = ["bilinear", "bicubic", "lanczos", "box", "hamming", "nearest"]
CODES = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def timm_crop(image, c):
    from timm.data.transforms_factory import transforms_imagenet_eval
    c = c["pretrained_cfg"]
    t = transforms_imagenet_eval(tuple(c["input_size"][1:]), crop_pct=c["crop_pct"], crop_mode=c["crop_mode"],
                                 interpolation=c["interpolation"], mean=c["mean"], normalize=False)
    return t(image).numpy().transpose(1, 2, 0)


def open_clip_crop(image, c):
    from open_clip.transform import image_transform
    p = c["preprocess_cfg"]
    size = tuple(p["size"]) if isinstance(p["size"], list) else p["size"]
    t = image_transform(size, False, p["mean"], p["std"], resize_mode=p["resize_mode"], interpolation=p["interpolation"], fill_color=p.get("fill_color", 0))
    for step in t.transforms[:-2]:  # but for ToTensor and Normalize
        image = step(image)
    return np.asarray(image)


def transformers_crop(image, c):
    import transformers
    name = c["image_processor_type"] + "Pil"
    process = getattr(transformers, name)(**{k: v for k, v in c.items() if k != "image_processor_type"})
    extra = {"do_flip_channel_order": False} if "MobileViT" in name else {"include_top": False} if "Efficient" in name else {}
    y = process(image, do_rescale=False, do_normalize=False, return_tensors="np", **extra)["pixel_values"][0]
    return np.ascontiguousarray(y.transpose(1, 2, 0)).astype(np.uint8)


LIBRARIES = {"config.json": timm_crop, "open_clip_config.json": open_clip_crop, "preprocessor_config.json": transformers_crop}


def timm_config(rng):
    h = rng.choice([48, 56, 64, 75])
    w = h if rng.random() < 0.75 else rng.choice([40, 96])
    return "config.json", {"architecture": "x", "pretrained_cfg": {
        "input_size": [3, h, w], "crop_pct": rng.choice([0.875, 0.9, 0.95, 1.0, 0.965]), "crop_mode": rng.choice(["center", "center", "squash", "border"]),
        "interpolation": rng.choice(FILTERS), "mean": MEAN, "std": STD}}


def open_clip_config(rng):
    size = rng.choice([48, 64, 75])
    return "open_clip_config.json", {"model_cfg": {}, "preprocess_cfg": {
        "size": size if rng.random() < 0.7 else [size, rng.choice([40, 96])], "mean": MEAN, "std": STD,
        "interpolation": rng.choice(["bicubic", "bilinear"]), "resize_mode": rng.choice(["shortest", "squash", "longest"]), "fill_color": rng.choice([0, 127])}}


def transformers_config(rng):
    size, resample = rng.choice([48, 56, 64, 75]), CODES[rng.choice(FILTERS)]
    square = {"height": size, "width": size}
    kind = rng.choice(["ViT", "CLIP", "DeiT", "Siglip", "ConvNext", "Levit", "PoolFormer", "Beit", "Bit", "MobileViT", "Pvt", "EfficientNet"])
    c = {"image_processor_type": kind + "ImageProcessor", "resample": resample, "image_mean": MEAN, "image_std": STD}
    if kind in ("CLIP", "Bit"):
        c |= {"size": {"shortest_edge": size + rng.choice([0, 3, 8, 9])}, "do_center_crop": True, "crop_size": square}
    elif kind == "DeiT":
        c |= {"size": {"height": size + 9, "width": size + 8}, "do_center_crop": True, "crop_size": square}
    elif kind in ("ViT", "Siglip", "Beit", "Pvt", "EfficientNet"):
        c |= {"size": square if rng.random() < 0.7 else {"height": size, "width": 41}}
    elif kind == "MobileViT":
        c |= {"size": {"shortest_edge": size}, "crop_size": {"height": size + 7, "width": size + 7}}
    elif kind == "Levit":
        c |= {"size": {"shortest_edge": size}, "crop_size": square}
    elif kind == "PoolFormer":
        c |= {"size": {"shortest_edge": size}, "crop_size": square, "crop_pct": 0.9}
    else:
        c |= {"size": {"shortest_edge": rng.choice([size, 384])}, "crop_pct": 0.875}
    return "preprocessor_config.json", c


def line(name, data, rng):
    read, c = rng.choice([timm_config, timm_config, open_clip_config, transformers_config, transformers_config])(rng)
    image = Image.open(io.BytesIO(data)).convert("RGB")
    try:
        return {"file": name, "read": read, "config": c, "sha256": digest(LIBRARIES[read](image, c))}
    except Exception as e:
        print(f"{name} {read} {json.dumps(c)}: {type(e).__name__}: {e}", file=sys.stderr)
        return None


def committed():
    rng = random.Random(1)
    files = ["size-120x9.png", "size-3x150.png", "size-64x33.png", "size-31x64.png", "size-17x16.png", "rgb.jpg", "420.jpg", "444.jpg"]
    lines = []
    for k in range(160):
        name = files[k % len(files)]
        lines.append(line(name, (GOLDEN / name).read_bytes(), rng))
    return lines


def bulk(folder, count):
    rng, lines = random.Random(7), []
    for k in range(count):
        w, h = (max(1, int(2 ** rng.uniform(2, 10.3))) for _ in "wh")
        if rng.random() < 0.05:
            w, h = rng.choice([(1, 1), (1, h), (w, 1), (2, 3)])
        kind = rng.choice(["PNG", "JPEG"])
        data = saved(picture(w, h, k), kind, **({"quality": 90} if kind == "JPEG" else {}))
        name = f"{k:05}-{w}x{h}.{kind.lower()}"
        write(folder, name, data)
        lines.append(line(name, data, rng))
    return lines


def photographs(archive):
    rng, lines = random.Random(9), []
    with zipfile.ZipFile(archive) as z:
        for name in sorted(z.namelist()):
            if name.lower().endswith((".jpg", ".jpeg", ".png")):
                lines.append(line(name, z.read(name), rng))
    return lines


def main(args):
    if args[:1] == ["zip"]:
        lines, out = photographs(args[1]), None
    elif args:
        folder = pathlib.Path(args[0])
        lines, out = bulk(folder, int(args[1]) if len(args) > 1 else 1000), folder / "transforms.jsonl"
    else:
        lines, out = committed(), GOLDEN / "transforms.jsonl"
    text = "".join(json.dumps(x) + "\n" for x in lines if x)
    out.write_text(text) if out else sys.stdout.write(text)
    print(f"{sum(bool(x) for x in lines)} crops", file=sys.stderr)
    return 0
