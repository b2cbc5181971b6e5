# %% [markdown]
# # Appendix · Don't trust, check
#
# This course grew out of good texts: an article on training a network, an article on a convolution
# layer, a handbook chapter on convolutional networks, and an article on back-propagation in them.
# All four teach well. And in all four some numbers, signs or indices are wrong, as in nearly every
# text with many formulas. Surely there are slips in this course, too.
#
# Here is each slip that the lessons met: what is printed, and a cell that computes what is right.
#
# **How to use this page.** Cover the cell. Read what is printed. How would you check it? Five ways
# are usually enough:
#
# | check | it finds |
# |---|---|
# | look at the **shapes** | a gradient that belongs to something else |
# | compute **one number by hand** | lost signs, wrong sizes |
# | **nudge** the input, and measure (the numerical gradient) | every wrong gradient |
# | try an **extreme case**: a kernel of 1, much padding, one channel | formulas with a hidden condition |
# | count **what is counted**: learned numbers, or work? | words that are used for two things |

# %%
import numpy as np

from coursekit.reference import (
    backprop_step,
    conv2d_forward,
    conv2d_input_gradient,
    conv2d_weight_gradient,
    conv1d_matrix,
    correlate2d,
    delta_before_max_pool,
    gradient_check,
    half_squared_error_gradient,
    hidden_delta,
    max_pool2d_backward,
    max_pool2d_forward,
    numerical_gradient,
    output_delta,
    pooling_budget,
    sigmoid,
    smooth_labels,
)

# %% [markdown]
# ## An article on training a network
#
# One cycle of a 2-3-2-1 network is worked by hand there (lesson 02). Inputs 0.6 and 0.7, target 0.9,
# learning rate 0.3, momentum 0.1, no biases, sigmoids everywhere.

# %%
weights = [
    np.array([[-1.0, 2.5, 1.0], [1.0, 0.4, -1.5]]),  # from 1, 2 to 3, 4, 5
    np.array([[2.2, 0.34], [-1.4, 1.05], [0.56, 3.1]]),  # from 3, 4, 5 to 6, 7
    np.array([[0.75], [-0.22]]),  # from 6, 7 to 8
]
x, target = np.array([0.6, 0.7]), np.array([0.9])
outputs = [x]
for w in weights:
    outputs.append(sigmoid(outputs[-1] @ w))

# %% [markdown]
# ### 1. Rounded on the way
#
# **Printed:** $z_6 = 0.158$, $z_7 = 2.288$, $z_8 = 0.205$, $o_8 = 0.551$.

# %%
for name, value in (
    ("z6", (outputs[1] @ weights[1])[0]),
    ("z7", (outputs[1] @ weights[1])[1]),
    ("z8", (outputs[2] @ weights[2])[0]),
    ("o8", outputs[3][0]),
):
    print(f"{name} = {value:.7f}")

# %% [markdown]
# The inputs of these sums had been rounded to two digits. $z_6$ is off by a tenth of its value.
# Round what you print, never what you go on with.
#
# ### 2. A lost sign
#
# **Printed:** $\delta_3 = -0.0087$, as the product of $(-0.0016 \cdot 0.34 + 0.016 \cdot 2.2)$ and a
# slope.

# %%
delta8 = output_delta(outputs[3], target)
delta67 = hidden_delta(delta8, weights[2], outputs[2])
delta345 = hidden_delta(delta67, weights[1], outputs[1])
print(f"the bracket: {-0.0016 * 0.34 + 0.016 * 2.2:+.4f}; a slope of a sigmoid is positive")
print(f"delta 3:     {delta345[0]:+.7f}")

# %% [markdown]
# ### 3. What follows from it
#
# **Printed:** $\Delta w_{23} = -0.00183$, $\Delta w_{13} = -0.00157$, and so $w_{23} = 0.99817$,
# $w_{13} = -1.00157$.

# %%
zeros = [np.zeros_like(w) for w in weights]
new, updates = backprop_step(weights, zeros, x, target, learning_rate=0.3, momentum=0.1)
for name, row in (("23", 1), ("13", 0)):
    print(f"Δw{name} = {updates[0][row, 0]:+.7f}   w{name} = {new[0][row, 0]:+.7f}")


def error(first_layer):
    """Return the error of the network with other weights in its first layer."""
    return 0.5 * np.sum(
        (target - sigmoid(sigmoid(sigmoid(x @ first_layer) @ weights[1]) @ weights[2])) ** 2
    )


slope = numerical_gradient(error, weights[0].copy(), 1e-5)
print(f"measured slope along w13: {slope[0, 0]:+.6f}, so w13 must grow")

# %% [markdown]
# ### 4. A factor of 2
#
# **Printed:** for the error $(t - o)^2$ the slope is $-(t - o) \cdot \dots$, without a 2.

# %%
o, t = np.array([0.9]), np.array([0.5])
whole = numerical_gradient(lambda o: float((t[0] - o[0]) ** 2), o.copy(), 1e-5)
half = numerical_gradient(lambda o: float(0.5 * (t[0] - o[0]) ** 2), o.copy(), 1e-5)
print(f"measured: (t − o)² has slope {whole[0]:.3f}, ½ (t − o)² has slope {half[0]:.3f}")
print(f"−(t − o) = {half_squared_error_gradient(o, t)[0]:.3f}")

# %% [markdown]
# The formula belongs to $\frac12 (t - o)^2$. That is why the course keeps the ½.
#
# ### 5. The wrong neuron's slope
#
# **Printed:** in the line of $\delta_5$ stands the slope at $z_7$. The result is 0.001.

# %%
back = delta67 @ weights[1][2]  # what comes back to neuron 5
for neuron, out in ((5, outputs[1][2]), (7, outputs[2][1])):
    print(f"with the slope of neuron {neuron}: {back * out * (1 - out):.7f}")

# %% [markdown]
# The number is right, the formula is not: it is the slope of neuron 5, at $z_5$.
#
# ## An article on a convolution layer
#
# ### 6. One of eighteen numbers
#
# An image of 5×5×3, two filters of 3×3, stride 2, padding 1, biases 1 and 0 (lesson 03). **Printed:**
# 1 in the top right corner of the first map.

# %%
image = np.array(
    [
        [[1, 2, 0, 1, 0], [2, 0, 0, 0, 1], [1, 2, 2, 0, 2], [2, 2, 2, 0, 1], [2, 0, 1, 0, 1]],
        [[1, 2, 2, 1, 2], [0, 2, 2, 0, 2], [1, 2, 2, 1, 1], [2, 2, 0, 1, 0], [2, 2, 1, 0, 0]],
        [[0, 2, 0, 1, 1], [2, 0, 2, 1, 1], [2, 0, 1, 2, 1], [0, 1, 0, 1, 2], [1, 0, 1, 2, 1]],
    ],
    float,
)[None]
filters = np.array(
    [
        [
            [[-1, 1, 1], [-1, 1, 1], [0, 0, 1]],
            [[0, -1, 1], [-1, 0, -1], [1, 0, 0]],
            [[1, -1, 0], [-1, 0, -1], [0, 1, -1]],
        ],
        [
            [[0, 0, -1], [1, 0, 0], [0, -1, 0]],
            [[1, -1, 0], [-1, 1, 0], [-1, 1, 1]],
            [[1, 0, 1], [1, -1, 1], [-1, 0, 0]],
        ],
    ],
    float,
)
print(conv2d_forward(image, filters, np.array([1.0, 0.0]), stride=2, padding=1)[0].astype(int))

# %% [markdown]
# It is −1. The other seventeen are right.
#
# ### 7. A negative frame
#
# **Printed:** for the gradient of the input, frame `dout` by $k - 1 - P$ zeros. Take a kernel of 2 and
# a padding of 3: that is −2.

# %%
rng = np.random.default_rng(0)
picture, kernel = rng.normal(size=(1, 1, 3, 4)), rng.normal(size=(1, 1, 2, 2))
dout = rng.normal(size=(1, 1, 8, 9))
print("frame:", kernel.shape[-1] - 1 - 3)
try:
    np.pad(dout, [(0, 0), (0, 0), (-2, -2), (-2, -2)])
except ValueError:
    print("np.pad refuses it")
wrong = gradient_check(
    lambda x: conv2d_forward(x, kernel, np.zeros(1), padding=3),
    lambda dout, x: conv2d_input_gradient(dout, kernel, x.shape, padding=3),
    [picture],
)
print("frame by k − 1, then cut P off, is right to 1e-9:", bool(wrong < 1e-9))

# %% [markdown]
# The article's loops skip whatever lies outside, and survive. An array program must crop.
#
# ## An article on back-propagation in convolutional networks
#
# ### 8. Copied, and nothing computed
#
# **Printed:** between a max pooling and the convolution before it, δ is copied to the winner. No
# derivative is needed.

# %%
z = np.array([[0.5, -1.0, 0.1, 1.0], [2.0, -0.3, -0.5, 0.2]])[None, None]
arriving = np.array([[4.0, 5.0]])[None, None]
measured = numerical_gradient(
    lambda z: float(np.sum(arriving * max_pool2d_forward(np.tanh(z), 2, 2))), z.copy(), 1e-5
)
for name, delta in (
    ("copied", max_pool2d_backward(arriving, np.tanh(z), 2, 2)),
    ("times the slope", delta_before_max_pool(arriving, z, 2, 2)),
    ("measured", measured),
):
    print(f"{name:<16} at z = 2: {delta[0, 0, 1, 0]:.4f}   at z = 1: {delta[0, 0, 0, 3]:.4f}")

# %% [markdown]
# The places are right. But behind the convolution stands an activation, and its slope belongs into δ.
#
# ## A handbook chapter
#
# ### 9. The size of a valid window
#
# **Printed:** a window of 5×5 turns H×W into (H − 2)×(W − 2).

# %%
for k in (3, 5):
    rows, cols = correlate2d(np.ones((30, 40)), np.ones((k, k))).shape
    print(f"{k}×{k}: (H − {30 - rows}) × (W − {40 - cols})")

# %% [markdown]
# ### 10. One index twice
#
# **Printed:** in the definition of the two-dimensional convolution, $X_{i + k_1,\, j + k_1}$.

# %%
small, ask = np.arange(25.0).reshape(5, 5) % 7, np.array([[1, 2, 0], [0, 1, -1], [3, 0, 2]], float)
offsets = [(k1, k2) for k1 in (-1, 0, 1) for k2 in (-1, 0, 1)]
as_printed = sum(ask[1 + k1, 1 + k2] * small[2 + k1, 2 + k1] for k1, k2 in offsets)
mended = sum(ask[1 + k1, 1 + k2] * small[2 + k1, 2 + k2] for k1, k2 in offsets)
print(
    f"as printed {as_printed:g}, with j + k2 {mended:g}; correlate2d {correlate2d(small, ask)[1, 1]:g}"
)

# %% [markdown]
# As printed, the nine weights read three pixels on a diagonal.
#
# ### 11. The gradient of what?
#
# **Printed:** a convolution of a row vector is a product with a matrix $\hat W$; the product of `dout`
# with $\hat W^T$ is "the gradient over the weights".

# %%
W = conv1d_matrix(np.array([1.0, 2.0, 3.0]), 6)
row = rng.normal(size=6)
checked = gradient_check(lambda x: x @ W, lambda dout, x: dout @ W.T, [row])
print("it is the gradient over the input, to 1e-9:", bool(checked < 1e-9))
print("numbers in the product:", (row @ W.T).size, "  weights in the kernel:", 3)

# %% [markdown]
# ### 12. The gradient of a kernel: three slips in one line
#
# **Printed**, for the weight $(a, b)$ of filter $q$, where $k$ is how far the kernel reaches to either
# side, and $\delta$ is the gradient of the output:
#
# $$\frac{\partial L}{\partial W^q_{ab}} = \sum_p \sum_{i, j} X_{a-k-1,\,b-k-1,\,p} \cdot
# \delta_{a-k-1,\,b-k-1,\,q}$$
#
# - the pixel does not depend on the place $(i, j)$: every place would see the same one;
# - neither does $\delta$: it has the index of the weight in place of $(i, j)$;
# - the sum over the channels $p$: a weight belongs to *one* channel, and has a gradient of its own.
#
# Right is
#
# $$\frac{\partial L}{\partial W^q_{abp}} = \sum_{i, j} X_{i+a-k-1,\,j+b-k-1,\,p} \cdot
# \delta_{i,\,j,\,q}$$
#
# The indices run from 1, and what lies outside the image is 0. Two channels, one filter, kernel 3×3,
# so $k = 1$:

# %%
channels, delta = rng.normal(size=(1, 2, 5, 4)), rng.normal(size=(1, 1, 5, 4))
kernels = rng.normal(size=(1, 2, 3, 3))


def at(maps, i, j):
    """Return the number at row i, column j, counted from 1; 0 outside the map."""
    inside = 1 <= i <= maps.shape[0] and 1 <= j <= maps.shape[1]
    return maps[i - 1, j - 1] if inside else 0.0


places = [(i, j) for i in range(1, 6) for j in range(1, 5)]
printed, right = np.zeros((3, 3)), np.zeros((2, 3, 3))
for a in (1, 2, 3):
    for b in (1, 2, 3):
        for p in (0, 1):
            pixel, there = at(channels[0, p], a - 2, b - 2), at(delta[0, 0], a - 2, b - 2)
            printed[a - 1, b - 1] += len(places) * pixel * there
            right[p, a - 1, b - 1] = sum(
                at(channels[0, p], i + a - 2, j + b - 2) * at(delta[0, 0], i, j) for i, j in places
            )
measured = numerical_gradient(
    lambda w: float(np.sum(delta * conv2d_forward(channels, w, np.zeros(1), padding=1))),
    kernels.copy(),
    1e-5,
)[0]
print("shapes: printed", printed.shape, " right", right.shape, " measured", measured.shape)
print("as printed, summed over channels, is right:", np.allclose(printed, measured.sum(axis=0)))
print("with all three mended:                     ", np.allclose(right, measured))
course = conv2d_weight_gradient(delta, channels, (3, 3), padding=1)[0]
print("and the course's own function:             ", np.allclose(course, measured))

# %% [markdown]
# ### 13. Parameters, or work?
#
# **Printed:** halve the map and double the channels, and the number of *parameters*,
# $H \cdot W \cdot K \cdot K \cdot C \cdot C$, stays as it is.

# %%
for name, number in pooling_budget(32, 32, 16, 3).items():
    print(f"{name:<22}{number:>10,}")

# %% [markdown]
# That product counts multiply-adds, and they stay. The parameters, $K \cdot K \cdot C \cdot C$, grow
# fourfold.
#
# ### 14. Right, and yet worth a check
#
# **Printed:** label smoothing gives $1 - \varepsilon$ to the right class and $\varepsilon / (k - 1)$ to
# every other. Many libraries print something else. Who is wrong?

# %%
ours = smooth_labels(np.array([1]), 4, 0.1)[0]
theirs = np.full(4, 0.1 / 4)
theirs[1] += 1 - 0.1
print("ε / (k − 1) on the others: ", np.round(ours, 4), f" sum {ours.sum():.4f}")
print("ε / k on every class:      ", np.round(theirs, 4), f" sum {theirs.sum():.4f}")
print("the first, with ε · (k − 1) / k:", np.round(smooth_labels(np.array([1]), 4, 0.075)[0], 4))

# %% [markdown]
# Nobody. Both rows sum to 1, if $k$ is the number of classes. They are two conventions: the second
# one with $\varepsilon$ is the first one with $\varepsilon \cdot (k - 1) / k$. A check can also end with
# "it is right".
#
# ## In famous papers
#
# Lesson 08 found more, by counting: 224 pixels where only 227 fit, 253,440 neurons where there are
# 290,400 (AlexNet), a first row and a row 4c that don't fit their own kernels (GoogLeNet), two counts
# of VGG's work in one sentence, one with the dense layers and one without, and a stride of 2 that
# changes no size (MobileNet). None of them changed the history of the field. But whoever builds on a
# number should have computed it.
#
# Back to the course: [08 · Landmark architectures](08_architectures.ipynb)
