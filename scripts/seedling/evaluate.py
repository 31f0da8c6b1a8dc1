"""What a linear head reaches on seedling's features, beside an untrained trunk.

    python scripts/seedling/evaluate.py onnx/inception/seedling/seedling.safetensors testdata/demo

For every transform of --transforms (resize/crop) it trains nn.Linear with
RMSprop (lr 0.001, 30 epochs, batch 32) on DATA/train over five seeds and
prints the accuracy on DATA/val: mean (lowest–highest), first of the trained
trunk, then of untrained ones of the same width, one a seed. With --trunk it
compares the features of the trunk that graft builds of the checkpoint, run by
ONNX Runtime, with PyTorch's, weights at half precision on both sides.
"""

import argparse
import pathlib

import numpy as np
import onnxruntime
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

import network


def pixels(data, split, resize, crop):
    """The crops (n×3×crop×crop) and labels of an ImageFolder's split."""
    folders = sorted(p for p in pathlib.Path(data, split).iterdir() if p.is_dir())
    x, y = [], []
    for label, folder in enumerate(folders):
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() not in (".jpg", ".jpeg", ".png"):
                continue
            m = Image.open(file).convert("RGB")
            w, h = m.size
            size = (resize, resize * h // w) if w < h else (resize * w // h, resize)
            m = m.resize(size, Image.BILINEAR)
            left, top = round((size[0] - crop) / 2), round((size[1] - crop) / 2)
            x.append(np.asarray(m.crop((left, top, left + crop, top + crop))))
            y.append(label)
    return torch.from_numpy(np.stack(x)).permute(0, 3, 1, 2), torch.tensor(y), len(folders)


@torch.no_grad()
def features(net, x):
    net.eval()
    return torch.cat([network.trunk(net, b) for b in x.split(16)])


def head(train, val, classes, seed):
    """The accuracy of one linear head."""
    (x, y), (u, v) = train, val
    torch.manual_seed(seed)
    linear = nn.Linear(x.shape[1], classes)
    optimiser = torch.optim.RMSprop(linear.parameters(), lr=0.001)
    for _ in range(30):
        for rows in torch.randperm(len(x)).split(32):
            optimiser.zero_grad()
            F.cross_entropy(linear(x[rows]), y[rows]).backward()
            optimiser.step()
    return (linear(u).argmax(1) == v).float().mean().item()


def difference(net, path, x):
    """The largest difference of a feature over the largest feature."""
    ours = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(["features"], {"pixels": x.permute(0, 2, 3, 1).contiguous().numpy()})[0]
    theirs = features(net, x).numpy()
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


def summary(values):
    return f"{np.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def untrained(width, seed, x):
    """A trunk of made-up weights; its batch norm knows its activations."""
    net = network.build(width, 2, seed).train()
    with torch.no_grad():
        for _ in range(30):
            network.trunk(net, x[torch.randperm(len(x))[:24]])
    return net


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("checkpoint")
    p.add_argument("data")
    p.add_argument("--width", type=float, default=0.25)
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--transforms", nargs="+", default=["342/299", "146/128"])
    p.add_argument("--trunk", help="a trunk that graft built of the checkpoint")
    args = p.parse_args()
    torch.set_num_threads(1)
    net = network.build(args.width, 2)
    net.load_state_dict({k: v.float() for k, v in load_file(args.checkpoint).items()}, strict=False)
    for transform in args.transforms:
        resize, crop = map(int, transform.split("/"))
        x, y, classes = pixels(args.data, "train", resize, crop)
        u, v, _ = pixels(args.data, "val", resize, crop)
        if args.trunk:
            print(f"{transform}: graft's trunk differs by at most {difference(net, args.trunk, u):.2g} of the largest feature", flush=True)
            continue
        a, b = features(net, x), features(net, u)
        trained = [head((a, y), (b, v), classes, s) for s in range(args.seeds)]
        random = []
        for s in range(args.seeds):
            other = untrained(args.width, s, x)
            random.append(head((features(other, x), y), (features(other, u), v), classes, s))
        print(f"{transform}: seedling {summary(trained)}, untrained {summary(random)}", flush=True)


if __name__ == "__main__":
    main()
