"""Today's architectures through every way of exporting them: what graft's import makes of each, against PyTorch.

    scripts/reference.py trunks export  --work DIR [--only NAME…] [--ways WAY…]    models, pixels and wanted features
    scripts/reference.py trunks compare --work DIR [--graft PROGRAM] [--only …]    imports them and compares
    scripts/reference.py trunks own --work DIR --photographs ZIP    features by each model's own processor, end to end
    scripts/reference.py trunks list                                               names of architectures and ways
    scripts/reference.py trunks small                                              testdata/golden/onnx/nets: nets of a few KB

Weights are random; parameters that start at zero or next to it (LayerScale, the last gamma of a block) are set to
0.3, so that every branch counts. DIR/NAME/WAY holds model.onnx (and model.onnx.data), case.json, pixels.npy
(uint8 n×h×w×3) and want.npy (float32 n×d, what PyTorch computes in float32 of (pixels/255 − mean)/std).

Ways: old and old1 are the TorchScript exporter with an open batch and with a batch of one; dynamo and dynamo1 those
of torch.export; default is torch.onnx.export(model, (x,), path) as it stands, weights beside; half is float16;
logits is the whole classifier, imported at the value that graft's first candidate names.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time
import traceback

import numpy as np
import torch

from trunkown import open_clip_own, timm_own, torchvision_own, transformers_own

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
HALF = ([0.5] * 3, [0.5] * 3)
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
WAYS = ["old", "old1", "dynamo", "dynamo1", "default", "half", "logits"]
TOLERANCE, TOLERANCE_HALF = 1e-5, 2e-3


class Case:
    def __init__(self, make, mean_std=None, size=224, flags=(), logits=None, names=None, wrap=None, own=None):
        self.make, self.mean_std, self.size, self.flags, self.logits = make, mean_std, size, list(flags), logits
        self.names, self.wrap, self.own = names, wrap, own


def timm_case(name, size=None, flags=(), **kw):
    def make(classes=0):
        import timm
        extra = dict(kw)
        if size:
            extra["img_size"] = size
        return timm.create_model(name, pretrained=False, num_classes=classes, **extra).eval()

    def config():
        import timm
        c = timm.get_pretrained_cfg(name)
        return (list(c.mean), list(c.std)), (size or c.input_size[-1])
    return Case(make, config, size, flags, logits=lambda: make(1000), own=lambda: timm_own(name, size))


def tokens_case(name, size, pool, flags=(), **kw):
    """timm's forward_features, pooled in PyTorch as graft is asked to."""
    base = timm_case(name, size, **kw)

    class Tokens(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = base.make()

        def forward(self, x):
            return self.net.forward_features(x)

    def pooled(net, y):
        if pool == "cls":
            return y[:, 0]
        if pool == "max":
            return y.amax(1)
        return y[:, net.net.num_prefix_tokens if pool == "mean-patches" else 0:].mean(1)
    return Case(lambda: Tokens().eval(), base.mean_std, size, ["--pool", pool, *flags], wrap=pooled, own=base.own)


def map_case(name, size=None, **kw):
    """timm's forward_features of a network whose map is n×h×w×d."""
    base = timm_case(name, size, **kw)

    class Map(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = base.make()

        def forward(self, x):
            return self.net.forward_features(x)
    return Case(lambda: Map().eval(), base.mean_std, size, wrap=lambda net, y: y.mean((1, 2)) if y.shape[-1] > y.shape[1] else y.mean((2, 3)), own=base.own)


def tv_case(name, head="fc", size=224, **kw):
    def make(classes=0):
        import torchvision
        net = torchvision.models.get_model(name, weights=None, **kw).eval()
        if not classes:
            setattr(net, head, torch.nn.Identity() if head != "classifier" else last_identity(getattr(net, head)))
        return net

    def last_identity(seq):
        if isinstance(seq, torch.nn.Sequential):
            seq[-1] = torch.nn.Identity()
            return seq
        return torch.nn.Identity()
    return Case(make, lambda: (IMAGENET, size), size, logits=lambda: make(1000), own=lambda: torchvision_own(name))


def hf_case(cls, config, output, size=224, mean_std=IMAGENET, flags=(), own=None, **kw):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            import transformers
            c = getattr(transformers, config)(**kw)
            self.net = getattr(transformers, cls)(c)

        def forward(self, pixel_values):
            y = self.net(pixel_values=pixel_values)
            return tuple(y[k] for k in output.split(","))

    def make():
        return Net().eval()
    return Case(make, lambda: (mean_std, size), size, flags, names=output.split(","), wrap=lambda net, y: pick(y, flags),
                own=own and (lambda: transformers_own(own[0], image_mean=mean_std[0], image_std=mean_std[1], **own[1])))


def pick(y, flags):
    y = y[-1] if isinstance(y, tuple) else y
    if y.ndim == 4:
        y = y.flatten(1) if y.shape[2:] == (1, 1) else y.mean((2, 3))
    if y.ndim == 3:
        pool = flags[flags.index("--pool") + 1]
        y = {"cls": lambda: y[:, 0], "mean": lambda: y.mean(1), "max": lambda: y.amax(1), "mean-patches": lambda: y[:, 1:].mean(1)}[pool]()
    return y


def whole_clip():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            import transformers
            small = dict(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2)
            c = transformers.CLIPConfig(text_config=dict(vocab_size=100, eos_token_id=2, **small), vision_config=dict(image_size=64, patch_size=16, **small), projection_dim=48)
            self.net = transformers.CLIPModel(c)

        def forward(self, input_ids, pixel_values, attention_mask):
            y = self.net(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
            return y.logits_per_image, y.logits_per_text, y.text_embeds, y.image_embeds
    return Net().eval()


def open_clip_tower(name):
    def make():
        import open_clip
        return open_clip.create_model(name, pretrained=None).visual.eval()
    return Case(make, lambda: (CLIP, 224), 224, own=lambda: open_clip_own(name))


SHORT, SQUARE = {"shortest_edge": 224}, {"height": 224, "width": 224}
OWN = {  # processors of transformers, set as their best known models do
    "vit": ("ViT", {}), "dinov2": ("Bit", dict(size={"shortest_edge": 256}, crop_size=SQUARE, resample=3)), "siglip": ("Siglip", {}),
    "clip": ("CLIP", {}), "swin": ("ViT", dict(resample=3)), "convnext": ("ConvNext", dict(size=SHORT, crop_pct=0.875)), "beit": ("Beit", {}), "deit": ("DeiT", {}),
}
TINY = dict(hidden_size=96, num_hidden_layers=3, num_attention_heads=3, intermediate_size=192)
CASES = {
    # timm
    "vit_tiny": timm_case("vit_tiny_patch16_224"),
    "vit_clip32": timm_case("vit_base_patch32_clip_224", embed_dim=192, depth=4, num_heads=3),
    "dinov2_small": timm_case("vit_small_patch14_dinov2", 224),
    "dinov2_reg4": timm_case("vit_small_patch14_reg4_dinov2", 224, depth=6),
    "dinov2_dynamic": timm_case("vit_small_patch14_dinov2", 224, depth=4, dynamic_img_size=True),
    "dinov3_small": timm_case("vit_small_patch16_dinov3", 256, depth=4),
    "siglip": timm_case("vit_base_patch16_siglip_224", embed_dim=192, depth=4, num_heads=3),
    "deit3": timm_case("deit3_small_patch16_224", depth=4),
    "beitv2": timm_case("beitv2_base_patch16_224", embed_dim=192, depth=4, num_heads=3),
    "eva02_tiny": timm_case("eva02_tiny_patch14_224", depth=4),
    "cait": timm_case("cait_xxs24_224", depth=4),
    "xcit": timm_case("xcit_nano_12_p16_224", depth=4),
    "mixer": timm_case("mixer_s32_224"),
    "convnext_atto": timm_case("convnext_atto"),
    "convnextv2_atto": timm_case("convnextv2_atto"),
    "inception_next": timm_case("inception_next_atto"),
    "mobilenetv4": timm_case("mobilenetv4_conv_small"),
    "mobilenetv4_hybrid": timm_case("mobilenetv4_hybrid_medium"),
    "mobilenetv3": timm_case("mobilenetv3_small_100"),
    "efficientnet_b0": timm_case("efficientnet_b0"),
    "efficientnetv2_b0": timm_case("tf_efficientnetv2_b0"),
    "resnet18": timm_case("resnet18"),
    "seresnext26d": timm_case("seresnext26d_32x4d"),
    "regnety_002": timm_case("regnety_002"),
    "nfnet_l0": timm_case("nfnet_l0"),
    "swin_tiny": timm_case("swin_tiny_patch4_window7_224", depths=(1, 1, 2, 1)),
    "swinv2_tiny": timm_case("swinv2_tiny_window8_256", depths=(1, 1, 2, 1)),
    "maxvit": timm_case("maxvit_rmlp_pico_rw_256"),
    "coatnet": timm_case("coatnet_nano_rw_224"),
    "efficientvit_b0": timm_case("efficientvit_b0"),
    "efficientvit_m0": timm_case("efficientvit_m0"),
    "fastvit_t8": timm_case("fastvit_t8"),
    "tiny_vit": timm_case("tiny_vit_5m_224"),
    "mobilevit": timm_case("mobilevit_xxs"),
    "mobileone": timm_case("mobileone_s0"),
    "repvit": timm_case("repvit_m0_9"),
    "ghostnet": timm_case("ghostnet_100"),
    "levit": timm_case("levit_128s"),
    "pvt_v2": timm_case("pvt_v2_b0"),
    "poolformer": timm_case("poolformer_s12"),
    "edgenext": timm_case("edgenext_xx_small"),
    "hgnetv2": timm_case("hgnetv2_b0"),
    "hiera": timm_case("hiera_tiny_224"),
    "davit": timm_case("davit_tiny", depths=(1, 1, 2, 1)),
    "focalnet": timm_case("focalnet_tiny_srf"),
    "sapiens2": timm_case("vit_base_patch16_sapiens2", (256, 192)),
    "deepseek": timm_case("deepseek_vit_412m", 224, embed_dim=96, depth=2, num_heads=3),
    "lingbot": timm_case("vit_base_patch16_lingbot", 224, embed_dim=96, depth=2, num_heads=3),
    "convnext_384": timm_case("convnext_tiny.in12k_ft_in1k_384", depths=(1, 1, 1, 1), dims=(16, 24, 32, 48)),
    "cspresnet50": timm_case("cspresnet50"),
    "xception41": timm_case("xception41"),
    "densenet121": timm_case("densenet121"),
    # tokens and maps
    "vit_cls": tokens_case("vit_tiny_patch16_224", 224, "cls", depth=3),
    "vit_mean": tokens_case("vit_tiny_patch16_224", 224, "mean", depth=3),
    "vit_patches": tokens_case("vit_small_patch14_reg4_dinov2", 224, "mean-patches", depth=3),
    "vit_max": tokens_case("vit_tiny_patch16_224", 224, "max", depth=3),
    "swin_map": map_case("swin_tiny_patch4_window7_224", depths=(1, 1, 2, 1)),
    "resnet_map": map_case("resnet18"),
    # torchvision
    "tv_convnext_tiny": tv_case("convnext_tiny", "classifier"),
    "tv_swin_t": tv_case("swin_t", "head"),
    "tv_swin_v2_t": tv_case("swin_v2_t", "head", 256),
    "tv_vit_b_16": tv_case("vit_b_16", "heads"),
    "tv_efficientnet_b0": tv_case("efficientnet_b0", "classifier"),
    "tv_mobilenet_v3": tv_case("mobilenet_v3_large", "classifier"),
    "tv_regnet": tv_case("regnet_y_400mf"),
    "tv_inception_v3": tv_case("inception_v3", size=299, init_weights=False),
    "tv_shufflenet": tv_case("shufflenet_v2_x0_5"),
    "tv_mnasnet": tv_case("mnasnet0_5", "classifier"),
    # transformers
    "hf_vit": hf_case("ViTModel", "ViTConfig", "last_hidden_state,pooler_output", own=OWN["vit"], mean_std=HALF, **TINY),
    "hf_vit_tokens": hf_case("ViTModel", "ViTConfig", "last_hidden_state", own=OWN["vit"], mean_std=HALF, flags=["--pool", "mean-patches"], **TINY),
    "hf_dinov2": hf_case("Dinov2Model", "Dinov2Config", "last_hidden_state,pooler_output", own=OWN["dinov2"], hidden_size=96, num_hidden_layers=3, num_attention_heads=3, image_size=224, patch_size=14),
    "hf_siglip": hf_case("SiglipVisionModel", "SiglipVisionConfig", "last_hidden_state,pooler_output", own=OWN["siglip"], mean_std=HALF, **TINY),
    "hf_clip": hf_case("CLIPVisionModelWithProjection", "CLIPVisionConfig", "image_embeds", own=OWN["clip"], mean_std=CLIP, projection_dim=64, **TINY),
    "hf_swin": hf_case("SwinModel", "SwinConfig", "last_hidden_state,pooler_output", own=OWN["swin"], embed_dim=24, depths=[1, 1, 2, 1], num_heads=[1, 2, 3, 3]),
    "hf_convnext": hf_case("ConvNextModel", "ConvNextConfig", "last_hidden_state,pooler_output", own=OWN["convnext"], hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1]),
    "hf_resnet": hf_case("ResNetModel", "ResNetConfig", "last_hidden_state,pooler_output", own=OWN["convnext"], hidden_sizes=[32, 48, 64, 96], depths=[1, 1, 1, 1]),
    "hf_beit": hf_case("BeitModel", "BeitConfig", "last_hidden_state,pooler_output", own=OWN["beit"], mean_std=HALF, use_mean_pooling=True, **TINY),
    "hf_deit": hf_case("DeiTModel", "DeiTConfig", "last_hidden_state,pooler_output", own=OWN["deit"], **TINY),
    # open_clip
    "open_clip": open_clip_tower("ViT-S-32-alt"),
}


def liven(net, seed=1):
    """Random weights of which every branch counts, and batch statistics that are not 0 and 1."""
    g = torch.Generator().manual_seed(seed)
    for name, p in net.named_parameters():
        with torch.no_grad():
            if p.ndim <= 1 and p.abs().max() < 1e-3 and "bias" not in name or p.ndim > 1 and p.abs().max() < 1e-4:
                p.fill_(0.3) if p.ndim <= 1 else p.normal_(0, 0.02, generator=g)
            elif p.ndim <= 1:
                p.add_(torch.randn(p.shape, generator=g) * 0.05)
    for name, b in net.named_buffers():
        if name.endswith("running_mean"):
            b.normal_(0, 0.1, generator=g)
        elif name.endswith("running_var"):
            b.uniform_(0.7, 1.3, generator=g)
    return net


def pictures(n, size):
    """Photograph-like crops: the demo's pictures, else noise with structure."""
    from PIL import Image
    files = sorted((ROOT / "testdata" / "demo").rglob("*.jpg"))[:n]
    h, w = (size, size) if isinstance(size, int) else size
    return np.stack([np.asarray(Image.open(f).convert("RGB").resize((w, h), Image.BICUBIC)) for f in files])


def normalised(pixels, mean_std):
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float() / 255
    mean, std = (torch.tensor(v).reshape(3, 1, 1) for v in mean_std)
    return (x - mean) / std


def export_one(net, x, path, way, names):
    path.parent.mkdir(parents=True, exist_ok=True)
    common = dict(input_names=["pixel_values" if names else "input"], output_names=names or ["output"])
    with torch.no_grad():
        if way == "old":
            axes = {k: {0: "batch"} for k in common["input_names"] + common["output_names"]}
            torch.onnx.export(net, (x[:1],), str(path), dynamo=False, opset_version=17, dynamic_axes=axes, **common)
        elif way == "old1":
            torch.onnx.export(net, (x[:1],), str(path), dynamo=False, opset_version=17, **common)
        elif way in ("dynamo", "logits"):
            torch.onnx.export(net, (x[:2],), str(path), dynamo=True, external_data=False, dynamic_shapes=({0: torch.export.Dim("batch")},), verbose=False, **common)
        elif way == "dynamo1":
            torch.onnx.export(net, (x[:1],), str(path), dynamo=True, external_data=False, verbose=False, **common)
        elif way == "default":
            torch.onnx.export(net, (x[:1],), str(path), verbose=False)
        elif way == "half":
            torch.onnx.export(net.half(), (x[:1].half(),), str(path), dynamo=True, external_data=False, verbose=False, **common)


def save(folder, case, pixels, want, extra):
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "want.npy", want)
    (folder / "case.json").write_text(json.dumps(extra))


def export_case(name, case, ways, work):
    mean_std, size = case.mean_std()
    pixels = pictures(4, size)
    x = normalised(pixels, mean_std)
    torch.manual_seed(0)
    net = liven(case.make())
    with torch.no_grad():
        y = net(x)
        want = (case.wrap(net, y) if case.wrap else y).numpy()
    for way in ways:
        folder = work / name / way
        if (folder / "case.json").exists() or (folder / "failed").exists():
            continue
        begin = time.time()
        try:
            if way == "logits":
                if not case.logits:
                    continue
                torch.manual_seed(0)
                whole = liven(case.logits())
                missing = whole.load_state_dict(net.state_dict(), strict=False)
                assert not missing.unexpected_keys, missing.unexpected_keys[:3]
                export_one(whole, x, folder / "model.onnx", way, None)
            elif way == "half":
                import copy
                export_one(copy.deepcopy(net), x, folder / "model.onnx", way, case.names)
            else:
                export_one(net, x, folder / "model.onnx", way, case.names)
        except Exception as e:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "failed").write_text("".join(traceback.format_exception_only(e))[-2000:])
            print(f"{name:20} {way:8} torch cannot export: {type(e).__name__}", flush=True)
            continue
        save(folder, case, pixels, want, {"mean": mean_std[0], "std": mean_std[1], "flags": case.flags, "size": size})
        print(f"{name:20} {way:8} {time.time() - begin:5.1f} s", flush=True)


def export_whole_clip(ways, work):
    folder = work / "hf_whole_clip" / "old"
    if (folder / "case.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    net = liven(whole_clip())
    pixels = pictures(4, 64)
    x = normalised(pixels, CLIP)
    ids = torch.tensor([[1, 5, 2]])
    with torch.no_grad():
        want = net(ids.repeat(4, 1), x, torch.ones(4, 3, dtype=torch.long))[3].numpy()
        torch.onnx.export(net, (ids, x[:1], torch.ones(1, 3, dtype=torch.long)), str(folder / "model.onnx"), dynamo=False, opset_version=17,
                          input_names=["input_ids", "pixel_values", "attention_mask"], output_names=["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
                          dynamic_axes={"input_ids": {0: "text_batch", 1: "seq"}, "attention_mask": {0: "text_batch", 1: "seq"},
                                        "pixel_values": {0: "image_batch", 1: "num_channels", 2: "height", 3: "width"}})
    save(folder, None, pixels, want, {"mean": CLIP[0], "std": CLIP[1], "flags": ["--layout", "nchw"], "size": 64})


def export(a):
    import logging
    import warnings
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    for name, case in CASES.items():
        if a.only and name not in a.only:
            continue
        try:
            export_case(name, case, a.ways, a.work)
        except Exception:
            traceback.print_exc()
            print(f"{name:20} cannot be made", flush=True)
    if not a.only or "hf_whole_clip" in a.only:
        export_whole_clip(a.ways, a.work)
    return 0


def first_candidate(a, folder):
    done = subprocess.run([a.graft, "trunk", "inspect", str(folder / "model.onnx"), "--json"], capture_output=True, text=True)
    return json.loads(done.stdout)["candidates"][0]["name"]


def compare_one(a, folder, name, way):
    import onnxruntime
    case = json.loads((folder / "case.json").read_text())
    trunk = folder / "trunk.onnx"
    command = [a.graft, "trunk", "import", str(folder / "model.onnx"), "--out", str(trunk),
               "--mean", ",".join(map(str, case["mean"])), "--std", ",".join(map(str, case["std"])), *case["flags"]]
    if way == "logits":
        refused = subprocess.run(command, capture_output=True, text=True)
        if refused.returncode == 0:
            return {"error": "logits were taken for features"}
        command += ["--output", first_candidate(a, folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0 and "not clear which" in done.stderr:  # torch names no outputs unless it is told
        done = subprocess.run(command + ["--output", first_candidate(a, folder)], capture_output=True, text=True)
    if way == "half" and "not finite" in done.stderr and not np.isfinite(bare(folder, case, np.load(folder / "pixels.npy"), np.load(folder / "want.npy"))):
        return {"off": float("inf"), "batch": "-", "ok": True, "notes": "the export overflows by itself, and is refused"}
    if done.returncode != 0:
        return {"error": " / ".join(done.stderr.strip().splitlines()[:2])}
    session = onnxruntime.InferenceSession(str(trunk), providers=["CPUExecutionProvider"])
    pixels, want = np.load(folder / "pixels.npy"), np.load(folder / "want.npy")
    n = session.get_inputs()[0].shape[0]
    batches = [pixels] if not isinstance(n, int) else [pixels[i:i + n] for i in range(0, len(pixels), n)]
    got = np.concatenate([session.run(["features"], {"pixels": b})[0] for b in batches])
    if got.shape != want.shape:
        return {"error": f"{got.shape} features, want {want.shape}"}
    trunk.unlink()
    off = float(np.abs(got - want).max() / np.abs(want).max())
    ok = off <= (TOLERANCE_HALF if way == "half" else TOLERANCE)
    if way == "half" and not ok:  # is the export itself that far off, or what import made of it?
        ok = off <= 1.05 * bare(folder, case, pixels, want)
    return {"off": off, "batch": n if isinstance(n, int) else "n", "ok": ok, "notes": done.stderr}


def bare(folder, case, pixels, want):
    """How far the exported float16 model is off by itself, given ideal input."""
    import onnxruntime
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    x = normalised(pixels, (case["mean"], case["std"])).half().numpy()
    y = np.concatenate([session.run(None, {session.get_inputs()[0].name: x[i:i + 1]})[0] for i in range(len(x))])
    return float(np.abs(y.astype(np.float32) - want).max() / np.abs(want).max())


def compare(a):
    bad = total = 0
    with open(a.work / "results.jsonl", "w") as log:
        for folder in sorted(a.work.glob("*/*/")):
            name, way = folder.parts[-2:]
            if a.only and name not in a.only or a.ways and way not in a.ways or not (folder / "case.json").exists():
                continue
            r = compare_one(a, folder, name, way)
            total += 1
            ok = r.get("ok", False)
            bad += not ok
            print(f"{name:20} {way:8} " + (f"{r['off']:.1e} batch {r['batch']}" if "off" in r else r["error"][:240]) + ("" if ok else "   <<<"), flush=True)
            log.write(json.dumps({"name": name, "way": way} | r) + "\n")
    print(f"{total - bad} of {total} as close as they must be")
    return int(bad > 0)


def own(a):
    from trunkown import own as compare_own
    return compare_own(a, CASES, liven, TOLERANCE)


def small(_):
    from trunknets import make
    return make()


def main(args):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("what", choices=["export", "compare", "own", "list", "small"])
    p.add_argument("--work", type=pathlib.Path)
    p.add_argument("--only", nargs="*")
    p.add_argument("--ways", nargs="*", default=WAYS)
    p.add_argument("--graft", default="graft")
    p.add_argument("--photographs", type=pathlib.Path, help="own: a zip or a folder")
    p.add_argument("--most", type=int, default=1, help="own: compare this many ways of exporting each, the first that there are")
    a = p.parse_args(args)
    if a.what == "list":
        print(*CASES, "hf_whole_clip", sep="\n")
        print(*WAYS)
        return 0
    return globals()[a.what](a)
