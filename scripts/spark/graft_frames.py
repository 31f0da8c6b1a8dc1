"""Features and labels of photographs that are rows of a Spark DataFrame.

    from graft_frames import features, labels
    features(frame, trunk="trunk.onnx")     # path or content → the same columns, key, error and features
    labels(frame, head="head.onnx")         # → the same columns, label, probability and error

The frame has a column path, of files that the executors see, or content, the bytes of the files (spark.read.format(
"binaryFile") has both; content is taken). Ship this file with --py-files, with graft_spark.py beside it, and binary,
library and trunk as graft_spark.py says. Each batch of rows is a chunk of the "graft work" that the Python worker
keeps; spark.sql.execution.arrow.maxRecordsPerBatch says how many rows, and with content files, are in memory at once.
"""
import atexit
import hashlib
import json
import os
import pathlib
import shutil
import tempfile

import graft_spark

_folders = {}  # of this Python worker, by command


def features(frame, graft="graft", trunk="", ort_lib="", work=()):
    """Adds key (binary, null if the file could not be read), error and features (array of float)."""
    options = {"graft": graft, "trunk": trunk, "ort_lib": ort_lib}

    def answers(batch):
        return [(a["key"], a["error"], a["features"]) for a in _batch(batch, options, list(work))]

    return _map(frame, answers, [("key", "binary"), ("error", "string"), ("features", "floats")])


def labels(frame, head, graft="graft", trunk="", ort_lib="", work=()):
    """Adds label and probability, null if the file could not be read, and error."""
    options = {"graft": graft, "trunk": trunk, "ort_lib": ort_lib}

    def answers(batch):
        flags = ["--head", graft_spark.at_hand(head), *work]
        return [(a["label"], a["probability"], a["error"]) for a in _batch(batch, options, flags)]

    return _map(frame, answers, [("label", "string"), ("probability", "double"), ("error", "string")])


def _map(frame, answers, added):
    """Adds columns to a frame, of names and types: answers gives a tuple of them for each row of a batch."""
    from pyspark.sql import types

    kinds = {"binary": types.BinaryType(), "string": types.StringType(), "double": types.DoubleType(), "floats": types.ArrayType(types.FloatType())}
    schema = types.StructType([*frame.schema.fields, *(types.StructField(name, kinds[kind]) for name, kind in added)])

    def batches(iterator):
        import pyarrow as pa

        kinds = {"binary": pa.binary(), "string": pa.string(), "double": pa.float64(), "floats": pa.list_(pa.float32())}
        for batch in iterator:
            rows = answers(batch)
            columns = [pa.array([row[i] for row in rows], kinds[kind]) for i, (_, kind) in enumerate(added)]
            yield pa.RecordBatch.from_arrays([*batch.columns, *columns], [*batch.schema.names, *(name for name, _ in added)])

    return frame.mapInArrow(batches, schema)


class _Files:
    """The photographs of a batch as files, for as long as they are needed: a path a row, None where it names none."""

    def __init__(self, batch):
        self.dir = None
        if "content" in batch.schema.names:
            self.dir = tempfile.mkdtemp(prefix="graft-")
            self.paths = [self.write(str(i), content) for i, content in enumerate(batch.column("content").to_pylist())]
        else:
            self.paths = [p and p.removeprefix("file://").removeprefix("file:") for p in batch.column("path").to_pylist()]

    def write(self, name, content):
        if content is None:
            return None
        path = pathlib.Path(self.dir, name)
        path.write_bytes(content)
        return str(path)

    def __enter__(self):
        return self.paths

    def __exit__(self, *_):
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)


def _batch(batch, options, flags):
    """What became of every row of a batch: key, error, features and, with a head, label and probability."""
    with _Files(batch) as paths:
        there = [p for p in paths if p]
        done = iter(_work(there, options, flags) if there else [])
        none = dict.fromkeys(("key", "features", "label", "probability"), None)
        return [next(done) if p else {**none, "error": "the row names no photograph"} for p in paths]


def _folder(command):
    """Where the "graft work" of this Python worker keeps what it makes; it is emptied after every batch."""
    key = json.dumps(command)
    if key not in _folders:
        _folders[key] = tempfile.mkdtemp(prefix="graft-")
        atexit.register(shutil.rmtree, _folders[key], ignore_errors=True)
    return _folders[key]


def _work(paths, options, flags):
    """Lets the "graft work" of this Python worker do the photographs as a plan of one chunk."""
    folder = _folder([options, flags])
    store, made = os.path.join(folder, "store"), os.path.join(folder, "labels")
    if "--head" in flags:
        flags = [*flags, "--predictions", made]
    command, environment = graft_spark.command_of(options, ["work", "--features", store, *flags])
    with tempfile.TemporaryDirectory(dir=folder) as plan:
        answer = graft_spark.worker(command, environment).do(_plan(plan, paths))
    if answer["state"] not in ("done", "already"):
        raise RuntimeError(f"{answer['state']}: {answer.get('error')}")
    images = _collect(answer["record"], store, made)
    if len(images) != len(paths):
        raise RuntimeError(f"graft work answered for {len(images)} of {len(paths)} photographs")
    return images


def _plan(folder, paths):
    """Writes a plan of one chunk, and returns the chunk's path."""
    lines = "".join(json.dumps({"path": p, "bytes": 0, "mtime": "2000-01-01T00:00:00Z"}) + "\n" for p in paths).encode()
    chunk = pathlib.Path(folder, "chunk-00001.jsonl")
    chunk.write_bytes(lines)
    pathlib.Path(folder, "plan.json").write_text(json.dumps({
        "version": 1, "root": "", "scanned": "2000-01-01T00:00:00Z", "images": len(paths), "bytes": 0,
        "splits": [], "partitions": 1, "chunks": [hashlib.sha256(lines).hexdigest()[:16]]}))
    return str(chunk)


def _collect(name, store, made):
    """Reads what a chunk came to, a dictionary an image in the order of the chunk, and removes it."""
    import pyarrow as pa
    import pyarrow.parquet

    record = pa.ipc.open_file(name)
    about = json.loads(record.schema.metadata[b"graft.about"])
    files = [os.path.join(store, part) for part in about["parts"] or []]
    rows, labels = {}, {}
    for part in files:
        t = pa.ipc.open_file(part).read_all()
        values = t["features"].combine_chunks().values.to_numpy().astype("float32", copy=False)
        rows.update(zip(t["key"].to_pylist(), values.reshape(t.num_rows, -1)))
    for file in pathlib.Path(made).glob("*.parquet"):
        labels.update((a["path"], a) for a in pyarrow.parquet.read_table(file).to_pylist())
        files.append(file)
    images = record.read_all().select(["path", "key", "error"]).to_pylist()
    for file in [name, *files]:
        os.remove(file)
    for image in images:
        of = labels.get(image["path"], {})
        image.update(features=rows.get(image["key"]), label=of.get("label"), probability=of.get("probability"))
    return images
