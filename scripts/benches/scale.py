"""Chunks that many workers share, against one plain extract of the same photographs."""
import shutil
import subprocess

import measure


def main():
    graft, photographs, trunk = measure.build(), measure.photographs(), measure.trunk()
    if photographs is None or trunk is None:
        print("it needs photographs and a trained trunk: see scripts/bench")
        return
    if measure.QUICK:
        photographs = photographs / "val"
    plan, number = measure.WORK / "plan", iter(range(1000))
    measure.run(graft, "plan", photographs, "--chunk", measure.quick(100, 40), "--out", plan)
    chunks = [str(i + 1) for i in range(len(list(plan.glob("chunk-*"))))]

    def new():
        store = measure.WORK / f"store-{next(number)}"
        return store

    def extract(workers=None):
        store = new()
        measure.run(graft, "extract", photographs, "--features", store, "--trunk", trunk, *([] if workers is None else ["--workers", workers]))
        shutil.rmtree(store)

    def work():
        store = new()
        measure.run(graft, "work", "--plan", plan, *chunks, "--features", store, "--trunk", trunk)
        shutil.rmtree(store)

    def two():
        store = new()
        halves = [chunks[::2], chunks[1::2]]
        running = [subprocess.Popen([graft, "work", "--plan", plan, *h, "--features", store, "--trunk", trunk, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for h in halves]
        if any(p.wait() for p in running):
            raise SystemExit("bench: a worker failed")
        shutil.rmtree(store)

    seconds = measure.turns(measure.quick(3, 1), extract=extract, work=work, two=two)
    measure.show("work, one process / extract: images a second", seconds["extract"] / seconds["work"], "≥0.97", f"{seconds['work']:.1f} s, {seconds['extract']:.1f} s")
    measure.show("work, two processes of one worker / one of two", seconds["work"] / seconds["two"], "≥0.95", f"{seconds['two']:.1f} s")
