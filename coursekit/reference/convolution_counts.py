"""What a convolution costs and what it sees: counts, without touching a pixel."""

import numpy as np

from . import convolution_checks as check
from .input_checks import checked


@checked(check.counts)
def conv_parameters(c_in, c_out, kernel, bias=True):
    """Count the trainable numbers of a convolution layer.

    c_in, c_out: channels in and out; kernel: whole number or pair (KH, KW);
    bias: whether every filter also has a bias.

    >>> conv_parameters(3, 64, 3), conv_parameters(3, 64, 3, bias=False)
    (1792, 1728)
    """
    kh, kw = np.broadcast_to(kernel, 2)
    return int(kh * kw * c_in * c_out + (c_out if bias else 0))


@checked(check.multiply_adds)
def conv_multiply_adds(height, width, c_in, c_out, kernel):
    """Count the multiplications, each followed by an addition, that one image costs.

    height, width: size of the image; c_in, c_out: channels in and out; kernel: whole number
    or pair (KH, KW).  Stride 1, padded so that the output is as large as the input; padding
    zeros count as inputs.

    >>> conv_multiply_adds(32, 32, 3, 64, 3)
    1769472
    """
    kh, kw = np.broadcast_to(kernel, 2)
    return int(height * width * kh * kw * c_in * c_out)


def conv_growth():
    """Say how many times larger a convolution layer without biases becomes.

    Result: a dict with four numbers, each the new count divided by the old:

    - ``"parameters, kernel doubled"``: KH and KW doubled
    - ``"parameters, channels doubled"``: C_in and C_out doubled
    - ``"parameters, input doubled"``: height and width of the image doubled
    - ``"multiply-adds, input doubled"``: the same, for the work on one image
    """
    return {
        "parameters, kernel doubled": 4.0,
        "parameters, channels doubled": 4.0,
        "parameters, input doubled": 1.0,
        "multiply-adds, input doubled": 4.0,
    }


def multiply_adds_growth():
    """Say how many times more multiply-adds a convolution layer then costs for one image.

    Result: a dict with three numbers, each the new count divided by the old:

    - ``"kernel doubled"``: KH and KW doubled
    - ``"channels doubled"``: C_in and C_out doubled
    - ``"input doubled"``: height and width of the image doubled
    """
    return {"kernel doubled": 4.0, "channels doubled": 4.0, "input doubled": 4.0}


@checked(check.layer_list)
def receptive_field(layers):
    """Measure how many input pixels in a row one output of a stack of layers can see.

    layers: a list of (kernel, stride, dilation), whole numbers, the first layer first.
    Two neighbouring outputs of a layer look at places ``jump`` input pixels apart:

        field ← field + dilation·(kernel − 1)·jump,    jump ← jump·stride,    both from 1

    Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural
    networks", Distill, 2019.

    >>> receptive_field([(3, 1, 1), (3, 1, 1)]), receptive_field([(3, 2, 1), (3, 1, 1)])
    (5, 7)
    """
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field


@checked(check.stack)
def stacked_receptive_field(n, kernel):
    """Measure how many input pixels in a row the last of n equal convolutions can see.

    n: number of layers, kernel: length of each kernel; stride and dilation are 1.

    >>> stacked_receptive_field(3, 3)
    7
    """
    return n * (kernel - 1) + 1


@checked(check.volume)
def conv3d_output_shape(shape, kernel, filters, stride=1, padding=0):
    """Give the shape that a convolution over time, height and width makes of a batch of videos.

    shape: (N, C, T, H, W); kernel, stride, padding: one whole number for all three axes or
    three, in the order (T, H, W); filters: number of filters F.
    Result: the tuple (N, F, OT, OH, OW); each axis follows the rule of ``output_size``.

    >>> conv3d_output_shape((2, 3, 16, 112, 112), 3, 64, stride=(1, 2, 2), padding=1)
    (2, 64, 16, 56, 56)
    """
    out = [shape[0], filters]
    for axis in range(3):
        k, s, p = (np.broadcast_to(value, 3)[axis] for value in (kernel, stride, padding))
        out.append(int((shape[2 + axis] + 2 * p - k) // s + 1))
    return tuple(out)
