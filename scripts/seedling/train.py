"""Trains seedling, the small trunk that travels with graft, on drawn pictures.

    go build -o draw ./scripts/draw
    python scripts/seedling/train.py --draw ./draw --minutes 60 --out onnx/inception/seedling/seedling.safetensors

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
from safetensors.torch import load_file, save_file
from torch import distributed as dist
from torch.nn import functional as F

import network

# (until this part of the time, side of the crop that is learned from)
STAGES = [(0.7, 96), (1.0, 128)]
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
        """Neighbours in the stream are neighbours in the list of classes, which
        batch norm would notice: so all pictures of two rounds are shuffled."""
        i, bytes_each, r = self.first, 3 * self.size * self.size, np.random.default_rng(0)
        while b := self.process.stdout.read(bytes_each * 2 * self.classes):
            n = len(b) // bytes_each
            b = b[: n * bytes_each]  # a drawing program that is stopped leaves part of a picture
            x = torch.from_numpy(np.frombuffer(b, np.uint8).reshape(n, self.size, self.size, 3).copy()).permute(0, 3, 1, 2)
            for rows in torch.from_numpy(r.permutation(n)).split(self.batch):
                self.queue.put((x[rows], (i + rows) % self.classes))
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
    p = Pictures(args.draw, len(classes), args.seed + HELD_OUT, round(size * MARGIN), args.batch, 0, count)
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
    """What the elapsed part of the time decides. All processes use the part
    that together() has agreed on, so that they stay in step."""

    def __init__(self, minutes, peak):
        self.start, self.seconds, self.peak, self.part = time.monotonic(), minutes * 60, peak, 0.0

    def now(self):
        return (time.monotonic() - self.start) / self.seconds

    def crop(self):
        return next((size for until, size in STAGES if self.part < until), STAGES[-1][1])

    def rate(self, step):
        warm = min(1.0, (step + 1) / 200)
        return self.peak * warm * max(0.002, 0.5 + 0.5 * math.cos(math.pi * min(self.part, 1)))


def together(parameters, schedule, processes):
    """Averages gradients and the elapsed part of the time over all processes."""
    if processes == 1:
        schedule.part = schedule.now()
        return
    flat = torch.cat([p.grad.reshape(-1) for p in parameters] + [torch.tensor([schedule.now()])])
    dist.all_reduce(flat)
    flat /= processes
    at = 0
    for p in parameters:
        p.grad.copy_(flat[at : at + p.numel()].view_as(p))
        at += p.numel()
    schedule.part = flat[-1].item()


def describe(args, classes, seen, minutes, **accuracy):
    return {
        "name": "seedling",
        "network": f"torchvision Inception v3 at width {args.width}, batch norm eps 0.001, input (x - 0.5) / 0.5",
        "trained_on": f"{seen} drawings of {len(classes)} classes by scripts/draw, each seen once",
        "classes": ",".join(classes),
        **{name: f"{value:.4f}" for name, value in accuracy.items()},
        "seed": args.seed,
        "minutes": f"{minutes:.1f}",
        "torch": torch.__version__,
        "resize": args.resize,
        "crop": args.crop,
        "license": "the licence of graft; made from graft's own drawings only, no photographs, no other weights",
    }


def stream(args, classes, rank, crop, before, first):
    """The pictures of one process at one size; those of the size before end."""
    if before:
        before.close()
    p = Pictures(args.draw, classes, args.seed + 7919 * rank, round(crop * MARGIN), args.batch, first, 1 << 40)
    p.crop = crop
    return p


def train(rank, args):
    torch.set_num_threads(args.threads)
    if args.processes > 1:
        dist.init_process_group("gloo", init_method="tcp://127.0.0.1:29511", rank=rank, world_size=args.processes)
    classes = subprocess.run([args.draw, "--classes"], check=True, capture_output=True, text=True).stdout.split()
    net = network.build(args.width, len(classes), args.seed)
    earlier = 0
    if args.start:
        net.load_state_dict({k: v.float() for k, v in load_file(args.start).items()}, strict=False)
        earlier = args.earlier
    teachers = network.Teachers(net, len(classes)).to(args.device)
    net = net.to(args.device, memory_format=torch.channels_last).train()
    parameters = [*net.parameters(), *teachers.parameters()]
    groups = [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.02}, {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0}]
    optimiser = torch.optim.AdamW(groups, lr=args.lr)
    r, schedule = np.random.default_rng(args.seed + rank), Schedule(args.minutes, args.lr)
    pictures, seen, step, saved, loss_mean, right_mean = None, 0, 0, time.monotonic(), 4.5, 0.0
    while schedule.part < 1:
        crop = schedule.crop()
        if pictures is None or pictures.crop != crop:
            pictures = stream(args, len(classes), rank, crop, pictures, earlier + seen // args.processes)
        x, y = pictures.queue.get()
        x, y = augmented(x, crop, r).to(args.device), y.to(args.device)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        with torch.autocast(args.device, torch.bfloat16):
            logits = net(x)
            hints = teachers()
        loss = F.cross_entropy(logits.float(), y, label_smoothing=0.05)
        own = loss.item()
        for hint in hints:
            loss = loss + 0.3 * F.cross_entropy(hint.float(), y)
        optimiser.zero_grad()
        loss.backward()
        together(parameters, schedule, args.processes)
        optimiser.step()
        seen, step = seen + len(y) * args.processes, step + 1
        loss_mean += 0.02 * (own - loss_mean)
        right_mean += 0.02 * ((logits.argmax(1) == y).float().mean().item() - right_mean)
        if rank == 0 and step % 50 == 0:
            minutes = schedule.part * args.minutes
            print(json.dumps({"minute": round(minutes, 2), "crop": crop, "seen": seen, "loss": round(loss_mean, 3), "accuracy": round(right_mean, 3), "per_second": round(seen / minutes / 60, 1)}), flush=True)
        if rank == 0 and time.monotonic() - saved > 120:
            saved = time.monotonic()
            save(net, args.out, describe(args, classes, earlier + seen, schedule.part * args.minutes, accuracy_on_fresh=right_mean))
    pictures.close()
    if rank == 0:
        finish(net, args, classes, earlier + seen)


def finish(net, args, classes, seen):
    """Saves what was reached, measures it, and saves the measure with it."""
    save(net, args.out, describe(args, classes, seen, args.minutes))
    accuracy = held_out(net, args, classes, STAGES[-1][1], 20 * len(classes))
    save(net, args.out, describe(args, classes, seen, args.minutes, held_out_accuracy=accuracy))
    print(json.dumps({"done": True, "minutes": args.minutes, "seen": seen, "held_out_accuracy": round(accuracy, 4)}), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--draw", required=True, help="the built program scripts/draw")
    p.add_argument("--out", required=True)
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--width", type=float, default=0.25)
    p.add_argument("--batch", type=int, default=47)
    p.add_argument("--lr", type=float, default=0.0015)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=1, help="of one process")
    p.add_argument("--processes", type=int, default=1, help="each with its own pictures; on a CPU that others use too they do better than threads")
    p.add_argument("--start", help="an earlier checkpoint to go on from")
    p.add_argument("--earlier", type=int, default=0, help="pictures seen for --start")
    p.add_argument("--resize", type=int, default=128, help="written into the metadata")
    p.add_argument("--crop", type=int, default=112, help="written into the metadata")
    args = p.parse_args()
    args.device = "cuda" if torch.cuda.is_available() else "cpu"
    if args.processes == 1:
        train(0, args)
    else:
        torch.multiprocessing.spawn(train, (args,), args.processes)


if __name__ == "__main__":
    main()
