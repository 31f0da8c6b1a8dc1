"""Crops of all kinds of files as torchvision on Pillow makes them.

    scripts/reference.py pixels            writes testdata/golden/pixels: small files and crops.jsonl
    scripts/reference.py pixels DIR [N]    writes N (1500) made files of many sizes and kinds to DIR,
                                           with their crops' hashes; GRAFT_PIXELS=DIR go test ./extractor/pixels
                                           compares them
    scripts/reference.py pixels zip F.zip  writes testdata/golden/pixels/photographs.jsonl: the crops of
                                           all photographs in a zip file

A line of crops.jsonl is {file, resize, crop, exif, sha256}, with fast, gray16 and alpha where they
are not what Pillow does by itself; for a view there are box (left, top, width, height in the upright
image) and flip instead of resize; for a file that Pillow refuses there is error instead of sha256.
A line of exif.jsonl is {name, png, orientation}: a tiny picture in base64, and how Pillow turns it.
Version of Pillow that made the committed files: 13.0.0.
"""
import base64
import hashlib
import io
import json
import pathlib
import random
import struct
import sys
import zipfile
import zlib

import numpy as np
from PIL import Image, ImageFile, ImageOps
from torchvision.transforms import functional as F

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "golden" / "pixels"
BILINEAR = F.InterpolationMode.BILINEAR


# ---- what torchvision does -------------------------------------------------------------------

def upright(data, exif):
    image = Image.open(io.BytesIO(data))
    if exif == "apply":
        image = ImageOps.exif_transpose(image)
    return image.convert("RGB")


def crop(data, resize, size, exif, fast=False, gray16="", alpha=""):
    image = Image.open(io.BytesIO(data))
    if fast:
        image.draft("RGB", (resize, resize))
    bits, signed = deep_gray(image) if gray16 else (0, False)
    if image.format == "PNG" and image.mode == "L" and data[24] in (2, 4) and "transparency" in image.info:
        # Pillow compares the key as it is stored with grays that it has scaled to 0…255.
        image.info["transparency"] *= 255 // (2 ** data[24] - 1)
    if exif == "apply":
        image = ImageOps.exif_transpose(image)
    if bits:  # the highest 8 bits, of signed numbers those of the positive ones
        values = np.asarray(image).astype(np.int64) >> (bits - 8 - signed)
        image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    if alpha:
        image = grounded(image, alpha)
    image = F.resize(image.convert("RGB"), [resize], BILINEAR, antialias=True)
    return F.center_crop(image, [size])


def deep_gray(image):
    """How many bits gray of 12 or 16 has, and whether they are signed; 0 for everything else."""
    if image.mode[0] != "I":
        return 0, False
    tags = image.tag_v2 if image.format == "TIFF" else {}
    bits = tags.get(258, (16,))[0]
    return (bits, tags.get(339, (1,))[0] == 2) if bits <= 16 else (0, False)


def grounded(image, ground):
    """On a ground of that colour, as alpha_composite has it; pictures without alpha as they are."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, ground), image)


def view(data, box, size, flip, exif):
    left, top, width, height = box
    image = F.resized_crop(upright(data, exif), top, left, height, width, [size, size], BILINEAR)
    return F.hflip(image) if flip else image


def numbers(seed, key, number, count):
    """The first random numbers of a view, as extractor/pixels documents them."""
    message = b"graft view" + seed.to_bytes(8, "big") + key + number.to_bytes(8, "big")
    sums = (hashlib.sha256(message + n.to_bytes(8, "big")).digest() for n in range(count))
    return [(int.from_bytes(s[:8], "big") >> 11) / 2**53 for s in sums]


def digest(image):
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest()


def line(name, data, resize=342, size=299, exif="apply", fast=False, **more):
    entry = {"file": name, "resize": resize, "crop": size, "exif": exif}
    if fast:
        entry["fast"] = True
    entry |= {k: v for k, v in more.items() if v}
    try:
        entry["sha256"] = digest(crop(data, resize, size, exif, fast, **more))
    except Exception as reason:  # whatever Pillow says: the file is refused
        entry["error"] = str(reason)[:100]
    return entry


# ---- pictures --------------------------------------------------------------------------------

def picture(w, h, seed=0):
    """Colour waves, hard edges and a little noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    scale = rng.uniform(3, 40)
    planes = []
    for _ in range(3):
        a, b, c = rng.uniform(-1, 1, 3)
        planes.append(127 + 100 * np.sin((a * x + b * y) / scale + 6 * c))
    image = np.stack(planes, -1)
    image[(x // max(w / 5, 1) + y // max(h / 5, 1)) % 2 == 1] *= 0.6
    image += rng.normal(0, 6, image.shape)
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(w, h, depth, colour, samples, interlaced=False, extra=b"", filters=range(5)):
    """A PNG written by hand: any depth, colour type, filter, and interlacing."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    samples = np.asarray(samples, np.uint16).reshape(h, w, channels)

    def packed(block):
        rows = []
        for row in block.reshape(block.shape[0], -1):
            if depth == 16:
                rows.append(row.astype(">u2").tobytes())
            elif depth == 8:
                rows.append(row.astype(np.uint8).tobytes())
            else:
                bits = ((row[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8)
                rows.append(np.packbits(bits.ravel()).tobytes())
        return filtered(rows, max(depth * channels // 8, 1), list(filters))

    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for x, y, dx, dy in passes:
        block = samples[y::dy, x::dx]
        if block.size:
            data += packed(block)
    data = zlib.compress(data)
    header = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlaced))
    middle = len(data) // 2  # two IDAT chunks and an empty one between them
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data[:middle])
            + chunk(b"IDAT", b"") + chunk(b"IDAT", data[middle:]) + chunk(b"IEND", b""))


def filtered(rows, pixel, filters):
    out, above = b"", bytes(len(rows[0]))
    for i, row in enumerate(rows):
        kind = filters[i % len(filters)]
        left = bytes(pixel) + row[:-pixel] if len(row) > pixel else bytes(len(row))
        corner = bytes(pixel) + above[:-pixel] if len(row) > pixel else bytes(len(row))
        guess = {0: lambda a, b, c: 0, 1: lambda a, b, c: a, 2: lambda a, b, c: b,
                 3: lambda a, b, c: (a + b) // 2, 4: paeth}[kind]
        out += bytes([kind]) + bytes((v - guess(a, b, c)) & 255 for v, a, b, c in zip(row, left, above, corner))
        above = row
    return out


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


# ---- kinds of files --------------------------------------------------------------------------

def png_files(w, h, seed):
    rgb = np.asarray(picture(w, h, seed), np.uint16)
    gray, alpha = rgb[..., 1], rgb[..., 2]
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, rgb.shape, dtype=np.uint16)
    plte = chunk(b"PLTE", rng.integers(0, 256, 3 * 256, dtype=np.uint8).tobytes())
    few = chunk(b"PLTE", rng.integers(0, 256, 3 * 9, dtype=np.uint8).tobytes())
    for il in (False, True):
        tail = "-interlaced" if il else ""
        for depth in (1, 2, 4, 8):
            yield f"gray{depth}{tail}.png", png(w, h, depth, 0, gray >> (8 - depth), il)
            extra = few if depth == 4 else plte[:8 + 3 * 2**depth] if depth == 8 else b""
            if depth == 8:
                extra = plte
            elif depth < 4:
                extra = chunk(b"PLTE", plte[8:8 + 3 * 2**depth])
            yield f"palette{depth}{tail}.png", png(w, h, depth, 3, gray >> (8 - depth), il, extra + chunk(b"tRNS", b"\x00\x80"))
        yield f"gray16{tail}.png", png(w, h, 16, 0, gray // 2 + noise[..., 0] // 200 * 256, il)
        yield f"rgb8{tail}.png", png(w, h, 8, 2, rgb, il, chunk(b"tRNS", b"\0\1\0\2\0\3"))
        yield f"rgb16{tail}.png", png(w, h, 16, 2, rgb << 8 | noise, il)
        yield f"graya8{tail}.png", png(w, h, 8, 4, np.stack([gray, alpha], -1), il)
        yield f"graya16{tail}.png", png(w, h, 16, 4, np.stack([gray << 8 | noise[..., 0], alpha], -1), il)
        rgba = np.concatenate([rgb, alpha[..., None]], -1)
        yield f"rgba8{tail}.png", png(w, h, 8, 6, rgba, il)
        yield f"rgba16{tail}.png", png(w, h, 16, 6, rgba << 8 | 7, il)
    for depth in (1, 2, 4, 8, 16):
        values = gray >> (8 - min(depth, 8)) if depth < 16 else gray & 0xf0
        key = int(np.bincount(values.ravel()).argmax())
        yield f"gray{depth}-key.png", png(w, h, depth, 0, values, extra=chunk(b"tRNS", struct.pack(">H", key)))
    for depth in (8, 16):
        coarse = (rgb & 0x80) * (1 if depth == 8 else 257)
        key = coarse.reshape(-1, 3)[w * h // 2]
        yield f"rgb{depth}-key.png", png(w, h, depth, 2, coarse, extra=chunk(b"tRNS", struct.pack(">3H", *map(int, key))))


def jpeg_files(w, h, seed):
    image = picture(w, h, seed)
    for name, options in {
        "444": dict(subsampling="4:4:4"), "422": dict(subsampling="4:2:2"), "420": dict(subsampling="4:2:0"),
        "q30": dict(quality=30), "q100": dict(quality=100), "progressive": dict(progressive=True),
        "progressive444": dict(progressive=True, subsampling="4:4:4"), "restart": dict(restart_marker_blocks=3),
        "optimized": dict(optimize=True),
    }.items():
        yield f"{name}.jpg", saved(image, "JPEG", **{"quality": 85, **options})
    yield "gray.jpg", saved(image.convert("L"), "JPEG", quality=80)
    yield "gray-progressive.jpg", saved(image.convert("L"), "JPEG", quality=80, progressive=True)
    yield "cmyk.jpg", saved(image.convert("CMYK"), "JPEG", quality=80)
    yield "rgb.jpg", saved(image, "JPEG", quality=80, keep_rgb=True)


def bmp(w, h, bits, data, compression=0, header=40, palette=b"", masks=b"", top=False, colours=0):
    """A BMP written by hand; data are the rows as they are stored."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, w, -h if top else h, 1, bits, compression, len(data), 0, 0, colours, 0)
        info += masks[:max(header - 40, 0)].ljust(header - 40, b"\0")
        masks = b"" if header > 40 else masks
    offset = 14 + len(info) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + masks + palette + data


def bmp_rows(values, bits):
    rows = []
    for row in values:
        bitmap = ((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
        packed = np.packbits(bitmap.ravel()).tobytes()
        rows.append(packed + bytes(-len(packed) % 4))
    return b"".join(rows)


def rle8(values):
    out = b""
    for row in values:
        x = 0
        while x < len(row):
            n = 1
            while x + n < len(row) and n < 255 and row[x + n] == row[x]:
                n += 1
            if n < 3 and len(row) - x >= 4:
                out += bytes([0, 3]) + bytes(int(v) for v in row[x:x + 3]) + b"\0"
                n = 3
            else:
                out += bytes([n, int(row[x])])
            x += n
        out += b"\0\0"
    return out + b"\0\1"


def bmp_files(w, h, seed):
    image = picture(w, h, seed)
    rgb = np.asarray(image, np.uint16)
    gray = rgb[..., 0] & 0xf0
    rng = np.random.default_rng(seed)
    colours = rng.integers(0, 256, 4 * 256, dtype=np.uint8).tobytes()
    yield "rgb24.bmp", saved(image, "BMP")
    yield "rgba32.bmp", saved(image.convert("RGBA"), "BMP")
    yield "gray8.bmp", saved(image.convert("L"), "BMP")
    yield "one.bmp", saved(image.convert("1"), "BMP")
    for bits in (1, 4, 8):
        rows = bmp_rows((gray >> (8 - bits))[::-1], bits)
        yield f"palette{bits}.bmp", bmp(w, h, bits, rows, palette=colours[:4 << bits])
    yield "os2.bmp", bmp(w, h, 8, bmp_rows(gray, 8), header=12, palette=colours[:3 * 256])
    yield "top-down.bmp", bmp(w, h, 8, bmp_rows(gray, 8), palette=colours, top=True)
    pixels = (rgb[..., 0] >> 3 << 10 | rgb[..., 1] >> 3 << 5 | rgb[..., 2] >> 3).astype("<u2")
    pad = bytes(-2 * w % 4)
    rows = b"".join(row.tobytes() + pad for row in pixels)
    yield "rgb555.bmp", bmp(w, h, 16, rows)
    pixels = (rgb[..., 0] >> 3 << 11 | rgb[..., 1] >> 2 << 5 | rgb[..., 2] >> 3).astype("<u2")
    rows = b"".join(row.tobytes() + pad for row in pixels)
    masks = struct.pack("<III", 0xf800, 0x7e0, 0x1f)
    yield "rgb565.bmp", bmp(w, h, 16, rows, compression=3, masks=masks)
    rows = np.dstack([rgb, gray]).astype(np.uint8).tobytes()
    masks = struct.pack("<IIII", 0xff, 0xff00, 0xff0000, 0xff000000)
    yield "fields32.bmp", bmp(w, h, 32, rows, compression=3, header=124, masks=masks)
    data = saved(image, "DIB")
    yield "rgb.dib", data
    yield "palette.dib", saved(image.quantize(90), "BMP")[14:]
    yield "rle8.bmp", bmp(w, h, 8, rle8(gray), compression=1, palette=colours)
    yield "rle4.bmp", bmp(w, h, 4, b"".join(runs4(row) for row in gray >> 4) + b"\0\1", compression=2, palette=colours[:64])


def runs4(row):
    return b"".join(bytes([1, int(v) << 4]) for v in row) + b"\0\0"


def pnm_files(w, h, seed):
    image = picture(w, h, seed)
    rgb = np.asarray(image, np.uint16)
    gray = rgb[..., 1]
    size = f"{w} {h}".encode()
    yield "p6.ppm", saved(image, "PPM")
    yield "p5.pgm", saved(image.convert("L"), "PPM")
    yield "p4.pbm", saved(image.convert("1"), "PPM")
    yield "p6-max100.ppm", b"P6\n# a comment\n" + size + b"\n100\n" + (rgb * 100 // 255).astype(np.uint8).tobytes()
    yield "p5-max7.pgm", b"P5 " + size + b" 7 " + (gray * 9 // 255).astype(np.uint8).tobytes()
    yield "p5-16.pgm", b"P5 " + size + b" 65535 " + (gray * 2).astype(">u2").tobytes()
    yield "p5-1000.pgm", b"P5 " + size + b" 1000 " + (gray // 40).astype(">u2").tobytes()
    yield "p6-16.ppm", b"P6 " + size + b" 65535 " + (rgb * 257).astype(">u2").tobytes()
    yield "p6-1000.ppm", b"P6 " + size + b" 1000 " + (rgb * 3).astype(">u2").tobytes()
    yield "p3.ppm", b"P3 " + size + b" 999\n" + b"\n".join(b"%d" % v for v in (rgb * 3).ravel()) + b"\n"
    yield "p2.pgm", b"P2 # gray\n" + size + b" 255\n" + b" ".join(b"%d" % v for v in gray.ravel())
    yield "p1.pbm", b"P1 " + size + b"\n" + b"".join(b"%d" % (v > 120) for v in gray.ravel())


def tiff_files(w, h, seed):
    image = picture(w, h, seed)
    for name, compression in {"raw": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate", "packbits": "packbits"}.items():
        yield f"rgb-{name}.tif", saved(image, "TIFF", compression=compression)
    yield "gray.tif", saved(image.convert("L"), "TIFF", compression="tiff_lzw")
    yield "one.tif", saved(image.convert("1"), "TIFF")
    yield "group4.tif", saved(image.convert("1"), "TIFF", compression="group4")
    yield "palette.tif", saved(image.quantize(50), "TIFF")
    yield "rgba.tif", saved(with_alpha(image), "TIFF", compression="tiff_lzw")
    yield "graya.tif", saved(with_alpha(image).convert("LA"), "TIFF")
    gray16 = Image.fromarray((np.asarray(image, np.uint16)[..., 0] * 2).astype(np.uint16))
    yield "gray16.tif", saved(gray16, "TIFF")
    yield "cmyk.tif", saved(image.convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield "predictor.tif", saved(image, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "group3.tif", saved(image.convert("1"), "TIFF", compression="group3")
    yield "white-is-zero.tif", saved(image.convert("1"), "TIFF", compression="group4", tiffinfo={262: 0})
    yield from tiled(image)
    yield from scientific(image)
    yield from scanned(image)


def strips(values, order="II", compress=True, rows=9):
    """Values of any type of numpy in compressed strips, with what tags they need."""
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    bits = values.dtype.itemsize * 8
    values = values.astype(values.dtype.newbyteorder("<" if order == "II" else ">"))
    blocks = [values[y:y + rows].tobytes() for y in range(0, len(values), rows)]
    h, w = values.shape
    tags = {256: [w], 257: [h], 258: [bits], 259: [8 if compress else 1], 262: [1], 277: [1], 278: [rows], 339: [kind]}
    return tiff_file(tags, [zlib.compress(b) for b in blocks] if compress else blocks, order)


def predicted(values, rows=9):
    """32-bit floating point with the predictor of Adobe's Technical Note 3."""
    h, w = values.shape
    blocks = []
    for y in range(0, h, rows):
        block = values[y:y + rows].astype(">f4").view(np.uint8).reshape(-1, w, 4).transpose(0, 2, 1).reshape(-1, 4 * w)
        blocks.append(zlib.compress(np.diff(block, axis=1, prepend=np.uint8(0)).astype(np.uint8).tobytes()))
    tags = {256: [w], 257: [h], 258: [32], 259: [8], 262: [1], 277: [1], 278: [rows], 317: [3], 339: [3]}
    return tiff_file(tags, blocks)


def scientific(image):
    """Floating point, signed and large integers, BigTIFF, separate planes, zstd."""
    rgb = np.asarray(image, np.int32)
    gray = rgb[..., 1] * 3 - 150 + rgb[..., 0] // 200 * 70000
    yield "float32.tif", strips((gray / 2.7).astype(np.float32))
    yield "float32-predictor.tif", predicted((gray / 2.7).astype(np.float32))
    yield "int32.tif", strips(gray)
    yield "uint32.tif", strips(gray.astype(np.uint32))
    yield "int16.tif", strips((gray * 40).clip(-32768, 32767).astype(np.int16))
    yield "int8.tif", strips(rgb[..., 1].astype(np.uint8).view(np.int8))
    yield "gray12.tif", twelve_bits(rgb[..., 1] * 5 % 4096)
    yield "gray16-lzw.tif", saved(Image.fromarray((rgb[..., 1] * 201).astype(np.uint16)), "TIFF", compression="tiff_lzw")
    for name, values in {"float32": (gray / 2.7).astype(np.float32), "int32": gray, "int16": gray.clip(-300, 300).astype(np.int16)}.items():
        yield f"{name}-MM.tif", strips(values, "MM", compress=False)  # Pillow swaps the bytes of compressed ones
    yield "big.tif", saved(image, "TIFF", compression="tiff_lzw", big_tiff=True)
    yield "zstd.tif", saved(image, "TIFF", compression="zstd", tiffinfo={278: 10})
    yield "zstd-predictor.tif", saved(image, "TIFF", compression="zstd", tiffinfo={317: 2})
    yield from planar(image)


def twelve_bits(values, rows=9):
    h, w = values.shape
    v = np.pad(values, ((0, 0), (0, w % 2)))
    a, b = v[:, ::2], v[:, 1::2]
    packed = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], -1).astype(np.uint8).reshape(h, -1)[:, :(12 * w + 7) // 8]
    blocks = [zlib.compress(packed[y:y + rows].tobytes()) for y in range(0, h, rows)]
    return tiff_file({256: [w], 257: [h], 258: [12], 259: [8], 262: [1], 277: [1], 278: [rows]}, blocks)


def planar(image):
    """Each channel in strips or tiles of its own."""
    rgb = np.asarray(image, np.uint16)
    for name, bits, tile, extra in (("planar", 8, None, False), ("planar16", 16, None, False), ("planar-tiles", 8, (32, 16), True)):
        samples = rgb * 257 if bits == 16 else rgb
        if extra:
            samples = np.concatenate([samples, samples[..., :1]], -1)
        h, w, channels = samples.shape
        tw, th = tile or (w, 11)
        blocks = []
        for c in range(channels):
            for y in range(0, h, th):
                for x in range(0, w, tw):
                    block = samples[y:y + th, x:x + tw, c]
                    if tile:
                        block = np.pad(block, ((0, th - block.shape[0]), (0, tw - block.shape[1])))
                    blocks.append(zlib.compress(stored(block, "II", bits)))
        tags = {256: [w], 257: [h], 258: [bits] * channels, 259: [8], 262: [2], 277: [channels], 284: [2]}
        tags |= {322: [tw], 323: [th]} if tile else {278: [th]}
        yield f"{name}.tif", tiff_file(tags | ({338: [2]} if extra else {}), blocks)


def scanned(image):
    """JPEG in TIFF, and YCbCr otherwise."""
    yield "jpeg.tif", saved(image, "TIFF", compression="jpeg", quality=80)
    yield "jpeg-strips.tif", saved(image, "TIFF", compression="jpeg", quality=80, tiffinfo={278: 16})
    yield "jpeg-rgb.tif", saved(image, "TIFF", compression="jpeg", quality=80, tiffinfo={262: 2})
    yield "jpeg-gray.tif", saved(image.convert("L"), "TIFF", compression="jpeg", quality=80)
    yield "jpeg-cmyk.tif", saved(image.convert("CMYK"), "TIFF", compression="jpeg", quality=80)
    yield "jpeg-tiles.tif", jpeg_tiles(image, "4:2:0")
    yield "jpeg-tiles-tables.tif", jpeg_tiles(image, "4:2:2", tables=True)
    yield "ycbcr.tif", saved(image.convert("YCbCr"), "TIFF")
    yield "ycbcr-lzw.tif", saved(image.convert("YCbCr"), "TIFF", compression="tiff_lzw")
    yield "ycbcr22.tif", ycbcr(image, 2, 2)
    yield "ycbcr41.tif", ycbcr(image, 4, 1)
    video = {529: (RATIONAL, [(2126, 10000), (7152, 10000), (722, 10000)]),
             532: (RATIONAL, [(16, 1), (235, 1), (128, 1), (240, 1), (128, 1), (240, 1)])}
    yield "ycbcr21-video.tif", ycbcr(image, 2, 1, video)


def jpeg_tiles(image, subsampling, tables=False):
    """Tiles of 32×16, each a JPEG; with tables, these are in a tag and not in the tiles."""
    w, h = image.size
    blocks, shared = [], b""
    for y in range(0, h, 16):
        for x in range(0, w, 32):
            b = saved(image.crop((x, y, x + 32, y + 16)), "JPEG", quality=75, subsampling=subsampling)
            if tables:
                shared, b = split_tables(b)
            blocks.append(b)
    across, down = {"4:2:0": (2, 2), "4:2:2": (2, 1)}[subsampling]
    tags = {256: [w], 257: [h], 258: [8] * 3, 259: [7], 262: [6], 277: [3], 322: [32], 323: [16], 530: [across, down]}
    if tables:
        tags[347] = (UNDEFINED, list(shared))
    return tiff_file(tags, blocks)


def split_tables(data):
    """The quantisation and Huffman tables of a JPEG, and the rest."""
    tables, rest, at = b"\xff\xd8", b"\xff\xd8", 2
    while data[at + 1] != 0xda:
        end = at + 2 + int.from_bytes(data[at + 2:at + 4], "big")
        if data[at + 1] in (0xdb, 0xc4):
            tables += data[at:end]
        else:
            rest += data[at:end]
        at = end
    return tables + b"\xff\xd9", rest + data[at:]


def ycbcr(image, across, down, tags={}, rows=8):
    """Units of YCbCr, compressed, as libtiff reads them."""
    a = np.asarray(image.convert("YCbCr"))
    h, w, _ = a.shape
    a = np.pad(a, ((0, -h % down), (0, -w % across), (0, 0)), "edge")
    blocks = []
    for y in range(0, h, rows):
        out = b""
        for line in range(y, min(y + rows, a.shape[0]), down):
            for x in range(0, a.shape[1], across):
                unit = a[line:line + down, x:x + across]
                out += unit[..., 0].tobytes() + bytes(int(v) for v in unit[0, 0, 1:])
        blocks.append(zlib.compress(out))
    base = {256: [w], 257: [h], 258: [8] * 3, 259: [8], 262: [6], 277: [3], 278: [rows], 530: [across, down]}
    return tiff_file(base | tags, blocks)


def tiled(image):
    """Tiles, big-endian, 16 bits, horizontal differencing, extra samples: TIFF written by hand."""
    rgb = np.asarray(image, np.uint16)
    noise = np.random.default_rng(3).integers(0, 256, rgb.shape, dtype=np.uint16)
    deep = rgb << 8 | noise
    alpha = np.concatenate([rgb, rgb[..., 2:]], -1)
    for order in ("II", "MM"):
        yield f"tiles-{order}.tif", tiff(rgb, order, 2, 8, tile=(16, 32))
        yield f"rgb16-{order}.tif", tiff(deep, order, 2, 16)
        yield f"rgb16-differ-{order}.tif", tiff(deep, order, 2, 16, differ=True)
        yield f"gray16-{order}.tif", tiff(rgb[..., :1] * 2, order, 1, 16)
        yield f"multiplied-{order}.tif", tiff(alpha, order, 2, 8, extra=1)
        yield f"cmyk16-{order}.tif", tiff(np.concatenate([deep, deep[..., :1]], -1), order, 5, 16)
        for bits in (2, 4):
            yield f"white{bits}-{order}.tif", tiff(rgb[..., :1] >> (8 - bits), order, 0, bits)


def tiff(samples, order, photometric, bits, tile=None, differ=False, extra=None):
    h, w, channels = samples.shape
    tw, th = tile or (w, 7)
    blocks = []
    for y in range(0, h, th):
        for x in range(0, w, tw):
            block = samples[y:y + th, x:x + tw]
            if tile:
                block = np.pad(block, ((0, th - block.shape[0]), (0, tw - block.shape[1]), (0, 0)))
            if differ:
                block = np.concatenate([block[:, :1], block[:, 1:] - block[:, :-1]], 1)
            blocks.append(zlib.compress(stored(block, order, bits)) if differ or tile else stored(block, order, bits))
    tags = {256: [w], 257: [h], 258: [bits] * channels, 259: [8 if differ or tile else 1], 262: [photometric], 277: [channels]}
    tags |= {322: [tw], 323: [th]} if tile else {278: [th]}
    if differ:
        tags[317] = [2]
    if extra is not None:
        tags[338] = [extra]
    return tiff_file(tags, blocks, order)


RATIONAL, UNDEFINED = 5, 7
TIFF_FORMATS = {4: "I", 16: "Q", RATIONAL: "II", UNDEFINED: "B"}


def tiff_file(tags, blocks, order="II", big=False):
    """A TIFF or BigTIFF of these tags, {tag: values} or {tag: (kind, values)}, and blocks."""
    e, wide, place = ("<" if order == "II" else ">"), 16 if big else 4, "Q" if big else "I"
    entry = 20 if big else 12
    tags = {tag: v if isinstance(v, tuple) else (wide if big else 4, v) for tag, v in tags.items()}
    offsets = 324 if 322 in tags else 273
    tags[offsets] = (wide, [0] * len(blocks))
    tags[offsets + 1 if offsets == 324 else 279] = (wide, [len(b) for b in blocks])
    start = (16 + 8 if big else 8 + 2) + entry * len(tags) + (8 if big else 4)

    def packed(kind, values):
        flat = [x for v in values for x in (v if isinstance(v, tuple) else (v,))]
        return struct.pack(f"{e}{len(values) * len(TIFF_FORMATS[kind])}{TIFF_FORMATS[kind][0]}", *flat)

    room = 8 if big else 4
    area = start + sum(len(packed(*v)) for v in tags.values() if len(packed(*v)) > room)
    tags[offsets] = (wide, [area + sum(map(len, blocks[:i])) for i in range(len(blocks))])
    directory, long = struct.pack(e + ("Q" if big else "H"), len(tags)), b""
    for tag in sorted(tags):
        kind, values = tags[tag]
        data = packed(kind, values)
        if len(data) > room:
            data, long = struct.pack(e + place, start + len(long)), long + data
        directory += struct.pack(e + "HH" + place, tag, kind, len(values)) + data.ljust(room, b"\0")
    head = struct.pack(e + "HHHQ", 43, 8, 0, 16) if big else struct.pack(e + "HI", 42, 8)
    return order.encode() + head + directory + bytes(8 if big else 4) + long + b"".join(blocks)


def stored(block, order, bits):
    if bits == 16:
        return block.astype("<u2" if order == "II" else ">u2").tobytes()
    if bits == 8:
        return block.astype(np.uint8).tobytes()
    rows = ((block[..., 0][..., None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8)
    return b"".join(np.packbits(row.ravel()).tobytes() for row in rows)


def with_alpha(image):
    image = image.convert("RGBA")
    image.putalpha(image.getchannel(1))
    return image


def webp_files(w, h, seed):
    image = picture(w, h, seed)
    for quality in (5, 50, 80, 100):
        yield f"lossy{quality}.webp", saved(image, "WEBP", quality=quality)
    yield "lossless.webp", saved(image, "WEBP", lossless=True)
    yield "lossy-alpha.webp", saved(with_alpha(image), "WEBP", quality=70, exact=True)
    yield "lossless-alpha.webp", saved(with_alpha(image), "WEBP", lossless=True, exact=True)
    more = [picture(w, h, seed + 1), picture(w, h, seed + 2)]
    yield "animated.webp", saved(image, "WEBP", save_all=True, append_images=more, quality=60)
    yield "animated-lossless.webp", saved(with_alpha(image), "WEBP", save_all=True, append_images=more, lossless=True)
    yield "exif.webp", saved(image, "WEBP", quality=60, exif=orientation(6))


def gif_files(w, h, seed):
    image = picture(w, h, seed)
    later = image.copy()  # a second frame that takes less than the first
    later.paste((250, 20, 20), (0, 0, 1 + w // 3, 1 + h // 3))
    few = image.quantize(60, dither=Image.Dither.NONE)
    yield "palette.gif", saved(few, "GIF", interlace=0)
    yield "interlaced.gif", saved(few, "GIF", interlace=1)
    yield "gray.gif", saved(image.convert("L"), "GIF", interlace=0)
    yield "animated.gif", saved(image, "GIF", save_all=True, append_images=[later])
    yield "transparent.gif", saved(few, "GIF", transparency=7, interlace=0)
    indices = np.asarray(few)
    palette = bytes(range(40, 190))[:3 * 32]
    yield "frame.gif", gif(indices[:h - h // 3, :w - w // 4], (w, h), (w // 4, h // 3), palette)
    yield "frame-beyond.gif", gif(indices, (max(w - 3, 1), max(h - 2, 1)), (0, 0), palette, control=3)
    yield "frame-transparent.gif", gif(indices[:h - h // 3, :w - w // 4], (w, h), (w // 4, 0), palette, control=3, interlaced=True)
    ramp = bytes(i // 3 for i in range(3 * 64))
    yield "local.gif", gif(indices, (w, h), (0, 0), palette, local=bytes(reversed(palette)))
    yield "local-ramp.gif", gif(indices, (w, h), (0, 0), palette, local=ramp)
    yield "ramp.gif", gif(indices, (w, h), (0, 0), ramp)
    yield "no-palette.gif", gif(indices, (w, h), (0, 0), b"")


def gif(indices, screen, at, palette, local=b"", control=None, interlaced=False):
    """A GIF written by hand, its codes cleared before they grow."""
    h, w = indices.shape
    bits, out = 8, b"GIF89a" + struct.pack("<HH", *screen)

    def table(p):
        size = max((len(p) // 3 - 1).bit_length() - 1, 0)
        return (0x80 | size, p.ljust(6 << size, b"\1")) if p else (0, b"")

    flag, colours = table(palette)
    out += bytes([flag, 2, 0]) + colours + b"!\xfe\x05hello\0"
    if control is not None:
        out += b"!\xf9\x04" + bytes([1, 0, 0, control]) + b"\0"
    flag, colours = table(local)
    out += b"," + struct.pack("<HHHHB", *at, w, h, flag | (0x40 if interlaced else 0)) + colours + bytes([bits])
    rows = list(range(h))
    if interlaced:
        rows = [y for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, h, step)]
    flat = indices[rows].ravel()
    codes = [c for i, v in enumerate(flat) for c in ([256, v] if i % 250 == 0 else [v])] + [257]
    stream = np.concatenate([(int(c) >> np.arange(bits + 1)) & 1 for c in codes]).astype(np.uint8)
    data = np.packbits(stream, bitorder="little").tobytes()
    for i in range(0, len(data), 255):
        out += bytes([len(data[i:i + 255])]) + data[i:i + 255]
    return out + b"\0;"


def orientation_files(w, h, seed):
    image = picture(w, h, seed)
    for o in range(1, 9):
        yield f"exif{o}.jpg", saved(image, "JPEG", quality=85, exif=orientation(o))
        yield f"exif{o}.png", saved(image, "PNG", exif=orientation(o))
    yield "exif6.tif", saved(image, "TIFF", compression="tiff_lzw", tiffinfo={274: 6})
    yield "exif5.tif", saved(image, "TIFF", tiffinfo={274: 5})
    yield "exif9.jpg", saved(image, "JPEG", quality=85, exif=orientation(9))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    yield "xmp8.jpg", saved(image, "JPEG", quality=85, xmp=xmp)
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp.replace(b'="8"', b">3<")
    rgb = np.asarray(image, np.uint16)
    yield "xmp3.png", png(w, h, 8, 2, rgb, extra=chunk(b"iTXt", text))
    profile = orientation(7)
    raw = f"\nexif\n{len(profile):8}\n{profile.hex()}\n".encode()
    yield "profile7.png", png(w, h, 8, 2, rgb, extra=chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw)))


KINDS = [jpeg_files, png_files, bmp_files, pnm_files, tiff_files, webp_files, gif_files, orientation_files]


# ---- what is written -------------------------------------------------------------------------

def write(folder, name, data):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def committed(folder):
    """One small file of each kind, several transforms and views of some, and odd sizes."""
    lines = []
    for kind in KINDS:
        for name, data in kind(45, 34, 1):
            write(folder, name, data)
            lines.append(line(name, data, 40, 32))
            if "exif" in name or "xmp" in name or "profile" in name:
                lines.append(line(name, data, 40, 32, "ignore"))
            lines += switched(name, data, 40, 32)
    for name, data in itertools_sizes():
        write(folder, name, data)
        for resize, size in ((342, 299), (20, 32), (16, 16), (33, 20)):
            lines.append(line(name, data, resize, size))
    for name in ("420.jpg", "progressive444.jpg", "gray.jpg", "exif6.jpg", "cmyk.jpg", "rgb8.png"):
        for size in (4, 8, 11, 16, 30):
            lines.append(line(name, (folder / name).read_bytes(), size, 16, fast=True))
    for name in ("444.jpg", "rgb8.png", "exif6.jpg", "exif3.png", "exif5.jpg"):
        data = (folder / name).read_bytes()
        for box, flip in (((3, 5, 20, 17), False), ((0, 0, 30, 30), True), ((10, 2, 9, 28), True), ((7, 7, 1, 2), False)):
            entry = {"file": name, "box": box, "flip": flip, "crop": 24, "exif": "apply"}
            entry["sha256"] = digest(view(data, box, 24, flip, "apply"))
            lines.append(entry)
    finish(folder, lines)
    (folder / "exif.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in orientation_lines()))


def odd_orientations():
    """EXIF blocks whose orientation is of an odd kind, twice there, or not where it should be."""
    def block(*entries, tail=b"", order="<"):
        at = 8 + 2 + 12 * len(entries) + 4
        out = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
        for tag, kind, count, value in entries:
            out += struct.pack(order + "HHI", tag, kind, count) + (struct.pack(order + "I", at) if value is None else value)
        return out + bytes(4) + tail

    def one(kind, count=1, value=None, **more):
        return block((274, kind, count, value), **more)

    six = b"\6\0\0\0"
    xmp = b'<rdf:Description tiff:Orientation="8"/>'
    yield "short", one(3, 1, six), b""
    yield "two values", one(3, 2, b"\6\0\3\0"), b""
    yield "three values", one(3, 3, tail=b"\6\0\3\0\2\0"), b""
    yield "no value", one(3, 0, six), b""
    yield "no value, and XMP", one(3, 0, six), xmp
    yield "byte", one(1, 1, six), b""
    yield "byte, and XMP", one(1, 1, six), xmp
    yield "text", one(2, 2, b"6\0\0\0"), b""
    yield "undefined", one(7, 1, six), b""
    yield "long", one(4, 1, six), b""
    yield "signed byte", one(6, 1, six), b""
    yield "signed byte, negative", one(6, 1, b"\xfa\0\0\0"), b""
    yield "signed short", one(8, 1, six), b""
    yield "signed long", one(9, 1, six), b""
    yield "directory", one(13, 1, six), b""
    yield "unknown kind, and XMP", one(99, 1, six), xmp
    yield "rational", one(5, tail=struct.pack("<II", 6, 1)), b""
    yield "rational, not reduced", one(5, tail=struct.pack("<II", 12, 2)), b""
    yield "rational, no integer", one(5, tail=struct.pack("<II", 13, 2)), b""
    yield "rational, by zero", one(5, tail=struct.pack("<II", 6, 0)), b""
    yield "signed rational", one(10, tail=struct.pack("<ii", -6, -1)), b""
    yield "float", one(11, 1, struct.pack("<f", 6)), b""
    yield "float, no integer", one(11, 1, struct.pack("<f", 6.5)), b""
    yield "double", one(12, tail=struct.pack("<d", 6)), b""
    yield "long of 8 bytes", one(16, tail=struct.pack("<Q", 6)), b""
    yield "big-endian, two values", one(3, 2, b"\0\6\0\3", order=">"), b""
    yield "twice", block((274, 3, 1, six), (274, 3, 1, b"\3\0\0\0")), b""
    yield "twice, the first without value", block((274, 3, 0, six), (274, 3, 1, b"\3\0\0\0")), b""
    yield "twice, the first of an unknown kind", block((274, 77, 1, six), (274, 3, 1, b"\3\0\0\0")), b""
    yield "behind a broken entry", block((271, 2, 20, struct.pack("<I", 60)), (274, 3, 1, six)), b""
    yield "behind a huge entry", block((271, 2, 1 << 30, struct.pack("<I", 60)), (274, 3, 1, six)), b""
    yield "its value behind the end", one(5, 1, struct.pack("<I", 40)), xmp
    yield "nine", one(3, 1, b"\x09\0\0\0"), b""


TURNS = [None, *(getattr(Image.Transpose, t) for t in (
    "FLIP_LEFT_RIGHT", "ROTATE_180", "FLIP_TOP_BOTTOM", "TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"))]


def orientation_lines():
    plain = np.arange(6 * 3, dtype=np.uint16).reshape(2, 3, 3)
    for name, exif, xmp in odd_orientations():
        extra = chunk(b"eXIf", exif) + (chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp) if xmp else b"")
        data = png(3, 2, 8, 2, plain, extra=extra)
        image = Image.open(io.BytesIO(data))
        turned = np.asarray(ImageOps.exif_transpose(image))
        ways = [image if t is None else image.transpose(t) for t in TURNS]
        found = [i + 1 for i, way in enumerate(ways) if np.array_equal(np.asarray(way), turned)]
        yield {"name": name, "png": base64.b64encode(data).decode(), "orientation": found[0]}


def switched(name, data, resize, size):
    """Lines with the switches of the transform that matter to a file."""
    image = Image.open(io.BytesIO(data))
    if deep_gray(image)[0]:
        yield line(name, data, resize, size, gray16="scale")
    if image.has_transparency_data:
        for ground in ("white", "black"):
            yield line(name, data, resize, size, alpha=ground)


def itertools_sizes():
    for w, h in ((1, 1), (1, 7), (7, 1), (2, 3), (16, 16), (17, 16), (31, 64), (120, 9), (3, 150), (64, 33)):
        yield f"size-{w}x{h}.jpg", saved(picture(w, h, w + h), "JPEG", quality=70)
        yield f"size-{w}x{h}.png", saved(picture(w, h, w + h), "PNG")


def bulk(folder, count):
    """Many files of random sizes and kinds; most of them JPEG."""
    rng, lines = random.Random(5), []
    while len(lines) < count:
        kind = rng.choice(KINDS + [jpeg_files] * 4)
        w, h = (max(1, int(2 ** rng.uniform(0, 11))) for _ in "wh")
        if kind in (png_files, bmp_files) and w * h > 60000:
            w, h = 1 + w // 8, 1 + h // 8
        for name, data in kind(w, h, rng.randrange(1 << 30)):
            if rng.random() < 0.6:
                continue
            name = f"{len(lines) // 100:02}/{len(lines):05}-{w}x{h}-{name}"
            write(folder, name, data)
            resize, size = rng.choice(((342, 299), (300, 300), (64, 75), (256, 224)))
            lines.append(line(name, data, resize, size, fast=rng.random() < 0.2))
            lines += switched(name, data, resize, size)
    finish(folder, lines)


def photographs(archive, folder):
    lines = []
    with zipfile.ZipFile(archive) as z:
        for name in sorted(z.namelist()):
            if name.lower().endswith((".jpg", ".jpeg", ".png")):
                data = z.read(name)
                lines.append(line(name, data, *((300, 300) if len(lines) % 4 == 3 else (342, 299))))
    finish(folder, lines, "photographs.jsonl")


def finish(folder, lines, name="crops.jsonl"):
    text = "".join(json.dumps(entry) + "\n" for entry in lines)
    (folder / name).write_text(text)
    refused = sum("error" in entry for entry in lines)
    print(f"{folder}: {len(lines)} crops, {refused} of them refused by Pillow")


def main(args):
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if args[:1] == ["zip"]:
        photographs(args[1], GOLDEN)
    elif args:
        bulk(pathlib.Path(args[0]), int(args[1]) if len(args) > 1 else 1500)
    else:
        committed(GOLDEN)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
