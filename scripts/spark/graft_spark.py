#!/usr/bin/env python3
"""Does the chunks of a plan on a Spark cluster, and finishes the store.

    spark-submit scripts/spark/graft_spark.py PLAN STORE [--graft graft] [--trunk trunk.onnx]
        [--ort-lib libonnxruntime.so] [--chunks-per-task 1] [--data ROOT] [--work "FLAGS"]

PLAN and STORE, and the photographs, are paths that all nodes see. The binary, the library and the trunk are
either there on every node too, or shipped: "spark-submit --files graft,trunk.onnx,libonnxruntime.so", and named
by what they are called then.

Each Python worker of an executor keeps one "graft work" with its trunk open. A chunk is acknowledged when its
features and its record are on the disk, so that retries, lost executors and speculative copies of a task are
harmless. The exit code is that of "graft finish".
"""
import argparse
import atexit
import json
import os
import pathlib
import shlex
import subprocess
import sys

_processes = {}  # of this Python worker, by command


class Worker:
    """A "graft work" that is kept: a chunk's name in, an answer out."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        atexit.register(self.close)

    def do(self, chunk):
        try:
            self.process.stdin.write(chunk + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"graft work ended with {self.process.wait()} at {chunk}; its messages are in the executor's stderr")
        return json.loads(line)

    def close(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.terminate()


def worker(command, environment):
    """The process of this Python worker, started if it is not there or has died."""
    key = tuple(command)
    kept = _processes.get(key)
    if kept is None or kept.process.poll() is not None:
        kept = _processes[key] = Worker(command, environment)
    return kept


def at_hand(name):
    """A file that was shipped, or lies on the node."""
    if not name:
        return name
    from pyspark import SparkFiles

    try:
        shipped = pathlib.Path(SparkFiles.get(pathlib.Path(name).name))
    except Exception:  # on the driver of some masters
        shipped = pathlib.Path(name)
    for path in (pathlib.Path(name), shipped):
        if path.exists():
            return str(path.absolute())
    return name  # of the search path


def command_of(options, extra=()):
    """The command of a graft process on this node, and its environment."""
    graft = at_hand(options["graft"])
    if os.path.exists(graft) and not os.access(graft, os.X_OK):
        os.chmod(graft, 0o755)
    flags = ["--trunk", at_hand(options["trunk"])] if options["trunk"] else []
    environment = {"GRAFT_ORT_LIB": at_hand(options["ort_lib"])} if options["ort_lib"] else {}
    return [graft, *extra, *flags], environment


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan")
    parser.add_argument("store")
    parser.add_argument("--graft", default="graft")
    parser.add_argument("--trunk", default="")
    parser.add_argument("--ort-lib", default="")
    parser.add_argument("--data", default="")
    parser.add_argument("--chunks-per-task", type=int, default=1)
    parser.add_argument("--work", default="", help="more flags of graft work, such as '--workers 2'")
    parser.add_argument("--no-finish", action="store_true")
    options = vars(parser.parse_args())

    from pyspark.sql import SparkSession

    plan = pathlib.Path(options["plan"]).absolute()
    store = str(pathlib.Path(options["store"]).absolute())
    n = len(json.loads((plan / "plan.json").read_text())["chunks"])
    chunks = [str(plan / f"chunk-{i + 1:05d}.jsonl") for i in range(n)]
    spark = SparkSession.builder.appName(f"graft {plan.name}").getOrCreate()
    context = spark.sparkContext
    images, failed, rows = context.accumulator(0), context.accumulator(0), context.accumulator(0)
    extra = ["work", "--features", store, *shlex.split(options["work"])]
    if options["data"]:
        extra += ["--data", options["data"]]

    # The executors import this file, so that what a Python worker keeps is kept from task to task: of the program that
    # spark-submit runs, every task would get a copy.
    context.addPyFile(__file__)

    def task(names):
        import graft_spark

        command, environment = graft_spark.command_of(options, extra)
        for name in names:
            answer = graft_spark.worker(command, environment).do(name)
            if answer["state"] not in ("done", "already"):
                raise RuntimeError(f"{name}: {answer['state']}: {answer.get('error')}")
            images.add(answer["images"])
            failed.add(answer["failed"])
            rows.add(answer["rows"])

    tasks = (n + options["chunks_per_task"] - 1) // options["chunks_per_task"]
    try:
        context.parallelize(chunks, tasks).foreachPartition(task)
    except Exception as error:  # what is missing is listed below
        print(f"graft_spark: {str(error).splitlines()[0]}", file=sys.stderr)
    print(f"graft_spark: {images.value} images, {failed.value} without features, {rows.value} rows", file=sys.stderr)
    code = 0
    if not options["no_finish"]:
        command, environment = command_of(options, ["finish", store, "--plan", str(plan)] + (["--data", options["data"]] if options["data"] else []))
        code = subprocess.run(command, env={**os.environ, **environment}).returncode
    spark.stop()
    sys.exit(code)


if __name__ == "__main__":
    main()
