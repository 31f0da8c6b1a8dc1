"""Reads predictions with DuckDB, pandas and polars, and compares the formats with one another.

    scripts/reference.py predictions LABELS.csv LABELS.jsonl LABELS.parquet

The three are what "graft predict HEAD PATH… --out LABELS.…" wrote of the same images with the same
flags. Every reader must see the same rows in the same order: texts alike, numbers as exactly as the
format has them (six places in csv). Needs duckdb, pandas, polars and pyarrow.
"""
import sys

import duckdb
import pandas as pd
import polars as pl


def rows(frame):
    """The rows of a table as dicts."""
    return frame.to_dict("records")


def flat(record):
    """A line of jsonl as a row of the tables."""
    top = record.pop("top", [])
    for i, guess in enumerate(top[1:], 2):
        record[f"label{i}"], record[f"probability{i}"] = guess["label"], guess["probability"]
    return record


def same(a, b, tolerance):
    assert len(a) == len(b), f"{len(a)} rows and {len(b)}"
    for x, y in zip(a, b):
        assert x.keys() == y.keys(), f"columns {list(x)} and {list(y)}"
        for name in x:
            numbers = name.startswith("probability")
            assert abs(x[name] - y[name]) <= tolerance if numbers else x[name] == y[name], f"{x} is not {y}"


def main(args):
    if len(args) != 3:
        sys.exit(__doc__)
    table, lines, parquet = args
    want = rows(pd.read_parquet(parquet))
    types = dict(duckdb.sql(f"select column_name, column_type from (describe select * from '{parquet}')").fetchall())
    assert all(t == ("DOUBLE" if n.startswith("probability") else "VARCHAR") for n, t in types.items()), types
    same(rows(duckdb.sql(f"select * from '{parquet}'").df()), want, 0)
    same(pl.read_parquet(parquet).to_dicts(), want, 0)
    same([flat(r) for r in rows(pd.read_json(lines, lines=True, precise_float=True))], want, 0)
    same(rows(pd.read_csv(table)), want, 5.1e-7)
    same(rows(duckdb.sql(f"select * from read_csv('{table}')").df()), want, 5.1e-7)
    print(f"{parquet}: {len(want)} rows of {list(types)}; DuckDB, pandas and polars agree, and with csv and jsonl")
    return 0
