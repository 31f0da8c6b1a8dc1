"""Extraction end to end: against the bare session, against PyTorch, memory, and runs with nothing to do."""
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from statistics import median

import measure

IMAGES = measure.quick(384, 96)  # divisible by all of BATCHES
BATCHES = measure.quick((8, 16, 32), (16,))  # those that PyTorch is tried with
MANY = measure.quick(40_000, 4_000)
ROUNDS = measure.quick(5, 1)
GOALS = {"turbojpeg": "≥0.95", "own": "≥0.92"}  # over the bare session


def main():
    if not measure.photographs():
        return print("extract: no photographs, see scripts/bench")
    folder = flat(measure.WORK / "flat", IMAGES)
    if measure.trunk():
        against_bare(folder)
    against_torch(folder)
    many_files()


def flat(folder, n, names=1, own=False):
    """An ImageFolder of the first n photographs, each under several names, or with
    own=True copies whose content differs in a byte behind the picture."""
    files = sorted(p for p in measure.photographs().glob("*/*/*") if p.suffix.lower() in (".jpg", ".jpeg"))[:n]
    for k in range(names):
        for i, p in enumerate(files):
            to = folder / p.parent.name / f"{k:03}" / f"{i:03}.jpg"
            to.parent.mkdir(parents=True, exist_ok=True)
            if own:
                to.write_bytes(p.read_bytes() + k.to_bytes(2, "big"))
            else:
                link(p, to)
    return folder


def link(file, name):
    """A second name: a hard link, or on another disk a symbolic one."""
    try:
        os.link(file, name)
    except OSError:
        os.symlink(file, name)


def extract(folder, trunk, *flags, features=None):
    """Runs graft extract into a new folder of features; images a second of the whole process less
    the time that it took to load the trunk."""
    out = features or measure.WORK / "features"
    if not features:
        shutil.rmtree(out, ignore_errors=True)
    begin = time.perf_counter()
    said = measure.run(measure.build(), "extract", folder, "--trunk", trunk, "--features", out, *flags).stderr
    took = time.perf_counter() - begin
    load = re.search(r"load ([\d.]+) s", said)
    rows = int(re.search(r"(\d+) rows computed", said)[1])
    return rows / (took - (float(load[1]) if load else 0))


def against_bare(folder):
    """The bare session eats ready pixels; extraction has to read and decode them, and to write."""
    trunk, bare = measure.trunk(), measure.build("./scripts/benches/bare")
    sides = {"bare": lambda f, n: float(measure.run(bare, trunk, f, n).stdout.split()[0])}
    for decoder in GOALS:
        sides[decoder] = lambda f, n, decoder=decoder: extract(f, trunk, "--jpeg", decoder)
    one = flat(measure.WORK / "one", 1)
    # What goes into starting and loading; bare decodes its crops first.
    idle = {name: cpu(side, folder if name == "bare" else one, 1)[1] for name, side in sides.items()}
    rates, busy = {name: [] for name in sides}, {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            rate, seconds = cpu(side, folder, IMAGES)
            rates[name].append(rate)
            busy[name].append((seconds - idle[name]) / (IMAGES - 1))
    for decoder, goal in GOALS.items():
        ratio = median(a / b for a, b in zip(rates[decoder], rates["bare"]))
        measure.show(f"extraction over bare session, --jpeg {decoder}", ratio, goal,
                     f"{median(rates[decoder]):.1f} and {median(rates['bare']):.1f} images/s, {IMAGES} JPEGs, loading the trunk not counted; "
                     f"by time of the CPU {median(busy['bare']) / median(busy[decoder]):.3f}")


def cpu(side, *arguments):
    """The result of a side, and the seconds of CPU that its processes took."""
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = spent()
    return side(*arguments), spent() - before


class Torch:
    """A process that runs the same network in PyTorch, warm and waiting for its turns."""

    def __init__(self, folder, checkpoint, mode, batch):
        self.process = subprocess.Popen([sys.executable, __file__, folder, checkpoint, mode, str(batch)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.batch = batch
        self.process.stdout.readline()  # it is warm

    def rate(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def fastest(folder, checkpoint, mode):
    """The batch that suits PyTorch best."""
    best = None
    for batch in BATCHES:
        t = Torch(folder, checkpoint, mode, batch)
        t.tried = t.rate()
        print(f"  PyTorch {mode}, batches of {batch}: {t.tried:.1f} images/s", flush=True)
        loser = t if best and t.tried <= best.tried else best
        best = best if loser is t else t
        if loser:
            loser.close()
    return best


def against_torch(folder):
    """The same network with the same weights in PyTorch, fed by torchvision's ImageFolder."""
    try:
        import torch
        import torchvision
    except ImportError as e:
        return print(f"extract: no PyTorch to compare with: {e}")
    checkpoint, trunk = measure.WORK / "inception.pth", measure.WORK / "inception.onnx"
    torch.manual_seed(0)
    model = torchvision.models.inception_v3(weights=None, init_weights=False)
    torch.save(model.state_dict(), checkpoint)
    measure.run(measure.build(), "trunk", "build", "--checkpoint", checkpoint, "--out", trunk)
    for mode, goal in (("eager", "≥1.3"), ("compiled", "≥1.0")):
        side = fastest(folder, checkpoint, mode)
        pairs = [(extract(folder, trunk), side.rate()) for _ in range(ROUNDS)]
        side.close()
        measure.show(f"extraction over PyTorch, {mode}", median(a / b for a, b in pairs), goal,
                     f"{median(a for a, _ in pairs):.1f} and {median(b for _, b in pairs):.1f} images/s, {IMAGES} JPEGs, channels-last, {torch.get_num_threads()} threads, batches of {side.batch}")


def many_files():
    """The same photographs under 40,000 names, and as 40,000 that differ."""
    trunk = measure.trunk()
    few, many = flat(measure.WORK / "few", 400), flat(measure.WORK / "many", 400, MANY // 400)
    features = measure.WORK / "many-features"
    if trunk:
        small, large = peak(few, trunk, features), peak(many, trunk, features)
        measure.show(f"peak memory, {MANY} names over 400 photographs", large / small, "≤1.1", f"{small / 1e6:.0f} and {large / 1e6:.0f} MB")
        measure.show("the larger one, MB", large / 1e6, "≤700")
        unchanged(many, trunk, features)
    tiny, other = measure.WORK / "tiny.onnx", flat(measure.WORK / "other", 400, MANY // 400, own=True)
    measure.run(measure.build(), "trunk", "build", "--seed", 0, "--width", "0.05", "--resize", 86, "--crop", 75, "--out", tiny)
    small, large = peak(few, tiny, features), peak(other, tiny, features)
    measure.show("growth with photographs that differ, bytes each", (large - small) / (MANY - 400), "≤1000",
                 f"a small trunk, {small / 1e6:.0f} and {large / 1e6:.0f} MB; records and index, no pixels")


def peak(folder, trunk, features):
    """The median peak memory of three runs into a new folder of features."""
    peaks = []
    for _ in range(3):
        shutil.rmtree(features, ignore_errors=True)
        peaks.append(measure.peak_memory(measure.build(), "extract", folder, "--trunk", trunk, "--features", features))
    return median(peaks)


def unchanged(folder, trunk, features):
    times = [measure.seconds(lambda: extract(folder, trunk, features=features)) for _ in range(ROUNDS)]
    measure.show(f"a run over {MANY} unchanged files, seconds", median(times), "≤2")


def torch_side(folder, checkpoint, mode, batch):
    """Warms up, and then passes over all images each time a line comes in."""
    import torch
    import torchvision
    from torchvision import transforms
    torch.set_num_threads(os.cpu_count())
    model = torchvision.models.inception_v3(weights=None, init_weights=False)
    model.load_state_dict(torch.load(checkpoint))
    model.fc = torch.nn.Identity()
    model = model.eval().to(memory_format=torch.channels_last)
    if mode == "compiled":
        import torch._inductor.config
        torch._inductor.config.freezing = True
        model = torch.compile(model)
    preset = transforms.Compose([transforms.Resize(342), transforms.CenterCrop(299), transforms.ToTensor(),
                                 transforms.Normalize([0.5] * 3, [0.5] * 3)])
    data = torchvision.datasets.ImageFolder(folder, preset)
    loader = torch.utils.data.DataLoader(data, batch_size=batch, num_workers=2, persistent_workers=True)

    def run():
        with torch.inference_mode():
            return sum(len(model(x.to(memory_format=torch.channels_last))) for x, _ in loader)

    with torch.inference_mode():
        for _ in range(3):
            model(torch.zeros(batch, 3, 299, 299).to(memory_format=torch.channels_last))
    run()  # starts the workers
    print("warm", flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        n = run()
        print(n / (time.perf_counter() - begin), flush=True)


if __name__ == "__main__":
    torch_side(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
