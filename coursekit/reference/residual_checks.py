"""What batch normalization, residual blocks and global average pooling accept.

The checks stand in front of the references by ``@checked``, as those of the convolution do.
"""

from .convolution_checks import gradient
from .input_checks import array, counts, lengths, positive, share, whole


def per_channel(name, value, channels):
    """Raise unless ``value`` holds one float for each channel."""
    array(name, value)
    if value.shape != (channels,):
        raise ValueError(
            f"{name} has shape {value.shape}, but {channels} channels need shape ({channels},)"
        )


def images(x):
    """Raise unless ``x`` is a batch of images with at least one number in it."""
    array("x", x, "N C H W")
    if not x.size:
        raise ValueError(f"x has shape {x.shape}: there is nothing in it to take a mean of")


# ---------------------------------------------------------------- batch normalization


def batch_norm(x, gamma, beta, eps=1e-5):
    images(x)
    per_channel("gamma", gamma, x.shape[1])
    per_channel("beta", beta, x.shape[1])
    positive("eps", eps)


def batch_norm_backward(dout, x, gamma, beta, eps=1e-5):
    batch_norm(x, gamma, beta, eps)
    gradient(dout, x.shape)


def statistics(mean, var, channels):
    per_channel("mean", mean, channels)
    per_channel("var", var, channels)
    if (var < 0).any():
        raise ValueError("var holds a negative number, but a variance is a mean of squares")


def running(mean, var, x, momentum=0.9):
    images(x)
    statistics(mean, var, x.shape[1])
    if x.size == x.shape[1]:
        raise ValueError(
            f"x has shape {x.shape}: a single number a channel says nothing of a variance, "
            "use a larger batch"
        )
    share("momentum", momentum)


def inference(x, gamma, beta, mean, var, eps=1e-5):
    batch_norm(x, gamma, beta, eps)
    statistics(mean, var, x.shape[1])


# ---------------------------------------------------------------- residual blocks


def fan_in(fan_in):
    counts(fan_in=fan_in)


def block(x, w1, b1, w2, b2):
    images(x)
    array("w1", w1, "F C KH KW")
    channels, filters = x.shape[1], w1.shape[0]
    for name, w, shape in (
        ("w1", w1, (filters, channels, 3, 3)),
        ("w2", w2, (channels, filters, 3, 3)),
    ):
        array(name, w)
        if w.shape != shape:
            raise ValueError(
                f"{name} has shape {w.shape}, but x {x.shape} and {filters} filters inside the "
                f"block need {shape}: the second convolution must lead back to the shape of x"
            )
    per_channel("b1", b1, filters)
    per_channel("b2", b2, channels)


def block_backward(dout, x, w1, b1, w2, b2):
    block(x, w1, b1, w2, b2)
    gradient(dout, x.shape)


def projection(x, w, stride=1):
    images(x)
    array("w", w, "F C KH KW")
    if w.shape[1:] != (x.shape[1], 1, 1):
        raise ValueError(
            f"w has shape {w.shape}, but a projection of x {x.shape} needs (F, {x.shape[1]}, 1, 1)"
        )
    whole("stride", stride, 1, 1)


def concatenation(dout, sizes):
    array("dout", dout, "N C H W")
    sizes = lengths("sizes", sizes)
    if sum(sizes) != dout.shape[1]:
        raise ValueError(
            f"the sizes {list(sizes)} add up to {sum(sizes)} channels, "
            f"but dout {dout.shape} has {dout.shape[1]}"
        )


def depth(channels, growth, layers, kernel):
    counts(channels=channels, growth=growth, layers=layers, kernel=kernel)


# ---------------------------------------------------------------- global average pooling


def pooled_gradient(dout, x):
    images(x)
    gradient(dout, x.shape[:2])


def head(channels, height, width, classes):
    counts(channels=channels, height=height, width=width, classes=classes)
