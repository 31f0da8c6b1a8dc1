"""Trains seedling, the small trunk that travels with graft, on drawn pictures.

    go build -o /tmp/draw ./testdata/draw
    python scripts/seedling/train.py --draw /tmp/draw --minutes 60 --out testdata/seedling.safetensors

Inception v3 at width 0.25 from scratch, every picture drawn once and never
seen again. The schedule is one of time: the learning rate follows a cosine
and the pictures grow with the part of --minutes that has passed, so that a
slow machine ends in time too. On a GPU if there is one, else on the CPU. The
checkpoint is written anew every few minutes.
"""

import argparse
import json
import math
import os
import queue
import subprocess
import threading
import time

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

import network

# (until this part of the time, side of the crop that is learned from)
STAGES = [(0.45, 96), (0.85, 128), (1.0, 160)]
MARGIN = 1.15  # pictures are drawn this much larger than the crop
HELD_OUT = 1_000_003  # added to the seed: the held-out pictures are other ones


class Pictures:
    """A stream of batches (uint8, n×3×s×s) and labels from the drawing program."""

    def __init__(self, draw, classes, seed, size, batch, first, count):
        args = [draw, "--raw", f"--seed={seed}", f"--size={size}", f"--first={first}", f"--count={count}"]
        env = dict(os.environ, GOMAXPROCS=os.environ.get("DRAW_CORES", "1"))
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, env=env)
        self.size, self.batch, self.first, self.classes = size, batch, first, classes
        self.queue = queue.Queue(6)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        i, bytes_each = self.first, 3 * self.size * self.size
        while b := self.process.stdout.read(bytes_each * self.batch):
            n = len(b) // bytes_each
            x = torch.from_numpy(np.frombuffer(b, np.uint8).reshape(n, self.size, self.size, 3).copy())
            self.queue.put((x.permute(0, 3, 1, 2), torch.arange(i, i + n) % self.classes))
            i += n
        self.queue.put(None)

    def close(self):
        self.process.kill()
        while self.queue.get() is not None:
            pass
        self.process.wait()


def augmented(x, crop, r):
    """Random crop, flip, brightness, contrast and saturation, as floats in [-1, 1]."""
    n, room = len(x), x.shape[-1] - crop + 1
    at = r.integers(0, room, (n, 2))
    flip = r.random(n) < 0.5
    views = []
    for i in range(n):
        v = x[i, :, at[i, 0] : at[i, 0] + crop, at[i, 1] : at[i, 1] + crop]
        views.append(v.flip(2) if flip[i] else v)
    y = torch.stack(views).float().mul_(2 / 255).sub_(1)
    gain, shift, colour = (torch.from_numpy(r.uniform(-k, k, (n, 1, 1, 1)).astype(np.float32)) for k in (0.3, 0.2, 0.4))
    gray = y.mean(1, keepdim=True)
    return ((gray + (y - gray) * (1 + colour)) * (1 + gain) + shift).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def held_out(net, args, classes, size, count):
    """Accuracy on the middle crops of pictures that are never learned from."""
    net.eval()
    p = Pictures(args.draw, classes, args.seed + HELD_OUT, round(size * MARGIN), args.batch, 0, count)
    right = total = 0
    cut = (p.size - size) // 2
    while batch := p.queue.get():
        x, y = batch
        x = x[:, :, cut : cut + size, cut : cut + size].float().mul(2 / 255).sub(1)
        with torch.autocast(args.device, torch.bfloat16):
            logits = net(x.to(args.device, memory_format=torch.channels_last))
        right += (logits.argmax(1).cpu() == y).sum().item()
        total += len(y)
    net.train()
    return right / total


def save(net, path, metadata):
    """The trunk's tensors at half precision, without the training head."""
    tensors = {
        k: v.detach().to("cpu", torch.float16).contiguous()
        for k, v in net.state_dict().items()
        if not k.startswith("fc.") and not k.endswith("num_batches_tracked")
    }
    save_file(tensors, path + ".tmp", {k: str(v) for k, v in metadata.items()})
    os.replace(path + ".tmp", path)


class Schedule:
    """What the elapsed part of the time decides."""

    def __init__(self, minutes, peak):
        self.start, self.seconds, self.peak = time.monotonic(), minutes * 60, peak

    def part(self):
        return (time.monotonic() - self.start) / self.seconds

    def crop(self):
        return next((size for until, size in STAGES if self.part() < until), STAGES[-1][1])

    def rate(self, step):
        warm = min(1.0, (step + 1) / 200)
        return self.peak * warm * max(0.002, 0.5 + 0.5 * math.cos(math.pi * min(self.part(), 1)))


def describe(args, classes, seen, minutes, accuracy):
    return {
        "name": "seedling",
        "network": f"torchvision Inception v3 at width {args.width}, batch norm eps 0.001, input (x - 0.5) / 0.5",
        "trained_on": f"{seen} drawings of {len(classes)} classes by testdata/draw, each seen once",
        "classes": ",".join(classes),
        "held_out_accuracy": f"{accuracy:.4f}",
        "seed": args.seed,
        "minutes": f"{minutes:.1f}",
        "torch": torch.__version__,
        "resize": args.resize,
        "crop": args.crop,
        "license": "the licence of graft; made from graft's own drawings only, no photographs, no other weights",
    }


def train(args):
    classes = subprocess.run([args.draw, "--classes"], check=True, capture_output=True, text=True).stdout.split()
    net = network.build(args.width, len(classes), args.seed).to(args.device, memory_format=torch.channels_last).train()
    r = np.random.default_rng(args.seed)
    decay = [p for p in net.parameters() if p.ndim > 1]
    rest = [p for p in net.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0}], lr=args.lr)
    schedule = Schedule(args.minutes, args.lr)
    pictures, seen, step, saved, loss_mean, right_mean = None, 0, 0, time.monotonic(), 0.0, 0.0
    while schedule.part() < 1:
        crop = schedule.crop()
        if pictures is None or pictures.crop != crop:
            if pictures:
                pictures.close()
            pictures = Pictures(args.draw, len(classes), args.seed, round(crop * MARGIN), args.batch, seen, 1 << 40)
            pictures.crop = crop
        x, y = pictures.queue.get()
        x, y = augmented(x, crop, r).to(args.device), y.to(args.device)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        with torch.autocast(args.device, torch.bfloat16):
            logits = net(x)
        loss = F.cross_entropy(logits.float(), y, label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        seen, step = seen + len(y), step + 1
        loss_mean += 0.02 * (loss.item() - loss_mean)
        right_mean += 0.02 * ((logits.argmax(1) == y).float().mean().item() - right_mean)
        if step % 50 == 0:
            minutes = schedule.part() * args.minutes
            print(json.dumps({"minute": round(minutes, 2), "crop": crop, "seen": seen, "loss": round(loss_mean, 3), "accuracy": round(right_mean, 3), "per_second": round(seen / minutes / 60, 1)}), flush=True)
        if time.monotonic() - saved > 180:
            saved = time.monotonic()
            save(net, args.out, describe(args, classes, seen, schedule.part() * args.minutes, right_mean))
    pictures.close()
    minutes = schedule.part() * args.minutes
    save(net, args.out, describe(args, classes, seen, minutes, right_mean))
    accuracy = held_out(net, args, classes, STAGES[-1][1], 20 * len(classes))
    save(net, args.out, describe(args, classes, seen, minutes, accuracy))
    print(json.dumps({"done": True, "minutes": round(minutes, 1), "seen": seen, "held_out_accuracy": round(accuracy, 4)}), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--draw", required=True, help="the built program testdata/draw")
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--width", type=float, default=0.25)
    p.add_argument("--batch", type=int, default=94)
    p.add_argument("--lr", type=float, default=0.004)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1, help="on a machine that is shared, several wait for each other")
    p.add_argument("--resize", type=int, default=182, help="written into the metadata")
    p.add_argument("--crop", type=int, default=160, help="written into the metadata")
    args = p.parse_args()
    args.device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(args.threads)
    train(args)


if __name__ == "__main__":
    main()
