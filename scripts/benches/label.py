"""Labels it takes with graft label, against labels in random order; the honest test's interval; latency.

Simulated: a person who always answers rightly labels the split train of three sets, ten seeds each, and the
head is judged on val after every answer (scripts/benches/ask, which asks as the page does). The labels needed are
those at which the mean curve of the seeds comes within one point of the accuracy with all labels, and stays there.
"""
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess

import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
PER_CLASS = 60, 40  # drawings of each of the twenty classes, and how many of these are for training


def wilson(right, total, z=1.959964):
    if not total:
        return 0.0, 1.0
    p, d = right / total, 1 + z * z / total
    middle, half = (p + z * z / 2 / total) / d, z / d * math.sqrt(p * (1 - p) / total + z * z / 4 / total / total)
    return middle - half, middle + half


def stays(curve, level):
    """The number of labels from which on a curve is at a level."""
    at = len(curve) + 1
    for n in range(len(curve), 0, -1):
        if curve[n - 1] < level - 1e-9:
            break
        at = n
    return at


def mean_curve(curves):
    return [statistics.fmean(c) for c in zip(*curves)]


def drawings(folder):
    """Twenty of the seedling's classes, evenly spaced, as train and val."""
    drawn = folder / "drawn"
    subprocess.run(["go", "run", "./scripts/draw", "--folder", drawn, "--each", str(PER_CLASS[0])], cwd=ROOT, check=True)
    for name in sorted(p.name for p in drawn.iterdir())[2::4][:20]:
        for i, picture in enumerate(sorted((drawn / name).iterdir())):
            to = folder / "twenty" / ("train" if i < PER_CLASS[1] else "val") / name
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, to)
    shutil.rmtree(drawn)
    return folder / "twenty"


def report(r):
    level = r["full"] - 0.01
    random, asked = stays(mean_curve(r["random"]), level), stays(mean_curve(r["asked"]), level)
    each = [sorted(stays(c, level) for c in r[k]) for k in ("random", "asked")]
    name = pathlib.Path(r["folder"]).name
    print(f"{name}: {r['classes']} classes, {r['train']} to label, accuracy with all {r['full']:.4f}")
    print(f"  labels needed: random order {random}, asked {asked}, ratio {asked / random:.3f}")
    for what, e in zip(("random", "asked"), each):
        print(f"  single seeds, {what}: {e[0]}–{e[-1]}, median {statistics.median(e):g}")
    covered = {k: [lo <= t["true"] <= hi for t in r["tests"] if t[k][1] >= 5 for lo, hi in [wilson(*t[k])]] for k in ("honest", "crossed")}
    for k, c in covered.items():
        print(f"  the interval of the {k} accuracy covers the true one in {100 * statistics.fmean(c):.1f} % of {len(c)}")
    forecasts(r)
    return asked / random, covered


def forecasts(r):
    """The forecast of labels for one point more, beside those that it took."""
    pairs, curve = [], mean_curve(r["asked"])
    smooth = [statistics.fmean(curve[max(0, n - 5):n + 5]) for n in range(len(curve))]
    for t in r["tests"]:
        n = t["answers"]
        took = next((m - n for m in range(n + 1, len(smooth)) if smooth[m] >= smooth[n - 1] + 0.01), -1)
        if t["more"]:
            pairs.append((t["more"], took))
    both = [(f, g) for f, g in pairs if f > 0 and g > 0]
    agree = sum((f > 0) == (g > 0) for f, g in pairs)
    if both:
        ratios = sorted(f / g for f, g in both)
        print(f"  forecast of labels for one point: {len(both)} where both say a number, median forecast/taken {statistics.median(ratios):.2f}, "
              f"middle half {ratios[len(ratios) // 4]:.2f}–{ratios[3 * len(ratios) // 4]:.2f}; {agree} of {len(pairs)} agree whether there is one to be had")


def main():
    graft, work = measure.build(), measure.WORK
    seedling, sets = work / "seedling.onnx", []
    measure.run(graft, "trunk", "build", "--seedling", "--out", seedling)
    kinds = [("drawings-3", ROOT / "testdata" / "demo", seedling), ("drawings-20", drawings(work), seedling)]
    if (photographs := measure.photographs()) and (trunk := measure.trunk()):
        kinds.append(("photographs", photographs, trunk))
    for name, data, trunk in kinds:
        sets.append(work / "features" / name)
        measure.run(graft, "extract", data, "--trunk", trunk, "--features", sets[-1])
    out = measure.run(measure.build("./scripts/benches/ask"), "-seeds", measure.quick("10", "3"), "-most", "500", *sets).stdout
    results = [report(json.loads(line)) for line in out.splitlines()]
    print(f"mean ratio of labels needed {statistics.fmean(r for r, _ in results):.3f}")
    for k in ("honest", "crossed"):
        c = [x for _, covered in results for x in covered[k]]
        print(f"{k} interval covers in {100 * statistics.fmean(c):.1f} % of {len(c)}")
    sizes = dict(os.environ, GRAFT_LATENCY=measure.quick("1000,10000,100000", "1000,10000"))
    latency = measure.run("go", "test", "./cmd/graft/internal/label/session", "-run", "TestLatency", "-v", "-count=1", cwd=ROOT, env=sizes).stdout
    print("\n".join(line.strip() for line in latency.splitlines() if "photographs:" in line))
