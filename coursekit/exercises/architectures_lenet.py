"""Lesson 08, LeNet-5 as a list, to the last weight."""

from itertools import pairwise

from coursekit import reference
from coursekit.exercise import Lesson, Symptom, case

lesson = Lesson("08_architectures")

IMAGE, CLASSES = (1, 32, 32), 10
FORMS = {
    "conv": "('conv', filters, kernel, stride, padding)",
    "tanh": "('tanh',)",
    "average": "('average', size, stride)",
    "dense": "('dense', units)",
}
WEIGHTED = ("conv", "dense")


@lesson.exercise(
    reference.lenet,
    points=2,
    hints=(
        "Begin with ('conv', 6, 5, 1, 0), ('tanh',), ('average', 2, 2). C3 and S4 look alike.",
        "C5 is a dense layer of 120 units: it flattens the maps by itself.",
        "count_parameters of your list must give 61,706. Eleven tuples do it.",
    ),
)
def lenet(rng):
    yield case("LeNet-5")


@lenet.property
def judge(case, answer):
    """Hold the list against the paper: kinds, activations, shapes, and the number of weights."""
    for number, layer in enumerate(answer, start=1):
        if isinstance(layer, str):
            return f"layer {number} is the text {layer!r}. A tuple of one needs a comma: ('tanh',)."
    layers = [tuple(layer) for layer in answer]
    for number, layer in enumerate(layers, start=1):
        if layer[0] == "max":
            return Symptom(f"layer {number}, {layer}, is a max pooling.", "max_pooling")
        if layer[0] == "relu":
            return Symptom(f"layer {number} is a relu.", "relu_for_tanh")
        if layer[0] == "softmax" and number == len(layers):
            return Symptom("the last layer is a softmax.", "activation_after_the_output")
        wanted = FORMS.get(layer[0])
        if wanted is None:
            return f"layer {number}, {layer}, is none of {', '.join(FORMS.values())}."
        if len(layer) != wanted.count(",") + (layer[0] != "tanh"):
            return f"layer {number}, {layer}, must be written {wanted}."
        if any(type(n) is not int or n < 0 for n in layer[1:]):
            return f"layer {number}, {layer}, needs whole numbers after its name."
    return _places(layers) or _padding_and_tanh(layers) or _shapes(layers)


def _places(layers):
    """Numbers that stand in each other's place, in one of the convolutions."""
    for number, layer in enumerate(layers, start=1):
        if layer[0] == "conv" and layer[3:] == (0, 1):
            return Symptom(f"layer {number} is {layer}.", "stride_and_padding_swapped")
        if layer[0] == "conv" and layer[1:3] in ((5, 6), (5, 16), (5, 120)):
            return Symptom(f"layer {number} is {layer}.", "filters_and_kernel_swapped")
    return None


def _padding_and_tanh(layers):
    kinds = [layer[0] for layer in layers]
    for number, layer in enumerate(layers, start=1):
        if layer[0] == "conv" and layer[4] > 0:
            return Symptom(f"layer {number}, {layer}, pads its maps.", "pads_the_maps")
    if "tanh" not in kinds:
        return Symptom("there is no activation in the list.", "no_activation")
    if kinds[-1] == "tanh":
        return Symptom("the last layer is a tanh.", "activation_after_the_output")
    weighted = [at for at, kind in enumerate(kinds) if kind in WEIGHTED]
    for first, second in pairwise(weighted):
        between = kinds[first + 1 : second].count("tanh")
        if between != 1 or kinds[first + 1] != "tanh":
            return (
                f"layer {first + 1}, {layers[first]}, must have one ('tanh',) right after it, "
                "and no other before the next weights."
            )
    return None


def _shapes(layers):
    if not any(layer[0] == "average" for layer in layers):
        return Symptom("there is no pooling in the list.", "no_pooling_at_all")
    units = [layer[1] for layer in layers if layer[0] in WEIGHTED]
    if units == [6, 16, 120, 10]:
        return Symptom("after C5 comes the output.", "forgets_f6")
    if units == [6, 16, 84, 10]:
        return Symptom("after S4 comes F6.", "forgets_c5")
    if units == [6, 16, 84, 120, 10]:
        return Symptom("C5 has 84 units and F6 has 120.", "units_swapped")
    if units == [16, 6, 120, 84, 10]:
        return Symptom("C1 has 16 filters and C3 has 6.", "filters_swapped")
    try:
        reference.count_parameters(layers, IMAGE)
    except ValueError as error:
        return f"it does not fit together: {error}."
    small = [layer for layer in layers if layer[0] == "conv" and layer[2] == 3]
    if small:
        return Symptom(f"{small[0]} has a kernel of 3×3.", "kernels_of_three")
    strides = [layer for layer in layers if layer[0] == "average" and layer[1:] == (2, 1)]
    if strides:
        return Symptom(f"{strides[0]} moves its window by one pixel.", "pooling_of_stride_one")
    right = reference.lenet()
    as_convolution = [
        ("conv", 120, 5, 1, 0) if layer == ("dense", 120) else layer for layer in right
    ]
    if layers in (right, as_convolution):
        return None
    for number, (mine, wanted) in enumerate(zip(layers, right, strict=False), start=1):
        if mine != wanted:
            return f"layer {number} is {mine}. Read the description of LeNet-5 once more there."
    return f"the list has {len(layers)} layers; read the description to its end once more."


def _changed(change):
    return [layer for each in reference.lenet() for layer in change(each)]


@lenet.mistake("LeNet-5 takes the mean of each window. The maximum came with later networks.")
def max_pooling():
    return _changed(lambda each: [("max", *each[1:])] if each[0] == "average" else [each])


@lenet.mistake("In 1998 the activation was tanh. relu came into wide use with AlexNet, in 2012.")
def relu_for_tanh():
    return _changed(lambda each: [("relu",)] if each[0] == "tanh" else [each])


@lenet.mistake(
    "No map is padded here: 32 becomes 28, 14, 10, 5. (With images of 28×28, a padding of 2 in C1 "
    "does the same.)"
)
def pads_the_maps():
    return _changed(lambda each: [(*each[:4], 2)] if each[0] == "conv" else [each])


@lenet.mistake(
    "Without activations all layers together are one linear map, and depth brings nothing."
)
def no_activation():
    return _changed(lambda each: [] if each[0] == "tanh" else [each])


@lenet.mistake("The scores of the classes stay as they are: no activation after the output.")
def activation_after_the_output():
    return [*reference.lenet(), ("tanh",)]


@lenet.mistake("F6 is missing: 84 units between C5 and the output, with their tanh.")
def forgets_f6():
    return [*reference.lenet()[:8], ("dense", 10)]


@lenet.mistake("C5 is missing: 120 units that see all of S4, with their tanh.")
def forgets_c5():
    layers = reference.lenet()
    return layers[:6] + layers[8:]


@lenet.mistake("The channels grow as the maps shrink: 6 filters first, then 16.")
def filters_swapped():
    swap = {6: 16, 16: 6}
    return _changed(
        lambda each: [("conv", swap[each[1]], *each[2:])] if each[0] == "conv" else [each]
    )


@lenet.mistake("The kernels of C1 and C3 are 5×5. Kernels of 3×3 became usual with VGG, in 2014.")
def kernels_of_three():
    return _changed(lambda each: [(*each[:2], 3, *each[3:])] if each[0] == "conv" else [each])


@lenet.mistake("The windows of the pooling do not overlap: size 2 and stride 2 halve the map.")
def pooling_of_stride_one():
    return _changed(lambda each: [("average", 2, 1)] if each[0] == "average" else [each])


@lenet.mistake("S2 and S4 are missing: pooling halves the maps after C1 and C3.")
def no_pooling_at_all():
    return _changed(lambda each: [] if each[0] == "average" else [each])


@lenet.mistake(
    "Stride and padding have changed places: ('conv', filters, kernel, stride, padding)."
)
def stride_and_padding_swapped():
    return _changed(lambda each: [(*each[:3], 0, 1)] if each[0] == "conv" else [each])


@lenet.mistake(
    "Filters and kernel have changed places: ('conv', filters, kernel, stride, padding)."
)
def filters_and_kernel_swapped():
    return _changed(
        lambda each: [("conv", each[2], each[1], *each[3:])] if each[0] == "conv" else [each]
    )


@lenet.mistake("C5 has 120 units, and F6 after it has 84.")
def units_swapped():
    swap = {120: 84, 84: 120}
    return _changed(
        lambda each: [("dense", swap.get(each[1], each[1]))] if each[0] == "dense" else [each]
    )
