"""Heads: RMSprop against PyTorch, the sweep of C against scikit-learn, and the memory of fit.

Features are made up by scripts/benches/rows. graft's times are of whole processes, with
opening and checking the features; the others' are of training alone, with all features in
memory. $GRAFT_BENCH_EPOCHS takes another number of epochs than 30.
"""
import os
import warnings

import measure

N, D, CLASSES = 100_000, 2048, 100
EPOCHS = int(os.environ.get("GRAFT_BENCH_EPOCHS", 30))


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
    names = sorted(set(label.values()))
    x, y = np.empty((len(label), D), np.float32), np.empty(len(label), np.int64)
    at = 0
    for part in sorted(path.glob("part-*.arrow")):
        batch = pyarrow.ipc.open_file(part).read_all().combine_chunks()
        keys = batch["key"].to_pylist()
        x[at:at + len(keys)] = batch["features"].chunk(0).flatten().to_numpy().reshape(-1, D)
        y[at:at + len(keys)] = [names.index(label[k]) for k in keys]
        at += len(keys)
    return x, y


def fit(features, *flags):
    measure.run(measure.build(), "fit", features, "--out", measure.WORK / "head.onnx", *flags)


class Torch:
    """graft's default recipe in PyTorch, on tensors in memory."""

    def __init__(self, x, y, classes):
        import torch

        self.torch, self.x, self.y = torch, torch.from_numpy(x), torch.from_numpy(y)
        self.layer = torch.nn.Linear(x.shape[1], classes)
        self.optimiser = torch.optim.RMSprop(self.layer.parameters(), lr=0.001)
        self.loss = torch.nn.CrossEntropyLoss()

    def steps(self, order):
        for rows in order.split(32):
            self.optimiser.zero_grad()
            self.loss(self.layer(self.x[rows]), self.y[rows]).backward()
            self.optimiser.step()

    def epochs(self, n):
        for _ in range(n):
            self.steps(self.torch.randperm(len(self.x)))

    def choose_threads(self):
        """One thread or one a core, whichever is faster here."""
        rows, best = self.torch.arange(6400), {}
        for threads in (1, len(os.sched_getaffinity(0))):
            self.torch.set_num_threads(threads)
            self.steps(rows)
            best[threads] = min(measure.seconds(lambda: self.steps(rows)) for _ in range(2))
        threads = min(best, key=best.get)
        self.torch.set_num_threads(threads)
        return threads


def memory():
    # Before anything large is imported: a child counts the memory of the process that
    # started it as its own until it runs its program.
    peak = measure.peak_memory(measure.build(), "fit", folder(N, D, CLASSES), "--out", measure.WORK / "head.onnx", "--epochs", 1)
    measure.show(f"peak memory of fit, {N:,}×{D}, MB", peak / 1e6, "≤600")


def rmsprop():
    features = folder(N, D, CLASSES)
    other = Torch(*load(features), CLASSES)
    threads = other.choose_threads()
    # PyTorch's epochs lie half before and half after graft's.
    first = measure.seconds(lambda: other.epochs(EPOCHS // 2))
    own = measure.seconds(lambda: fit(features, "--epochs", EPOCHS))
    last = measure.seconds(lambda: other.epochs(EPOCHS - EPOCHS // 2))
    measure.show(f"RMSprop, {EPOCHS} epochs, {N:,}×{D}, {CLASSES} classes: graft / PyTorch", own / (first + last), "≤4",
                 f"{own:.1f} s, PyTorch on {threads} threads {first + last:.1f} s")


def sweep():
    import numpy as np
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    warnings.simplefilter("ignore")
    features = folder(244, D, 2)
    x, y = load(features)

    def scikit(jobs):
        m = LogisticRegressionCV(Cs=10 ** np.linspace(-6, 5, 45), cv=StratifiedKFold(5), scoring="accuracy", max_iter=1000,
                                 refit=True, use_legacy_attributes=False, l1_ratios=(0,), n_jobs=jobs)
        m.fit(StandardScaler().fit_transform(x.astype(np.float64)), y)

    t = measure.turns(3, graft=lambda: fit(features, "--solver", "lbfgs"), one=lambda: scikit(1), two=lambda: scikit(2))
    best = min(t["one"], t["two"])
    measure.show("lbfgs, 45 C, 5 folds, 244×2048: seconds", t["graft"], "≤5")
    measure.show("the same sweep: scikit-learn / graft", best / t["graft"], "≥2", f"scikit-learn {best:.2f} s, the better of 1 and 2 jobs")


def main():
    memory()
    sweep()
    rmsprop()
