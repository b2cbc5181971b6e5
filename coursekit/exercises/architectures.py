"""Lesson 08, the tricks in numbers: stacks, reductions, bottlenecks."""

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
        "9·C². C cancels.",
        "The share that is kept is 9·layers / kernel². What is saved then?",
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


@vgg_equivalent.mistake(
    "Each 3×3 layer adds 2 pixels, one on each side. You let it add one in all."
)
def one_pixel_for_each(kernel):
    layers = kernel - 1
    return layers, 1 - 9 * layers / kernel**2


@vgg_equivalent.mistake("Fields do not divide: each 3×3 layer adds 2 pixels to 1.")
def divides_and_rounds_down(kernel):
    layers = kernel // 3
    return layers, 1 - 9 * layers / kernel**2


@vgg_equivalent.mistake("That is per cent. Wanted is a share from 0 to 1.")
def per_cent(kernel):
    layers = (kernel - 1) // 2
    return layers, 100 * (1 - 9 * layers / kernel**2)


@vgg_equivalent.mistake(
    "You give how many weights are saved. Wanted is the share: divide by kernel²."
)
def number_of_weights(kernel):
    layers = (kernel - 1) // 2
    return layers, kernel**2 - 9 * layers


# ---------------------------------------------------------------- inception_block_parameters


@lesson.exercise(
    reference.inception_block_parameters,
    outputs=("reduced", "direct"),
    points=2,
    hints=(
        "A convolution has kernel² · channels in · channels out weights. List all six of the block "
        "with reductions.",
        "After a reduction, the 3×3 filters read the reduced channels, not c_in.",
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
    "After a reduction, the 3×3 and 5×5 filters read the reduced channels, not c_in."
)
def large_kernels_read_everything(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(direct) + parts[1] + parts[3] + parts[5], sum(direct)


@inception_block_parameters.mistake(
    "With reductions, a 1×1 convolution stands after the pooling: c_in · pooled more weights."
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
    "You counted biases, one per filter. They are left out here, as in the paper's table.",
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


@inception_block_parameters.mistake(
    "Without reductions there is nothing to read but c_in: 9 · c_in · filters, 25 · c_in · filters."
)
def direct_reads_reduced_channels(c_in, ones, threes, fives, pooled):
    parts, _ = _block(c_in, ones, threes, fives, pooled)
    return sum(parts), parts[0] + parts[2] + parts[4]


@inception_block_parameters.mistake(
    "The branch of the pooling has a 1×1 convolution: c_in · pooled. The 3×3 window of a pooling "
    "has no weights."
)
def pooling_of_nine(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts) + 8 * parts[5], sum(direct)


@inception_block_parameters.mistake(
    "The branch of 1×1 alone is missing: c_in · ones weights, with reductions and without."
)
def forgets_the_ones(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts[1:]), sum(direct[1:])


@inception_block_parameters.mistake(
    "The branches stand side by side, so both reductions read c_in channels. Your second one reads "
    "the 3×3 filters."
)
def branches_in_a_row(c_in, ones, threes, fives, pooled):
    parts, direct = _block(c_in, ones, threes, fives, pooled)
    return sum(parts) - parts[3] + threes[1] * fives[0], sum(direct)


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


@bottleneck_parameters.mistake(
    "One of the two 1×1 convolutions is missing: there is one down to reduced, and one back."
)
def one_of_the_ones(channels, reduced):
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
    "You counted biases. They are left out here: the batch norms have their own.",
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


@bottleneck_parameters.mistake(
    "The convolutions at the two ends are 1×1: channels · reduced weights each, not 9 times that."
)
def threes_at_the_ends(channels, reduced):
    return 18 * channels * reduced + 9 * reduced**2, 18 * channels**2


@bottleneck_parameters.mistake(
    "Your plain block goes to reduced channels and back. Both of its layers have all channels."
)
def plain_block_goes_down(channels, reduced):
    return 2 * channels * reduced + 9 * reduced**2, 18 * channels * reduced


@bottleneck_parameters.mistake(
    "You counted the gamma and beta of batch norms. Here only the convolutions count.",
    convention=True,
)
def batch_norms_in_a_block(channels, reduced):
    bottleneck = 2 * channels * reduced + 9 * reduced**2 + 4 * reduced + 2 * channels
    return bottleneck, 18 * channels**2 + 4 * channels
