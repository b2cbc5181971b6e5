"""Convolution layers of telling shapes, for the cases of several exercises."""

from coursekit import reference

# What is special: batch, channels, (H, W), filters, kernel, stride, padding.  Lengths that can be
# mixed up differ, kernels are not square, and stride, padding and remainder meet each other.
GEOMETRIES = {
    "stride 1, no padding": (2, 3, (6, 8), 4, (3, 2), 1, 0),
    "stride 2 and a remainder": (3, 2, (8, 11), 4, (3, 4), 2, 0),
    "padding 1": (2, 4, (5, 7), 3, (2, 3), 1, 1),
    "stride 2 beside padding 1 and a remainder": (3, 2, (6, 9), 4, (3, 2), 2, 1),
    "stride (3, 2), padding (2, 1)": (2, 3, (9, 6), 5, (2, 3), (3, 2), (2, 1)),
    "more padding than the kernel covers": (2, 3, (4, 5), 2, (1, 2), 1, (2, 3)),
    "one image, one channel, one filter": (1, 1, (5, 6), 1, (3, 3), 1, 0),
}


def layer(rng, batch, channels, size, filters, kernel, stride, padding):
    """Draw the layer of one geometry: returns dout, x, w, b and its options."""
    x = rng.normal(size=(batch, channels, *size))
    w, b = rng.normal(size=(filters, channels, *kernel)), rng.normal(size=filters)
    out = reference.conv2d_forward(x, w, b, stride, padding)
    return rng.normal(size=out.shape), x, w, b, {"stride": stride, "padding": padding}


def layers(rng, *chosen):
    """Draw a layer for every geometry, or the chosen ones: yields its label and what it is."""
    for label in chosen or GEOMETRIES:
        yield label, layer(rng, *GEOMETRIES[label])
