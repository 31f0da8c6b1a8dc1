"""graft check: how many planted faults it finds, and how long it takes beside an extraction."""
import json
import random
import resource
import shutil
import statistics

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import measure

SEEDS = range(measure.quick(5, 2))


def main():
    if measure.photographs() and measure.trunk():
        faults()
    else:
        print("check: no photographs or no trunk here, so no faults were planted")
    pace()


def faults():
    """Plants faults among the photographs of ants and bees, and counts those that check finds."""
    env = measure.own_cache("cache-faults")
    measure.run(measure.build(), "extract", measure.photographs(), "--trunk", measure.trunk(), env=env)
    least = None
    for seed in SEEDS:
        folder = measure.WORK / f"faults-{seed}"
        planted = plant(folder, random.Random(seed))
        found = score(check(folder, env), planted)
        shutil.rmtree(folder)
        print(f"seed {seed}: {found}")
        least = {k: min(v, least[k]) if least else v for k, v in found.items()}
    measure.show("planted duplicates found, of 10 exact, worst of 5 seeds", least["exact"], "≥10")
    measure.show("planted duplicates found, of 10 encoded again", least["near"], "≥10")
    measure.show("planted truncated files found, of 5", least["truncated"], "≥5")
    measure.show("planted wrong labels among the first 20, of 10", least["labels"], "≥7")


def plant(folder, rng):
    """Copies the photographs to folder with 10 exact and 10 near duplicates, 10 labels swapped and
    5 files cut off, all of different photographs; returns the paths of each kind."""
    shutil.copytree(measure.photographs(), folder)
    train = sorted((folder / "train").glob("*/*.jpg"))
    rng.shuffle(train)
    exact, near, swapped, cut = train[:10], train[10:20], train[20:30], train[30:35]
    name = lambda p: p.relative_to(folder).as_posix()
    planted = {"exact": [], "near": [], "labels": [], "truncated": []}
    for i, p in enumerate(exact):
        copy = folder / "val" / p.parent.name / f"copy{i}.jpg"
        shutil.copy(p, copy)
        planted["exact"].append({name(p), name(copy)})
    for i, p in enumerate(near):
        again = folder / rng.choice(["train", "val"]) / p.parent.name / f"again{i}.jpg"
        encode_again(p, again, rng)
        planted["near"].append({name(p), name(again)})
    for p in swapped:
        other = next(d for d in sorted(p.parent.parent.iterdir()) if d != p.parent)
        planted["labels"].append(name(p.rename(other / p.name)))
    for p in cut:
        content = p.read_bytes()
        p.write_bytes(content[: int(len(content) * rng.uniform(0.3, 0.9))])
        planted["truncated"].append(name(p))
    return planted


def encode_again(source, target, rng):
    """Trims up to 3 % of every side, scales to 60 to 90 % and encodes with quality 50 to 80."""
    picture = Image.open(source).convert("RGB")
    w, h = picture.size
    side = lambda length: int(length * rng.uniform(0, 0.03))
    picture = picture.crop((side(w), side(h), w - side(w), h - side(h)))
    scale = rng.uniform(0.6, 0.9)
    picture.resize((int(picture.width * scale), int(picture.height * scale))).save(target, quality=rng.randint(50, 80))


def check(folder, env):
    """What check says of a folder, as JSON; unreadable images make it end with 3."""
    out = measure.WORK / "check.json"
    command = f'"{measure.build()}" check "{folder}" --trunk "{measure.trunk()}" --json > "{out}"; [ $? = 3 ]'
    measure.run("sh", "-c", command, env=env)
    return json.loads(out.read_text())


def score(report, planted):
    """How many of each kind of fault the report names."""
    groups = [(g["exact"], {i["path"] for i in g["images"]}) for g in report["duplicates"]]
    first = [s["path"] for s in report["labels"]["suspects"][:20]]
    return {
        "exact": sum(any(pair <= paths for _, paths in groups) for pair in planted["exact"]),
        "near": sum(any(pair <= paths for _, paths in groups) for pair in planted["near"]),
        "truncated": len(set(planted["truncated"]) & {u["path"] for u in report["unreadable"] if u["truncated"]}),
        "labels": len(set(planted["labels"]) & set(first)),
        "duplicates in all": len(groups),
        "labels in all": len(report["labels"]["suspects"]),
    }


def pace(n=10_000, d=2048):
    """Checks n made pictures on a made trunk of d features, and extracts them, both from nothing."""
    pictures, model, trunk = measure.WORK / "pictures", measure.WORK / "made.onnx", measure.WORK / "made-trunk.onnx"
    draw(pictures, n)
    projection(model, d)
    measure.run(measure.build(), "trunk", "import", model, "--mean", "0.5", "--std", "0.5", "--out", trunk)

    def cold(command):
        def action():
            shutil.rmtree(measure.WORK / "cache-cold", ignore_errors=True)
            measure.run(measure.build(), command, pictures, "--trunk", trunk, env=measure.own_cache("cache-cold"))
        return action

    def work():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    wall, cpu = {"extract": [], "check": []}, {"extract": [], "check": []}
    for _ in range(3):
        for command in wall:
            before = work()
            wall[command].append(measure.seconds(cold(command)))
            cpu[command].append(work() - before)
    wall, cpu = ({c: statistics.median(t) for c, t in times.items()} for times in (wall, cpu))
    measure.show(f"check beside extract, {n} images of {d} features: seconds more", wall["check"] - wall["extract"], "≤5",
                 f"extract {wall['extract']:.1f} s, check {wall['check']:.1f} s; of CPU time {cpu['extract']:.1f} s and {cpu['check']:.1f} s")


def draw(folder, n):
    """n smooth random pictures of 128×128 pixels, more red than green or not; 3 % of the labels are wrong."""
    rng = np.random.default_rng(0)
    for c in ("green", "red"):
        (folder / c).mkdir(parents=True)
    for i in range(n):
        small = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        red = (small[..., 0].mean() > small[..., 1].mean()) ^ (rng.random() < 0.03)
        path = folder / ("red" if red else "green") / f"{i:06}.jpg"
        Image.fromarray(small).resize((128, 128), Image.BICUBIC).save(path, quality=85)


def projection(path, d, size=32):
    """A model whose features are d random projections of the pixels."""
    w = np.random.default_rng(1).normal(size=(3 * size * size, d)).astype(np.float32)
    nodes = [helper.make_node("Flatten", ["images"], ["flat"]), helper.make_node("MatMul", ["flat", "w"], ["out"])]
    graph = helper.make_graph(nodes, "projection",
                              [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, size, size])],
                              [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", d])],
                              [numpy_helper.from_array(w, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
