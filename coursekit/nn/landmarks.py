"""Landmark architectures as layer lists (see ``coursekit.nn.layer_lists``), for 1,000 classes.

Local response normalization (AlexNet, GoogLeNet) and dropout have no weights and keep every shape:
they are left out.  So are GoogLeNet's two auxiliary heads, which served training only.
"""

IMAGE = (3, 224, 224)
RELU, NORM, SWISH = ("relu",), ("norm",), ("swish",)


def alexnet(groups=2):
    """AlexNet for images of (3, 227, 227).

    groups: 2 as in the paper, where each of two graphics cards held half of the maps and
    convolutions 2, 4 and 5 read only the maps of their own card; 1 for whole convolutions.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional
    neural networks", 2012.  The paper says 224 pixels; 227 is what fits its 55×55 maps.
    """
    return [
        ("conv", 96, 11, 4, 0), RELU, ("max", 3, 2),
        ("conv", 256, 5, 1, 2, groups), RELU, ("max", 3, 2),
        ("conv", 384, 3, 1, 1), RELU,
        ("conv", 384, 3, 1, 1, groups), RELU,
        ("conv", 256, 3, 1, 1, groups), RELU, ("max", 3, 2),
        ("dense", 4096), RELU, ("dense", 4096), RELU, ("dense", 1000),
    ]  # fmt: skip


def network_in_network():
    """Network in network for CIFAR-10, images of (3, 32, 32): no dense layer at all.

    Source: Lin, Chen and Yan, "Network in network", 2014; the numbers of filters are those of the
    configuration that its authors published.  Its second pooling takes the average; written as a
    maximum it has the same shapes and costs.
    """

    def block(kernel, *filters):
        wide = [("conv", filters[0], kernel, 1, kernel // 2), RELU]
        return wide + [layer for f in filters[1:] for layer in (("conv", f, 1, 1, 0), RELU)]

    return [
        *block(5, 192, 160, 96), ("max", 3, 2, 1),
        *block(5, 192, 192, 192), ("max", 3, 2, 1),
        *block(3, 192, 192, 10), ("global average",),
    ]  # fmt: skip


def vgg(depth=16):
    """VGG-16 or VGG-19 (configurations D and E): 3×3 convolutions, and nothing else.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition", 2015, table 1.
    """
    repeats = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}[depth]
    layers = []
    for filters, times in zip((64, 128, 256, 512, 512), repeats, strict=True):
        layers += [("conv", filters, 3, 1, 1), RELU] * times + [("max", 2, 2)]
    return [*layers, ("dense", 4096), RELU, ("dense", 4096), RELU, ("dense", 1000)]


# GoogLeNet's blocks: 1×1; 3×3 reduced, 3×3; 5×5 reduced, 5×5; after the pooling.
INCEPTION = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


def inception(ones, threes, fives, pooled):
    """One Inception block as a layer: four branches, side by side."""
    return (
        "branches",
        [("conv", ones, 1, 1, 0), RELU],
        [("conv", threes[0], 1, 1, 0), RELU, ("conv", threes[1], 3, 1, 1), RELU],
        [("conv", fives[0], 1, 1, 0), RELU, ("conv", fives[1], 5, 1, 2), RELU],
        [("max", 3, 1, 1), ("conv", pooled, 1, 1, 0), RELU],
    )


def googlenet():
    """GoogLeNet, also called Inception v1.

    Source: Szegedy et al., "Going deeper with convolutions", 2015, table 1.  Poolings that round up
    are written with a padding of 1, which gives the same shapes.
    """
    layers = [
        ("conv", 64, 7, 2, 3), RELU, ("max", 3, 2, 1),
        ("conv", 64, 1, 1, 0), RELU, ("conv", 192, 3, 1, 1), RELU, ("max", 3, 2, 1),
    ]  # fmt: skip
    for name, filters in INCEPTION.items():
        if name in ("4a", "5a"):
            layers.append(("max", 3, 2, 1))
        layers.append(inception(*filters))
    return [*layers, ("global average",), ("dense", 1000)]


def resnet(depth=50, stride_in="1x1"):
    """ResNet of 18, 34 (plain blocks), 50, 101 or 152 layers (bottlenecks).

    stride_in: which convolution of a bottleneck halves the map: the first "1x1", as in the paper,
    or the "3x3", as in most later programs.  Where shapes change, the shortcut is a 1×1
    convolution (the paper's option B).

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016, table 1.
    """
    repeats = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3),
               152: (3, 8, 36, 3)}[depth]  # fmt: skip
    layers = [("conv", 64, 7, 2, 3), NORM, RELU, ("max", 3, 2, 1)]
    channels = 64
    for stage, times in enumerate(repeats):
        width = 64 * 2**stage
        for number in range(times):
            stride = 2 if stage > 0 and number == 0 else 1
            if depth < 50:
                out, body = width, plain_body(width, stride)
            else:
                out, body = 4 * width, bottleneck_body(width, stride, stride_in)
            shortcut = [] if channels == out else [("conv", out, 1, stride, 0), NORM]
            layers += [("residual", body, shortcut), RELU]
            channels = out
    return [*layers, ("global average",), ("dense", 1000)]


def plain_body(width, stride=1):
    """The branch of a plain residual block: two 3×3 convolutions."""
    return [("conv", width, 3, stride, 1), NORM, RELU, ("conv", width, 3, 1, 1), NORM]


def bottleneck_body(width, stride=1, stride_in="1x1"):
    """The branch of a bottleneck: 1×1 down to ``width``, 3×3, 1×1 up to four times that."""
    first, second = (stride, 1) if stride_in == "1x1" else (1, stride)
    return [
        ("conv", width, 1, first, 0), NORM, RELU,
        ("conv", width, 3, second, 1), NORM, RELU,
        ("conv", 4 * width, 1, 1, 0), NORM,
    ]  # fmt: skip


def mobilenet(separable=True):
    """MobileNet; without ``separable`` with whole 3×3 convolutions in place of each pair.

    Source: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision
    applications", 2017, table 1.  The table prints stride 2 for the last depthwise convolution; its
    own sizes, 7×7 before and after, need stride 1.
    """
    layers = [("conv", 32, 3, 2, 1), NORM, RELU]
    for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
                            *[(512, 1)] * 5, (1024, 2), (1024, 1)):  # fmt: skip
        if separable:
            layers += [("depthwise", 3, stride, 1), NORM, RELU, ("conv", filters, 1, 1, 0)]
        else:
            layers += [("conv", filters, 3, stride, 1)]
        layers += [NORM, RELU]
    return [*layers, ("global average",), ("dense", 1000)]


# EfficientNet-B0's stages: expansion, kernel, stride, channels, layers.
STAGES = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
          (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1))  # fmt: skip


def efficientnet(width=1.0, depth=1.0):
    """EfficientNet-B0, or a wider and deeper one.

    width: factor of all channels, rounded to multiples of 8; depth: of the layers of each stage,
    rounded up.  The family's published program has B1: 1.0, 1.1 (240 pixels), B4: 1.4, 1.8 (380)
    and B7: 2.0, 3.1 (600).

    Source: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks",
    2019, table 1.
    """

    def scaled(channels):
        rounded = max(8, int(channels * width + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * channels * width else rounded

    channels = scaled(32)
    layers = [("conv", channels, 3, 2, 1), NORM, SWISH]
    for expansion, kernel, stride, filters, times in STAGES:
        for number in range(-int(-times * depth // 1)):  # rounded up
            step, out = stride if number == 0 else 1, scaled(filters)
            body = mobile_body(channels, out, expansion, kernel, step)
            layers += [("residual", body, [])] if step == 1 and channels == out else body
            channels = out
    return [*layers, ("conv", scaled(1280), 1, 1, 0), NORM, SWISH,
            ("global average",), ("dense", 1000)]  # fmt: skip


def mobile_body(channels, filters, expansion, kernel, stride):
    """EfficientNet's block: 1×1 up, depthwise, gate, 1×1 down (from MobileNet v2)."""
    wide = [("conv", expansion * channels, 1, 1, 0), NORM, SWISH] if expansion > 1 else []
    return [
        *wide,
        ("depthwise", kernel, stride, kernel // 2), NORM, SWISH,
        ("gate", max(1, channels // 4)),
        ("conv", filters, 1, 1, 0), NORM,
    ]  # fmt: skip
