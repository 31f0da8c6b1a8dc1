"""graft predict: what a hundred times as many paths cost in memory."""
import csv
import os

import measure


def main(few=100, many=10_000):
    graft, pictures = measure.build(), measure.ROOT / "testdata/demo"
    trunk, head = measure.WORK / "seedling.onnx", measure.WORK / "head.onnx"
    env = dict(os.environ, GRAFT_TRUNK=str(trunk))
    measure.run(graft, "trunk", "build", "--seedling", "--out", trunk)
    measure.run(graft, "fit", pictures, "--features", measure.WORK / "features", "--out", head, env=env)
    paths = [str(p) for p in sorted(pictures.glob("*/*/*.jpg"))]
    paths = (paths * (many // len(paths) + 1))[:many]

    def peak(n):
        listed, labels = measure.WORK / "list.txt", measure.WORK / "labels.csv"
        listed.write_text("\n".join(paths[:n]) + "\n")
        with open(listed) as source:
            memory = measure.peak_memory(graft, "predict", head, "-", "--out", labels, stdin=source, env=env)
        with open(labels) as table:
            if [row["path"] for row in csv.DictReader(table)] != paths[:n]:
                raise SystemExit("bench: predict did not keep the order of its input")
        return memory

    base, full = peak(few), peak(many)
    measure.show(f"predict -: peak memory with {many} paths beside {few}", full / base, "≤1.3",
                 f"{base / 2**20:.0f} MiB, {full / 2**20:.0f} MiB; the order is the input's")
