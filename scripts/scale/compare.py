"""Compares a store that many workers filled with a folder of "graft extract", bit by bit."""
import collections
import pathlib

import pyarrow as pa


def folders(store):
    """The store's partitions, or the store itself."""
    store = pathlib.Path(store)
    if (store / "partitions.json").exists():
        return sorted(p for p in store.iterdir() if (p / "graft.json").exists())
    return [store]


def rows(store):
    """(key, view) → crc and the bytes of the features, of every row; how often each is there."""
    found, times = {}, collections.Counter()
    for folder in folders(store):
        for part in sorted(folder.glob("part-*.arrow")):
            t = pa.ipc.open_file(part).read_all()
            values = t["features"].combine_chunks().values.to_numpy()
            d = len(values) // max(t.num_rows, 1)
            for i, (key, view, crc) in enumerate(zip(t["key"].to_pylist(), t["view"].to_pylist(), t["crc"].to_pylist())):
                found[key, view] = crc, values[i * d:(i + 1) * d].tobytes()
                times[key, view] += 1
    return found, times


def samples(store):
    """What is recorded of each photograph; how often it is there."""
    found, times = {}, collections.Counter()
    for folder in folders(store):
        t = pa.ipc.open_file(folder / "samples.arrow").read_all()
        at = t.schema.get_field_index("mtime")
        for r in t.set_column(at, "mtime", t["mtime"].cast(pa.int64())).to_pylist():  # nanoseconds
            found[r["path"]] = r
            times[r["path"]] += 1
    return found, times


def same(store, plain, mtimes=True):
    """Ends the proof unless both hold the same samples and rows, each once; without mtimes those of files do not count."""
    for what, of in (("rows", rows), ("samples", samples)):
        (a, times), (b, _) = of(store), of(plain)
        twice = [k for k, n in times.items() if n > 1]
        if what == "samples" and not mtimes:
            for r in [*a.values(), *b.values()]:
                r["mtime"] = None
        differ = [k for k in a.keys() | b.keys() if a.get(k) != b.get(k)]
        if twice or differ or not a:
            raise SystemExit(f"test-scale: {what}: {len(twice)} twice, {len(differ)} differ, of {len(b)}; the first: {(twice + differ)[:1]}")
        print(f"{len(a)} {what}, each once, the same bits as graft extract", flush=True)
    left = [p for p in pathlib.Path(store).rglob("*") if p.name.startswith(".")]
    if left:
        raise SystemExit(f"test-scale: left over: {left}")
