"""Today's trunks in int8 over themselves in fp32, as trunk quantize measures them, and how close features stay.

The names and the environment are those of trunks.py.
"""
import json

import measure
import trunks


def main():
    photographs = measure.photographs()
    if photographs is None:
        return print("skipped: there are no photographs")
    for name in trunks.chosen():
        goal = trunks.TRUNKS[name][4]
        if not goal:
            continue
        out = measure.WORK / "int8.onnx"
        said = measure.run(measure.build(), "trunk", "quantize", trunks.imported(name), "--calibrate", photographs, "--force", "--json", "--out", out).stdout
        r = json.loads(said)
        measure.show(f"{name}: int8 over fp32", r["images_per_second"] / r["images_per_second_fp32"], goal,
                     f"{r['images_per_second']:.1f} and {r['images_per_second_fp32']:.1f} images/s, kept float {len(r['kept'])}")
        measure.show(f"{name}: cosine of int8's features", r["cosine"], "≥0.99", f"{r['cosine']:.5f}, 1st percentile {r['cosine_p1']:.5f}")


if __name__ == "__main__":
    main()
