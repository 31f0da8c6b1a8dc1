"""Seedling: what a head reaches on its features over five seeds, beside untrained trunks of the same width.

Accuracies are shares of the val set, in one run: of the demo's drawings, and of real photographs
where there are some. Goal for the demo: at least 0.90 with every seed.
"""
import json

import measure

SEEDS = range(measure.quick(5, 1))


def accuracy(trunk, data, seed):
    """Accuracy on val of the default recipe, trained on train."""
    head = measure.WORK / "seedling-head.onnx"
    measure.run(measure.build(), "fit", data, "--trunk", trunk, "--features", features(trunk, data), "--seed", seed, "--out", head)
    told = measure.run(measure.build(), "eval", head, data, "--trunk", trunk, "--features", features(trunk, data), "--json")
    return json.loads(told.stdout)["accuracy"]


def features(trunk, data):
    return measure.WORK / f"{trunk.stem}-{data.name}"


def trunks():
    """The seedling, and an untrained trunk of its width for each seed."""
    seedling = measure.WORK / "seedling.onnx"
    measure.run(measure.build(), "trunk", "build", "--seedling", "--out", seedling)
    untrained = []
    for seed in SEEDS:
        untrained.append(measure.WORK / f"untrained-{seed}.onnx")
        measure.run(measure.build(), "trunk", "build", "--seed", seed, "--width", "0.25", "--resize", "146", "--crop", "128", "--out", untrained[-1])
    return seedling, untrained


def main():
    seedling, untrained = trunks()
    for data, goal in ((measure.ROOT / "testdata/demo", "≥0.9"), (measure.photographs(), "≥0")):
        if data is None:
            continue
        trained = [accuracy(seedling, data, s) for s in SEEDS]
        made_up = [accuracy(u, data, s) for u, s in zip(untrained, SEEDS)]
        listed = lambda values: " ".join(f"{v:.4f}" for v in values)
        measure.show(f"{data.name}: the worst of five heads on the seedling", min(trained), goal, f"seedling {listed(trained)}, untrained {listed(made_up)}")
