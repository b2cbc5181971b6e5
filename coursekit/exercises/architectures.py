"""Lesson 08, the tricks in numbers: stacks, reductions, bottlenecks, separable kernels."""

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("08_architectures")


# ---------------------------------------------------------------- vgg_equivalent


@lesson.exercise(
    reference.vgg_equivalent,
    outputs=("layers", "saved"),
    hints=(
        "Lesson 03: n layers of 3×3 see n·(3 − 1) + 1 pixels. For which n is that the kernel?",
        "From C channels to C channels, one large layer has kernel²·C² weights, one 3×3 layer "
        "9·C². C falls out of the ratio.",
        "The share that is *kept* is 9·layers / kernel². What is saved then?",
    ),
)
def vgg_equivalent(rng):
    yield case("a kernel of 5×5", 5)
    yield case("a kernel of 7×7", 7)
    yield case("a kernel of 11×11", 11)
    yield case("a random odd kernel", int(rng.integers(7, 20)) * 2 + 1)
    yield case("a kernel of 3×3: nothing to do", 3)


@vgg_equivalent.mistake(
    "You divide the kernel by 3, as if the windows lay side by side. They overlap: each further "
    "layer adds 2 pixels."
)
def divides_by_three(kernel):
    layers = -(-kernel // 3)
    return layers, 1 - 9 * layers / kernel**2


@vgg_equivalent.mistake("You give the share that is kept. The share that is saved is 1 minus it.")
def share_that_is_kept(kernel):
    layers = (kernel - 1) // 2
    return layers, 9 * layers / kernel**2


@vgg_equivalent.mistake("A kernel has kernel · kernel weights: square its side, and that of 3×3.")
def kernel_not_squared(kernel):
    layers = (kernel - 1) // 2
    return layers, 1 - 3 * layers / kernel


@vgg_equivalent.mistake(
    "Each further 3×3 layer adds 2 pixels to the receptive field, not 1: half as many layers will "
    "do."
)
def one_pixel_a_layer(kernel):
    layers = kernel - 2
    return layers, 1 - 9 * layers / kernel**2


@vgg_equivalent.mistake(
    "Your stack sees two pixels too many. The first 3×3 layer already sees 3, not 1."
)
def one_layer_too_many(kernel):
    layers = (kernel + 1) // 2
    return layers, 1 - 9 * layers / kernel**2


@vgg_equivalent.mistake(
    "You count the weights of one 3×3 layer. The stack has several: multiply by their number."
)
def weighs_one_layer(kernel):
    return (kernel - 1) // 2, 1 - 9 / kernel**2


@vgg_equivalent.mistake(
    "You divide what is saved by the weights of the stack. The share is one of the large kernel's."
)
def share_of_the_stack(kernel):
    layers = (kernel - 1) // 2
    return layers, kernel**2 / (9 * layers) - 1


# ---------------------------------------------------------------- inception_block_parameters


@lesson.exercise(
    reference.inception_block_parameters,
    outputs=("reduced", "direct"),
    points=2,
    hints=(
        "A convolution has kernel² · channels in · channels out weights. List all six of the block "
        "with reductions.",
        "Behind a reduction, the 3×3 filters read reduced channels, not c_in.",
        "Without reductions three convolutions are left. All of them read c_in channels.",
    ),
)
def inception_block_parameters(rng):
    yield case("block 3a of GoogLeNet", 192, 64, (96, 128), (16, 32), 32)
    yield case("few channels", 10, 1, (2, 3), (1, 4), 5)
    numbers = [int(n) for n in rng.integers(3, 60, size=7)]
    yield case(
        "random channels",
        100 + numbers[0],
        numbers[1],
        (numbers[2], numbers[3] + 60),
        (numbers[4], numbers[5] + 60),
        numbers[6],
    )
    yield case("hardly a reduction", 30, 8, (29, 12), (28, 7), 9)


def _block(c_in, ones, threes, fives, pooled, *, three=9, five=25):
    """The weights of each part: six with reductions, three without."""
    (r3, f3), (r5, f5) = threes, fives
    return (
        [c_in * ones, c_in * r3, three * r3 * f3, c_in * r5, five * r5 * f5, c_in * pooled],
        [c_in * ones, three * c_in * f3, five * c_in * f5],
    )


@inception_block_parameters.mistake(
    "The 1×1 reductions have weights of their own: c_in · reduced each."
)
def reductions_for_free(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts) - parts[1] - parts[3], sum(direct)


@inception_block_parameters.mistake(
    "Behind a reduction, the 3×3 and 5×5 filters read the reduced channels, not c_in."
)
def large_kernels_read_everything(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(direct) + parts[1] + parts[3] + parts[5], sum(direct)


@inception_block_parameters.mistake(
    "With reductions, a 1×1 convolution stands behind the pooling: c_in · pooled more weights."
)
def forgets_the_pooling_branch(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts) - parts[5], sum(direct)


@inception_block_parameters.mistake(
    "Without reductions, the branch of the pooling has no convolution, and so no weights."
)
def pooling_branch_in_both(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts), sum(direct) + parts[5]


@inception_block_parameters.mistake("Kernels have two sides: 9 weights for 3×3, and 25 for 5×5.")
def kernel_sides_not_squared(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled, three=3, five=5)
    return sum(parts), sum(direct)


@inception_block_parameters.mistake(
    "You counted biases, one a filter. They are left out here, as in the paper's table.",
    convention=True,
)
def counts_the_biases(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    ends = ones + threes[1] + fives[1]
    return sum(parts) + ends + threes[0] + fives[0] + pooled, sum(direct) + ends


@inception_block_parameters.mistake("The two results have changed places: reduced first.")
def swaps_the_two_blocks(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(direct), sum(parts)


@inception_block_parameters.mistake(
    "In each pair the first number is the reduction, the second the filters: (reduced, filters)."
)
def swaps_the_pairs(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes[::-1], fives[::-1], pooled)
    return sum(parts), sum(direct)


# ---------------------------------------------------------------- bottleneck_parameters


@lesson.exercise(
    reference.bottleneck_parameters,
    outputs=("bottleneck", "plain"),
    hints=(
        "Three convolutions: what does each read, how many filters has it, how large are they?",
        "The first has 1·1·channels·reduced weights. The last has as many.",
    ),
)
def bottleneck_parameters(rng):
    yield case("the first stage of ResNet-50", 256, 64)
    yield case("a wide bottleneck", 12, 10)
    channels, reduced = int(rng.integers(100, 900)), int(rng.integers(5, 90))
    yield case("random channels", channels, reduced)
    yield case("one channel in the middle", 9, 1)


@bottleneck_parameters.mistake("The last convolution is missing: 1×1, from reduced to channels.")
def forgets_the_way_back(channels, reduced):
    return channels * reduced + 9 * reduced**2, 18 * channels**2


@bottleneck_parameters.mistake(
    "The 3×3 convolution stands inside the bottleneck: it reads reduced channels, not all."
)
def three_by_three_reads_all(channels, reduced):
    return 9 * channels * reduced + 2 * channels * reduced, 18 * channels**2


@bottleneck_parameters.mistake("The plain block has two 3×3 convolutions. You count one.")
def one_plain_convolution(channels, reduced):
    return 2 * channels * reduced + 9 * reduced**2, 9 * channels**2


@bottleneck_parameters.mistake(
    "Your plain block works on reduced channels. It has no reduction: channels in, channels out."
)
def plain_block_reduced(channels, reduced):
    return 2 * channels * reduced + 9 * reduced**2, 18 * reduced**2


@bottleneck_parameters.mistake("A 3×3 kernel has 9 weights for each pair of channels, not 3.")
def three_for_nine(channels, reduced):
    return 2 * channels * reduced + 3 * reduced**2, 6 * channels**2


@bottleneck_parameters.mistake(
    "You counted biases. They are left out here; behind each convolution stands a batch norm.",
    convention=True,
)
def biases_in_a_block(channels, reduced):
    bottleneck = 2 * channels * reduced + 9 * reduced**2 + 2 * reduced + channels
    return bottleneck, 18 * channels**2 + 2 * channels


@bottleneck_parameters.mistake(
    "The 3×3 convolution mixes channels: reduced · reduced kernels, not one for each channel."
)
def three_by_three_depthwise(channels, reduced):
    return 2 * channels * reduced + 9 * reduced, 18 * channels**2


# ---------------------------------------------------------------- depthwise_separable_ratio


@lesson.exercise(
    reference.depthwise_separable_ratio,
    hints=(
        "For a map of one pixel and C channels in: what do the depthwise part, the 1×1 part and "
        "the ordinary convolution cost?",
        "Depthwise: kernel²·C. Pointwise: C·c_out. Ordinary: kernel²·C·c_out. Divide.",
    ),
)
def depthwise_separable_ratio(rng):
    yield case("32 filters of 3×3", 32, 3)
    yield case("7 filters of 5×5", 7, 5)
    yield case("1,024 filters of 3×3", 1024, 3)
    yield case("random", int(rng.integers(11, 600)), int(rng.integers(6, 10)))
    yield case("more than the ordinary one: 3 filters of 1×1", 3, 1)


@depthwise_separable_ratio.mistake(
    "Only the depthwise part is counted. The 1×1 convolution behind it costs C · c_out."
)
def forgets_the_pointwise_part(c_out, kernel):
    return 1 / c_out


@depthwise_separable_ratio.mistake(
    "Only the 1×1 part is counted. The depthwise convolution costs kernel² · C."
)
def forgets_the_depthwise_part(c_out, kernel):
    return 1 / kernel**2


@depthwise_separable_ratio.mistake("A kernel has two sides: kernel² weights, not kernel.")
def one_side_of_the_kernel(c_out, kernel):
    return 1 / c_out + 1 / kernel


@depthwise_separable_ratio.mistake(
    "You divided the other way round. Wanted is the separable one's work, divided by the "
    "ordinary one's."
)
def upside_down(c_out, kernel):
    return 1 / (1 / c_out + 1 / kernel**2)


@depthwise_separable_ratio.mistake(
    "The two parts run one after the other, so their costs are added, not multiplied."
)
def multiplies_the_parts(c_out, kernel):
    return 1 / (c_out * kernel**2)


@depthwise_separable_ratio.mistake("That is what is saved. Wanted is what remains.")
def share_that_is_saved(c_out, kernel):
    return 1 - 1 / c_out - 1 / kernel**2
