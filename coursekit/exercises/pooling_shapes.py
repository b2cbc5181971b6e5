"""Lesson 05, shapes and costs: what pooling does to a whole network."""

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case

lesson = Lesson("05_pooling")


# ---------------------------------------------------------------- pooling_budget


@lesson.exercise(
    reference.pooling_budget,
    hints=(
        "A parameter is a number that is learned. Does their number depend on the size of the map?",
        "After the doubling, a kernel reads 2·channels maps, and there are 2·channels kernels.",
        "Every parameter is used once for every pixel of the map.",
    ),
)
def pooling_budget(rng):
    yield case("a map of 32 × 24", 32, 24, 16, 3)
    yield case("a map of 7 × 9: odd sides", 7, 9, 4, 5)
    yield case("a kernel of 1 × 1", 10, 6, 8, 1)
    height, width, channels = (2 * int(n) for n in rng.integers(10, 60, size=3))
    yield case("random even sides", height, width, channels, 3)
    yield case("random sides", height + 1, width + 1, channels + 1, 7)


def _budget(height, width, channels, kernel, bias=0, grown=4, area=4):
    one = kernel**2 * channels**2 + bias * channels
    other = grown * kernel**2 * channels**2 + bias * 2 * channels
    pixels = (height // 2) * (width // 2) if area == 4 else (height // 2) * width
    return {
        "parameters before": one,
        "parameters after": other,
        "multiply-adds before": height * width * kernel**2 * channels**2,
        "multiply-adds after": pixels * grown * kernel**2 * channels**2,
    }


@pooling_budget.mistake(
    "You multiplied the parameters by the pixels of the map. That counts multiply-adds: a kernel "
    "is learned once and used at every pixel."
)
def multiply_adds_as_parameters(height, width, channels, kernel):
    right = _budget(height, width, channels, kernel)
    for when in ("before", "after"):
        right[f"parameters {when}"] = right[f"multiply-adds {when}"]
    return right


@pooling_budget.mistake(
    "Only one side of the layer is doubled. It has twice the channels in and out, so four times "
    "the parameters."
)
def doubles_one_side_only(height, width, channels, kernel):
    return _budget(height, width, channels, kernel, grown=2)


@pooling_budget.mistake(
    "After halving, you still count with the old channels: they double when the map is halved."
)
def channels_not_doubled(height, width, channels, kernel):
    return _budget(height, width, channels, kernel, grown=1)


@pooling_budget.mistake(
    "Only the height of the map is halved. Both sides are, so a quarter of the pixels is left."
)
def halves_one_side_only(height, width, channels, kernel):
    return _budget(height, width, channels, kernel, area=2)


@pooling_budget.mistake("You counted biases among the parameters: this layer has none.")
def counts_biases(height, width, channels, kernel):
    return _budget(height, width, channels, kernel, bias=1)


@pooling_budget.mistake(
    "You counted kernel numbers for each pair of channels; a kernel has kernel · kernel of them."
)
def kernel_not_squared(height, width, channels, kernel):
    right = _budget(height, width, channels, kernel)
    return {key: value // kernel for key, value in right.items()}


# ---------------------------------------------------------------- shape_after


@lesson.exercise(
    reference.shape_after,
    hints=(
        "Walk through the list with a for loop, and carry (C, H, W) along.",
        "for kind, *numbers in layers: gives the name and the list of the other numbers.",
        "Only a convolution changes C: afterwards there are as many channels as filters.",
    ),
)
def shape_after(rng):
    yield case(
        "a padded convolution, then a pooling", [("conv", 8, 3, 1, 1), ("pool", 2, 2)], (3, 32, 24)
    )
    yield case(
        "convolutions without padding",
        [("conv", 6, 5, 1, 0), ("pool", 2, 2), ("conv", 16, 5, 1, 0), ("pool", 2, 2)],
        (1, 32, 40),
    )
    yield case("strides and remainders", [("conv", 12, 7, 2, 2), ("pool", 3, 2)], (3, 113, 228))
    yield case("poolings only, overlapping", [("pool", 3, 2), ("pool", 4, 3)], (5, 28, 43))
    height, width = (int(n) for n in rng.integers(60, 90, size=2))
    filters = [int(n) for n in rng.integers(4, 60, size=3)]
    yield case(
        "a deep stack of random sizes",
        [
            ("conv", filters[0], 5, 2, 1),
            ("conv", filters[1], 4, 1, 2),
            ("pool", 3, 2),
            ("conv", filters[2], 3, 3, 1),
        ],
        (3, height, width + 7),
    )


def _walk(layers, shape, length, keep_channels=False):
    """Follow a shape by ``length(n, window, stride, padding)``."""
    channels, *sides = shape
    for kind, *numbers in layers:
        if kind == "conv":
            filters, window, stride, padding = numbers
            channels = channels if keep_channels else filters
        else:
            (window, stride), padding = numbers, 0
        sides = [length(n, window, stride, padding) for n in sides]
    return channels, *sides


def _right(n, window, stride, padding):
    return (n + 2 * padding - window) // stride + 1


@shape_after.mistake(
    "The channels stay as they were. After a convolution there is one channel for each filter."
)
def keeps_the_channels(layers, shape):
    return _walk(layers, shape, _right, keep_channels=True)


@shape_after.mistake("You count the padding once. It stands at both ends of an axis.")
def padding_at_one_end(layers, shape):
    return _walk(layers, shape, lambda n, k, s, p: (n + p - k) // s + 1)


@shape_after.mistake(
    "you round up where a window does not fit whole (ceil). Here incomplete windows are dropped.",
    convention=True,
)
def rounds_up(layers, shape):
    return _walk(layers, shape, lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1)


@shape_after.mistake(
    "The + 1 is missing: n − window counts the steps between windows; there is one window more."
)
def one_window_too_few(layers, shape):
    return _walk(layers, shape, lambda n, k, s, p: (n + 2 * p - k) // s)


@shape_after.mistake("The strides are left out: dividing by the stride comes before the + 1.")
def leaves_out_the_stride(layers, shape):
    return _walk(layers, shape, lambda n, k, s, p: n + 2 * p - k + 1)


@shape_after.mistake(
    "You divide by the stride alone. The size of the window counts too: (n + 2·padding − window)."
)
def divides_by_the_stride_only(layers, shape):
    return _walk(layers, shape, lambda n, k, s, p: n // s)


@shape_after.mistake(
    "A pooling divides by its stride alone in your walk. Its size counts too: "
    "⌊(n − size) / stride⌋ + 1."
)
def pools_without_the_size(layers, shape):
    for layer in layers:
        if layer[0] == "conv":
            shape = _walk([layer], shape, _right)
        else:
            shape = shape[0], *(n // layer[2] for n in shape[1:])
    return shape


@shape_after.mistake("Height and width have changed places: a shape is (C, H, W).")
def swaps_height_and_width(layers, shape):
    channels, height, width = _walk(layers, shape, _right)
    return channels, width, height


# ---------------------------------------------------------------- shrink_to_one_pixel


START, LONGEST_STACK = (3, 128, 128), 30
WINDOWS = range(2, 12)


@lesson.exercise(
    reference.shrink_to_one_pixel,
    points=2,
    hints=(
        "128 = 2 · 2 · 2 · 2 · 2 · 2 · 2. What halves a map?",
        "A convolution of kernel 3, stride 1 and padding 1 keeps the size of the map.",
        "After five halvings the map is 4 × 4. A convolution of kernel 4 without padding turns it "
        "into one pixel. Check your list with shape_after.",
    ),
)
def shrink_to_one_pixel(rng):
    yield case("(3, 128, 128) to one pixel")


@shrink_to_one_pixel.property
def judge(case, answer):
    """Walk a map of 128 × 128 through the layers and hold every rule against them."""
    sides = {"conv": 4, "pool": 2}
    if not isinstance(answer, (list, tuple)) or not answer:
        return "the result must be a list of layers."
    bare = [each for each in answer if not isinstance(each, (list, tuple)) or not each]
    if bare:
        return f"{bare[0]!r} stands alone in the list: every layer must be a tuple of its own."
    unknown = [layer for layer in answer if layer[0] not in sides]
    if unknown:
        return Symptom(
            f"{tuple(unknown[0])} is neither a convolution nor a pooling.", "uses_another_layer"
        )
    for number, (kind, *numbers) in enumerate(answer, start=1):
        if len(numbers) != sides[kind] or any(type(n) is not int or n < 0 for n in numbers):
            wanted = {"conv": "filters, kernel, stride, padding", "pool": "size, stride"}[kind]
            return f"layer {number} must be ({kind!r}, {wanted}), all whole numbers."
    if len(answer) > LONGEST_STACK:
        return Symptom(f"{len(answer)} layers are more than {LONGEST_STACK}.", "too_many_layers")
    for kind, name, mistake in (
        ("conv", "convolution", "no_convolution"),
        ("pool", "pooling", "no_pooling"),
    ):
        if all(layer[0] != kind for layer in answer):
            return Symptom(f"there is no {name} in the stack.", mistake)
    return _walk_and_judge(answer)


def _walk_and_judge(answer):
    channels, side, _ = START
    for number, (kind, *numbers) in enumerate(answer, start=1):
        layer = f"layer {number}, {(kind, *numbers)},"
        filters, window, stride, padding = numbers if kind == "conv" else (channels, *numbers, 0)
        if window not in WINDOWS:
            message = f"{layer} has a window of {window}; allowed are 2 to 11."
            return Symptom(message, "giant_window") if window >= side else message
        if window > side + 2 * padding:
            return Symptom(
                f"{layer} has a window of {window} on a map of {side} × {side}.",
                "window_longer_than_its_map",
            )
        if stride < 1:
            return f"{layer} has the stride {stride}: the window never moves."
        if stride > window:
            return Symptom(f"{layer} has the stride {stride}.", "stride_skips_pixels")
        if padding >= window or filters < 1:
            return f"{layer} needs a padding below {window} and at least one filter."
        channels, side = filters, (side + 2 * padding - window) // stride + 1
    if side > 1:
        return Symptom(
            f"at the end the shape is ({channels}, {side}, {side}), not ({channels}, 1, 1).",
            "stops_before_one_pixel",
        )
    return None


@shrink_to_one_pixel.mistake(
    "The stack ends too early. Print shape_after of your list, and add what halves the map or fits "
    "it exactly."
)
def stops_before_one_pixel():
    return [("conv", 16, 3, 1, 1), ("pool", 2, 2)] * 6


@shrink_to_one_pixel.mistake(
    "Earlier layers leave less than you expect: a convolution without padding takes kernel − 1 "
    "pixels from each axis. Print shape_after layer by layer."
)
def window_longer_than_its_map():
    return [("conv", 16, 3, 1, 0), ("pool", 2, 2)] * 7


@shrink_to_one_pixel.mistake(
    "A window as long as the map takes it in at one leap; a convolution of that size is a dense "
    "layer in disguise. Go down in several steps."
)
def giant_window():
    return [("pool", 2, 2), ("conv", 16, 64, 1, 0)]


@shrink_to_one_pixel.mistake(
    "Pooling alone learns nothing, and three channels stay three. Put convolutions between."
)
def no_convolution():
    return [("pool", 2, 2)] * 7


@shrink_to_one_pixel.mistake(
    "Convolutions alone can do it, and modern networks do; here the task asks for both kinds."
)
def no_pooling():
    return [("conv", 16, 2, 2, 0)] * 7


@shrink_to_one_pixel.mistake("A stride longer than the window never looks at the pixels between.")
def stride_skips_pixels():
    return [("conv", 16, 4, 8, 0), ("pool", 2, 4), ("pool", 4, 4)]


@shrink_to_one_pixel.mistake(
    "Layers of stride 1 take a few pixels each: that is a very deep way down. Let poolings halve "
    "the map."
)
def too_many_layers():
    return [("conv", 16, 3, 1, 0)] * 63 + [("pool", 2, 2)]


@shrink_to_one_pixel.mistake(
    "Use only ('conv', filters, kernel, stride, padding) and ('pool', size, stride): shape_after "
    "knows no others."
)
def uses_another_layer():
    return [("conv", 16, 3, 1, 1), ("pool", 2, 2), ("flatten",), ("dense", 10)]
