"""JPEG files of every kind, and the samples that Pillow reads from them.

    scripts/reference.py jpeg              writes testdata/golden/jpeg: tiny files and manifest.txt
    scripts/reference.py jpeg DIR [N]      writes N (1500) files to DIR, some of them damaged;
                                           GRAFT_JPEG=DIR go test ./extractor/pixels/jpeg compares them
    scripts/reference.py jpeg photos DIR   only writes DIR/manifest.txt for the photographs there

A line of manifest.txt is, tab-separated: SHA-256 of the RGB bytes, or "refused"; the denominator of
the scale (Pillow's draft mode); width; height; path; and why Pillow refused it.

Pillow writes the ordinary kinds. Writer, below, writes the others: any sampling, scans in any
order, 16-bit quantisation tables, CMYK and YCCK.
"""
import hashlib
import io
import pathlib
import random
import struct
import sys
import warnings

import numpy as np
from PIL import Image, ImageFile

ImageFile.MAXBLOCK = 1 << 26  # Pillow writes some files only whole
OUT = pathlib.Path(__file__).resolve().parents[2] / "testdata/golden/jpeg"

ZIGZAG = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
          13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
          52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63]


class Bits:
    """Entropy-coded bits, with the zero after FF."""

    def __init__(self):
        self.text = []

    def put(self, value, n):
        if n:
            self.text.append(format(value & ((1 << n) - 1), f"0{n}b"))

    def bytes(self):
        s = "".join(self.text)
        s += "1" * (-len(s) % 8)
        return bytes(int(s[i:i + 8], 2) for i in range(0, len(s), 8)).replace(b"\xff", b"\xff\0")


class Writer:
    """Writes a JPEG of random coefficients: factors is a list of (h, v) a component."""

    def __init__(self, rng, width, height, factors, **options):
        self.rng, self.w, self.h, self.factors, self.o = rng, width, height, factors, options
        self.hmax, self.vmax = max(f[0] for f in factors), max(f[1] for f in factors)
        if len(factors) == 1:
            self.hmax, self.vmax = factors[0]
        self.mx, self.my = -(-width // (8 * self.hmax)), -(-height // (8 * self.vmax))
        rich = options.get("rich", 0.15)
        self.coefs = []
        for h, v in factors:
            shape = (self.my * v, self.mx * h)
            size = np.exp(-np.arange(64) / 12)
            c = np.random.default_rng(rng.getrandbits(32)).normal(size=shape + (64,)) * 60 * size
            c *= np.random.default_rng(rng.getrandbits(32)).random(shape + (64,)) < rich
            c[..., 0] = np.cumsum(c[..., 0], axis=1) % 900 - 450
            self.coefs.append(np.round(c).astype(int))

    def segment(self, marker, body):
        return struct.pack(">BBH", 255, marker, len(body) + 2) + body

    def tables(self):
        wide = self.o.get("wide", False)
        out = b""
        for slot in range(min(len(self.factors), 2)):
            q = [self.rng.randint(1, 8) for _ in range(64)]
            body = struct.pack(">64H", *q) if wide else bytes(q)
            out += self.segment(0xDB, bytes([wide << 4 | slot]) + body)
        # DC: 12 codes of 4 bits. AC: 254 codes of 8 bits and 2 of 9, so that long codes are read, too.
        out += self.segment(0xC4, bytes([0] + [0] * 3 + [12] + [0] * 12 + list(range(12))))
        self.ac = list(range(256))
        self.rng.shuffle(self.ac)
        if self.o.get("long"):  # short codes for few, 9 to 16 bits for the rest
            counts = [0, 1, 2, 2, 2, 2, 2, 2, 6, 8, 16, 32, 64, 60, 40, 17]
        else:
            counts = [0] * 7 + [254, 2] + [0] * 7
        assert sum(counts) == 256
        out += self.segment(0xC4, bytes([0x10] + counts + self.ac))
        self.codes, code, k = {}, 0, 0
        for n, count in enumerate(counts, 1):
            for _ in range(count):
                self.codes[self.ac[k]] = (code, n)
                code, k = code + 1, k + 1
            code <<= 1
        return out

    def number(self, bits, v):
        n = abs(v).bit_length()
        return n, (v if v >= 0 else v + (1 << n) - 1)

    def dc(self, bits, diff):
        n, extra = self.number(bits, diff)
        bits.put(n, 4)
        bits.put(extra, n)

    def ac_band(self, bits, block, first, last, low):
        run = 0
        for k in range(first, last + 1):
            v = int(abs(block[k])) >> low
            v = v if block[k] >= 0 else -v
            if v == 0:
                run += 1
                continue
            while run > 15:
                bits.put(*self.codes[0xF0])
                run -= 16
            n, extra = self.number(bits, v)
            bits.put(*self.codes[run << 4 | n])
            bits.put(extra, n)
            run = 0
        if run:
            bits.put(*self.codes[0])

    def blocks(self, comps):
        """MCUs of a scan, each a list of (component, coefficients)."""
        if len(comps) == 1:
            h, v = self.factors[comps[0]]
            for y in range(-(-self.h * v // (8 * self.vmax))):
                for x in range(-(-self.w * h // (8 * self.hmax))):
                    yield [(comps[0], self.coefs[comps[0]][y, x])]
            return
        for y in range(self.my):
            for x in range(self.mx):
                yield [(c, self.coefs[c][y * self.factors[c][1] + j, x * self.factors[c][0] + i])
                       for c in comps for j in range(self.factors[c][1]) for i in range(self.factors[c][0])]

    def scan(self, comps, first=0, last=63, low=0, progressive=False):
        body = bytes([len(comps)]) + b"".join(bytes([self.ids[c], 0]) for c in comps)
        out = self.segment(0xDA, body + bytes([first, last, low]))
        restart, n, bits, pred = self.o.get("restart", 0), 0, Bits(), {}
        for i, mcu in enumerate(self.blocks(comps)):
            if restart and i and i % restart == 0:
                out += bits.bytes() + bytes([255, 0xD0 + n % 8])
                n, bits, pred = n + 1, Bits(), {}
            for c, block in mcu:
                if first == 0:
                    self.dc(bits, int(block[0] >> low) - pred.get(c, 0))
                    pred[c] = int(block[0] >> low)
                if last > 0:
                    self.ac_band(bits, block, max(first, 1), last, low)
        return out + bits.bytes()

    def write(self):
        n, o = len(self.factors), self.o
        self.ids = o.get("ids", [1, 2, 3, 4])[:n]
        out = b"\xff\xd8"
        if "adobe" in o:
            out += self.segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([o["adobe"]]))
        if o.get("jfif"):
            out += self.segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
        out += self.tables()
        kind = 0xC2 if o.get("bands") else 0xC1
        frame = b"".join(bytes([self.ids[i], h << 4 | v, min(i, 1)]) for i, (h, v) in enumerate(self.factors))
        out += self.segment(kind, struct.pack(">BHHB", 8, self.h, self.w, n) + frame)
        if o.get("restart"):
            out += self.segment(0xDD, struct.pack(">H", o["restart"]))
        if o.get("bands"):
            out += self.scan(list(range(n)), 0, 0)
            for c in range(n):
                for first, last in o["bands"]:
                    out += self.scan([c], first, last)
        else:
            for comps in o.get("scans", [list(range(n))]):
                out += self.scan(comps)
        return out + b"\xff\xd9"


def picture(rng, w, h, mode="RGB"):
    """Something between a photograph and noise."""
    small = np.random.default_rng(rng.getrandbits(32)).integers(0, 256, (max(h // 9, 2), max(w // 9, 2), 4), np.uint8)
    im = Image.fromarray(small, "CMYK").resize((w, h), Image.BICUBIC)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.choice([0, 3, 25]), (h, w, 4))
    a = np.clip(np.asarray(im) + noise, 0, 255).astype(np.uint8)
    if mode == "L":
        return Image.fromarray(a[..., 0])
    if mode == "CMYK":
        return Image.fromarray(a, "CMYK")
    return Image.fromarray(a[..., :3])


def by_pillow(rng, w, h):
    mode = rng.choice(["RGB"] * 6 + ["L", "CMYK"])
    o = {"quality": rng.randint(1, 100), "progressive": rng.random() < 0.4, "optimize": rng.random() < 0.5}
    if mode == "RGB":
        o["subsampling"] = rng.randint(0, 2)
        if rng.random() < 0.1:
            o["keep_rgb"] = True
            o["subsampling"] = 0
    r = rng.random()
    if r < 0.2:
        o["restart_marker_blocks"] = rng.randint(1, 20)
    elif r < 0.3:
        o["restart_marker_rows"] = 1
    b = io.BytesIO()
    picture(rng, w, h, mode).save(b, "JPEG", **o)
    return b.getvalue(), "-".join([mode, *(f"{k[:4]}{int(v)}" for k, v in o.items())])


SAMPLINGS = [
    [(1, 1)] * 3, [(2, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)],
    [(4, 1), (1, 1), (1, 1)], [(1, 4), (1, 1), (1, 1)], [(4, 2), (1, 1), (1, 1)], [(2, 4), (1, 1), (1, 1)],
    [(3, 1), (1, 1), (1, 1)], [(1, 3), (1, 1), (1, 1)], [(2, 2), (2, 1), (1, 2)], [(2, 2), (1, 2), (1, 2)],
    [(2, 2), (2, 1), (2, 1)], [(1, 1), (2, 2), (2, 2)], [(1, 1), (2, 1), (1, 2)], [(2, 1), (1, 2), (1, 1)],
    [(4, 1), (2, 1), (1, 1)], [(1, 1), (1, 2), (2, 1)], [(2, 2), (1, 1), (2, 2)], [(3, 2), (1, 1), (1, 1)],
    [(4, 1), (2, 1), (2, 1)], [(1, 4), (1, 2), (1, 2)], [(2, 1), (2, 1), (2, 1)], [(2, 2), (2, 2), (2, 2)],
    [(1, 1)] * 4, [(2, 2), (1, 1), (1, 1), (2, 2)], [(2, 1), (1, 1), (1, 1), (2, 1)], [(1, 2), (1, 1), (1, 1), (1, 2)],
    [(1, 1)], [(2, 2)], [(4, 3)], [(3, 2), (2, 1), (1, 1)], [(4, 4), (2, 2), (2, 2)], [(3, 3), (1, 1), (1, 1)],
]


def by_writer(rng, w, h):
    f = rng.choice(SAMPLINGS)
    n = len(f)
    o = {"wide": rng.random() < 0.2, "rich": rng.choice([0.02, 0.15, 0.6]), "jfif": rng.random() < 0.5,
         "long": rng.random() < 0.3}
    if rng.random() < 0.3:
        o["restart"] = rng.randint(1, 12)
    if rng.random() < 0.4:
        o["adobe"] = rng.randint(0, 2)
    if rng.random() < 0.2:
        o["ids"] = rng.choice([[82, 71, 66, 75], [0, 1, 2, 3], [1, 2, 3, 4], [5, 9, 7, 8]])
    r = rng.random()
    together = sum(h * v for h, v in f) <= 10
    if r < 0.25 and together:
        o["bands"] = rng.choice([[(1, 63)], [(1, 5), (6, 63)], [(1, 9)], [(6, 63)], [(1, 2), (3, 3)], []])
        if o["bands"] == []:
            del o["bands"]
    elif r < 0.4 or not together:
        o["scans"] = [[c] for c in range(n)]
    elif r < 0.5 and n >= 3:
        o["scans"] = rng.choice([[[0], list(range(1, n))], [list(range(n - 1)), [n - 1]], [[c] for c in range(n - 1)]])
    name = "own-" + "".join(f"{a}{b}" for a, b in f)
    name += "".join(f"-{k}{''.join(c for c in str(v) if c.isalnum())}" for k, v in o.items() if v and k != "rich")
    return Writer(rng, w, h, f, **o).write(), name


def marker_places(b, marker):
    return [i for i in range(len(b) - 1) if b[i] == 255 and b[i + 1] == marker]


def damaged(rng, b):
    """One of the ways in which files break."""
    b = bytearray(b)
    way = rng.choice(["flip", "flip", "flips", "cut", "end", "scans", "insert", "remove", "noeoi", "junk", "restart", "header"])
    at = rng.randrange(2, len(b))
    if way == "flip":
        b[at] ^= 1 << rng.randrange(8)
    elif way == "header":
        at = rng.randrange(2, max(3, min(len(b), b.find(b"\xff\xda") + 14)))
        b[at] = rng.randrange(256)
    elif way == "flips":
        for _ in range(rng.randint(2, 20)):
            b[rng.randrange(2, len(b))] = rng.randrange(256)
    elif way == "cut":
        del b[at:]
    elif way == "end":  # the data ends early, but the end is marked
        del b[at:]
        b += b"\xff\xd9"
    elif way == "scans":  # the last scans are missing
        places = marker_places(b, 0xDA)
        del b[rng.choice(places[1:] or [len(b) - 2]):]
        b += b"\xff\xd9"
    elif way == "insert":
        b[at:at] = bytes(rng.choice([[255], [255, 0], [0], [255, 0xD3], [255, 255], [255, 0xD9], [255, 1], [255, 0x80]]))
    elif way == "remove":
        del b[at:at + rng.randint(1, 8)]
    elif way == "noeoi":
        del b[-rng.randint(1, 4):]
    elif way == "junk":
        b += bytes(rng.randrange(256) for _ in range(rng.randint(1, 40)))
    elif way == "restart":
        places = [i for m in range(0xD0, 0xD8) for i in marker_places(b, m)]
        if places:
            i = rng.choice(places)
            b[i + 1] = 0xD0 + rng.randrange(8)
            if rng.random() < 0.3:
                del b[i:i + 2]
    return bytes(b), way


def reading(b, scale=1):
    """What Pillow makes of a file: a manifest line's fields, but for the name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            im = Image.open(io.BytesIO(b), formats=["JPEG"])
            if scale > 1:
                im.draft(None, (max(im.width // scale, 1), max(im.height // scale, 1)))
            im = im.convert("RGB")
            return [hashlib.sha256(im.tobytes()).hexdigest(), scale, im.width, im.height], ""
        except Exception as e:  # noqa: BLE001: whatever Pillow raises is a refusal
            return ["refused", scale, 0, 0], " ".join(str(e).split())[:80]


def endless(b):
    """Whether nothing ends the last scan. Pillow refuses most such files as truncated, and reads some,
    if libjpeg does not happen to look ahead for bits at the end; graft refuses them all."""
    rest = b[b.rfind(b"\xff\xda") + 2:]
    return not any(rest[i] == 255 and rest[i + 1] >= 0xC0 and not 0xD0 <= rest[i + 1] <= 0xD7 and rest[i + 1] != 255
                   for i in range(len(rest) - 1))


def lines(name, b, scales=(1,)):
    for scale in scales if not endless(b) or reading(b)[0][0] == "refused" else ():
        fields, why = reading(b, scale)
        if scale > 1 and fields[0] == "refused":
            continue
        yield "\t".join(map(str, fields + [name, why]))


def size(rng, limit):
    r = rng.random()
    if r < 0.3:
        return rng.randint(1, min(24, limit)), rng.randint(1, min(24, limit))
    return rng.randint(1, limit), rng.randint(1, limit)


def scales(b, w, h):
    return [s for s in (1, 2, 4, 8) if w >= s and h >= s]


def bulk(out, n):
    Image.MAX_IMAGE_PIXELS = None
    rng, manifest = random.Random(1), []
    out.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        own = rng.random() < 0.5
        w, h = size(rng, 130 if own else rng.choice([60, 300, 900]))
        if i % 300 == 7:
            own, w, h = False, 4000, 3000
        if i % 50 == 8:
            w, h = 1, 1
        b, name = (by_writer if own else by_pillow)(rng, w, h)
        if i % 3 == 0 and w < 2000:
            b, way = damaged(rng, b)
            name += "-" + way
        name = f"{i:05}-{w}x{h}-{name}.jpg"
        (out / name).write_bytes(b)
        manifest += lines(name, b, scales(b, w, h))
    (out / "manifest.txt").write_text("\n".join(manifest) + "\n")
    print(out, n, "files,", sum(l.startswith("refused") for l in manifest), "refused")


def golden():
    rng, manifest = random.Random(2), []
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.jpg"):
        old.unlink()
    for i, f in enumerate(SAMPLINGS):
        o = [{}, {"restart": 3}, {"scans": [[c] for c in range(len(f))]}, {"wide": True}, {"long": True}][i % 5]
        if sum(a * b for a, b in f) > 10:
            o = {"scans": [[c] for c in range(len(f))]}
        if len(f) == 4:
            o["adobe"] = 2 * (i & 1)
        w, h = rng.randint(17, 45), rng.randint(17, 45)
        b = Writer(rng, w, h, f, rich=0.1, **o).write()
        name = f"{i:02}-own-{''.join(f'{a}{c}' for a, c in f)}{''.join('-' + k for k in o)}.jpg"
        (OUT / name).write_bytes(b)
        manifest += lines(name, b, scales(b, w, h))
    for i in range(34, 80):
        w, h = size(rng, 50)
        b, name = (by_writer if i % 4 == 0 else by_pillow)(rng, w, h)
        if i % 2:
            b, way = damaged(rng, b)
            name += "-" + way
        name = f"{i:02}-{name}.jpg"
        (OUT / name).write_bytes(b)
        manifest += lines(name, b, scales(b, w, h))
    (OUT / "manifest.txt").write_text("\n".join(manifest) + "\n")
    print(OUT, sum(p.stat().st_size for p in OUT.iterdir()), "bytes in", len(list(OUT.iterdir())), "files")


def photos(root):
    manifest = []
    for p in sorted(root.rglob("*")):
        if p.suffix.lower() in (".jpg", ".jpeg"):
            manifest += lines(str(p.relative_to(root)), p.read_bytes(), (1, 2, 4, 8))
    (root / "manifest.txt").write_text("\n".join(manifest) + "\n")
    print(root, len(manifest), "lines")


def main(args):
    if args[:1] == ["photos"]:
        return photos(pathlib.Path(args[1]))
    if args:
        return bulk(pathlib.Path(args[0]), int(args[1]) if len(args) > 1 else 1500)
    return golden()
