"""plan, work, finish, fit and eval from a bucket of an S3 server whose every seventeenth answer is a fault.

Two workers do the same chunks at once; photographs are replaced between plan and work; a finisher is killed.
"""
import json
import os
import pathlib
import random
import subprocess
import time

import compare
import measure


def main(arguments):
    n = int(arguments[0]) if arguments else 2000
    graft = measure.build()
    cloud = measure.WORK / "graft-cloud"
    module = measure.ROOT / "scripts/cloud"
    subprocess.run(["go", "build", "-o", cloud, "."], cwd=module, check=True)
    tests = measure.WORK / "fake"
    subprocess.run(["go", "test", "-c", "-o", tests, "."], cwd=module, check=True)
    server = subprocess.Popen([tests, "-test.run", "TestServeFake", "-test.timeout", "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              stderr=open(measure.WORK / "server.log", "w"), env={**os.environ, "GRAFT_FAKE_S3": "1"})
    line = server.stdout.readline()
    if not line.startswith("serving "):
        raise SystemExit(f"test-scale: the server does not start: {line}")
    url = line.split()[1]
    os.environ |= {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1", "GRAFT_CLOUD": str(cloud),
                   "XDG_CACHE_HOME": measure.own_cache("cache")["XDG_CACHE_HOME"]}
    try:
        proof(graft, cloud, n)
    finally:
        server.stdin.close()
        print(server.stdout.readline().strip(), flush=True)
        server.wait()


def objects(cloud, folder, prefix=""):
    """The objects of a folder of the bucket."""
    done = subprocess.run([cloud, f"s3://photos/{folder}"], input=json.dumps({"id": 1, "op": "list", "name": prefix}) + "\n", stdout=subprocess.PIPE, text=True, check=True)
    return [o for line in done.stdout.splitlines() for o in json.loads(line).get("objects") or []]


def proof(graft, cloud, n):
    trunk, data = measure.WORK / "seedling.onnx", measure.WORK / "data"
    measure.run(graft, "trunk", "build", "--seedling", "--out", trunk)
    os.environ["GRAFT_TRUNK"] = str(trunk)
    demo = [p for p in sorted((measure.ROOT / "testdata/demo").rglob("*.jpg"))]
    def put(numbers, more=b""):
        """Puts the demo's drawings, each with bytes of its own behind the end."""
        begin = time.time()
        up = subprocess.Popen([cloud, "s3://photos/data"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        lines = []
        for i in numbers:
            source = demo[i % len(demo)]
            path = data / source.parent.parent.name / source.parent.name / f"{i:05d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read_bytes() + i.to_bytes(4, "big") + more)
            lines.append(json.dumps({"id": i + 1, "op": "put", "name": str(path.relative_to(data)), "file": str(path)}) + "\n")
        out, _ = up.communicate("".join(lines))
        if bad := [line for line in out.splitlines() if "error" in line]:
            raise SystemExit(f"test-scale: {bad[0]}")
        print(f"{len(lines)} objects put in {time.time() - begin:.1f} s", flush=True)

    put(range(n))

    def step(*command, code=0):
        begin = time.time()
        done = subprocess.run([str(c) for c in (graft, *command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        print(f"{time.time() - begin:6.1f} s  graft {' '.join(map(str, command))[:100]}", flush=True)
        if done.returncode != code:
            raise SystemExit(f"test-scale: code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    plan, store = "s3://photos/plan", "s3://photos/store"
    step("plan", "s3://photos/data", "--chunk", 100, "--partitions", 16, "--out", plan)
    changing = range(7, n, n // 5)
    put(changing, b"changed since the plan")
    plain = measure.WORK / "plain"
    measure.run(graft, "extract", data, "--features", plain)
    chunks = len(objects(cloud, "plan", "chunk-"))
    half = [str(i + 1) for i in range(chunks) if i % 2]
    step("work", "--plan", plan, "--features", store, *half)
    missing = step("finish", store, "--plan", plan, code=1)
    if len(missing.stdout.split()) != chunks - len(half):
        raise SystemExit(f"test-scale: missing: {missing.stdout}")
    two = [subprocess.Popen([str(graft), "work", "--plan", plan, "--features", store, *[str(i + 1) for i in range(chunks)]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for p in two:  # both at once
        said = p.communicate()
        if p.returncode != 0:
            raise SystemExit(f"test-scale: {said}")
    print(step("status", store, "--plan", plan).stdout, end="")
    killed = subprocess.Popen([str(graft), "finish", store, "--plan", plan], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0.5, 3))
    killed.kill()
    killed.wait()
    lease = [o["name"] for o in objects(cloud, "store", "records/.finishing")]
    print("a finisher was killed; its lease", "is taken over" if lease else "had not been taken", flush=True)
    print(step("finish", store, "--plan", plan).stderr, end="")
    step("finish", store, "--plan", plan)
    if lease := objects(cloud, "store", "records/.finishing"):
        raise SystemExit(f"test-scale: left over: {lease}")
    head, other = measure.WORK / "head.onnx", measure.WORK / "other.onnx"
    print([line for line in step("fit", store, "--epochs", 3, "--out", head).stderr.splitlines() if "fetched" in line][0])
    print(step("eval", head, store).stdout.splitlines()[0])
    mirror = next((pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "graft/buckets").iterdir())
    compare.same(mirror, plain, mtimes=False)
    step("fit", mirror, "--epochs", 3, "--out", other)
    if head.read_bytes() != other.read_bytes():
        raise SystemExit("test-scale: the head of the bucket and that of the folder differ")
    left = [o["name"] for o in objects(cloud, "") if o["name"].split("/")[-1].startswith(".") or "tmp" in o["name"] or o["name"].endswith(".attempt")]
    parts = {o["name"] for o in objects(cloud, "store") if "/part-" in o["name"]}
    here = {f"{p.parent.name}/{p.name}" for p in mirror.rglob("part-*.arrow")}
    if left or parts != here:
        raise SystemExit(f"test-scale: left over: {left[:3]} {sorted(parts ^ here)[:3]}")
    print(f"no temporary object is left; {len(parts)} parts of {n} rows; the same head from the bucket and from the disk", flush=True)
