"""A convolution layer while it learns: behind a ReLU, and one step of its training."""

from . import convolution_checks as check
from .convolution import conv2d_forward
from .convolution_backward import conv2d_backward, sgd_update
from .input_checks import checked


@checked(check.convolution_backward)
def conv_relu_backward(dout, x, w, b, stride=1, padding=0):
    """Carry a gradient back through a convolution with a ReLU behind it.

    The forward pass is z = conv2d_forward(x, w, b, stride, padding), out = max(z, 0).
    dout: (N, F, OH, OW), the gradient of out; x: (N, C, H, W); w: (F, C, KH, KW); b: (F,);
    stride, padding: whole number or pair.
    Result: the tuple (dx, dw, db), with the shapes of x, w and b.

    The ReLU comes first on the way back.  It has slope 1 where z > 0, and slope 0 elsewhere:

        dz = dout · [z > 0]
    """
    z = conv2d_forward(x, w, b, stride, padding)
    return conv2d_backward(dout * (z > 0), x, w, b, stride, padding)


@checked(check.step)
def conv2d_step(dout, x, w, b, learning_rate, stride=1, padding=0):
    """Take one step of training with one convolution layer.

    dout: (N, F, OH, OW); x: (N, C, H, W); w: (F, C, KH, KW); b: (F,);
    learning_rate: a number; stride, padding: whole number or pair.
    Result: the tuple (dx, new w, new b), with the shapes of x, w and b.

    dx goes on to the layer below.  It belongs to the forward pass that was made, and so to the
    weights of that pass.  The new weights are one step of gradient descent away from the old;
    w and b themselves stay as they are.
    """
    dx, dw, db = conv2d_backward(dout, x, w, b, stride, padding)
    w, b = sgd_update([w, b], [dw, db], learning_rate)
    return dx, w, b
