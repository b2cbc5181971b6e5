"""Activation functions and their slopes: what makes a network more than one straight layer.

Every function works number by number, on arrays of any shape.  The input of an activation is called
z, its output a.  ``dout`` is the gradient of the loss with respect to the output.
"""

import numpy as np

from . import mlp_checks as check
from .input_checks import checked


@checked(check.signal)
def sigmoid(z):
    """Squeeze every number into the range from 0 to 1.

    z: array of any shape.  Result: the same shape, float64.

        sigmoid(z) = 1 / (1 + e⁻ᶻ)

    Large numbers are no trouble: z = 1000 gives 1, z = −1000 gives 0, without nan.

    >>> sigmoid(np.array([-1000.0, 0.0, 2.0, 1000.0])).round(4)
    array([0.    , 0.5   , 0.8808, 1.    ])
    """
    small = np.exp(-np.abs(z))  # never above 1, so it can't overflow
    return np.where(z >= 0, 1, small) / (1 + small)


@checked(check.signal)
def sigmoid_gradient(z):
    """Compute the slope of the sigmoid at z.

    z: array of any shape: the *input* of the sigmoid, not its output.
    Result: the same shape.

        sigmoid′(z) = a · (1 − a)     with a = sigmoid(z)

    >>> sigmoid_gradient(np.array([0.0, 2.0])).round(4)
    array([0.25 , 0.105])
    """
    a = sigmoid(z)
    return a * (1 - a)


@checked(check.signal)
def tanh_gradient(z):
    """Compute the slope of the hyperbolic tangent at z.

    z: array of any shape: the *input* of tanh.  Result: the same shape.

        tanh′(z) = 1 − a²     with a = tanh(z)

    >>> tanh_gradient(np.array([0.0, 2.0])).round(4)
    array([1.    , 0.0707])
    """
    return 1 - np.tanh(z) ** 2


@checked(check.signal)
def relu(z):
    """Keep what is positive and replace the rest by 0: the rectified linear unit.

    z: array of any shape; it is left as it was.  Result: the same shape.

        relu(z) = max(z, 0)

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    return np.maximum(z, 0)


@checked(check.gradient_and_input)
def relu_backward(dout, z):
    """Carry a gradient back through ``relu``.

    dout: the gradient of the loss with respect to relu(z); z: the input of relu, of the same shape.
    Both are left as they were.  Result: the gradient with respect to z, of the same shape.

        dz = dout where z > 0, and 0 elsewhere

    At z = 0 there is a corner and no slope; this course takes 0.

    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 5.])
    """
    return dout * (z > 0)


@checked(check.gradient_and_input)
def leaky_relu_backward(dout, z, slope=0.01):
    """Carry a gradient back through the leaky ReLU, which lets a little of the negative through.

    The forward pass is z where z > 0, and slope · z elsewhere (Maas, Hannun and Ng, 2013).
    dout: the gradient with respect to the output; z: the input, of the same shape.
    slope: the slope on the negative side.  Result: the gradient with respect to z.

    >>> leaky_relu_backward(np.array([5.0, 5.0]), np.array([-2.0, 3.0]), slope=0.1)
    array([0.5, 5. ])
    """
    return np.where(z > 0, dout, slope * dout)


@checked(check.gradient_and_input)
def swish_backward(dout, z):
    """Carry a gradient back through swish, which uses its input twice.

    The forward pass is out = z · sigmoid(z) (Ramachandran, Zoph and Le, 2017; also called SiLU).
    dout: the gradient with respect to out; z: the input, of the same shape.
    Result: the gradient with respect to z, of the same shape.

    z reaches the output on two paths: as the left factor, and inside the sigmoid.  The gradient
    of z is the sum over both paths.

    >>> swish_backward(np.array([1.0, 1.0]), np.array([0.0, 2.0])).round(4)
    array([0.5   , 1.0908])
    """
    as_factor = dout * sigmoid(z)
    inside = dout * z * sigmoid_gradient(z)
    return as_factor + inside
