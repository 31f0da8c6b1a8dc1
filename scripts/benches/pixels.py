"""File bytes to uint8 crop: images a second per core against Pillow doing the same, and bicubic crops against bilinear."""
import io
import os
import statistics
import time

import measure

RESIZE, CROP = 342, 299
ROUNDS = measure.quick(7, 3)
LARGE = 8  # made photographs of 12 megapixels
BICUBIC = "≤1.35"  # of the time that bilinear crops take
GOALS = {"0.2 MP photographs": {"turbo": "≥1.2", "own": "≥1.0"}, "12 MP photographs": {"turbo": "≥1.7", "own": "≥1.0"}}
NAMES = {"turbo": "libturbojpeg", "own": "graft's own decoder"}


def crop(data):
    """What torchvision does on Pillow: decode, RGB, short side to RESIZE, the middle, an array."""
    import numpy
    from PIL import Image
    image = Image.open(io.BytesIO(data)).convert("RGB")
    short = min(image.size)
    w, h = (RESIZE * side // short for side in image.size)
    image = image.resize((w, h), Image.Resampling.BILINEAR)
    left, top = round((w - CROP) / 2), round((h - CROP) / 2)
    return numpy.asarray(image.crop((left, top, left + CROP, top + CROP)))


def small(folder):
    """The photographs of the validation split in one folder."""
    folder.mkdir()
    for i, p in enumerate(sorted((measure.photographs() / "val").glob("*/*.jpg"))):
        (folder / f"{i:03}.jpg").write_bytes(p.read_bytes())


def large(folder):
    """4000×3000, 4:2:0, quality 90: the sharpest photographs made larger, with a sensor's noise."""
    import numpy
    from PIL import Image
    folder.mkdir()
    rng = numpy.random.default_rng(1)
    sizes = {p: p.stat().st_size for p in (measure.photographs() / "train").glob("*/*.jpg")}
    for i, p in enumerate(sorted(sizes, key=sizes.get)[-LARGE:]):
        image = numpy.asarray(Image.open(p).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC))
        noisy = image + rng.normal(0, 2.5, (3000, 4000, 1)) + rng.normal(0, 1, image.shape)
        Image.fromarray(noisy.clip(0, 255).astype("uint8")).save(folder / f"{i}.jpg", quality=90, subsampling="4:2:0")


def pillow(files):
    """Images a second of processor time."""
    begin = time.process_time()
    for data in files:
        crop(data)
    return len(files) / (time.process_time() - begin)


def graft(program, folder, decoder):
    """The same, as the benchmark in extractor/pixels counts it."""
    out = measure.run(program, "-test.run", "^$", "-test.bench", f"^BenchmarkCrop$/^{decoder}$", "-test.benchtime", "1x",
                      "-test.cpu", "1", cwd=measure.ROOT / "extractor/pixels", env=os.environ | {"GRAFT_BENCH": str(folder)}).stdout
    for line in out.splitlines():
        if line.startswith("BenchmarkCrop/"):
            words = line.split()
            return float(words[words.index("images/s") - 1])
    return None  # skipped: there is no libturbojpeg


def main():
    if measure.photographs() is None:
        return print("skipped: there are no photographs")
    from PIL import Image, __version__, features
    del Image
    program = measure.WORK / "pixels.test"
    measure.run("go", "test", "-c", "-o", program, "./extractor/pixels", cwd=measure.ROOT)
    print(f"Pillow {__version__} with libjpeg-turbo {features.version_feature('libjpeg_turbo')}")
    for what, make in (("0.2 MP photographs", small), ("12 MP photographs", large)):
        folder = measure.WORK / what.replace(" ", "-")
        make(folder)
        files = [p.read_bytes() for p in sorted(folder.iterdir())]
        pillow(files)
        rates = {"pillow": [], "turbo": [], "own": [], "turbo-bicubic": [], "own-bicubic": []}
        for _ in range(ROUNDS):
            for side in rates:
                rates[side].append(pillow(files) if side == "pillow" else graft(program, folder, side))
        report(what, rates)


def report(what, rates):
    base = statistics.median(rates["pillow"])
    for decoder, goal in GOALS[what].items():
        if None in rates[decoder]:
            print(f"{what}, {NAMES[decoder]}: not installed")
            continue
        ratio = statistics.median(a / b for a, b in zip(rates[decoder], rates["pillow"]))
        rate = statistics.median(rates[decoder])
        measure.show(f"{what}, {NAMES[decoder]} to Pillow", ratio, goal, f"{rate:.1f} to {base:.1f} images/s a core")
        slower = statistics.median(a / b for a, b in zip(rates[decoder], rates[decoder + "-bicubic"]))
        measure.show(f"{what}, {NAMES[decoder]}, time of bicubic crops to bilinear", slower, BICUBIC)
