"""Lesson 08, the tricks in numbers: separable kernels."""

from coursekit import reference
from coursekit.exercise import Lesson, case

lesson = Lesson("08_architectures")


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
    "Only the depthwise part is counted. The 1×1 convolution after it costs C · c_out."
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


@depthwise_separable_ratio.mistake(
    "You give the cost of the separable one. Divide by that of the ordinary one, kernel² · C · "
    "c_out; C cancels."
)
def not_divided(c_out, kernel):
    return kernel**2 + c_out


@depthwise_separable_ratio.mistake(
    "The ordinary convolution has c_out filters: divide by c_out, too."
)
def divided_by_one_filter(c_out, kernel):
    return (kernel**2 + c_out) / kernel**2


@depthwise_separable_ratio.mistake("Two fractions are added, each with its own denominator.")
def one_fraction(c_out, kernel):
    return 1 / (c_out + kernel**2)


@depthwise_separable_ratio.mistake("A kernel is not always 3×3: use the argument kernel.")
def always_three(c_out, kernel):
    return 1 / c_out + 1 / 9
