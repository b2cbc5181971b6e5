"""Landmark architectures in numbers: a network as a list, what it costs, what a trick saves."""

from . import architecture_checks as check
from .input_checks import checked


@checked(check.layers)
def count_parameters(layers, shape):
    """Count the trainable numbers of a network that is given as a list.

    layers: a list of tuples, first layer first,

    - ``("conv", filters, kernel, stride, padding)``: a convolution with square kernels and biases
    - ``("tanh",)``: an activation, number by number
    - ``("average", size, stride)``: average pooling, without padding and without parameters
    - ``("dense", units)``: a dense layer with biases; maps before it are flattened

    shape: of one image, (C, H, W).  Result: a whole number.

    A convolution has filters · C · kernel² weights, a dense layer has D · units.  C and D are what
    the layer before leaves.  Each filter and each unit also has a bias.

    >>> count_parameters([("conv", 2, 3, 1, 0), ("average", 2, 2), ("dense", 10)], (1, 6, 6))
    110
    """
    total = 0
    for kind, *numbers in layers:
        if kind == "conv":
            filters, kernel, stride, padding = numbers
            channels, *sides = shape
            total += filters * channels * kernel**2 + filters
            shape = (filters, *((n + 2 * padding - kernel) // stride + 1 for n in sides))
        elif kind == "average":
            size, stride = numbers
            shape = (shape[0], *((n - size) // stride + 1 for n in shape[1:]))
        elif kind == "dense":
            (units,) = numbers
            inputs = 1
            for length in shape:
                inputs *= length
            total += inputs * units + units
            shape = (units,)
    return total


def lenet():
    """Write LeNet-5 as a list of layers, for images of (1, 32, 32) and 10 classes.

    Result: a list of tuples, as ``count_parameters`` takes them.  All strides of convolutions are
    1, and no map is padded.

    - C1: 6 filters of 5×5;  S2: average pooling of 2×2, stride 2
    - C3: 16 filters of 5×5;  S4: average pooling of 2×2, stride 2
    - C5: 120 units that see all of S4 (in the paper a convolution of 5×5, here written as dense);
      F6: 84 units;  the output: 10 units

    Between two layers with weights stands one tanh, right after the first of them.  None stands
    after the output.

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition", 1998; here every filter of C3 sees all six maps, and the output is a dense layer.
    """
    return [
        ("conv", 6, 5, 1, 0),
        ("tanh",),
        ("average", 2, 2),
        ("conv", 16, 5, 1, 0),
        ("tanh",),
        ("average", 2, 2),
        ("dense", 120),
        ("tanh",),
        ("dense", 84),
        ("tanh",),
        ("dense", 10),
    ]


@checked(check.odd_kernel)
def vgg_equivalent(kernel):
    """Replace one convolution by a stack of 3×3 convolutions that sees as much.

    kernel: side of the one large kernel, an odd number from 3 on.  Stride 1; as many channels come
    out of every layer as go in.  Biases are not counted.
    Result: (layers, saved): how many 3×3 layers have the same receptive field, and which share of
    the large kernel's weights they save, from 0 to 1.

    Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition", 2015.

    >>> vgg_equivalent(3)
    (1, 0.0)
    """
    layers = (kernel - 1) // 2
    return layers, 1 - 9 * layers / kernel**2


@checked(check.inception)
def inception_block_parameters(c_in, ones, threes, fives, pooled):
    """Count the weights of an Inception block with and without its 1×1 reductions.

    Four branches read the same c_in channels; their results are put side by side.

    - ones: filters of the 1×1 convolution
    - threes: (channels, filters): a 1×1 convolution to so many channels, then 3×3 filters
    - fives: (channels, filters): the same with 5×5 filters
    - pooled: a max pooling of 3×3 with stride 1, then a 1×1 convolution with so many filters

    Without reductions, the 3×3 and the 5×5 filters read c_in channels, and the branch of the
    pooling has no convolution.  Biases are not counted.
    Result: (reduced, direct): the weights of the block with and without reductions.

    Source: Szegedy et al., "Going deeper with convolutions", 2015, figure 2.

    >>> inception_block_parameters(10, 1, (2, 3), (1, 1), 4)
    (159, 530)
    """
    reduce3, filters3 = threes
    reduce5, filters5 = fives
    reduced = (
        c_in * ones
        + (c_in * reduce3 + 9 * reduce3 * filters3)
        + (c_in * reduce5 + 25 * reduce5 * filters5)
        + c_in * pooled
    )
    direct = c_in * ones + 9 * c_in * filters3 + 25 * c_in * filters5
    return reduced, direct


@checked(check.bottleneck)
def bottleneck_parameters(channels, reduced):
    """Count the weights of a residual block with a bottleneck, and of one without.

    The bottleneck: a 1×1 convolution from ``channels`` to ``reduced`` channels, a 3×3 convolution
    that stays there, and a 1×1 convolution back to ``channels``.  The plain block: two 3×3
    convolutions with ``channels`` in and out.  Biases are not counted.
    Result: (bottleneck, plain), two whole numbers.

    Source: He et al., "Deep residual learning for image recognition", 2016, figure 5.

    >>> bottleneck_parameters(8, 2)
    (68, 1152)
    """
    bottleneck = channels * reduced + 9 * reduced * reduced + reduced * channels
    plain = 2 * 9 * channels * channels
    return bottleneck, plain


@checked(check.separable)
def depthwise_separable_ratio(c_out, kernel):
    """Compare a depthwise separable convolution with an ordinary one.

    c_out: channels out; kernel: side of the kernels.  The separable one has a depthwise
    convolution, one kernel for each of the C channels in, and then a 1×1 convolution from C
    channels to c_out.  Biases are not counted.
    Result: its multiply-adds divided by those of the ordinary one; C and the map's size cancel.

    Source: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision
    applications", 2017, section 3.1.

    >>> depthwise_separable_ratio(4, 2)
    0.5
    """
    return 1 / c_out + 1 / kernel**2


@checked(check.scaling)
def compound_scaling(phi, alpha=1.2, beta=1.1, gamma=1.15):
    """Scale a network in depth, width and resolution at once.

    phi: how far, any number; 0 leaves the network as it is.
    Result: (depth, width, resolution, multiply_adds): the factors

        depth = alpha^phi,  width = beta^phi,  resolution = gamma^phi

    for the number of layers, for the channels of every layer, and for the side of the image; and
    the factor by which the multiply-adds of the network's convolutions grow.

    Source: Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural networks",
    2019, section 3.3.

    >>> compound_scaling(1, alpha=2, beta=1, gamma=1)
    (2, 1, 1, 2)
    """
    depth, width, resolution = alpha**phi, beta**phi, gamma**phi
    return depth, width, resolution, depth * width**2 * resolution**2


@checked(check.head)
def fully_convolutional(dense_weights, channels, height, width):
    """Turn the weights of a dense layer on flattened maps into the kernels of a convolution.

    dense_weights: (D, M) with D = channels · height · width.  The maps (N, channels, height, width)
    were flattened channel by channel and row by row, as ``reshape`` does.
    Result: kernels (M, channels, height, width).  On maps of this size, the convolution without
    padding gives the numbers of the dense layer; on larger maps, one such set for every place.

    Source: Long, Shelhamer and Darrell, "Fully convolutional networks for semantic segmentation",
    2015.
    """
    return dense_weights.T.reshape(-1, channels, height, width)
