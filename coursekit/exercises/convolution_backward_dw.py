"""Lesson 04: the gradient of the kernels."""

import numpy as np

from coursekit import reference
from coursekit.exercise import Lesson, case
from coursekit.exercises._conv_layers import layers

lesson = Lesson("04_convolution_backward")


# --------------------------------------------------------------------- conv2d_weight_gradient


@lesson.exercise(
    reference.conv2d_weight_gradient,
    points=3,
    hints=(
        "In the forward pass, which pixel does w[f, k, i, j] meet in the output at (r, c)? "
        "Multiply that pixel by dout[n, f, r, c], and sum over all places and images.",
        "Pad x first. Then fix i and j: all the pixels that this weight met are one strided slice, "
        "xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx].",
        "For one (i, j), np.einsum('nfrc,nkrc->fk', dout, that_slice) gives the gradients for all "
        "filters and channels.",
    ),
)
def conv2d_weight_gradient(rng):
    for label, (dout, x, w, _, options) in layers(rng):
        yield case(label, dout, x, w.shape[2:], **options)


def _dw(dout, xp, kernel, stride, pattern="nfrc,nkrc->fk"):
    """Correlate the padded input with dout: the gradient of every weight."""
    (kh, kw), (sy, sx) = kernel, np.broadcast_to(stride, 2)
    rows, cols = dout.shape[2:]
    return np.stack(
        [
            np.stack(
                [
                    np.einsum(
                        pattern,
                        dout,
                        xp[:, :, i : i + sy * rows : sy, j : j + sx * cols : sx],
                    )
                    for j in range(kw)
                ],
                axis=-1,
            )
            for i in range(kh)
        ],
        axis=-2,
    )


def _padded(x, padding):
    py, px = np.broadcast_to(padding, 2)
    return np.pad(x, [(0, 0), (0, 0), (py, py), (px, px)])


@conv2d_weight_gradient.mistake(
    "The stride is ignored. Two neighbours in dout belong to windows that lie a stride apart in x: "
    "take every S-th pixel."
)
def ignores_the_stride(dout, x, kernel, stride=1, padding=0):  # B3
    return _dw(dout, _padded(x, padding), kernel, 1)


@conv2d_weight_gradient.mistake(
    "The windows are laid on x without its frame of zeros, so all of them are moved by the "
    "padding. Pad x first, as in the forward pass."
)
def ignores_the_padding(dout, x, kernel, stride=1, padding=0):  # B13
    py, px = np.broadcast_to(padding, 2)
    return _dw(dout, np.pad(x, [(0, 0), (0, 0), (0, 2 * py), (0, 2 * px)]), kernel, stride)


@conv2d_weight_gradient.mistake(
    "Your kernels' gradients are turned by 180°. The turn belongs to the gradient of the input "
    "only."
)
def turned_by_180(dout, x, kernel, stride=1, padding=0):  # B14
    return reference.conv2d_weight_gradient(dout, x, kernel, stride, padding)[..., ::-1, ::-1]


@conv2d_weight_gradient.mistake(
    "The gradient is divided by the number of images. If the loss is a mean over the batch, then "
    "dout holds that division already: here the images are summed."
)
def averages_over_the_images(dout, x, kernel, stride=1, padding=0):  # B8
    return reference.conv2d_weight_gradient(dout, x, kernel, stride, padding) / len(x)


@conv2d_weight_gradient.mistake(
    "Only the last image counts: each image overwrites the one before. Add with += ."
)
def keeps_the_last_image(dout, x, kernel, stride=1, padding=0):
    return reference.conv2d_weight_gradient(dout[-1:], x[-1:], kernel, stride, padding)


@conv2d_weight_gradient.mistake(
    "Rows and columns of the kernels have changed places: the result must be (F, C, KH, KW)."
)
def transposes_the_kernels(dout, x, kernel, stride=1, padding=0):  # B15
    return reference.conv2d_weight_gradient(dout, x, kernel, stride, padding).swapaxes(2, 3)


@conv2d_weight_gradient.mistake(
    "Filters and channels have changed places: dw has the shape of w, and that is (F, C, KH, KW)."
)
def swaps_filters_and_channels(dout, x, kernel, stride=1, padding=0):  # B16
    return reference.conv2d_weight_gradient(dout, x, kernel, stride, padding).swapaxes(0, 1)


@conv2d_weight_gradient.mistake(
    "Every place of dout is multiplied by the same pixel. The window moves, so the pixel does too: "
    "it is S·r + i and S·c + j, not i and j alone."
)
def same_pixel_for_every_place(dout, x, kernel, stride=1, padding=0):
    xp = _padded(x, padding)[:, :, : kernel[0], : kernel[1]]
    return np.einsum("nf,ncij->fcij", dout.sum(axis=(2, 3)), xp)


@conv2d_weight_gradient.mistake(
    "The channels of x are summed, so that all of them get the same gradient. Every channel has "
    "weights of its own, and its own pixels under them."
)
def sums_the_channels(dout, x, kernel, stride=1, padding=0):
    dw = reference.conv2d_weight_gradient(dout, x, kernel, stride, padding)
    return np.broadcast_to(dw.sum(axis=1, keepdims=True), dw.shape).copy()


@conv2d_weight_gradient.mistake(
    "Only the last place of dout counts: each place overwrites the one before. Add with += ."
)
def keeps_the_last_window(dout, x, kernel, stride=1, padding=0):  # B7
    return _last_window(dout, x, kernel, stride, padding)


@conv2d_weight_gradient.mistake(
    "Only one product is left, that of the last place in the last image: each overwrites the one "
    "before. Add with += ."
)
def keeps_the_last_product(dout, x, kernel, stride=1, padding=0):  # B7
    return _last_window(dout[-1:], x[-1:], kernel, stride, padding)


def _last_window(dout, x, kernel, stride, padding):
    """Multiply the last place of dout alone by the pixels under its window."""
    (sy, sx), rows, cols = np.broadcast_to(stride, 2), *dout.shape[2:]
    y, z = sy * (rows - 1), sx * (cols - 1)
    window = _padded(x, padding)[:, :, y : y + kernel[0], z : z + kernel[1]]
    return np.einsum("nf,nkij->fkij", dout[:, :, -1, -1], window)


@conv2d_weight_gradient.mistake(
    "dw is larger than the kernels. dout, spread by the stride, slides on over the rows that the "
    "stride left over: keep the first KH × KW numbers."
)
def keeps_the_remainder(dout, x, kernel, stride=1, padding=0):
    spread, xp = reference.dilate_gradient(dout, stride), _padded(x, padding)
    places = [n - o + 1 for n, o in zip(xp.shape[2:], spread.shape[2:], strict=True)]
    return _dw(spread, xp, places, 1)
