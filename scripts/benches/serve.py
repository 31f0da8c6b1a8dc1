"""graft serve: images/s beside extract's, latency, overload, memory, stops and reloads under load, and FastAPI and MLServer beside it.

$GRAFT_BENCH_SERVE names some of the parts, separated by commas: saturation, latency, overload,
soak, stops, reloads, connections, fastapi, mlserver. Load goes to the loopback only. FastAPI is run if
fastapi, uvicorn, python-multipart, onnxruntime and pillow are there; MLServer if mlserver is.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from statistics import median

import extract
import measure

ROUNDS = 3
CONNECTIONS = 16
PARTS = ("saturation", "latency", "overload", "soak", "stops", "reloads", "connections", "fastapi", "mlserver")


def main():
    wanted = os.environ.get("GRAFT_BENCH_SERVE", ",".join(PARTS)).split(",")
    real = {"saturation", "latency", "overload", "fastapi", "mlserver"}
    rates, folder = {}, None
    for part in PARTS:
        if part not in wanted:
            continue
        if part not in real:
            globals()[part]()
        elif not measure.photographs() or not measure.trunk():
            print(f"serve: no photographs or no trunk for {part}, see scripts/bench")
        else:
            folder = folder or extract.flat(measure.WORK / "flat", 192)
            globals()[part](folder, rates)


def small():
    """What needs no real trunk: the seedling, two heads of it, and the drawings in testdata."""
    pictures, trunk = measure.ROOT / "testdata/demo", measure.WORK / "seedling.onnx"
    if not trunk.exists():
        measure.run(measure.build(), "trunk", "build", "--seedling", "--out", trunk)
    heads = [measure.WORK / "small-0.onnx", measure.WORK / "small-1.onnx"]
    for seed, out in enumerate(heads):
        if not out.exists():
            measure.run(measure.build(), "fit", pictures, "--trunk", trunk, "--features", measure.WORK / "features-small", "--seed", str(seed), "--out", out)
    return trunk, heads, pictures / "val"


def head(name, trunk, *flags):
    """A head on a trunk, trained on the photographs."""
    out = measure.WORK / f"{name}.onnx"
    if not out.exists():
        measure.run(measure.build(), "fit", measure.photographs(), "--trunk", trunk, "--features", measure.WORK / f"features-{name}", "--out", out, *flags)
    return out


def int8():
    """The trunk in 8-bit integers."""
    out = measure.WORK / "trunk8.onnx"
    if not out.exists():
        measure.run(measure.build(), "trunk", "quantize", measure.trunk(), "--calibrate", measure.photographs(), "--force", "--out", out)
    return out


def cpu(pid):
    """Seconds that a process has computed."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def computed():
    """Seconds that all programs have computed."""
    fields = [int(f) for f in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:7])) / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Service:
    """A service of a head, ready when the constructor returns."""

    def __init__(self, model, trunk, *flags):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = measure.WORK / "serve.log"
        command = [measure.build(), "serve", f"m={model}", "--trunk", trunk, "--addr", self.url.removeprefix("http://"), *flags]
        begin = time.perf_counter()
        self.process = subprocess.Popen([str(c) for c in command], stderr=open(self.log, "w"))
        while not self.answers("/v2/health/ready"):
            if self.process.poll() is not None or time.perf_counter() - begin > 60:
                raise SystemExit("bench: the service did not start:\n" + self.log.read_text())
            time.sleep(0.01)
        self.start = time.perf_counter() - begin

    def answers(self, path):
        try:
            return urllib.request.urlopen(self.url + path, timeout=5).status == 200
        except OSError:
            return False

    def metric(self, name):
        text = urllib.request.urlopen(self.url + "/metrics").read().decode()
        return sum(float(m) for m in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M))

    def lines(self):
        """The lines of its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def memory(self):
        """Resident bytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) * 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(90)
        if code:
            raise SystemExit(f"bench: the service ended with {code}:\n" + self.log.read_text()[-3000:])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.stop() if kind is None else self.process.kill()


def load(url, folder, *flags, path="/classify"):
    """What came of requests with the photographs of a folder."""
    return json.loads(started(url, folder, *flags, path=path).communicate()[0])


def started(url, folder, *flags, path="/classify"):
    """The same while it goes on: a process that prints it."""
    command = [measure.build("./scripts/benches/load"), "-url", url + path, *flags, folder]
    return subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)


def saturation(folder, rates):
    """Images a second with 16 connections, beside extract on the same files."""
    for name, trunk in (("fp32", measure.trunk()), ("int8", int8())):
        ours, theirs, cost, count = [], [], [], 192 if name == "fp32" else 384
        with Service(head(name, trunk), trunk, "--cache", "0", "--log", "none") as s:
            load(s.url, folder, "-connections", CONNECTIONS, "-count", 32)
            for _ in range(ROUNDS):
                theirs.append(extract.extract(folder, trunk))
                r = load(s.url, folder, "-connections", CONNECTIONS, "-count", count)
                assert r["ok"] == count, r
                ours.append(r["rate"])
                cost.append(r["cpu"] / r["seconds"])
            print(f"  {name}: ready {s.start:.2f} s after its start")
        rates[name] = median(ours)
        measure.show(f"serve over extract, images/s with {CONNECTIONS} connections, {name}", median(a / b for a, b in zip(ours, theirs)), "≥0.93",
                     f"{median(ours):.1f} and {median(theirs):.1f} images/s; the client took {median(cost):.3f} of a core")


def saturated(folder, rates):
    """The images a second that a service can do, measured if they were not yet."""
    if "fp32" not in rates:
        trunk = measure.trunk()
        with Service(head("fp32", trunk), trunk, "--cache", "0", "--log", "none") as s:
            rates["fp32"] = load(s.url, folder, "-connections", CONNECTIONS, "-seconds", 15)["rate"]
    return rates["fp32"]


def latency(folder, rates):
    """p50 and p99 at half and at nine tenths of saturation."""
    full, trunk = saturated(folder, rates), measure.trunk()
    with Service(head("fp32", trunk), trunk, "--cache", "0", "--log", "none") as s:
        for part in (0.5, 0.9):
            r = load(s.url, folder, "-rate", part * full, "-seconds", 40)
            print(f"  at {part} of saturation, {part * full:.1f} requests/s: p50 {r['p50']:.0f} ms, p99 {r['p99']:.0f} ms; "
                  f"{r['ok']} answered, {r['refused']} refused, {r['failed']} failed")


def overload(folder, rates):
    """Four times what it can do, for a minute."""
    trunk = measure.trunk()
    with Service(head("fp32", trunk), trunk, "--cache", "0") as s:
        load(s.url, folder, "-connections", CONNECTIONS, "-count", 32)
        full = load(s.url, folder, "-connections", CONNECTIONS, "-seconds", 15)["rate"]
        idle, begin, used = computed(), time.perf_counter(), cpu(s.process.pid)
        client = started(s.url, folder, "-rate", 4 * full, "-seconds", 60)
        time.sleep(20)  # the line is full, and holds photographs
        early = s.memory()
        r = json.loads(client.communicate()[0])
        late, busy = s.memory(), computed() - idle - (cpu(s.process.pid) - used) - r["cpu"]
        spare = busy / (time.perf_counter() - begin)
        after = load(s.url, folder, "-connections", CONNECTIONS, "-seconds", 15)
        inside = sorted(1000 * line["seconds"] for line in s.lines() if line.get("status") == 429)
        measure.show("overload: goodput at 4 × saturation over saturation", r["rate"] / full, "≥0.9",
                     f"{r['ok']} answered in p50 {r['p50']:.0f}, p99 {r['p99']:.0f} ms, {r['refused']} refused, {r['failed']} failed: {r['statuses']}; other programs took {spare:.2f} of a core meanwhile")
        measure.show("overload: slowest refusal over 50 ms", r["refused_max"] / 50, "≤1",
                     f"p99 {r['refused_p99']:.1f} ms, slowest {r['refused_max']:.1f} ms, as the client sees it; in the service {inside[int(0.99 * len(inside))]:.2f} and {inside[-1]:.2f} ms")
        measure.show("overload: memory after 60 s over after 20 s", late / early, "≤1.05", f"{early / 2**20:.0f} and {late / 2**20:.0f} MiB")
        measure.show("overload: images/s afterwards over saturation", after["rate"] / full, "≥0.9", f"{after['refused'] + after['failed']} refused or failed")


def soak():
    """A hundred thousand requests that the cache answers."""
    trunk, heads, folder = small()
    with Service(heads[0], trunk, "--log", "none") as s:
        begun = s.metric("go_goroutines")
        load(s.url, folder, "-count", 1000)
        time.sleep(2)
        few = s.memory()
        r = load(s.url, folder, "-count", 99_000)
        time.sleep(2)
        many, left = s.memory(), s.metric("go_goroutines")
        assert r["ok"] == 99_000, r
        measure.show("soak: memory after 100,000 requests over after 1,000", many / few, "≤1.05",
                     f"{few / 2**20:.1f} and {many / 2**20:.1f} MiB, of it {s.metric('go_memstats_heap_inuse_bytes') / 2**20:.1f} MiB Go's heap; "
                     f"{r['rate']:.0f} requests/s, p99 {r['p99']:.1f} ms; {begun:.0f} goroutines before, {left:.0f} after")


def stops(times=20):
    """SIGTERM under load: what the service has answered has come."""
    trunk, heads, folder = small()
    answered = 0
    for _ in range(times):
        s = Service(heads[0], trunk, "--cache", "0")
        client = started(s.url, folder, "-connections", 8, "-seconds", 60, "-gone")
        while s.log.read_text().count('"status":200') < 10:
            time.sleep(0.02)
        s.stop()
        r = json.loads(client.communicate()[0])
        wrote = s.log.read_text().count('"status":200')
        if r["ok"] != wrote or r["refused"] or set(r["statuses"]) - {"0", "200"}:
            raise SystemExit(f"bench: {wrote} requests were answered, and this came: {r}")
        answered += wrote
    print(f"  stops: {times} times SIGTERM under load; all of {answered} accepted requests have their answers, exit code 0")


def reloads(times=200):
    """SIGHUP under load, with heads that alternate, and broken ones in between."""
    trunk, heads, folder = small()
    served = measure.WORK / "served.onnx"
    shutil.copy(heads[0], served)
    with Service(served, trunk, "--log", "none") as s:
        load(s.url, folder, "-count", 192)
        client = started(s.url, folder, "-connections", 8, "-seconds", times * 0.06 + 2, "-fingerprints")
        broken = 0
        for k in range(times):
            new = measure.WORK / "new.onnx"
            if k % 20 == 19:
                new.write_bytes(b"broken")
                broken += 1
            else:
                shutil.copy(heads[k % 2], new)
            os.replace(new, served)
            s.process.send_signal(signal.SIGHUP)
            time.sleep(0.06)
        r = json.loads(client.communicate()[0])
        done = s.metric("graft_reloads_total")
        if r["refused"] or r["failed"] or len(r["models"]) != 2:
            raise SystemExit(f"bench: {r}")
        print(f"  reloads: {times} times SIGHUP, {done:.0f} reloads seen, {broken} of broken heads; {r['ok']} answers, of {list(r['models'].values())} by each head, none failed")


def connections():
    """Ten thousand connections that send half a header: health is asked all the while."""
    trunk, heads, folder = small()
    with Service(heads[0], trunk, "--log", "none") as s:
        load(s.url, folder, "-count", 32)
        before, waits, begin = s.memory(), [], time.perf_counter()
        client = started(s.url, folder, "-idle", 10000, "-seconds", 15)
        while time.perf_counter() - begin < 12:
            asked = time.perf_counter()
            if not s.answers("/v2/health/ready"):
                raise SystemExit("bench: the service does not answer while others say nothing")
            waits.append(time.perf_counter() - asked)
            time.sleep(0.02)
        during, opened = s.memory(), json.loads(client.communicate()[0])["connections"]
        r = load(s.url, folder, "-count", 32)
        print(f"  connections: {opened} opened that say nothing; health asked {len(waits)} times meanwhile, answered each time in {1000 * max(waits):.0f} ms at most; "
              f"memory {before / 2**20:.0f}, {during / 2**20:.0f} MiB; afterwards {r['ok']} of 32 answered")


@contextlib.contextmanager
def other(classifier, threads, command, ready):
    """A server of Python's, at a URL; command is given its port."""
    port = free_port()
    env = dict(os.environ, GRAFT_BENCH_CLASSIFIER=str(classifier), GRAFT_BENCH_THREADS=str(threads), GRAFT_BENCH_LABELS="ants,bees",
               MLSERVER_HTTP_PORT=str(port), MLSERVER_GRPC_PORT=str(free_port()), MLSERVER_METRICS_PORT=str(free_port()),
               MLSERVER_PARALLEL_WORKERS="0", MLSERVER_DEBUG="false")
    folder = measure.ROOT / "scripts/benches" / command[0]
    process = subprocess.Popen([sys.executable, *(c.format(port=port) for c in command[1:])], cwd=folder, env=env,
                               stdout=open(measure.WORK / "other.log", "w"), stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(url + ready).status == 200:
                    break
            time.sleep(0.05)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def fastapi(folder, rates):
    """The same trunk and head in what people would write."""
    try:
        import fastapi as _, uvicorn as _, onnxruntime as _, multipart as _  # noqa: F401
    except ImportError as e:
        return print(f"serve: no FastAPI to compare with: {e}")
    command = ("fastapi", "-m", "uvicorn", "server:app", "--port", "{port}", "--log-level", "warning", "--no-access-log")
    beside("FastAPI", command, "/ready", "/classify", ("-form", "file"))


def mlserver(folder, rates):
    """The same by the Open Inference Protocol."""
    try:
        import mlserver as _, onnxruntime as _  # noqa: F401
    except ImportError as e:
        return print(f"serve: no MLServer to compare with: {e}")
    beside("MLServer", ("mlserver", "-c", "from mlserver.cli import main; main()", "start", "."), "/v2/health/ready", "/v2/models/m/infer", ("-infer",))


def beside(name, command, ready, path, kind):
    """Takes turns with another server of the same network."""
    trunk, classifier, folder = measure.trunk(), measure.WORK / "classifier.onnx", measure.WORK / "flat"
    if not classifier.exists():
        measure.run(measure.build(), "export", head("fp32", trunk), "--trunk", trunk, "--out", classifier)
    for threads in (1, 2):
        speed, late, busy = [], [], []
        with Service(head("fp32", trunk), trunk, "--cache", "0", "--log", "none") as s, other(classifier, threads, command, ready) as (url, pid):
            for u in (s.url, url):
                load(u, folder, "-count", 32, *kind, path=path)
            for _ in range(ROUNDS):
                before = cpu(s.process.pid), cpu(pid)
                ours = load(s.url, folder, "-connections", CONNECTIONS, "-count", 192, *kind, path=path)
                theirs = load(url, folder, "-connections", CONNECTIONS, "-count", 192, *kind, path=path)
                busy.append((cpu(pid) - before[1]) / (cpu(s.process.pid) - before[0]))
                assert ours["ok"] == theirs["ok"] == 192, (ours, theirs)
                speed.append(ours["rate"] / theirs["rate"])
                late.append(theirs["p99"] / ours["p99"])
        measure.show(f"serve over {name}, images/s, {threads} thread(s) of onnxruntime there", median(speed), "≥1", f"last: {ours['rate']:.1f} and {theirs['rate']:.1f} images/s; by time of the CPU {median(busy):.2f}")
        measure.show(f"{name}'s p99 over serve's", median(late), "≥1", f"last: {theirs['p99']:.0f} and {ours['p99']:.0f} ms")
