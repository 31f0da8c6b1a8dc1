"""Nets of a few KB with the operators of today's backbones, for `go test` (scripts/reference.py trunks small)."""
import json
import pathlib
import shutil

import numpy as np
import onnx
import torch
from torch import nn

from trunk import pattern

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NETS = ROOT / "testdata" / "golden" / "onnx" / "nets"
D = 8


class Block(nn.Module):
    def __init__(self, d=D, heads=2):
        super().__init__()
        self.norm1, self.norm2, self.heads = nn.LayerNorm(d), nn.LayerNorm(d), heads
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.proj(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, d))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class ViT(nn.Module):
    """A class token, registers and 4×4 patches of 8 pixels; out: cls, tokens, logits or probabilities."""

    def __init__(self, out="cls", registers=2, classes=5):
        super().__init__()
        self.out = out
        self.patch = nn.Conv2d(3, D, 8, 8)
        self.cls, self.reg = nn.Parameter(torch.randn(1, 1, D)), nn.Parameter(torch.randn(1, registers, D))
        self.pos = nn.Parameter(torch.randn(1, 16, D))
        self.blocks, self.norm, self.head = nn.Sequential(Block(), Block()), nn.LayerNorm(D), nn.Linear(D, classes)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2) + self.pos
        n = x.shape[0]
        x = torch.cat([self.cls.expand(n, -1, -1), self.reg.expand(n, -1, -1), x], 1)
        x = self.norm(self.blocks(x))
        if self.out == "tokens":
            return x
        x = x[:, 0]
        if self.out in ("logits", "probabilities"):
            x = self.head(x)
        return x.softmax(-1) if self.out == "probabilities" else x


class Windows(nn.Module):
    """Windows of a map n×h×w×d, shifted, as Swin's; out: the map or its mean."""

    def __init__(self, out="mean"):
        super().__init__()
        self.out = out
        self.patch, self.block, self.norm = nn.Conv2d(3, D, 4, 4), Block(), nn.LayerNorm(D)

    def forward(self, x):
        x = self.patch(x).permute(0, 2, 3, 1)
        n, h, w, d = x.shape
        x = torch.roll(x, (-2, -2), (1, 2))
        x = x.view(n, h // 4, 4, w // 4, 4, d).permute(0, 1, 3, 2, 4, 5).reshape(-1, 16, d)
        x = self.block(x)
        x = x.view(-1, h // 4, w // 4, 4, 4, d).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, d)
        x = self.norm(torch.roll(x, (2, 2), (1, 2)))
        return x if self.out == "map" else x.mean((1, 2))


class Conv(nn.Module):
    """Depthwise convolution, squeeze-excite, hard swish; any size; out: features, map or logits."""

    def __init__(self, out="features", classes=5):
        super().__init__()
        self.out = out
        self.stem, self.bn = nn.Conv2d(3, D, 3, 2, 1, bias=False), nn.BatchNorm2d(D)
        self.depth, self.point = nn.Conv2d(D, D, 3, 1, 1, groups=D), nn.Conv2d(D, 2 * D, 1)
        self.squeeze, self.excite, self.head = nn.Conv2d(D, 4, 1), nn.Conv2d(4, D, 1), nn.Linear(2 * D, classes)

    def forward(self, x):
        x = nn.functional.hardswish(self.bn(self.stem(x)))
        x = nn.functional.relu(self.depth(x))
        s = nn.functional.hardsigmoid(self.excite(nn.functional.relu(self.squeeze(x.mean((2, 3), keepdim=True)))))
        x = nn.functional.relu6(self.point(x * s))
        if self.out == "map":
            return x
        x = x.mean((2, 3))
        return self.head(x) if self.out == "logits" else x


class Two(nn.Module):
    """An image and a text, as CLIP: logits of both, and the image's embedding."""

    def __init__(self):
        super().__init__()
        self.image, self.text, self.proj = ViT(), nn.Embedding(10, D), nn.Linear(D, 6, bias=False)

    def forward(self, input_ids, pixel_values):
        image, text = self.proj(self.image(pixel_values)), self.text(input_ids).mean(1)
        return image @ self.proj(text).T, image


def strip(model):
    model.doc_string = ""
    del model.metadata_props[:]
    for graph in [model.graph]:
        del graph.value_info[:]
        for item in [*graph.node, *graph.input, *graph.output, *graph.initializer]:
            item.doc_string = ""
            if hasattr(item, "metadata_props"):
                del item.metadata_props[:]
        del graph.metadata_props[:]
    return model


def make():
    torch.manual_seed(3)
    shutil.rmtree(NETS, ignore_errors=True)
    NETS.mkdir(parents=True)
    cases = []

    def save(name, net, way, want=None, size=32, names=("input", "output"), half=False, extra=None, **flags):
        net = net.eval()
        for p in net.parameters():
            if p.ndim == 1:
                p.data += 0.1 * torch.randn(p.shape)
        pixels = pattern(3, size, size)
        x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 255
        x = (x - 0.5) / 0.5
        with torch.no_grad():
            y = (want or (lambda n, x: n(x)))(net, x).numpy()
            path = NETS / f"{name}.onnx"
            if half:
                net, x = net.half(), x.half()
            args = (x[:1],) if extra is None else (extra, x[:1])
            inputs = list(names[:1]) if extra is None else ["input_ids", "pixel_values"]
            outputs = list(names[1:])
            if way == "old":
                axes = {k: {0: "batch"} for k in inputs[-1:] + outputs}
                torch.onnx.export(net, args, str(path), dynamo=False, opset_version=17, input_names=inputs, output_names=outputs, dynamic_axes=axes)
            elif way.startswith("old"):
                args = args[:-1] + (x[:1].repeat(int(way[3:]), 1, 1, 1),)
                torch.onnx.export(net, args, str(path), dynamo=False, opset_version=17, input_names=inputs, output_names=outputs)
            elif way == "dynamo":
                torch.onnx.export(net, (x[:2],), str(path), dynamo=True, external_data=False, dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False, input_names=inputs, output_names=outputs)
            elif way == "dynamo1":
                torch.onnx.export(net, args, str(path), dynamo=True, external_data=False, verbose=False, input_names=inputs, output_names=outputs)
        model = strip(onnx.load(str(path)))
        if way == "external":
            pass
        path.write_bytes(model.SerializeToString(deterministic=True))
        cases.append({"name": name, "size": size, "tolerance": 2e-3 if half else 1e-5, "flags": flags, "dim": y.shape[1], "want": [[float(v) for v in row] for row in y]})
        print(name, path.stat().st_size, y.shape)

    cls, patches = (lambda n, x: n(x)[:, 0]), (lambda n, x: n(x)[:, 3:].mean(1))
    save("vit_old", ViT(), "old")
    save("vit_old1", ViT(), "old1")
    save("vit_old8", ViT(), "old8")
    save("vit_dynamo", ViT(), "dynamo")
    save("vit_dynamo1", ViT(), "dynamo1")
    save("vit_half", ViT(), "dynamo1", half=True)
    save("tokens_cls", ViT("tokens"), "old", cls, pool="cls")
    save("tokens_patches", ViT("tokens"), "dynamo", patches, pool="mean-patches")
    save("tokens_max", ViT("tokens"), "old1", lambda n, x: n(x).amax(1), pool="max")
    save("tokens_both", ViT("tokens"), "old", lambda n, x: torch.cat([cls(n, x), patches(n, x)], 1), pool="cls+mean-patches")
    net = ViT("logits")

    def before(n, x):
        n.out = "cls"
        y = n(x)
        n.out = "logits"
        return y
    save("vit_logits", net, "old", before, output="first candidate")
    save("vit_probabilities", ViT("probabilities"), "dynamo", before_of("probabilities"), output="first candidate")
    save("windows_old", Windows(), "old")
    save("windows_old1", Windows(), "old1")
    save("windows_dynamo1", Windows(), "dynamo1")
    save("windows_map", Windows("map"), "dynamo", lambda n, x: n(x).mean((1, 2)))
    save("windows_map_old", Windows("map"), "old", lambda n, x: n(x).mean((1, 2)))
    save("conv_old1", Conv(), "old1")
    save("conv_map", Conv("map"), "dynamo1", lambda n, x: n(x).mean((2, 3)))
    save("conv_grid", Conv("map"), "old", lambda n, x: torch.cat([n(x).mean((2, 3)), n(x).amax((2, 3)), nn.functional.adaptive_avg_pool2d(n(x), 2).permute(0, 2, 3, 1).flatten(1)], 1), pool="mean+max+grid2")
    save("conv_logits", Conv("logits"), "dynamo", before_of("logits", "features"), output="first candidate")
    save("two_inputs", Two(), "old", lambda n, x: n(torch.tensor([[1, 2]]), x)[1], names=("x", "logits_per_image", "image_embeds"), extra=torch.tensor([[1, 2]]))
    model = onnx.load(str(NETS / "vit_old.onnx"))
    (NETS / "external").mkdir()
    onnx.save(model, str(NETS / "external" / "model.onnx"), save_as_external_data=True, location="model.onnx.data", size_threshold=64)
    cases.append(next(c for c in cases if c["name"] == "vit_old") | {"name": "external/model"})
    (NETS / "cases.json").write_text(json.dumps(cases) + "\n")
    oblong()
    return 0


def oblong():
    """A network of images that are not square, for cmd/graft's scripts."""
    torch.manual_seed(4)
    path = NETS / "oblong.onnx"
    with torch.no_grad():
        torch.onnx.export(Conv().eval(), (torch.zeros(1, 3, 16, 24),), str(path), dynamo=False, opset_version=17, input_names=["input"], output_names=["output"])
    path.write_bytes(strip(onnx.load(str(path))).SerializeToString(deterministic=True))


def before_of(out, inner="cls"):
    def before(n, x):
        n.out = inner
        y = n(x)
        n.out = out
        return y
    return before
