"""How much memory plan, finish, features info, fit and eval take for 1 and for 10 million rows."""
import json
import shutil
import time

import measure

DIM, EPOCHS, CLASSES = 64, 3, 20


def names(path, n):
    """A list of images that are not there; every tenth is for judging."""
    with open(path, "w") as f:
        f.write("path,label,split\n")
        for i in range(n):
            f.write(f"class-{i % CLASSES:02d}/{i:09d}.jpg,class-{i % CLASSES:02d},{'val' if i // CLASSES % 10 == 9 else 'train'}\n")


def main(arguments):
    graft, madeup = measure.build(), measure.build("./scripts/scale/madeup")
    peaks = {}
    for millions in [float(a) for a in arguments] or [1, 10]:
        peaks[millions] = proof(graft, madeup, millions)
    first = min(peaks)
    for step in peaks[first]:
        print(f"{step:14}" + "".join(f"  {m:g} M: {peaks[m][step] / 1e6:6.0f} MB ({peaks[m][step] / peaks[first][step]:.3f})" for m in peaks))
    grown = {s: peaks[m][s] / peaks[first][s] for m in peaks for s in peaks[m] if peaks[m][s] > 1.1 * peaks[first][s]}
    if grown:
        raise SystemExit(f"test-scale: these take more than a tenth more for more rows: {grown}")


def proof(graft, madeup, millions):
    work = measure.WORK / f"{millions:g}"
    work.mkdir()
    listed, plan, store, head = work / "list.csv", work / "plan", work / "store", work / "head.onnx"
    names(listed, int(millions * 1e6))
    peaks = {}

    def step(name, *command):
        begin = time.time()
        peaks[name] = measure.peak_memory(*command)
        print(f"{millions:g} M rows: {name}: {time.time() - begin:.1f} s, {peaks[name] / 1e6:.0f} MB", flush=True)

    step("plan", graft, "plan", work, "--list", listed, "--chunk", 100_000, "--out", plan)
    listed.unlink()
    begin = time.time()
    measure.run(madeup, plan, store, DIM)
    print(f"{millions:g} M rows: made up in {time.time() - begin:.1f} s: {json.loads((plan / 'plan.json').read_text())['partitions']} partitions", flush=True)
    step("finish", graft, "finish", store, "--plan", plan, "--sample", 0)
    shutil.rmtree(store / "records")
    step("features info", graft, "features", "info", store)
    step("fit", graft, "fit", store, "--epochs", EPOCHS, "--batch", 256, "--out", head)
    step("eval", graft, "eval", head, store)
    shutil.rmtree(work)
    return peaks
