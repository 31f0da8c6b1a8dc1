#!/usr/bin/env python3
"""Makes the goldens that graft's tests compare with, and checks graft's files with other tools.

    scripts/reference.py AREA [arguments]     one of the modules in scripts/goldens
    scripts/reference.py                      lists them

graft never needs this: the goldens are committed. To run it, make a virtual environment
outside the tree and install what scripts/goldens/requirements.txt names.
"""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent


def areas():
    return sorted(p.stem for p in (HERE / "goldens").glob("*.py"))


def main():
    sys.path.insert(0, str(HERE / "goldens"))
    if len(sys.argv) < 2 or sys.argv[1] not in areas():
        print(__doc__.strip(), file=sys.stderr)
        for area in areas():
            doc = importlib.util.find_spec(area) and (HERE / "goldens" / f"{area}.py").read_text().split('"""')
            print(f"  {area:12} {doc[1].strip().splitlines()[0] if len(doc) > 1 else ''}", file=sys.stderr)
        sys.exit(2)
    sys.exit(importlib.import_module(sys.argv[1]).main(sys.argv[2:]))


if __name__ == "__main__":
    main()
