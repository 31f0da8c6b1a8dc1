"""A real Spark cluster on this machine does a plan while an executor and a Worker are killed.

Then photographs that are rows of DataFrames get features and labels. "kills" and "frames" are one of both. With "time" Spark's speed is
compared with that of extract instead. Spark is that of the Python package pyspark, or of $SPARK_DIST, its unpacked source distribution.
"""
import importlib.util
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

import compare
import measure

SCRIPTS = measure.ROOT / "scripts"


class Cluster:
    """A standalone Master and two Workers of one core each."""

    def __init__(self):
        if missing := [p for p in ("pandas", "pyarrow") if importlib.util.find_spec(p) is None]:
            sys.exit(f"test-scale: Spark's DataFrames need {' and '.join(missing)}: pip install {' '.join(missing)}")
        dist = os.environ.get("SPARK_DIST")
        if dist:
            self.home, self.python = pathlib.Path(dist) / "deps", [dist, *map(str, pathlib.Path(dist, "lib").glob("py4j-*.zip"))]
        else:
            found = importlib.util.find_spec("pyspark")
            if found is None:
                sys.exit("test-scale: no pyspark: pip install pyspark, or name its unpacked source distribution with $SPARK_DIST")
            self.home, self.python = pathlib.Path(found.origin).parent, []
        self.env = {**os.environ, "SPARK_HOME": str(self.home), "SPARK_SCALA_VERSION": "2.13", "SPARK_LOCAL_IP": "127.0.0.1",
                    "PYTHONPATH": os.pathsep.join([*self.python, str(SCRIPTS / "spark")]), "PYSPARK_PYTHON": sys.executable,
                    "SPARK_WORKER_DIR": str(measure.WORK / "spark"), "PYARROW_IGNORE_TIMEZONE": "1"}
        opens = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in (
            "java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util", "java.util.concurrent",
            "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar")]
        self.java = ["java", "-Xmx700m", *opens, "-cp", f"{self.home}/jars/*"]
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"spark://127.0.0.1:{self.port}"
        self.processes = []
        self.start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(self.port), "--webui-port", "0")
        self.wait_for("master", "I have been elected leader")
        self.workers = [self.worker(i) for i in (1, 2)]
        for i in (1, 2):
            self.wait_for(f"worker{i}", "Successfully registered")

    def start(self, name, *command, env=None):
        log = open(measure.WORK / f"{name}.log", "w")
        p = subprocess.Popen([*self.java, *command], env=env or self.env, stdout=log, stderr=log)
        self.processes.append(p)
        return p

    def worker(self, i):
        """A Worker of a host of its own: Spark starts no copy of a task on the host that it runs on."""
        host = f"127.0.0.{i}"
        env = {**self.env, "SPARK_LOCAL_IP": host}
        return self.start(f"worker{i}", "org.apache.spark.deploy.worker.Worker", "--host", host, "--webui-port", "0", "--cores", "1", "--memory", "1g", self.url, env=env)

    def wait_for(self, name, text, seconds=120):
        until = time.time() + seconds
        while text not in (measure.WORK / f"{name}.log").read_text():
            if time.time() > until:
                sys.exit(f"test-scale: the {name} does not start:\n{(measure.WORK / f'{name}.log').read_text()[-3000:]}")
            time.sleep(0.1)

    def submit(self, name, *command, conf=()):
        """A driver, not waited for."""
        log = open(measure.WORK / f"{name}.log", "w")
        flags = [f for c in ("spark.ui.enabled=false", "spark.executor.memory=512m", "spark.executor.cores=1", *conf) for f in ("--conf", c)]
        p = subprocess.Popen([*self.java, "org.apache.spark.deploy.SparkSubmit", "--master", self.url, *flags, *map(str, command)],
                             env={**self.env, "SPARK_ENV_LOADED": "1"}, cwd=measure.WORK, stdout=log, stderr=log)
        self.processes.append(p)
        return p

    def close(self):
        for p in self.processes:
            if p.poll() is None:
                p.kill()
                p.wait()
        for pid in executors(self.url):
            os.kill(pid, signal.SIGKILL)


def executors(url):
    """Process ids of the executors of this cluster's applications."""
    found = []
    for p in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (p / "cmdline").read_text()
        except OSError:
            continue
        if "CoarseGrainedExecutorBackend" in line and str(measure.WORK) in (p / "environ").read_text() + os.readlink(p / "cwd"):
            found.append(int(p.name))
    return found


def records(store):
    return len(list((store / "records").glob("chunk-*.arrow"))) if (store / "records").exists() else 0


def wait(condition, driver, what):
    until = time.time() + 300
    while not condition():
        if driver.poll() is not None or time.time() > until:
            raise SystemExit(f"test-scale: {what} did not come; the driver says:\n{(measure.WORK / 'driver.log').read_text()[-3000:]}")
        time.sleep(0.05)


def main(arguments):
    graft, photographs = measure.build(), measure.photographs()
    trunk = measure.trunk()
    if photographs is None or trunk is None:
        photographs, trunk = measure.ROOT / "testdata/demo", measure.WORK / "seedling.onnx"
        measure.run(graft, "trunk", "build", "--seedling", "--out", trunk)
    if arguments == ["time"]:
        return timed(graft, trunk, photographs)
    if arguments not in ([], ["kills"], ["frames"]):
        sys.exit(f"test-scale: spark, spark kills, spark frames or spark time; not {' '.join(arguments)}")
    plain, plan, store = measure.WORK / "plain", measure.WORK / "plan", measure.WORK / "store"
    measure.run(graft, "extract", photographs, "--features", plain, "--trunk", trunk)
    measure.run(graft, "plan", photographs, "--chunk", "10", "--partitions", "16", "--out", plan)
    chunks = len(json.loads((plan / "plan.json").read_text())["chunks"])
    cluster = Cluster()
    try:
        if arguments != ["frames"]:
            killed(cluster, graft, trunk, plan, store, chunks)
            compare.same(store, plain)
        if arguments != ["kills"]:
            frames(cluster, graft, trunk, photographs, plain)
    finally:
        cluster.close()


# Does what graft does, but holds a chunk back until a copy of its task has come to another worker, so that both compute it
# at once.
STRAGGLER = """#!/bin/bash
here=$(dirname "$0")
if [ "$1" != work ]; then exec "$here/graft" "$@"; fi
while IFS= read -r line; do
	case $line in
	*/%(chunk)s.jsonl)
		if mkdir "%(held)s" 2>/dev/null; then
			while [ ! -e "%(held)s/copy" ]; do sleep 0.02; done
		else
			touch "%(held)s/copy"
		fi ;;
	esac
	printf '%%s\\n' "$line"
done | "$here/graft" "$@"
"""


def killed(cluster, graft, trunk, plan, store, chunks):
    """The plan on the cluster, with kills and a speculative copy."""
    begin = time.time()

    def say(text):
        print(f"{time.time() - begin:.1f} s: {text}", flush=True)

    # Every task that takes longer than the fastest tenth is a straggler, and gets a copy where there is room.
    speculate = ("spark.speculation=true", "spark.speculation.interval=20ms", "spark.speculation.quantile=0.05",
                 "spark.speculation.multiplier=1.0", "spark.speculation.minTaskRuntime=0ms", "spark.task.maxFailures=8")
    straggler = measure.WORK / "straggler"
    straggler.write_text(STRAGGLER % {"chunk": f"chunk-{chunks - 1:05d}", "held": measure.WORK / "held"})
    driver = cluster.submit("driver", "--files", f"{graft},{trunk},{straggler}", SCRIPTS / "spark/graft_spark.py", plan, store,
                            "--graft", straggler.name, "--trunk", trunk.name, "--work", "--workers 1", conf=speculate)
    wait(lambda: records(store) >= 3, driver, "the first records")
    say(f"{records(store)} of {chunks} chunks; an executor is killed")
    os.kill(executors(cluster.url)[0], signal.SIGKILL)
    wait(lambda: records(store) >= chunks // 2, driver, "half of the records")
    say(f"{records(store)} of {chunks} chunks; a Worker is killed, and another one started")
    cluster.workers[0].kill()
    cluster.worker(3)
    try:
        code = driver.wait(180)
    except subprocess.TimeoutExpired:
        code = "no end"
    say(f"the driver ended with {code}")
    log = (measure.WORK / "driver.log").read_text()
    for line in log.splitlines():
        if line.startswith(("graft_spark:", "graft:")) and "left" not in line:
            print(" ", line)
    lost = len(re.findall(r"failed because while it was being computed, its executor exited", log))
    lost += len(re.findall(r"Lost task .*(?:ExecutorLostFailure|worker lost)", log))
    copies = len(re.findall(r"Killing attempt \d+ for task .* as the attempt \d+ succeeded", log))
    status = json.loads(measure.run(graft, "status", store, "--plan", plan, "--json").stdout)
    print(f"tasks lost: {lost}; speculative copies that computed beside the original: {copies}; chunks done twice: {len(status['double'])}", flush=True)
    if code != 0 or lost < 2 or copies == 0:
        raise SystemExit(f"test-scale: Spark: code {code}, {lost} tasks lost, {copies} copies\n{log[-6000:]}")


def thrice(photographs):
    """Three of each photograph, each with other bytes behind its end: as many rows to compute."""
    out = measure.WORK / "thrice"
    for path in photographs.rglob("*.*"):
        for i in range(3):
            to = out / path.relative_to(photographs).with_name(f"{path.stem}-{i}{path.suffix}")
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes() + bytes([i]))
    return out


def timed(graft, trunk, photographs):
    """Images a second of two executors of a core each, over those of extract on two cores, in turns."""
    plan, stores = measure.WORK / "plan", iter(measure.WORK / f"store-{i}" for i in range(100))
    photographs = thrice(photographs)
    measure.run(graft, "plan", photographs, "--chunk", "25", "--out", plan)
    cluster, spark, apart = Cluster(), [], []

    def extract():
        measure.run(graft, "extract", photographs, "--features", next(stores), "--trunk", trunk)

    def submit():
        store, begin = next(stores), time.time()
        driver = cluster.submit("driver", SCRIPTS / "spark/graft_spark.py", plan, store, "--graft", graft, "--trunk", trunk, "--work", "--workers 1", "--no-finish")
        if driver.wait(200) != 0:
            raise SystemExit((measure.WORK / "driver.log").read_text()[-3000:])
        # From the beginning of the first chunk to the end of the last, the start of the trunk's sessions among it.
        spark.append(json.loads(measure.run(graft, "status", store, "--plan", plan, "--json").stdout)["seconds"])
        apart.append(time.time() - begin - spark[-1])

    try:
        times = measure.rounds(3, extract=extract, spark=submit)
    finally:
        cluster.close()
    ratio, note = measure.pairs(times["extract"], spark)
    measure.show("Spark, two executors of a core / extract on two", ratio, "≥0.9",
                 f"{statistics.median(spark):.1f} s, {statistics.median(times['extract']):.1f} s; {note}; start and end of the application {statistics.median(apart):.1f} s apart")


FRAMES = """
from pyspark.sql import SparkSession
from pyspark.sql.functions import lit, when
from graft_frames import features, labels
spark = SparkSession.builder.getOrCreate()
files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(%(data)r)
paths = files.select("path").union(spark.createDataFrame([("/nowhere.jpg",), (None,)], "path string"))
contents = files.select("path", "content").union(spark.createDataFrame([("junk", bytearray(b"junk")), ("none", None)], "path string, content binary"))
for name, frame in ("paths", paths), ("contents", contents):
    features(frame, graft=%(graft)r, trunk=%(trunk)r, work=["--workers", "1"]).drop("content").write.parquet(%(out)r + "/features-" + name)
    labels(frame, %(head)r, graft=%(graft)r, trunk=%(trunk)r, work=["--workers", "1"]).drop("content").write.parquet(%(out)r + "/labels-" + name)
"""


def frames(cluster, graft, trunk, photographs, plain):
    """Photographs as rows of a table, by path and by content: the features and labels of extract and predict."""
    import numpy
    import pyarrow.parquet

    data, head, out = photographs / "val", measure.WORK / "head.onnx", measure.WORK / "frames"
    measure.run(graft, "fit", plain, "--out", head)
    said = measure.run(graft, "predict", head, data, "--no-cache", "--trunk", trunk, "--format", "jsonl").stdout
    predicted = {os.path.realpath(a["path"]): (a["label"], a["probability"]) for a in map(json.loads, said.splitlines())}
    stored, _ = compare.rows(plain)
    samples, _ = compare.samples(plain)
    job = measure.WORK / "frames.py"
    job.write_text(FRAMES % {k: str(v) for k, v in {"data": data, "graft": graft, "trunk": trunk, "head": head, "out": out}.items()})
    begin = time.time()
    if cluster.submit("frames", job).wait(300) != 0:
        raise SystemExit(f"test-scale: the frames failed\n{(measure.WORK / 'frames.log').read_text()[-6000:]}")
    for name in ("paths", "contents"):
        rows = {what: pyarrow.parquet.read_table(out / f"{what}-{name}").to_pylist() for what in ("features", "labels")}
        for what, list_ in rows.items():
            good = [r for r in list_ if r["error"] is None]
            if len(list_) - len(good) != 2 or len({r["path"] for r in good}) != len(good) or len(good) != len(predicted):
                raise SystemExit(f"test-scale: {what} of {name}: {len(list_)} rows, {len(good)} of them good, of {len(predicted)} photographs")
            for r in good:
                path = os.path.realpath(r["path"].removeprefix("file:"))
                key = samples[os.path.relpath(path, os.path.realpath(photographs))]["key"]
                same = (r["key"], numpy.array(r["features"], numpy.float32).tobytes()) == (key, stored[key, 0][1]) if what == "features" else (r["label"], r["probability"]) == predicted[path]
                if not same:
                    raise SystemExit(f"test-scale: {what} of {name}: {path} differs")
        print(f"a DataFrame of {len(good)} {name}, and two rows without a photograph: features and labels, the same bits as extract and predict", flush=True)
    print(f"the frames took {time.time() - begin:.1f} s", flush=True)
