"""Features and labels of photographs that are rows of a Spark DataFrame.

    from graft_frames import features, labels
    features(frame, trunk="trunk.onnx")     # path or content → the same columns, key, error and features
    labels(frame, head="head.onnx")         # → the same columns, label, probability and error

The frame has a column path, of files that the executors see, or content, the bytes of the files (spark.read.format(
"binaryFile") has both; content is taken). Ship this file with --py-files, with graft_spark.py beside it, and binary,
library and trunk as graft_spark.py says.
"""
import atexit
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import graft_spark

_folders = {}  # a store of this Python worker, by command


def features(frame, graft="graft", trunk="", ort_lib="", work=()):
    """Adds key (binary, null if the file could not be read), error and features (array of float)."""
    from pyspark.sql.types import ArrayType, BinaryType, FloatType, StringType, StructType

    options = {"graft": graft, "trunk": trunk, "ort_lib": ort_lib}
    schema = StructType(list(frame.schema.fields)).add("key", BinaryType()).add("error", StringType()).add("features", ArrayType(FloatType()))

    def batches(iterator):
        import pyarrow as pa

        for batch in iterator:
            keys, errors, rows = _features(batch, options, list(work))
            columns = [*batch.columns, pa.array(keys, pa.binary()), pa.array(errors, pa.string()), pa.array(rows, pa.list_(pa.float32()))]
            yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, "key", "error", "features"])

    return frame.mapInArrow(batches, schema)


def labels(frame, head, graft="graft", trunk="", ort_lib="", predict=()):
    """Adds label, probability and error."""
    from pyspark.sql.types import DoubleType, StringType, StructType

    options = {"graft": graft, "trunk": trunk, "ort_lib": ort_lib}
    schema = StructType(list(frame.schema.fields)).add("label", StringType()).add("probability", DoubleType()).add("error", StringType())

    def batches(iterator):
        import pyarrow as pa

        for batch in iterator:
            answers = _labels(batch, options, graft_spark.at_hand(head), list(predict))
            columns = [*batch.columns, pa.array([a.get("label") for a in answers], pa.string()),
                       pa.array([a.get("probability") for a in answers], pa.float64()), pa.array([a.get("error") for a in answers], pa.string())]
            yield pa.RecordBatch.from_arrays(columns, [*batch.schema.names, "label", "probability", "error"])

    return frame.mapInArrow(batches, schema)


class _Files:
    """The photographs of a batch as files, for as long as they are needed."""

    def __init__(self, batch):
        self.dir = None
        if "content" in batch.schema.names:
            self.dir = tempfile.mkdtemp(prefix="graft-")
            self.paths = []
            for i, content in enumerate(batch.column("content").to_pylist()):
                path = os.path.join(self.dir, str(i))
                if content is not None:
                    pathlib.Path(path).write_bytes(content)
                self.paths.append(path)
        else:
            self.paths = [p.removeprefix("file:") for p in batch.column("path").to_pylist()]

    def __enter__(self):
        return self.paths

    def __exit__(self, *_):
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)


def _store(of):
    """The folder that the "graft work" of this Python worker writes to; it is emptied after every batch."""
    if of not in _folders:
        _folders[of] = tempfile.mkdtemp(prefix="graft-")
        atexit.register(shutil.rmtree, _folders[of], ignore_errors=True)
    return _folders[of]


def _features(batch, options, flags):
    """Lets the "graft work" of this Python worker do the batch as a plan of one chunk."""
    import pyarrow as pa

    with _Files(batch) as paths, tempfile.TemporaryDirectory(prefix="graft-") as plan:
        store = _store(json.dumps([options, flags]))
        lines = "".join(json.dumps({"path": p, "bytes": 0, "mtime": "2000-01-01T00:00:00Z"}) + "\n" for p in paths).encode()
        digest = hashlib.sha256(lines).hexdigest()[:16]
        pathlib.Path(plan, "chunk-00001.jsonl").write_bytes(lines)
        pathlib.Path(plan, "plan.json").write_text(json.dumps({
            "version": 1, "root": "", "scanned": "2000-01-01T00:00:00Z", "images": len(paths), "bytes": 0,
            "splits": [], "partitions": 1, "chunks": [digest]}))
        command, environment = graft_spark.command_of(options, ["work", "--features", store, *flags])
        answer = graft_spark.worker(command, environment).do(str(pathlib.Path(plan, "chunk-00001.jsonl")))
        if answer["state"] != "done":
            raise RuntimeError(f"{answer['state']}: {answer.get('error')}")
        record = pa.ipc.open_file(answer["record"])
        about = json.loads(record.schema.metadata[b"graft.about"])
        of = {}
        for part in about["parts"] or []:
            t = pa.ipc.open_file(os.path.join(store, part)).read_all()
            of.update(zip(t["key"].to_pylist(), t["features"].to_pylist()))
        table = record.read_all()
        for name in [answer["record"], *[os.path.join(store, p) for p in about["parts"] or []]]:
            os.remove(name)
        keys = table["key"].to_pylist()
        return keys, table["error"].to_pylist(), [of.get(k) for k in keys]


def _labels(batch, options, head, flags):
    """Asks the "graft predict" of this Python worker, a path a line."""
    with _Files(batch) as paths:
        answers = {}
        if any("\n" in p for p in paths):
            raise ValueError("a path with a line break cannot be asked for")
        command, environment = graft_spark.command_of(options, ["predict", head, "-", "--format", "jsonl", "--no-cache", *flags])
        done = subprocess.run(command, input="".join(p + "\n" for p in paths), stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})
        if done.returncode not in (0, 3):
            raise RuntimeError(f"graft predict ended with {done.returncode}")
        for line in done.stdout.splitlines():
            answer = json.loads(line)
            answers[answer["path"]] = answer
        return [answers.get(p, {"error": "it could not be read"}) for p in paths]
