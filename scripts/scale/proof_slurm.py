"""A real Slurm cluster on this machine, two nodes, does a plan as an array of twelve: one node is killed, one task
goes past its time limit, one is queued again by hand.

It needs Debian's slurm-wlm and munge, and root: the daemons run with a configuration of their own.
"""
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time

import compare
import measure

SLURM = measure.ROOT / "scripts/slurm"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    """munged, slurmctld and two slurmd."""

    def __init__(self):
        if missing := [p for p in ("munged", "slurmctld", "slurmd", "sbatch") if not shutil.which(p, path="/usr/sbin:/usr/bin:/bin:/sbin")] or os.geteuid():
            sys.exit(f"test-scale: it needs root, slurm-wlm and munge ({missing})")
        self.dir = measure.WORK / "slurm"
        for name in ("spool", "state"):
            (self.dir / name).mkdir(parents=True)
        os.chmod(measure.WORK, 0o755)
        self.processes = []
        self.munge()
        host = socket.gethostname()
        conf = self.dir / "slurm.conf"
        conf.write_text(f"""ClusterName=proof
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={self.dir}/munge/socket
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdTimeout=20
KillWait=30
ReturnToService=2
MpiDefault=none
JobRequeue=1
MinJobAge=3600
SlurmdSpoolDir={self.dir}/spool/%n
SlurmdPidFile={self.dir}/slurmd-%n.pid
SlurmdLogFile={self.dir}/slurmd-%n.log
SlurmctldPidFile={self.dir}/slurmctld.pid
SlurmctldLogFile={self.dir}/slurmctld.log
StateSaveLocation={self.dir}/state
SchedulerParameters=requeue_delay=0,sched_interval=5,bf_interval=5
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port()} CPUs=1
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port()} CPUs=1
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
""")
        self.env = {**os.environ, "SLURM_CONF": str(conf)}
        self.start("slurmctld", "-D", "-c")
        time.sleep(2)
        self.nodes = {n: self.start("slurmd", "-D", "-N", n) for n in ("n1", "n2")}
        for _ in range(60):
            if self.run("sinfo", "-h", "-N", "-o", "%T").split() == ["idle", "idle"]:
                return
            time.sleep(1)
        sys.exit(f"test-scale: the nodes do not come up: {self.run('sinfo')}\n{(self.dir / 'slurmctld.log').read_text()[-3000:]}")

    def munge(self):
        folder = self.dir / "munge"
        folder.mkdir()
        key = folder / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        for p in (folder, key):
            shutil.chown(p, "munge", "munge")
        folder.chmod(0o755)
        self.start("munged", "--foreground", f"--key-file={key}", f"--socket={folder}/socket", f"--pid-file={folder}/pid",
                   f"--log-file={folder}/log", f"--seed-file={folder}/seed", user="munge", env=os.environ)
        for _ in range(50):
            if (folder / "socket").exists():
                return
            time.sleep(0.1)
        sys.exit(f"test-scale: munged does not start: {(folder / 'log').read_text() if (folder / 'log').exists() else ''}")

    def start(self, *command, env=None, **options):
        log = open(self.dir / f"{command[0]}-{len(self.processes)}.out", "w")
        path = shutil.which(command[0], path="/usr/sbin:/usr/bin:/bin:/sbin")
        p = subprocess.Popen([path, *command[1:]], env=env or self.env, stdout=log, stderr=log, start_new_session=True, **options)
        self.processes.append(p)
        return p

    def run(self, *command, **more):
        done = subprocess.run(list(map(str, command)), env={**self.env, **more}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout

    def tasks(self, node):
        """Numbers of the tasks that run on a node."""
        return [line.split()[1] for line in self.run("squeue", "-h", "-r", "-t", "R", "-o", "%N %K").splitlines() if line.startswith(node + " ")]

    def lose(self, node):
        """Kills a node's slurmd, and the tasks with those that watch over them, which would end them in peace."""
        self.nodes[node].kill()
        for p in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                theirs = f"SLURMD_NODENAME={node}" in (p / "environ").read_text() and str(measure.WORK) in (p / "environ").read_text()
                above = pathlib.Path("/proc") / (p / "stat").read_text().rsplit(")", 1)[1].split()[1]
                for q in [above] * (theirs and (above / "comm").read_text().startswith("slurmstepd")) + [p] * theirs:
                    os.kill(int(q.name), signal.SIGKILL)
            except OSError:
                continue

    def close(self):
        self.run("scancel", "--user=root")
        time.sleep(1)
        for p in reversed(self.processes):
            if p.poll() is None:
                p.kill()
                p.wait()


# Does what graft does, but for task 5, which the first time gets no further until it is told to stop, as one whose
# disk hangs, and task 7, which waits until it was queued again.
WRAPPER = """#!/bin/bash
case "$1-${SLURM_ARRAY_TASK_ID:-}-${SLURM_RESTART_COUNT:-0}" in
work-5-0)
	"%(graft)s" "$@" --workers 1 & p=$!
	trap 'kill -CONT $p; kill -TERM $p' TERM
	sleep %(pause)s; kill -STOP $p
	wait $p; c=$?
	while kill -0 $p 2>/dev/null; do wait $p; c=$?; done
	exit $c ;;
work-7-0) touch "%(work)s/seven"; sleep 100 ;;
esac
exec "%(graft)s" "$@"
"""


def main(_):
    graft, photographs, trunk = measure.build(), measure.photographs(), measure.trunk()
    pause = 1.2
    if photographs is None or trunk is None:
        photographs, trunk, pause = measure.ROOT / "testdata/demo", measure.WORK / "seedling.onnx", 0.2
        measure.run(graft, "trunk", "build", "--seedling", "--out", trunk)
    plain, plan, store = measure.WORK / "plain", measure.WORK / "plan", measure.WORK / "store"
    measure.run(graft, "extract", photographs, "--features", plain, "--trunk", trunk)
    images = json.loads(measure.run(graft, "plan", photographs, "--chunk", "1", "--out", measure.WORK / "count").stderr and (measure.WORK / "count/plan.json").read_text())["images"]
    measure.run(graft, "plan", photographs, "--chunk", -(-images // 12), "--partitions", "16", "--out", plan)
    wrapper = measure.WORK / "wrapper"
    wrapper.write_text(WRAPPER % {"graft": graft, "work": measure.WORK, "pause": pause})
    wrapper.chmod(0o755)
    cluster = Cluster()
    try:
        proof(cluster, wrapper, trunk, plan, store)
    finally:
        cluster.close()
    compare.same(store, plain)


def proof(cluster, wrapper, trunk, plan, store):
    begin = time.time()

    def say(text):
        print(f"{time.time() - begin:5.1f} s: {text}", flush=True)

    out = measure.WORK / "out-%a.txt"
    said = cluster.run(SLURM / "submit", plan, store, "--time=1", "--signal=B:TERM@30", f"--output={out}",
                       GRAFT=str(wrapper), GRAFT_TRUNK=str(trunk), GRAFT_WORK="--workers 1", GRAFT_FINISH=f"--trunk {trunk}")
    job, finish = said.split()
    say(f"job {job} of {len(list(plan.glob('chunk-*')))} tasks, and {finish} that finishes")
    until(lambda: len(list((store / "records").glob("*"))) >= 2, "two records", 120)
    until(lambda: cluster.tasks("n2"), "a task on n2", 60)
    lost = cluster.tasks("n2")
    cluster.lose("n2")
    say(f"slurmd of n2 is killed, and all that it runs, with the tasks {lost}")
    until((measure.WORK / "seven").exists, "task 7", 200)
    cluster.run("scontrol", "requeue", f"{job}_7")
    say("task 7 is queued again by hand")
    until(lambda: "n2" in cluster.run("sinfo", "-h", "-t", "down", "-o", "%N"), "the loss of n2", 120)
    say("n2 is down")
    cluster.nodes["n2"] = cluster.start("slurmd", "-D", "-N", "n2")
    until(lambda: finish not in cluster.run("squeue", "-h", "-o", "%A").split(), "the end", 600)
    states = cluster.run("scontrol", "show", "job", finish)
    say("the end: " + " ".join(w for w in states.split() if w.startswith(("JobState", "ExitCode"))))
    restarts = {}
    for block in cluster.run("scontrol", "show", "job", job).split("\n\n"):
        words = dict(w.split("=", 1) for w in block.split() if "=" in w)
        if words.get("Restarts", "0") != "0":
            restarts[words["ArrayTaskId"]] = int(words["Restarts"])
    say(f"restarts by task: {restarts}")
    fifth = (measure.WORK / "out-5.txt").read_text()
    say("task 5 was stopped: " + next((line for line in fifth.splitlines() if '"stopped"' in line), "NOT"))
    print(cluster.run("cat", *(pathlib.Path.cwd() / f"slurm-{finish}.out",)) if (pathlib.Path.cwd() / f"slurm-{finish}.out").exists() else "", end="")
    (pathlib.Path.cwd() / f"slurm-{finish}.out").unlink(missing_ok=True)
    if "COMPLETED" not in states or not {"5", "7", *lost} <= restarts.keys() or '"stopped"' not in fifth:
        raise SystemExit(f"test-scale: Slurm: {states}\n{restarts}\n{fifth}")


def until(condition, what, seconds):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            raise SystemExit(f"test-scale: {what} did not come")
        time.sleep(0.2)
