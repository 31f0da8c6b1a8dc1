"""Reads a folder of features and its exports with pyarrow, polars, DuckDB and numpy, and compares every value.

    scripts/reference.py readers DIR [EXPORT.csv] [EXPORT.parquet] [EXPORT.npy]

DIR is a folder of features (testdata/golden/features is one); the exports are what
"graft features export DIR" wrote, of all splits. Every reader must see the same rows, bit by
bit, with the checksums that the folder gives; every export must hold the rows of the samples
table. Needs pyarrow, polars, duckdb and numpy.
"""
import csv
import glob
import json
import pathlib
import sys

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq


def crc32c_table():
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0x82F63B78), table >> 1)
    return table


def crc32c(rows):
    """The CRC-32C of each row of an n×bytes array."""
    table, crc = crc32c_table(), np.full(len(rows), 0xFFFFFFFF, np.uint32)
    for column in rows.T:
        crc = table[(crc ^ column) & 0xFF] ^ (crc >> 8)
    return crc ^ np.uint32(0xFFFFFFFF)


def with_pyarrow(folder, d):
    t = ds.dataset(glob.glob(f"{folder}/part-*.arrow"), format="ipc").to_table().combine_chunks()
    x = t["features"].combine_chunks().flatten().to_numpy().reshape(-1, d)
    assert t.schema.types == [pa.binary(32), pa.int32(), pa.uint32(), t.schema.field("features").type]
    assert (crc32c(x.view(np.uint8).reshape(len(x), -1)) == t["crc"].to_numpy()).all(), "a checksum is wrong"
    return {(k, v): row.tobytes() for k, v, row in zip(t["key"].to_pylist(), t["view"].to_pylist(), x)}


def with_polars(folder, d):
    t = pl.read_ipc(f"{folder}/part-*.arrow")
    x = np.asarray(t["features"].explode().to_numpy(), np.float32).reshape(-1, d)
    return {(k, v): row.tobytes() for k, v, row in zip(t["key"].to_list(), t["view"].to_list(), x)}


def with_duckdb(folder, d):
    parts = ds.dataset(glob.glob(f"{folder}/part-*.arrow"), format="ipc").to_table()  # noqa: F841, DuckDB finds it by name
    rows = duckdb.sql("select key, view, features from parts").fetchall()
    return {(k, v): np.array(f, np.float32).tobytes() for k, v, f in rows}


def samples(folder):
    """The rows of the samples table with features, as every reader sees them."""
    path = f"{folder}/samples.arrow"
    t = pa.ipc.open_file(path).read_all()
    rows = t.to_pylist()
    assert pl.read_ipc(path).select(pl.exclude("mtime")).to_dicts() == [
        {k: v for k, v in r.items() if k != "mtime"} for r in rows], "polars reads another samples table"
    names = "path, label, split, key, bytes, width, height, error"
    assert duckdb.sql(f"select {names} from t").fetchall() == [tuple(r[n] for n in names.split(", ")) for r in rows], \
        "DuckDB reads another samples table"
    return rows


def expected(rows, table):
    """The lines of an export: path, label, split, key, view, bytes of the features."""
    kept = [r for r in rows if r["key"] is not None and r["error"] is None and (r["key"], 0) in table]
    views = 0
    while kept and all((r["key"], views + 1) in table for r in kept):
        views += 1
    return [(r["path"], r["label"] or "", r["split"] or "", r["key"].hex(), v, table[r["key"], v])
            for r in kept for v in range(views + 1)]


def from_csv(path):
    with open(path, newline="") as f:
        lines = list(csv.reader(f))
    want = ["path", "label", "split", "key", "view"] + [f"f{i}" for i in range(len(lines[0]) - 5)]
    assert lines[0] == want, f"columns {lines[0][:8]}"
    return [(*l[:4], int(l[4]), np.array([np.float32(v) for v in l[5:]]).tobytes()) for l in lines[1:]]


def from_table(columns):
    head = [columns[n] for n in ("path", "label", "split", "key", "view")]
    x = np.stack([np.asarray(columns[n], np.float32) for n in columns if n[0] == "f" and n[1:].isdigit()], axis=1)
    return [(p, l or "", s or "", k, v, row.tobytes()) for p, l, s, k, v, row in zip(*head, x)]


def exports(path):
    """(reader, lines) of one exported file, for each tool that reads it."""
    if path.suffix == ".csv":
        yield "python", from_csv(path)
        t = pl.read_csv(path, infer_schema_length=None, schema_overrides={"path": pl.String, "label": pl.String, "split": pl.String})
        yield "polars", from_table({n: t[n].to_list() for n in t.columns})
        t = duckdb.sql(f"select * from read_csv('{path}', types={{'path': 'VARCHAR', 'label': 'VARCHAR', 'split': 'VARCHAR'}})")
        yield "DuckDB", from_table(dict(zip(t.columns, zip(*t.fetchall()))))
    elif path.suffix == ".parquet":
        t = pq.read_table(path)
        yield "pyarrow", from_table({n: t[n].to_pylist() for n in t.column_names})
        t = pl.read_parquet(path)
        yield "polars", from_table({n: t[n].to_list() for n in t.columns})
        t = duckdb.sql(f"select * from '{path}'")
        yield "DuckDB", from_table(dict(zip(t.columns, zip(*t.fetchall()))))
    else:
        x = np.load(path, allow_pickle=False)
        assert x.dtype == np.dtype("<f4") and x.ndim == 2
        yield "numpy", [(*l[:5], row.tobytes()) for l, row in zip(from_csv(path.with_suffix(".csv")), x, strict=True)]


def main(args):
    if not args:
        sys.exit(__doc__)
    folder = args[0]
    d = json.loads((pathlib.Path(folder) / "graft.json").read_text())["trunk"]["dim"]
    table = with_pyarrow(folder, d)
    assert with_polars(folder, d) == table, "polars reads other rows"
    assert with_duckdb(folder, d) == table, "DuckDB reads other rows"
    want = expected(samples(folder), table)
    print(f"{folder}: {len(table)} rows of {d} features, {len(want)} of them named; pyarrow, polars and DuckDB agree")
    for path in map(pathlib.Path, args[1:]):
        for reader, lines in exports(path):
            assert lines == want, f"{path} read with {reader} differs"
            print(f"{path}: {len(lines)} rows, as {reader} reads them")
    return 0
