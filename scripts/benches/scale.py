"""Chunks that many workers share, against one plain extract of the same photographs."""
import itertools
import shutil
import statistics
import subprocess

import measure


def main():
    graft, photographs, trunk = measure.build(), measure.photographs(), measure.trunk()
    if photographs is None or trunk is None:
        print("it needs photographs and a trained trunk: see scripts/bench")
        return
    if measure.QUICK:
        photographs = photographs / "val"
    plan = measure.WORK / "plan"
    measure.run(graft, "plan", photographs, "--chunk", measure.quick(25, 10), "--out", plan)
    chunks = [str(i + 1) for i in range(len(list(plan.glob("chunk-*"))))]
    numbers = itertools.count()

    def into(command, *flags):
        """A command that fills a store of its own with the trunk."""
        return [str(c) for c in (graft, *command, "--features", measure.WORK / f"store-{next(numbers)}", "--trunk", trunk, *flags)]

    def extract():
        measure.run(*into(["extract", photographs]))

    def work():
        measure.run(*into(["work", "--plan", plan, *chunks]))

    def two():
        both = into(["work", "--plan", plan], "--workers", "1")
        running = [subprocess.Popen([*both, *chunks[i::2]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in (0, 1)]
        if any([p.wait() for p in running]):
            raise SystemExit("bench: a worker failed")

    extract()  # so that all files have been read once
    times = measure.rounds(measure.quick(5, 3), extract=extract, work=work, two=two)
    seconds = {name: f"{statistics.median(t):.1f} s" for name, t in times.items()}
    ratio, note = measure.pairs(times["extract"], times["work"])
    measure.show("work, one process / extract: images a second", ratio, "≥0.97", f"{seconds['work']}, {seconds['extract']}; {note}")
    ratio, note = measure.pairs(times["work"], times["two"])
    measure.show("work, two processes of one worker / one of two", ratio, "≥0.95", f"{seconds['two']}; {note}")
    for store in measure.WORK.glob("store-*"):
        shutil.rmtree(store)
