"""The reference convolutions as a student meets them: errors that help, whole solutions."""

import ast
import inspect
import textwrap

import numpy as np
import pytest

from coursekit.reference import convolution as forward
from coursekit.reference import convolution_backward as backward
from coursekit.reference import convolution_counts as counts
from coursekit.reference import convolution_general as general
from coursekit.reference import convolution_relatives as relatives

X, W, B = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 2)), np.ones(4)
DOUT = np.ones((2, 4, 3, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forward.output_size(4, 5), "padding ≥ 1"),
        (lambda: forward.output_size(4, 3, stride=0), "stride must be a whole number ≥ 1"),
        (lambda: forward.output_size(4.5, 3), "size"),
        (lambda: forward.output_size(5, 3, dilation=4), "spans 9"),
        (lambda: forward.zero_pad(np.ones(3), 1), r"\(H, W\)"),
        (lambda: forward.zero_pad(np.ones((3, 3)), -1), "padding"),
        (lambda: forward.conv2d_forward(X, np.ones((4, 2, 3, 2)), B), r"shape \(4, 3, 3, 2\)"),
        (lambda: forward.conv2d_forward(X[0], W, B), "N, C, H, W"),
        (lambda: forward.conv2d_forward(X, W[0], B), "F, C, KH, KW"),
        (lambda: forward.conv2d_forward(X, W, np.ones(3)), r"need shape \(4,\)"),
        (lambda: forward.conv2d_forward(X.astype(np.uint8), W, B), "uint8"),
        (lambda: forward.conv2d_forward(X, W, B, stride=0), "stride"),
        (lambda: forward.conv2d_forward(X, W, B, stride=(1, 2, 3)), "2 of them"),
        (lambda: forward.conv2d_forward(X[:, :, :2], W, B), "spans 3"),
        (lambda: forward.depthwise_conv2d(X, np.ones((2, 3, 3)), np.ones(2)), "3 channels"),
        (lambda: forward.conv1d_matrix(np.ones(4), 6), "odd"),
        (lambda: forward.shift_kernel(2, 0), "−1, 0 or 1"),
        (lambda: general.conv2d_general_forward(X, W, B, groups=2), "must divide"),
        (lambda: general.conv2d_general_forward(X, W, B, groups=0), "groups"),
        (lambda: backward.conv2d_backward(DOUT[:, :, 1:], X, W, B), r"has \(2, 4, 3, 5\)"),
        (lambda: backward.conv2d_input_gradient(DOUT, W, (2, 2, 5, 6)), r"\(N, 3, H, W\)"),
        (lambda: backward.conv2d_weight_gradient(DOUT, X, (2, 2)), "dout has shape"),
        (lambda: backward.conv1d_backward(np.ones(3), np.ones(4), np.ones(3)), "dout"),
        (lambda: backward.transposed_conv2d(X, np.ones((3, 1, 3, 3)), np.ones(1), 1, 4), "crops"),
        (lambda: backward.transposed_conv2d(X, W, B), "takes 4"),
        (lambda: relatives.transposed_conv2d_backward(X, X, W[:3], B[:3]), r"has \(2, 3, 7, 7\)"),
        (
            lambda: relatives.depthwise_conv2d_backward(X, X, W[:3, 0], B[:3]),
            r"has \(2, 3, 3, 5\)",
        ),
        (lambda: backward.sgd_update([B], [], 0.1), "1 parameters"),
        (lambda: backward.sgd_update([B], [W], 0.1), "parameter 0"),
        (lambda: counts.receptive_field([(3, 0, 1)]), "each layer"),
        (lambda: counts.conv3d_output_shape((1, 2, 3, 4), 3, 2), "N, C, T, H, W"),
        (lambda: counts.conv_parameters(0, 3, 3), "c_in"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_list_is_no_array():
    with pytest.raises(TypeError, match="NumPy array"):
        forward.conv2d_forward([[1.0]], W, B)


# ---------------------------------------------------------------- as solutions


@pytest.mark.parametrize("module", [forward, backward, counts])
def test_each_solution_stands_on_numpy_and_its_own_lesson(module):
    """A reference is shown, and pasted, as a solution: it may lean on nothing hidden."""
    functions = {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
    }
    assert functions
    for name, function in functions.items():
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        tree.decorator_list = []
        names = {node.id: node.ctx for node in ast.walk(tree) if isinstance(node, ast.Name)}
        globals_used = {n for n in names if n in vars(module)} - {name}
        assert globals_used <= {"np", *functions}, name
        assert ast.get_docstring(tree), name
