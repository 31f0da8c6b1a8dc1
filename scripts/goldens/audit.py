"""Goldens of head/audit: likely label errors as cleanlab finds and orders them.

Ties in rounding fall as NumPy's unstable sort lets them on one machine, so the problems have none.

Writes testdata/golden/audit/labels.json: made problems, each with probabilities n×C,
labels, and the indices that cleanlab's find_label_issues returns, ranked by self-confidence.
"""
import json
import pathlib
import warnings

import numpy as np
from cleanlab.filter import find_label_issues

OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata/golden/audit/labels.json"


def problem(seed, n, classes, noise, sharpness, rare=False):
    """Probabilities of a classifier that is often right, labels of which some are wrong."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, n)
    if rare:
        true[true == classes - 1] = 0
        true[0] = classes - 1
    logits = rng.normal(size=(n, classes))
    logits[np.arange(n), true] += sharpness
    p = np.exp(logits)
    p = np.round(p / p.sum(1, keepdims=True), 6)
    labels = true.copy()
    wrong = rng.random(n) < noise
    labels[wrong] = (labels[wrong] + rng.integers(1, classes, wrong.sum())) % classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = find_label_issues(labels, p, return_indices_ranked_by="self_confidence")
    return {"classes": classes, "labels": labels.tolist(), "p": p.ravel().tolist(), "issues": found.tolist()}


def main(args):
    problems = [
        problem(1, 200, 2, 0.1, 2.0),
        problem(2, 300, 3, 0.05, 3.0),
        problem(3, 250, 5, 0.2, 1.5),
        problem(4, 120, 8, 0.3, 1.0),
        problem(5, 60, 3, 0.0, 6.0),
        problem(6, 90, 4, 0.1, 2.0, rare=True),
        problem(7, 40, 2, 0.5, 0.2),
        problem(9, 150, 10, 0.15, 2.5),
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(problems, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes;", [len(p["issues"]) for p in problems], "issues")
