"""Taps and pools: what a head on the recommended one gains over the deepest mean, on five sets of pictures, and costs.

The sets: ants and bees; scikit-learn's digits, enlarged; the demo's drawings; 20 classes of the training drawings;
emoji by their Unicode subgroup, rendered from the font that $GRAFT_EMOJI_FONT names with the list of
$GRAFT_EMOJI_TEST (Debian's fonts-noto-color-emoji and unicode-data). Accuracies are on val, which taps never sees.
$GRAFT_BENCH_ONLY names some of the sets, separated by commas.
"""
import json
import os
import pathlib
import re
import subprocess

import measure

POOLS = "mean,max,mean+max,grid2,mean+max+grid2"
DRAWINGS = "discs squares crosses stars5 hearts arrows gears spirals bricks waves weaves targets oaks ferns snails turtles mushrooms keys umbrellas bottles".split()
SUBGROUPS = ("face-smiling animal-mammal animal-bird food-fruit food-vegetable food-prepared transport-ground transport-air place-building "
             "sky-weather clothing tool person-role country-flag").split()
FEWEST, MOST = 12, 60  # emoji of a subgroup


def copy(files, folder, part):
    """Puts part of the files into val, the others into train."""
    for i, (name, content) in enumerate(files):
        to = folder / ("val" if i % part == part - 1 else "train") / name
        to.parent.mkdir(parents=True, exist_ok=True)
        content(to)


def digits(folder):
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits
    d, train, val = load_digits(), measure.quick(100, 20), measure.quick(57, 12)
    for k in range(10):
        for i, n in enumerate(np.flatnonzero(d.target == k)[: train + val]):
            to = folder / ("train" if i < train else "val") / str(k) / f"{n:04}.png"
            to.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((d.images[n] * 255 / 16).astype("uint8")).resize((192, 192), Image.BICUBIC).convert("RGB").save(to)


def drawings(folder):
    every = measure.WORK / "every"
    measure.run("go", "run", "./scripts/draw", "--folder", every, "--each", measure.quick(45, 12), cwd=measure.ROOT)
    for name in DRAWINGS:
        found = sorted(p for p in every.rglob("*") if p.is_file() and p.parent.name == name)
        copy([(f"{name}/{p.name}", p.rename) for p in found], folder, 3)


def emoji(folder):
    font, names = os.environ.get("GRAFT_EMOJI_FONT"), os.environ.get("GRAFT_EMOJI_TEST")
    if not font or not names:
        return False
    from PIL import Image, ImageDraw, ImageFont
    draw_with = ImageFont.truetype(font, 109)
    groups, group = {}, None
    for line in pathlib.Path(names).read_text().splitlines():
        if line.startswith("# subgroup:"):
            group = line.split(":")[1].strip()
        elif "; fully-qualified" in line and "skin tone" not in line and group in SUBGROUPS:
            groups.setdefault(group, []).append("".join(chr(int(c, 16)) for c in line.split(";")[0].split()))

    def render(text):
        def save(to):
            image = Image.new("RGB", (160, 160), "white")
            ImageDraw.Draw(image).text((12, 16), text, font=draw_with, embedded_color=True)
            image.save(to)
        return save
    for name, list_ in groups.items():
        if len(list_) >= FEWEST:
            step = max(len(list_) // MOST, 1)
            copy([(f"{name}/{i:03}.png", render(t)) for i, t in enumerate(list_[::step][:MOST])], folder, 3)
    return True


def sets():
    yield "ants and bees", measure.photographs()
    yield "the demo's drawings", measure.ROOT / "testdata/demo"
    for name, make in (("digits", digits), ("drawings of 20 classes", drawings), ("emoji of subgroups", emoji)):
        folder = measure.WORK / name.replace(" ", "-")
        if make(folder) is not False:
            yield name, folder


def judged(folder, trunk, tap, env):
    """Accuracy on val with its interval, of a head on a tap, and the seconds of the fit."""
    head = measure.WORK / "head.onnx"
    fit = lambda: measure.run(measure.build(), "fit", folder, "--trunk", trunk, "--tap", tap, "--solver", "lbfgs", "--out", head, env=env)
    fit()  # computes the features of val
    seconds = measure.seconds(fit)
    text = measure.run(measure.build(), "eval", head, folder, env=env).stdout
    found = re.search(r"accuracy: ([\d.]+) \((\d+)/(\d+)\), 95 % interval ([\d.–]+)", text)
    return found[1], found[2], found[3], found[4], seconds


def main():
    base = measure.trunk()
    if base is None or measure.photographs() is None:
        return print("no trained trunk or no photographs: skipped")
    env = measure.own_cache("taps-cache")
    wanted = os.environ.get("GRAFT_BENCH_ONLY")
    for name, folder in sets():
        if wanted and name not in wanted.split(","):
            continue
        said = subprocess.run([str(measure.build()), "taps", str(folder), "--trunk", str(base), "--auto", "--pool", POOLS, "--json"],
                              capture_output=True, text=True, env=env)
        if said.returncode not in (0, 3):
            raise SystemExit(said.stderr)
        r = json.loads(said.stdout)
        trunk = re.search(r"--trunk (\S+) --tap", said.stderr)[1]
        taps = {t["tap"]: t for t in r["taps"]}
        deepest = r["taps"][-1]["tap"]  # features: the deepest mean
        best = max(r["taps"], key=lambda t: t["accuracy"])["tap"]
        print(f"{name}: {taps[deepest]['total']} to train on; recommended {r['recommended']}: {r['reason']}")
        for what, tap in dict([("deepest mean", deepest), ("best", best), ("recommended", r["recommended"])]).items():
            t = taps[tap]
            accuracy, right, total, interval, seconds = judged(folder, trunk, tap, env)
            print(f"  {what:13} {tap:44} d {t['dim']:5}, {4 * t['dim']:6} bytes, cross-validated {t['accuracy']:.4f} ({t['interval']['low']:.3f}–{t['interval']['high']:.3f}) "
                  f"in {t['seconds']:.1f} s; val {accuracy} ({right}/{total}), {interval}, fit from cached features {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
