"""Heads: products against numpy's, RMSprop against PyTorch, L-BFGS against scikit-learn, memory.

Features are made up by scripts/benches/rows. graft's times are of whole processes, with
opening and checking the features; the others' are of training alone, with all features in
memory. $GRAFT_BENCH_EPOCHS takes another number of epochs than 30; $GRAFT_BENCH_LARGE=1 adds
1.28 million rows of 1000 classes, 11 GB on the disk.
"""
import os
import re
import time
import warnings

import measure

N, D = measure.quick(100_000, 30_000), 2048
EPOCHS = int(os.environ.get("GRAFT_BENCH_EPOCHS", measure.quick(30, 4)))


def folder(n, d, classes):
    out = measure.WORK / f"features-{n}-{d}-{classes}"
    if not out.exists():
        measure.run(measure.build("./scripts/benches/rows"), out, n, d, classes)
    return out


def load(path):
    """The features, n×d float32, and the classes of a folder of features."""
    import numpy as np
    import pyarrow.ipc

    table = pyarrow.ipc.open_file(path / "samples.arrow").read_all()
    label = dict(zip(table["key"].to_pylist(), table["label"].to_pylist()))
    names = {name: i for i, name in enumerate(sorted(set(label.values())))}
    x, y = np.empty((len(label), D), np.float32), np.empty(len(label), np.int64)
    at = 0
    for part in sorted(path.glob("part-*.arrow")):
        batch = pyarrow.ipc.open_file(part).read_all().combine_chunks()
        keys = batch["key"].to_pylist()
        x[at:at + len(keys)] = batch["features"].chunk(0).flatten().to_numpy().reshape(-1, D)
        y[at:at + len(keys)] = [names[label[k]] for k in keys]
        at += len(keys)
    return x, y


def fit(features, *flags):
    return measure.run(measure.build(), "fit", features, "--out", measure.WORK / "head.onnx", *flags).stderr


def products():
    """The kernels of both products, on one core, against numpy's sgemm."""
    import numpy as np
    from threadpoolctl import threadpool_info, threadpool_limits

    n, c = 1024, 1000
    x, w, g = (np.random.rand(*s).astype(np.float32) for s in ((n, D), (c, D), (n, c)))
    with threadpool_limits(1):
        other = {"dots": min(measure.seconds(lambda: x @ w.T) for _ in range(20)),
                 "combine": min(measure.seconds(lambda: g.T @ x) for _ in range(20))}
    out = measure.run("go", "test", "-run", "^$", "-bench", "Products/1024x2048x1000/(dots|combine)/(avx|portable)", "-cpu", "1",
                      "-benchtime", "20x", "-count", "3", "./head/internal/kernel", cwd=measure.ROOT).stdout
    library = ", ".join(f"{i['internal_api']} {i.get('architecture', '')}" for i in threadpool_info() if i["user_api"] == "blas")
    for name, seconds in other.items():
        rates = {}
        for level, rate in re.findall(rf"/{name}/(\w+)\S*\s+\d+\s+\d+ ns/op\s+([\d.]+) GFLOP/s", out):
            rates[level] = max(rates.get(level, 0), float(rate))
        theirs = 2e-9 * n * D * c / seconds
        note = ", ".join(f"{level} {rate:.0f}" for level, rate in rates.items())
        measure.show(f"product {name}, {n}×{D}×{c}, one core: graft / numpy", max(rates.values()) / theirs, "≥0.6",
                     f"GFLOP/s: {note}; {library} {theirs:.0f}")


class Torch:
    """graft's recipe in PyTorch, on tensors in memory and as many threads as cores."""

    importing = 0

    def __init__(self, x, y, classes, batch):
        begin = time.perf_counter()
        import torch

        Torch.importing = Torch.importing or time.perf_counter() - begin
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self.torch, self.x, self.y, self.batch = torch, torch.from_numpy(x), torch.from_numpy(y), batch
        self.layer = torch.nn.Linear(x.shape[1], classes)
        self.optimiser = torch.optim.RMSprop(self.layer.parameters(), lr=0.001)
        self.loss = self.eager
        self.mode = "eager"

    def eager(self, x, y):
        return self.torch.nn.functional.cross_entropy(self.layer(x), y)

    def steps(self, order):
        for rows in order.split(self.batch):
            self.optimiser.zero_grad()
            self.loss(self.x[rows], self.y[rows]).backward()
            self.optimiser.step()

    def epochs(self, n):
        for _ in range(n):
            order = self.torch.randperm(len(self.x))
            whole = len(order) // self.batch * self.batch
            self.steps(order[:whole])
            if whole < len(order):  # the compiled step is for whole batches
                fast, self.loss = self.loss, self.eager
                self.steps(order[whole:])
                self.loss = fast

    def choose(self):
        """The step as it is or compiled, whichever is faster here; compiling is not counted. With --quick as it is."""
        if measure.QUICK:
            return
        rows = self.torch.arange(min(len(self.x), max(3200, 8 * self.batch)) // self.batch * self.batch)

        def speed():
            self.steps(rows)
            return min(measure.seconds(lambda: self.steps(rows)) for _ in range(3))

        eager, step = speed(), self.optimiser.step
        try:
            self.loss, self.optimiser.step = self.torch.compile(self.eager), self.torch.compile(step)
            compiled = speed()
        except Exception as e:  # there is no C++ compiler
            print(f"not compiled: {str(e).splitlines()[0]}")
            compiled = eager
        self.mode = "compiled"
        if compiled >= eager:
            self.loss, self.optimiser.step, self.mode = self.eager, step, "eager"


def memory():
    # Before anything large is imported: a child counts the memory of the process that
    # started it as its own until it runs its program.
    peak = measure.peak_memory(measure.build(), "fit", folder(N, D, 100), "--out", measure.WORK / "head.onnx", "--epochs", 1)
    measure.show(f"peak memory of fit, {N:,}×{D}, MB", peak / 1e6, "≤600")


def rmsprop(classes, batch, goal):
    features = folder(N, D, classes)
    measure.build()
    other = Torch(*load(features), classes, batch)
    other.choose()
    # PyTorch's epochs lie half before and half after graft's.
    first = measure.seconds(lambda: other.epochs(EPOCHS // 2))
    own = measure.seconds(lambda: fit(features, "--epochs", EPOCHS, "--batch", batch))
    last = measure.seconds(lambda: other.epochs(EPOCHS - EPOCHS // 2))
    measure.show(f"RMSprop, {EPOCHS} epochs, {N:,}×{D}, {classes} classes, batch {batch}: graft / PyTorch", own / (first + last), goal,
                 f"{own:.1f} s, PyTorch {other.mode} {first + last:.1f} s and {other.importing:.1f} s of import")


def sweep(n, classes, rounds, goal):
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    warnings.simplefilter("ignore")
    features = folder(n, D, classes)
    measure.build()
    x, y = load(features)

    def scikit(jobs):
        m = LogisticRegressionCV(Cs=10 ** np.linspace(-6, 5, 45), cv=StratifiedKFold(5), scoring="accuracy", max_iter=1000,
                                 refit=True, use_legacy_attributes=False, l1_ratios=(0,), n_jobs=jobs)
        m.fit(StandardScaler().fit_transform(x.astype(np.float64)), y)

    t = measure.turns(rounds, graft=lambda: fit(features, "--solver", "lbfgs"), one=lambda: scikit(1), two=lambda: scikit(2))
    best = min(t["one"], t["two"])
    measure.show(f"lbfgs, 45 C, 5 folds, {n:,}×{D}, {classes} classes: scikit-learn / graft", best / t["graft"], goal,
                 f"{t['graft']:.2f} s, scikit-learn {best:.2f} s, the better of 1 and 2 jobs")


def large():
    n, classes, epochs = 1_280_000, 1000, 3
    flags = "fit", folder(n, D, classes), "--out", measure.WORK / "head.onnx", "--epochs", epochs, "--batch", 1024, "--schedule", "cosine"
    begin = time.perf_counter()
    peak = measure.peak_memory(measure.build(), *flags)
    took = time.perf_counter() - begin
    training, waiting = re.search(r"images in ([\d.]+) s, ([\d.]+) % of it waiting", (measure.WORK / "said").read_text()).groups()
    measure.show(f"{n:,}×{D}, {classes} classes, batch 1024: peak memory, GB", peak / 1e9, "≤1.5",
                 f"{took / 60:.1f} min, {float(training) / epochs / 60:.2f} min an epoch, {waiting} % of it waiting for features")


def main():
    memory()
    products()
    sweep(244, 2, 3, "≥2")
    sweep(measure.quick(10_000, 2_500), 20, 1, "≥1.5")
    rmsprop(2, 32, "≤0.5")
    rmsprop(10, 32, "≤0.5")
    rmsprop(100, 32, "≤1.0")
    rmsprop(100, 1024, "≤1.1")
    rmsprop(1000, 1024, "≤1.2")
    if os.environ.get("GRAFT_BENCH_LARGE"):
        large()
