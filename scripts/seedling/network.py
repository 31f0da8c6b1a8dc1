"""Inception v3 of torchvision at any width, with torchvision's key names."""

import torch
from torch import nn
from torchvision.models import inception as tv


def scaled(channels, width):
    """Channel counts as graft scales them: multiples of four, at least four."""
    return 4 * max(1, int(channels * width / 4 + 0.5))


def build(width, classes, seed=0):
    """The network without its auxiliary head, untrained, on inputs (x - 0.5) / 0.5."""

    class Thin(tv.BasicConv2d):
        def __init__(self, in_channels, out_channels, **kwargs):
            fan_in = in_channels if in_channels == 3 else concat(in_channels, width)
            super().__init__(fan_in, scaled(out_channels, width), **kwargs)

    torch.manual_seed(seed)
    original = tv.BasicConv2d
    tv.BasicConv2d = Thin
    try:
        net = tv.Inception3(num_classes=classes, aux_logits=False, transform_input=False, init_weights=False, dropout=0.0)
    finally:
        tv.BasicConv2d = original
    net.fc = nn.Linear(concat(2048, width), classes)
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, mode="fan_in", nonlinearity="relu")
        if isinstance(m, nn.BatchNorm2d):
            # Most units begin in ReLU's linear part; with the usual (1, 0) the
            # gradient grows a hundredfold on its way back and is mostly noise.
            nn.init.constant_(m.weight, 0.6)
            nn.init.constant_(m.bias, 1.0)
    return net


class Teachers(nn.Module):
    """Linear classifiers on inner layers, for training only: a deep network
    without shortcuts learns several times faster when each part is told."""

    LAYERS = ("Mixed_5b", "Mixed_5d", "Mixed_6b", "Mixed_6e", "Mixed_7a")

    def __init__(self, net, classes):
        super().__init__()
        self.seen = {}
        for name in self.LAYERS:
            getattr(net, name).register_forward_hook(self.watch(name))
        with torch.no_grad():
            net.eval()(torch.zeros(1, 3, 96, 96))
        self.heads = nn.ModuleDict({k: nn.Sequential(nn.BatchNorm1d(v.shape[1]), nn.Linear(v.shape[1], classes)) for k, v in self.seen.items()})

    def watch(self, name):
        def hook(module, inputs, output):
            self.seen[name] = torch.cat([output.mean((2, 3)), output.amax((2, 3))], 1)

        return hook

    def forward(self):
        """The logits of every teacher for what the network saw last."""
        return [head(self.seen[name]) for name, head in self.heads.items()]


# Where branches are concatenated, each of them is scaled and rounded.
BRANCHES = {
    256: [64, 64, 96, 32],
    288: [64, 64, 96, 64],
    768: [192, 192, 192, 192],
    1280: [320, 192, 768],
    2048: [320, 384, 384, 384, 384, 192],
}


def concat(channels, width):
    """The scaled count of an input that may be a concatenation."""
    return sum(scaled(c, width) for c in BRANCHES.get(channels, [])) or scaled(channels, width)


def trunk(net, x):
    """The features (n×d) of pixels x (n×3×h×w, 0…255)."""
    kept, net.fc = net.fc, nn.Identity()
    try:
        return net((x.float() / 255 - 0.5) / 0.5)
    finally:
        net.fc = kept
