"""What the benches share: building graft, taking turns, printing ratios."""
import atexit
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICK = "--quick" in sys.argv  # sizes with which an area ends in about three minutes
WORK = pathlib.Path(tempfile.mkdtemp(prefix="graft-bench-"))
atexit.register(shutil.rmtree, WORK, ignore_errors=True)


def quick(size, small):
    """A size, or the small one with --quick."""
    return small if QUICK else size


def build(package="./cmd/graft"):
    """Builds a Go program of the project and returns its path."""
    out = WORK / pathlib.Path(package).name
    if not out.exists():
        subprocess.run(["go", "build", "-o", out, package], cwd=ROOT, check=True)
    return out


def photographs():
    """The folder of the photographs (train/ and val/), unpacked; None if there are none."""
    given = pathlib.Path(os.environ.get("GRAFT_PHOTOGRAPHS", ROOT.parent / "shared/data/hymenoptera_data.zip"))
    if given.is_dir() or not given.exists():
        return given if given.is_dir() else None
    folder = WORK / "photographs"
    if not folder.exists():
        zipfile.ZipFile(given).extractall(folder)
    return next(p.parent for p in sorted(folder.glob("**/train")) if p.is_dir())


def trunk():
    """A trunk that graft imports from the trained model; None if there is none."""
    model = pathlib.Path(os.environ.get("GRAFT_TRUNK_MODEL", ROOT.parent / "shared/trunks/inception2015_mixed9.onnx"))
    if not model.exists():
        return None
    out = WORK / "trunk.onnx"
    if not out.exists():
        run(build(), "trunk", "import", model, "--mean", "128/255", "--std", "128/255", "--output", "features", "--out", out)
    return out


def own_cache(name):
    """An environment in which graft has an empty cache of its own, with the user's libraries."""
    cache = WORK / name
    (cache / "graft").mkdir(parents=True, exist_ok=True)
    users = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    if not (cache / "graft/onnxruntime").is_symlink():
        (cache / "graft/onnxruntime").symlink_to(users / "graft/onnxruntime")
    return dict(os.environ, XDG_CACHE_HOME=str(cache))


def run(*command, **options):
    """Runs a command quietly; its output is shown if it fails."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def seconds(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def peak_memory(*command, **options):
    """Runs a command in a child of its own and returns its peak resident memory in bytes; WORK/said has its stderr."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            (WORK / "said").write_text(run(*command, **options).stderr)
            with open(WORK / "peak", "w") as f:
                f.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"bench: {' '.join(map(str, command))} failed")
    return int((WORK / "peak").read_text())


def rounds(n, **actions):
    """Runs every action in turn, n times, and returns the seconds of each, a list an action."""
    times = {name: [] for name in actions}
    for _ in range(n):
        for name, action in actions.items():
            times[name].append(seconds(action))
    return times


def turns(n, **actions):
    """Runs every action in turn, n times, and returns the median seconds of each."""
    return {name: statistics.median(t) for name, t in rounds(n, **actions).items()}


def pairs(over, under):
    """The median of the ratios of the rounds, and a note of the least and the greatest."""
    ratios = [a / b for a, b in zip(over, under)]
    return statistics.median(ratios), f"{min(ratios):.3f} to {max(ratios):.3f} in {len(ratios)} rounds"


def show(what, ratio, goal, note=""):
    """Prints one line: a ratio, the goal it is held to, and what was measured."""
    bound, value = goal[0], float(goal[1:])
    met = ratio >= value if bound == "≥" else ratio <= value
    print(f"{what:58} {ratio:7.2f}  goal {bound} {value:<5g} {'met' if met else 'MISSED':6}  {note}", flush=True)
