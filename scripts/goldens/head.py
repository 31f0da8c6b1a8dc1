"""Goldens of package head, in testdata/golden/head: PyTorch's RMSprop, scikit-learn's
logistic regression and metrics.

    rmsprop.json   200 steps of torch.optim.RMSprop for every combination of its options
    lbfgs.json     scikit-learn's optimum, and the C its cross-validation chooses
    metrics.json   20 made problems, judged by scikit-learn; ECE by ten lines of numpy
    tests.json     Wilson intervals and exact binomial tests by SciPy

The problems are made from numbers that Go can make too (see uniform), so that only the
answers need to be stored.
"""
import itertools
import json
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "golden" / "head"


def uniform(seed, n):
    """n numbers in [-1, 1), float32, by splitmix64 of seed·2^32 + i."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed << 32) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def problem(seed, n, d, classes, signal):
    """Rows of noise; the class of row i is i mod classes, and shifts one feature."""
    x = uniform(seed, n * d).reshape(n, d).copy()
    y = np.arange(n) % classes
    for i in range(n):
        x[i, y[i] % d] += np.float32(signal)
    return x, y


def rmsprop():
    import torch

    torch.set_num_threads(1)
    n, d, c, batch, steps = 150, 8, 4, 32, 200
    x, y = problem(1, n, d, c, 0.5)
    w0, b0 = uniform(2, c * d).reshape(c, d) / np.float32(2), uniform(3, c) / np.float32(2)
    given = [0.5, 1.0, 2.0, 1.25]
    cases = []
    for momentum, centered, decay, smoothing, weights in itertools.product(
        [0, 0.9], [False, True], [0, 0.01], [0, 0.1], [None, given]
    ):
        layer = torch.nn.Linear(d, c)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(w0))
            layer.bias.copy_(torch.tensor(b0))
        opt = torch.optim.RMSprop(layer.parameters(), lr=0.001, alpha=0.99, eps=1e-8, momentum=momentum,
                                  centered=centered, weight_decay=decay)
        loss = torch.nn.CrossEntropyLoss(weight=None if weights is None else torch.tensor(weights),
                                         label_smoothing=smoothing)
        case = dict(momentum=momentum, centered=centered, weight_decay=decay, label_smoothing=smoothing,
                    weights=weights, after={})
        step = 0
        while step < steps:
            for at in range(0, n, batch):
                opt.zero_grad()
                out = loss(layer(torch.tensor(x[at:at + batch])), torch.tensor(y[at:at + batch]))
                out.backward()
                opt.step()
                step += 1
            if step in (5, 50, steps):
                case["after"][str(step)] = dict(
                    w=[float(v) for v in layer.weight.detach().flatten()],
                    b=[float(v) for v in layer.bias.detach()])
        cases.append(case)
    return dict(n=n, d=d, classes=c, batch=batch, signal=0.5, given=given, cases=cases)


def objective(x, y, c, coef, intercept, weights):
    z = x @ coef.T + intercept
    if len(intercept) == 1:
        z = np.hstack([np.zeros((len(x), 1)), z])
    top = z.max(1, keepdims=True)
    log = (top + np.log(np.exp(z - top).sum(1, keepdims=True)))[:, 0]
    return c * (weights * (log - z[np.arange(len(y)), y])).sum() + (coef**2).sum() / 2


def collinear(seed, n, d):
    """Two separable classes; all features are mixtures of three, and a breath of noise."""
    base = uniform(seed, n * 3).reshape(n, 3).copy()
    y = np.arange(n) % 2
    base[:, 0] += np.where(y == 1, 2, -2).astype(np.float32)
    mix = uniform(seed + 1, 3 * d).reshape(3, d)
    x = np.zeros((n, d), np.float32)
    for k in range(3):
        x += base[:, k:k + 1] * mix[k]
    return x + uniform(seed + 2, n * d).reshape(n, d) * np.float32(2**-17), y


def lbfgs():
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
    from sklearn.preprocessing import StandardScaler
    import warnings

    warnings.simplefilter("ignore")
    cases = []
    for name, x, y, c, balanced in [
        ("three classes", *problem(10, 90, 12, 3, 0.4), 1.0, False),
        ("two classes, fewer rows than features", *problem(11, 40, 100, 2, 0.5), 0.05, False),
        ("separable and collinear", *collinear(12, 40, 60), 1e4, False),
        ("collinear, more rows than features", *collinear(15, 200, 20), 1e2, False),
        ("unbalanced, weighted", *(v[:230] for v in unbalanced(16)), 0.1, True),
    ]:
        s = StandardScaler().fit(x.astype(np.float64))
        z = s.transform(x.astype(np.float64))
        weights = np.ones(len(y))
        if balanced:
            counts = np.bincount(y)
            weights = (len(y) / (len(counts) * counts))[y]
        best = None
        for solver in ("lbfgs", "newton-cg", "newton-cholesky"):
            m = LogisticRegression(C=c, solver=solver, tol=1e-14, max_iter=200000,
                                   class_weight="balanced" if balanced else None).fit(z, y)
            f = objective(z, y, c, m.coef_, m.intercept_, weights)
            print(f"{name}: {solver}: {f!r}")
            if best is None or f < best[0]:
                best = (f, m)
        cases.append(dict(name=name, c=c, balanced=balanced, objective=best[0],
                          probabilities=best[1].predict_proba(z)[:5].tolist()))
    return dict(cases=cases, sweeps=[sweep(seed, n, d, c, LogisticRegressionCV, StandardScaler)
                                     for seed, n, d, c in [(20, 120, 30, 3), (23, 100, 150, 2), (26, 150, 10, 4)]])


def unbalanced(seed):
    x, y = problem(seed, 400, 6, 4, 0.5)
    keep = np.flatnonzero((y < 3) | (np.arange(400) % 5 == 0))
    return x[keep], y[keep]


def sweep(seed, n, d, classes, cv, scaler):
    """LogisticRegressionCV on given folds, with data whose best C is the only best one."""
    fold = np.arange(n) // classes % 5
    for signal in np.arange(8, 1, -0.5) / 10:
        x, y = problem(seed, n, d, classes, float(signal))
        z = scaler().fit_transform(x.astype(np.float64))
        splits = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(5)]
        m = cv(Cs=10 ** np.linspace(-6, 5, 45), cv=splits, tol=1e-10, max_iter=100000, scoring="accuracy",
               refit=True, use_legacy_attributes=False, l1_ratios=(0,))
        m.fit(z, y)
        scores = np.asarray(m.scores_).reshape(5, 45)
        accuracy = scores.mean(0)
        if (accuracy > accuracy.max() - 1e-9).sum() == 1:
            print(f"sweep {seed}: signal {signal}, C {float(np.ravel(m.C_)[0])}, accuracy {accuracy.max()}")
            return dict(seed=seed, n=n, d=d, classes=classes, signal=float(signal), accuracy=accuracy.tolist(),
                        c=float(np.ravel(m.C_)[0]))
    raise SystemExit(f"sweep {seed}: no signal with one best C")


def ece(y, p, bins=15):
    top, right = p.max(1), p.argmax(1) == y
    total = 0.0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        inside = (top > low) & (top <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - top[inside].mean())
    return total


def metrics():
    from sklearn import metrics as sk

    cases = []
    rng = np.random.default_rng(5)
    for k in range(20):
        c = 2 + k % 5
        n = c if k == 8 else 12 + 3 * k
        z = rng.normal(size=(n, c)) * 1.5
        y = np.arange(n) % c if k in (8, 9) else rng.integers(0, c, n)
        y[:c] = np.arange(c)
        z[np.arange(n), y] += 1
        if k in (6, 7):
            z[:, 1] = -4  # never predicted
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        guess, labels = p.argmax(1), np.arange(c)
        pre, rec, f1, sup = sk.precision_recall_fscore_support(y, guess, labels=labels, zero_division=0)
        auc = [sk.roc_auc_score(y == j, p[:, j]) for j in labels]
        cases.append(dict(
            classes=c, y=y.tolist(), p=[float(v) for v in p.flatten()],
            accuracy=sk.accuracy_score(y, guess), balanced=sk.balanced_accuracy_score(y, guess),
            log_loss=sk.log_loss(y, p, labels=labels), ece=ece(y, p),
            brier=sk.brier_score_loss(y, p, labels=labels, scale_by_half=False),
            precision=pre.tolist(), recall=rec.tolist(), f1=f1.tolist(), support=sup.tolist(),
            auc=auc, macro_auc=float(np.mean(auc)) if c == 2 else sk.roc_auc_score(y, p, multi_class="ovr"),
            confusion=sk.confusion_matrix(y, guess, labels=labels).tolist(),
            top2=sk.top_k_accuracy_score(y, p, k=2, labels=labels) if c > 2 else 1.0,
            top3=sk.top_k_accuracy_score(y, p, k=3, labels=labels) if c > 3 else 1.0))
    return cases


def statistics():
    from scipy.stats import binomtest

    wilson = []
    for k, n in [(146, 153), (0, 5), (5, 5), (1, 2), (77, 1000), (9999, 10000), (0, 1)]:
        ci = binomtest(k, n).proportion_ci(0.95, "wilson")
        wilson.append([k, n, float(ci.low), float(ci.high)])
    coin = [[a, b, float(binomtest(a, a + b).pvalue)] for a, b in
            [(1, 0), (0, 6), (3, 9), (5, 5), (40, 61), (500, 430), (2, 30), (1200, 1000)]]
    return dict(wilson=wilson, coin=coin)


def main(args):
    OUT.mkdir(parents=True, exist_ok=True)
    makers = dict(rmsprop=rmsprop, lbfgs=lbfgs, metrics=metrics, tests=statistics)
    for name in args or makers:
        (OUT / f"{name}.json").write_text(json.dumps(makers[name](), indent=None) + "\n")
