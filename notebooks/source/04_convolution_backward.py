# %% [markdown]
# # 04 · Convolution, backward
#
# **At the end of this lesson you can**
#
# - carry a gradient back through a convolution: to its input, its kernels and its biases;
# - do so at any stride and any padding, and prove with numbers that it is right;
# - train kernels: one hidden kernel, and then a whole network on real pictures.
#
# **You need** lesson 02 (the chain rule, `dout`, the gradient check) and lesson 03 (convolution
# forward: stride, padding, channels, filters).

# %%
import numpy as np

from coursekit import check, data, hint, nn, predict, progress, quiz, solution, spot_the_bug
from coursekit.explorers import convolution_backward
from coursekit.plots import convolution_backward as plots
from coursekit.plots import images
from coursekit.reference import (
    conv1d_matrix,
    conv2d_forward,
    conv2d_general_backward,
    conv2d_general_forward,
    correlate2d,
    gradient_check,
    scale_to_unit,
    zero_pad,
)

# %% [markdown]
# ## One weight, many links
#
# A kernel of three weights slides over six numbers. Draw it as a layer of neurons, as in lesson 02:
# inputs on the left, outputs on the right, a link for each product.

# %%
_ = plots.shared_weights(6, 3, title="Twelve links, but only three weights: one colour, one weight")

# %% [markdown]
# Two things are new against a dense layer. Most links are missing: each output sees three inputs
# only. And the links **share** their weights: all links of one colour have one and the same number.
#
# Everything in this lesson follows from these two. No new rule of calculus is needed.
#
# We keep the names of lesson 02. The **loss** is one number that says how wrong the network is.
# `dout` is the gradient of the loss with respect to the output: by how much the loss grows when an
# output grows a little. It comes from the layer above and has the shape of the output. We look for
# three more gradients:
#
# - `dw`, for the weights, and `db`, for the bias: so that this layer can learn;
# - `dx`, for the input: so that the layer below can learn.
#
# Each has the shape of what it belongs to.
#
# ## The gradient of a weight

# %%
guess = predict(
    "One weight is made larger by a little. How many of the four outputs change?",
    ["one", "three", "all four"],
)
guess

# %%
_ = plots.shared_weights(6, 3, only_weight=1, title="The weight w[1] moves all four outputs")
guess.compare("all four", "Every output has a link of that colour.")

# %% [markdown]
# Each output moves by the input at the other end of the link. So the gradient of a weight is a sum
# over its links: `dout` at the one end, times the input at the other.
#
# $$dw_i = \sum_t dout_t \cdot x_{t+i}$$
#
# By hand. Take $x = (1, 2, 3)$ and $w = (4, 5)$. Forward, the two outputs are
# $1 \cdot 4 + 2 \cdot 5 = 14$ and $2 \cdot 4 + 3 \cdot 5 = 23$. Let $dout = (1, 10)$. Then
#
# $$dw_0 = 1 \cdot 1 + 10 \cdot 2 = 21, \qquad dw_1 = 1 \cdot 2 + 10 \cdot 3 = 32.$$
#
# Look at the formula again. It slides `dout` over `x`, multiplies, and sums. It is a convolution:
# **dw is x convolved with dout.** As in lesson 03, we say convolution and mean that the kernel is
# not turned.
#
# ## The gradient of an input
#
# Now the other end. Which outputs does the input 3 move?

# %%
_ = plots.shared_weights(6, 3, only_input=3, title="Input 3 moves three outputs, by three weights")

# %% [markdown]
# Again a sum over links. Read the weights from the top: output 1 comes with `w[2]`, output 2 with
# `w[1]`, output 3 with `w[0]`. The weights come **in reverse order**.
#
# $$dx_s = \sum_i dout_{s-i} \cdot w_i$$
#
# The signs of $i$ say the same: where the index of $w$ grows, that of $dout$ falls. If we turn the
# kernel round, both run the same way, and it is a convolution once more.
#
# By hand, with the numbers from above:
#
# $$dx_0 = 1 \cdot 4 = 4, \quad dx_1 = 1 \cdot 5 + 10 \cdot 4 = 45, \quad dx_2 = 10 \cdot 5 = 50.$$
#
# The first input and the last lie under one window only. At them the turned kernel must reach out
# over the ends of `dout`, by all but one of its weights. So we frame `dout` by $K - 1$ zeros at
# each end; $K$ is the length of the kernel. A convolution that reaches out as far as that is called
# **full**.

# %%
_ = plots.matrices(
    [[[0, 1, 10, 0]], [[5, 4]], [[4, 45, 50]]],
    ["dout, framed by K − 1 = 1", "w turned", "dx"],
    title="dx is a full convolution of dout with the turned kernel",
)

# %% tags=["exercise"]
from coursekit.reference import conv1d_backward

# %%
dx, dw = conv1d_backward(np.array([1.0, 10.0]), np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0]))
print("dx:", dx)
print("dw:", dw)

# %% [markdown]
# ## The same as a matrix
#
# Lesson 03 wrote a convolution as one matrix $M$, with zeros framing the input so that the output
# is as long as the input: $out = x M$. The weights stand along its diagonals.
#
# We know from lesson 02 what a gradient does at a matrix: on the way back, the matrix is
# **transposed**.

# %%
guess = predict(
    "A matrix belongs to the kernel (1, 2, 3). To which kernel does its transpose belong?",
    ["(1, 2, 3)", "(3, 2, 1)", "to none: it is no convolution"],
)
guess

# %%
M = conv1d_matrix(np.array([1.0, 2.0, 3.0]), 6)
turned = conv1d_matrix(np.array([3.0, 2.0, 1.0]), 6)
_ = plots.matrices(
    [M, M.T],
    ["the matrix of the kernel (1, 2, 3)", "its transpose"],
    title="Transposed, each column reads the weights in reverse order",
)
print("the transpose is the matrix of (3, 2, 1):", np.array_equal(M.T, turned))
guess.compare("(3, 2, 1)", "What stood above the diagonal now stands below it.")

# %% [markdown]
# There is the turned kernel again, by another road.
#
# **Don't trust, check.** A handbook chapter writes, next to this very picture, that the product
# $dout \cdot M^T$ is the gradient *over the weights*. Is it? Nudge each number of $x$ and see
# what the loss does. That is the check of lesson 02.

# %%
rng = np.random.default_rng(0)
row = rng.normal(size=6)
back = gradient_check(lambda x: x @ M, lambda dout, x: dout @ M.T, [row])
print("gradient over the input, to 1e-9:", bool(back < 1e-9))
print("numbers in the product:", (row @ M.T).size, " weights in the kernel:", 3)

# %% [markdown]
# It is the gradient over the **input**. Six numbers could not be the gradient of three weights.
# A look at the shapes would have told.

# %%
guess = predict(
    "The matrix here frames the input by zeros. Without them, what changes on the way back?",
    ["the kernel is not turned", "the zeros around dout are more", "dx becomes shorter than x"],
)
guess

# %% [markdown]
# Draw six boxes and a window of three, and answer in the exercise.

# %% tags=["exercise"]
from coursekit.reference import unpadded_case

# %% [markdown]
# Let us try the answers on numbers. Without padding the matrix has two columns fewer: the ones at
# the border are gone.

# %%
answers = unpadded_case()
unpadded = M[:, 1:-1]
kernel = np.array([1.0, 2.0, 3.0])[:: -1 if answers["kernel is turned"] else 1]
dout = np.arange(1.0, 1 + answers["output length"])
framed = np.pad(dout, answers["zeros at each end of dout"])
print("the two ways agree:", np.array_equal(dout @ unpadded.T, np.correlate(framed, kernel)))
guess.compare("the zeros around dout are more", "Two at each end in place of one.")

# %% [markdown]
# So padding changes the border and nothing else. The kernel turns in both cases, and the frame of
# `dout` makes up for what the output lacks: with $P$ zeros at each end of the input, it is
# $K - 1 - P$. Keep this formula in mind. It will bite us later.
#
# ## Pictures: the turn by 180°
#
# In a picture the window has rows and columns. Pick one pixel and ask which windows saw it, and
# with which weight.

# %%
_ = plots.pixel_and_windows((5, 6), (3, 3), (1, 2))

# %% [markdown]
# Read the right side row by row. From left to right the second index of `w` falls. From top to
# bottom the first index falls. Both run in reverse, rows and columns: that is a turn by 180°.
#
# By hand: turned by 180°, the rows 1 2 3 and 4 5 6 become 6 5 4 and 3 2 1.

# %% tags=["exercise"]
from coursekit.reference import rotate180

# %% [markdown]
# A turn is not a mirror, and not a transposition. On a photo the difference is plain.

# %%
grey = scale_to_unit(data.photo("chelsea")).mean(axis=2)
cat = grey[::2, ::2]
_ = images.side_by_side(
    [cat, rotate180(cat), cat[:, ::-1], cat.T],
    ["the cat", "turned by 180°", "mirrored", "transposed"],
    title="Only the second one is turned by 180°",
)

# %% [markdown]
# ## A worked example
#
# Take a picture of 4×4 pixels, a kernel of 3×3, no padding, stride 1. The output has 2×2 numbers.

# %%
x = np.array([[4, 5, 8, 7], [1, 8, 8, 8], [3, 6, 6, 4], [6, 5, 7, 8]], float)
w = np.array([[1, 4, 1], [1, 4, 3], [3, 3, 1]], float)
dout = np.array([[2, 1], [4, 4]], float)
_ = plots.matrices(
    [x, w, correlate2d(x, w), dout],
    ["x", "w", "out", "dout"],
    title="A small layer, forward; dout comes from the layer above",
)

# %% [markdown]
# Three entries of `dx` by hand:
#
# - the corner $(0, 0)$ lies under one window, and at its weight $w_{00}$: $2 \cdot 1 = 2$;
# - its neighbour $(0, 1)$ lies under two:
#   $2 \cdot w_{01} + 1 \cdot w_{00} = 2 \cdot 4 + 1 \cdot 1 = 9$;
# - the pixel $(1, 1)$ lies under all four:
#   $2 \cdot w_{11} + 1 \cdot w_{10} + 4 \cdot w_{01} + 4 \cdot w_{00} = 8 + 1 + 16 + 4 = 29$.
#
# And by code: frame `dout` by two zeros, turn the kernel, slide.

# %%
framed = zero_pad(dout, 2)
dx = correlate2d(framed, rotate180(w))
_ = plots.matrices(
    [framed, rotate180(w), dx],
    ["dout, framed by K − 1 = 2", "w turned by 180°", "dx"],
    title="The turned kernel scans the framed dout: 2, 9 and 29 are the ones from above",
    marks={2: [(0, 0), (0, 1), (1, 1)]},
)

# %% [markdown]
# There is a second way to see it. Not from the pixel, which gathers, but from the output, which
# hands out: every output lays a copy of the kernel on the pixels that it saw, times its `dout`.
# The copies are added. Nothing is turned here: **scatter** with the kernel as it is, **gather**
# with the kernel turned. Both give the same `dx`.

# %%
stamps = []
for r in range(2):
    for c in range(2):
        stamp = np.zeros((4, 4))
        stamp[r : r + 3, c : c + 3] = dout[r, c] * w
        stamps.append(stamp)
_ = plots.matrices(
    [*stamps, sum(stamps)],
    ["out[0, 0]: 2 · w", "out[0, 1]: 1 · w", "out[1, 0]: 4 · w", "out[1, 1]: 4 · w", "sum: dx"],
    title="Each output stamps its kernel on the input; where stamps overlap, they add up",
    unit=0.36,
)

# %% [markdown]
# ## The bias
#
# A bias is added at every place of its map, in every image. Raise it by 1, and all those outputs
# grow by 1. So its gradient is the sum of `dout`. In our example: $2 + 1 + 4 + 4 = 11$.
#
# From here on we take batches, as the layer does: `dout` is `(N, F, OH, OW)`, with `N` images, `F`
# filters, and maps of `OH` rows and `OW` columns.

# %%
guess = predict(
    "There are F biases, and dout is (N, F, OH, OW). Which axes are summed?",
    ["axes 2 and 3", "axes 0, 2 and 3", "all four"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import conv2d_bias_gradient

# %%
print("db:", conv2d_bias_gradient(dout[None, None]))
guess.compare("axes 0, 2 and 3", "Images, rows and columns. The filters stay: each has a bias.")

# %% [markdown]
# Sums, not means: if the loss is a mean over the batch, then `dout` holds the division by $N$
# already.
#
# ## The kernels
#
# As in one dimension: a weight meets one pixel at every place of the window. Its gradient is the
# sum of `dout` times these pixels. By hand, the weight $w_{00}$ meets the pixels 4, 5, 1 and 8:
#
# $$dw_{00} = 2 \cdot 4 + 1 \cdot 5 + 4 \cdot 1 + 4 \cdot 8 = 49$$
#
# One convolution gives all nine at once.

# %%
guess = predict(
    "Which one is it? What slides over what?",
    ["w over dout", "dout over x", "dout, framed by zeros, over x"],
)
guess

# %%
dw = correlate2d(x, dout)
_ = plots.matrices(
    [x, dout, dw],
    ["x", "dout, as a kernel", "dw"],
    title="dw is the input convolved with dout: nothing is turned, nothing is framed",
    marks={0: [(0, 0), (0, 1), (1, 0), (1, 1)], 2: [(0, 0)]},
)
guess.compare("dout over x", "A 2×2 window has 3×3 places on 4×4 pixels: one for every weight.")

# %% [markdown]
# Now depth. Forward, every filter $f$ reads every channel $k$ with weights of its own, and sums the
# channels. Then the link from channel $k$ to map $f$ is a small convolution by itself, and so is
# its gradient:
#
# $$dw_{f,k,i,j} = \sum_{n,r,c} dout_{n,f,r,c} \cdot x^p_{n,k,\;S r + i,\;S c + j}$$
#
# | letter | counts | letter | stands for |
# |---|---|---|---|
# | $n$ | images | $x^p$ | the input with its frame of zeros |
# | $f$ | filters, which are the maps of the output | $S$ | stride |
# | $k$ | channels of the input | $P$ | padding |
# | $r, c$ | rows and columns of the output | $K$ | length of the kernel on one axis |
# | $i, j$ | rows and columns of the kernel | | |
#
# The images are summed too: all of them use the same weights. The index $S r + i$ is the one of the
# forward pass. At stride $S$ the window moves by $S$, so its pixels do.
#
# A tool for sums like this is `np.einsum`. It names the axes by letters. Axes of one letter run
# together; letters that are missing behind the arrow are summed over. For one weight $(i, j)$ and
# all filters and channels:

# %%
first, second = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 7, 4, 5))
print(np.einsum("nfrc,nkrc->fk", first, second).shape, "from", first.shape, "and", second.shape)

# %% [markdown]
# `first` is like `dout`, and `second` like the pixels that this weight met, one for each place.
#
# Later, the lesson calls your function more than a thousand times. One loop over the few weights,
# with `einsum` over the places, takes seconds. Loops over single pixels may take a quarter of an
# hour.

# %% tags=["exercise"]
from coursekit.reference import conv2d_weight_gradient

# %%
print(conv2d_weight_gradient(dout[None, None], x[None, None], (3, 3))[0, 0])

# %% [markdown]
# **Don't trust, check.** The same handbook chapter prints this formula for stride 1, in letters of
# its own: $(a, b)$ is the weight, counted from 1, and $(i, j)$ the place in the output. The kernel
# reaches out by $k$ on either side of its middle. For the pixel it prints $x_{a-k-1,b-k-1}$. The
# place is missing there, so all places would see one and the same pixel. The right index is
# $x_{i+a-k-1,j+b-k-1}$. Let the numbers decide.

# %%
as_printed = dout.sum() * x[:3, :3]  # one pixel for all places
moving = np.array(
    [[np.sum(dout * x[a : a + 2, b : b + 2]) for b in range(3)] for a in range(3)]
)  # the pixel moves with the place
numerical = np.zeros((3, 3))
for a, b in np.ndindex(3, 3):
    nudge = np.zeros((3, 3))
    nudge[a, b] = 1e-3
    change = correlate2d(x, w + nudge) - correlate2d(x, w - nudge)
    numerical[a, b] = np.sum(dout * change) / 2e-3
print("as printed, equals the numerical gradient:", np.allclose(as_printed, numerical))
print("with the place in the index:              ", np.allclose(moving, numerical))

# %% [markdown]
# ## Stride spreads the gradient
#
# At stride 2 only every second window is used. `dout` then has fewer numbers than there are places.
# Where do they belong? Put each back to the place of its window, and zeros where no window was:
# $S - 1$ of them between two neighbours, and none outside. The spread `dout` is called δ in this
# lesson. (It is not the δ of a neuron from lesson 02.)

# %%
spread = np.zeros((3, 3))
spread[::2, ::2] = dout
_ = plots.matrices(
    [dout, spread, zero_pad(spread, 2)],
    ["dout", "spread by stride 2: δ", "and framed by K − 1 = 2"],
    title="After this, stride 2 is stride 1: the windows that were left out have gradient 0",
)

# %% [markdown]
# By hand: the row 7 8 9, spread by stride 3, is 7 0 0 8 0 0 9. From $OH$ rows come
# $S \cdot (OH - 1) + 1$.

# %% tags=["exercise"]
from coursekit.reference import dilate_gradient

# %%
_ = plots.matrices(
    [dout, dilate_gradient(dout, 3), dilate_gradient(dout, (2, 4))],
    ["dout", "stride 3", "stride 2 down, 4 across"],
    title="The stride sets the distance; the numbers stay the same",
)

# %% [markdown]
# ## Padding crops the gradient
#
# Forward, padding puts a frame of zeros round the image. The full convolution gives the gradient of
# that *framed* image. Nobody asked for the gradient of the frame, so we cut it off: $P$ rows and
# columns at every side.
#
# It is tempting to do both at once. Framing `dout` by $K - 1$ and then cutting $P$ off is the same
# as framing by $K - 1 - P$. Articles give that formula, and so did we.

# %%
guess = predict(
    "A kernel of 3 and a padding of 3. By how much do you frame?", ["by 2", "by 0", "by −1"]
)
guess

# %%
for padding in range(4):
    print(f"K = 3, P = {padding}: frame by {3 - 1 - padding}")
guess.compare("by −1", "K − 1 − P = 3 − 1 − 3.")

# %% [markdown]
# By minus one? A negative frame means: **crop**. A program with loops that skip whatever lies
# outside survives it by luck. An array program does not: `np.pad` refuses, and a frame of 0 in its
# place gives a `dx` that is too large. First frame by $K - 1$, then cut off $P$: that is right for
# every $P$.
#
# Two traps are left.
#
# - **The remainder.** A row of 8 pixels, a window of 3, stride 2: the windows start at 0, 2 and 4,
#   and the last pixel is never seen. Its gradient is 0. But it has one: `dx` has the shape of `x`.
# - **Depth.** Forward, every filter reads channel $k$. So backward, channel $k$ gets a share from
#   every filter: sum over $f$.
#
# $$dx^p_{n,k,y,x} = \sum_{f,i,j} \delta_{n,f,\;y-i,\;x-j} \cdot w_{f,k,i,j}$$
#
# Here $y, x$ are the row and the column of a pixel in the framed input.
#
# At stride 2, few windows see one pixel. Click on pixels, or walk with the arrow keys: which
# outputs make up the gradient? Then go to the last row and the last column: no window comes there.

# %%
convolution_backward.explore(stride=2)

# %% tags=["exercise"]
from coursekit.reference import conv2d_input_gradient

# %%
dx = conv2d_input_gradient(dout[None, None], w[None, None], (1, 1, 6, 6), stride=2)
_ = plots.matrices(
    [dx[0, 0]],
    ["dx of a 6×6 input"],
    title="Stride 2: no window saw the last\nrow and column, their gradient is 0",
)

# %% [markdown]
# ## At work: a blurred photo, made sharp again
#
# What is `dx` good for, besides passing it on? It tells how to change a *picture*. Let us use that.
#
# The camera moved while the shutter was open, quickly first and then slower. That is a convolution
# with a streak as its kernel. We know the kernel, and we have the blurred photo. We look for the
# photo that, blurred in the same way, gives what we have. Start anywhere and go down the slope,
# each step as long as the gradient itself:
#
# $$L(x) = \tfrac12 \sum \big(\mathrm{blur}(x) - \mathrm{seen}\big)^2, \qquad x \leftarrow x - dx$$

# %%
streak = np.diag([1.0, 2, 3, 4, 5, 6, 7])[None, None] / 28
sharp = grey[60:180, 110:250][None, None]
seen = conv2d_forward(sharp, streak, np.zeros(1), padding=3)


def restore(backward_kernel, steps):
    """Go down the slope from the blurred photo; return the picture and the losses on the way."""
    x, losses = seen, []
    for _ in range(steps):
        error = conv2d_forward(x, streak, np.zeros(1), padding=3) - seen
        losses.append(0.5 * np.sum(error**2))
        x = x - conv2d_input_gradient(error, backward_kernel, x.shape, padding=3)
    return x, losses


restored, losses = restore(streak, 60)

# %%
guess = predict(
    "Somebody forgets the turn by 180°. What comes out of the same 60 steps?",
    ["the same photo", "a photo that is a little less sharp", "nothing that is like the photo"],
)
guess

# %%
spoiled, spoiled_losses = restore(rotate180(streak), 60)
_ = images.side_by_side(
    [seen[0, 0], restored[0, 0], spoiled[0, 0]],
    ["what we have", "60 steps along −dx", "60 steps, kernel turned wrongly"],
    title="The gradient sharpens the eye; the gradient of the wrong kernel destroys it",
)
_ = plots.descents(
    {"right dx": losses, "kernel turned wrongly": spoiled_losses},
    title="With a wrong gradient, too, the loss falls at first. Then it climbs.",
    ylabel="loss, summed over pixels",
)
print("right: the loss fell to less than a hundredth:", bool(losses[-1] < losses[0] / 100))
print("wrong: the loss is rising:", bool(spoiled_losses[-1] > 2 * min(spoiled_losses)))
guess.compare("nothing that is like the photo", "Small errors of direction add up, step by step.")

# %% [markdown]
# (A photo from a real camera has noise as well. Then one stops earlier, before the noise is made
# sharp, too.)
#
# For some steps the wrong gradient even helps. Mistakes in a backward pass are like that: rarely
# a crash, often a loss that falls a little. So we want a sharper test than a falling loss.
#
# ## The whole layer
#
# Put the three together. The order of the results is the order of the inputs: `x`, `w`, `b`.

# %% tags=["exercise"]
from coursekit.reference import conv2d_backward

# %% [markdown]
# The worked example once more, all of it at once.

# %%
dx, dw, db = conv2d_backward(dout[None, None], x[None, None], w[None, None], np.zeros(1))
_ = plots.matrices(
    [dx[0, 0], dw[0, 0], db], ["dx", "dw", "db"], title="The gradients of the 4×4 example"
)

# %% [markdown]
# ## Proof by numbers
#
# `gradient_check` of lesson 02 works for every layer: it nudges each number, and compares. A widely
# read article on this layer shows errors near $10^{-9}$, at stride 1 only. We want that at every
# stride and padding.


# %%
def errors(size, kernels, stride, padding):
    """Check dx, dw and db apart, on random numbers."""
    rng = np.random.default_rng(1)
    x, w, b = (rng.normal(size=shape) for shape in (size, kernels, kernels[0]))

    def forward(x, w, b):
        return conv2d_forward(x, w, b, stride, padding)

    def backward(dout, x, w, b):
        return conv2d_backward(dout, x, w, b, stride, padding)

    return {
        "dx": gradient_check(
            lambda x: forward(x, w, b), lambda dout, x: backward(dout, x, w, b)[0], [x]
        ),
        "dw": gradient_check(
            lambda w: forward(x, w, b), lambda dout, w: backward(dout, x, w, b)[1], [w]
        ),
        "db": gradient_check(
            lambda b: forward(x, w, b), lambda dout, b: backward(dout, x, w, b)[2], [b]
        ),
    }


found = {
    "stride 1": errors((2, 3, 6, 5), (4, 3, 3, 2), 1, 0),
    "padding 1": errors((2, 3, 6, 5), (4, 3, 3, 2), 1, 1),
    "stride 2, with a remainder": errors((2, 3, 6, 7), (4, 3, 3, 4), 2, 0),
    "stride 3, padding 2": errors((2, 3, 7, 6), (4, 3, 3, 2), 3, 2),
    "stride (2, 3), padding (1, 2)": errors((2, 3, 6, 7), (4, 3, 3, 4), (2, 3), (1, 2)),
    "padding 3 for a kernel of 2": errors((2, 3, 3, 4), (4, 3, 2, 2), 1, 3),
    "kernel 1×1": errors((2, 3, 4, 5), (4, 3, 1, 1), 1, 0),
}
_ = plots.gradient_errors(found, title="All three gradients are right, at every stride and padding")
print("all below 1e-9:", all(bool(e < 1e-9) for each in found.values() for e in each.values()))

# %% [markdown]
# Two options more. Dilation spreads the taps of a kernel (lesson 03). **Groups** cut the channels
# into shares, and the filters too; each share of the filters reads one share of the channels. The
# depthwise convolution of lesson 03 has a group for every channel. The course's general layer has
# both options. Here is the same check for it.


# %%
def general_error(stride, padding, dilation, groups):
    """Check dx, dw and db together, with 4 channels and 8 filters."""
    rng, options = np.random.default_rng(1), (stride, padding, dilation, groups)
    return gradient_check(
        lambda x, w, b: conv2d_general_forward(x, w, b, *options),
        lambda dout, x, w, b: conv2d_general_backward(dout, x, w, b, *options),
        [rng.normal(size=shape) for shape in ((2, 4, 5, 6), (8, 4 // groups, 3, 2), 8)],
    )


for label, options in {
    "dilation (2, 3), padding 2": (1, 2, (2, 3), 1),
    "2 groups, stride 2": (2, 1, 1, 2),
    "4 groups, all options": ((2, 1), (1, 2), (1, 3), 4),
}.items():
    print(f"{label}: below 1e-9: {bool(general_error(*options) < 1e-9)}")

# %% [markdown]
# ## What a check does not see
#
# A check is only as good as its numbers. First, a lazy check: compare nothing but the *sum* of
# `dx`. Each output hands $dout \cdot w$ to the pixels under it, so the sum is
# $\sum dout \cdot \sum w$, whichever way the kernel is turned.

# %%
right = conv2d_input_gradient(dout[None, None], w[None, None], (1, 1, 4, 4))
wrong = conv2d_input_gradient(dout[None, None], rotate180(w)[None, None], (1, 1, 4, 4))
_ = plots.matrices(
    [right[0, 0], wrong[0, 0]],
    [f"right: sum {right.sum():.0f}", f"kernel turned wrongly: sum {wrong.sum():.0f}"],
    title="Two different gradients with one sum",
)

# %% [markdown]
# Second, a full check on easy cases. The course keeps the usual mistakes of `conv2d_backward` as
# code that runs. Let us set the gradient check on four of them, with four kinds of layers: the
# first with one image, stride 1, no padding and symmetric kernels; the others with two images,
# crooked kernels, and stride and padding as their names say.

# %%
guess = predict(
    "Which of these layers finds all four mistakes?",
    ["N = 1, symmetric", "S = 1, P = 0", "S = 2, P = 0", "S = 2, P = 1"],
)
guess

# %%
from coursekit.exercises import load

mistakes = {each.name: each.implementation for each in load()["conv2d_backward"].mistakes}
hunted = [
    "kernel_not_rotated",
    "ignores_the_stride_everywhere",
    "ignores_the_padding_everywhere",
    "averages_over_the_batch",
]


def sees(mistake, batch, stride, padding, symmetric):
    """Tell whether the gradient check finds the mistake with such a layer."""
    rng = np.random.default_rng(2)
    x, w, b = (rng.normal(size=shape) for shape in ((batch, 2, 6, 6), (3, 2, 3, 3), 3))
    if symmetric:
        w = w + rotate180(w)
    error = gradient_check(
        lambda x, w, b: conv2d_forward(x, w, b, stride, padding),
        lambda dout, x, w, b: mistakes[mistake](dout, x, w, b, stride, padding),
        [x, w, b],
    )
    return "sees it" if error > 1e-6 else "blind"


layers = {
    "N = 1, symmetric": (1, 1, 0, True),
    "S = 1, P = 0": (2, 1, 0, False),
    "S = 2, P = 0": (2, 2, 0, False),
    "S = 2, P = 1": (2, 2, 1, False),
}
print(" " * 30 + "".join(f"{label:>18}" for label in layers))
for mistake in hunted:
    row = [sees(mistake, *layer) for layer in layers.values()]
    print(f"{mistake:<30}" + "".join(f"{each:>18}" for each in row))
guess.compare("S = 2, P = 1", "A mistake about padding shows only where there is padding.")

# %% [markdown]
# A symmetric kernel hides the turn. One image hides a division by $N$. Stride 1 hides the stride,
# and padding 0 the padding. The easiest layer, which one would try first, sees none of the four.
# Check with several images, a crooked kernel, a stride *and* a padding. The cases behind `@check`
# are chosen like that.
#
# ## The update
#
# A gradient points uphill. A step of gradient descent goes the other way, by a share that is called
# the **learning rate** (lesson 01). For every parameter $p$ with its gradient $g$:
#
# $$p \leftarrow p - \eta \, g$$
#
# By hand: $p = 3$, $g = -10$, $\eta = 0.1$ give $3 + 1 = 4$.
#
# Return new arrays. If the old ones are changed in place, then whoever still needs the old weights
# has lost them. In a moment, that will be you.

# %% tags=["exercise"]
from coursekit.reference import sgd_update

# %%
print(sgd_update([np.array([3.0])], [np.array([-10.0])], 0.1))

# %% [markdown]
# One layer's share of a training step has two parts: hand `dx` down, and update `w` and `b`.

# %%
guess = predict(
    "Does the order matter?",
    ["no", "yes: dx must come before the update", "yes: the update must come before dx"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import conv2d_step

# %%
guess.compare("yes: dx must come before the update", "dx belongs to the old weights.")

# %% [markdown]
# It does. `dout` says how the loss depends on an output that the *old* weights made. With the new
# weights, `dx` would be the gradient of something that was never computed. It would be wrong by a
# little only, in proportion to the learning rate. Such mistakes live long.
#
# ## At work: find the hidden kernel
#
# Somebody filtered a photo with a kernel that we don't know. We have the photo, and the result. Can
# a layer find the kernel? Start from small random weights, compare the layer's output with the
# result, go back, step.
#
# The hidden kernel is 5×5, with a bias of 0.5. It looks for edges along one diagonal.

# %%
hidden = np.array(
    [[2, 1, 0, 0, 0], [1, 2, 1, 0, 0], [0, 1, 0, -1, 0], [0, 0, -1, -2, -1], [0, 0, 0, -1, -2]]
)[None, None] / 4.0  # fmt: skip
hidden_bias = np.array([0.5])


def find_kernel(x, steps, learning_rate):
    """Train one layer on one picture; return the kernels on the way, and the losses."""
    target = conv2d_forward(x, hidden, hidden_bias)
    w, b = 0.1 * np.random.default_rng(3).normal(size=hidden.shape), np.zeros(1)
    path, losses = [w], []
    for _ in range(steps):
        error = conv2d_forward(x, w, b) - target
        losses.append(0.5 * np.mean(error**2))
        dout = error / error.size  # the gradient of half the mean square
        _, w, b = conv2d_step(dout, x, w, b, learning_rate)
        path.append(w)
    return path, losses


eye = (sharp - sharp.mean()) / sharp.std()
path, losses = find_kernel(eye, 600, 0.08)
shown = [0, 3, 10, 30, 100, 600]
_ = plots.kernels(
    [*(path[step][0, 0] for step in shown), hidden[0, 0]],
    [*(f"step {step}" for step in shown), "hidden"],
    title="Out of noise, the hidden kernel emerges",
)

# %% [markdown]
# The broad pattern comes first, the fine detail last. Why so slowly? In a photo, neighbouring
# pixels are nearly alike. So it hardly matters whether a weight sits here or one pixel further. The
# slope in that direction is tiny: a long flat valley, as in lesson 01.

# %%
guess = predict(
    "Take pure noise in place of the photo. How does the layer learn?",
    ["faster", "just as fast", "more slowly", "not at all"],
)
guess

# %%
noise = np.random.default_rng(4).normal(size=eye.shape)
noise_path, noise_losses = find_kernel(noise, 600, 0.08)
_ = plots.descents(
    {"from the photo": losses, "from noise": noise_losses},
    title="Noise is the better teacher: its neighbours are all different",
    ylabel="loss, mean over pixels",
)
print("photo: largest error of a weight below 0.1:", bool(np.abs(path[-1] - hidden).max() < 0.1))
print("noise: below 1e-9:", bool(np.abs(noise_path[-1] - hidden).max() < 1e-9))
guess.compare("faster", "In noise no two pixels are alike, so every weight makes a difference.")

# %% [markdown]
# ## Behind every convolution, a ReLU
#
# In a network, an activation function stands behind the convolution: $z = \mathrm{conv}(x)$,
# $out = \max(z, 0)$. The way back meets them in reverse order. First the ReLU, which lets through
# where it let through before, then the convolution:
#
# $$dz = dout \cdot [z > 0]$$
#
# The bracket is 1 where the condition holds, and 0 elsewhere. By hand: $z = (-2, 3, 1)$ and
# $dout = (5, -6, 7)$ give $dz = (0, -6, 7)$. Not the sign of `dout` decides, but the sign of $z$.

# %% tags=["exercise"]
from coursekit.reference import conv_relu_backward


# %%
def conv_relu_forward(x, w, b, stride=1, padding=0):
    return np.maximum(conv2d_forward(x, w, b, stride, padding), 0)


rng = np.random.default_rng(5)
inputs = [rng.normal(size=shape) for shape in ((2, 3, 6, 5), (4, 3, 3, 2), (4,))]
error = gradient_check(
    lambda x, w, b: conv_relu_forward(x, w, b, 2, 1),
    lambda dout, x, w, b: conv_relu_backward(dout, x, w, b, 2, 1),
    inputs,
)
print("the sandwich of convolution and ReLU is right to 1e-9:", bool(error < 1e-9))

# %% [markdown]
# ## The same thing upside down: enlarge a picture
#
# A convolution with stride 2 makes a map of half the size. Its `dx` goes the other way: from a
# small map to a large one. Use that as a *forward* pass, and you have a layer that enlarges
# pictures: every pixel lays down a copy of the kernel, scaled by its value. The copies lie a stride
# apart and are added. The layer is called **transposed convolution**, after the transposed matrix
# above. Some say *deconvolution*, though nothing is undone.
#
# By hand, in one row: the pixels 1 and 2, a kernel of three ones, stride 2. The copies are
# 1 1 1 0 0 and 0 0 2 2 2. Their sum is 1 1 3 2 2.
#
# Mind the kernel's axes: what is output forward is input here. `w` is `(C, F, KH, KW)`, input
# channels first.

# %% tags=["exercise"]
from coursekit.reference import transposed_conv2d

# %% [markdown]
# Let us enlarge a small photo four times. The kernel decides how the gaps are filled. A square of
# 4×4 ones repeats each pixel. A pyramid of 8×8 mixes neighbours: it is bilinear interpolation.

# %%
guess = predict(
    "And a square of 6×6 ones, whose copies overlap by two pixels?",
    ["a smoother picture", "a grid over the picture", "a picture turned by 180°"],
)
guess

# %%
small = scale_to_unit(data.photo("coffee"))[20:148:4, 60:212:4].transpose(2, 0, 1)[None]


def enlarge(kernel, padding):
    """Enlarge the three colours by stride 4, each by itself; return a picture (H, W, 3)."""
    w = np.zeros((3, 3, *kernel.shape))
    w[[0, 1, 2], [0, 1, 2]] = kernel
    large = transposed_conv2d(small, w, np.zeros(3), stride=4, padding=padding)
    return np.clip(large[0].transpose(1, 2, 0), 0, 1)


slope = 1 - np.abs(np.arange(8) - 3.5) / 4
_ = images.side_by_side(
    [
        small[0].transpose(1, 2, 0),
        enlarge(np.ones((4, 4)), 0),
        enlarge(np.outer(slope, slope), 2),
        enlarge(np.ones((6, 6)) / 2.25, 1),  # 36 / 16 copies lie on a pixel, on average
    ],
    ["the small photo", "4×4 ones", "8×8 pyramid", "6×6 ones"],
    title="Three kernels, three ways to enlarge; the last one leaves a grid",
)
guess.compare("a grid over the picture", "Where copies overlap, the picture is brighter.")

# %% [markdown]
# It is as if we looked through a fence. On a flat grey picture one can count the copies.

# %%
flat = transposed_conv2d(np.ones((1, 1, 3, 4)), np.ones((1, 1, 3, 3)), np.zeros(1), stride=2)
_ = plots.matrices(
    [flat[0, 0]],
    ["copies on each pixel: 3×3 ones, stride 2"],
    title="Uneven overlap makes a checkerboard",
)

# %% [markdown]
# Networks that draw pictures are known for this pattern (Odena, Dumoulin and Olah, 2016). A kernel
# whose length is a multiple of the stride overlaps evenly, and avoids it.
#
# ## A network of your own functions
#
# All the parts are there. The package `coursekit.nn` has quick layers for later lessons. But each
# of its layers takes functions of your own in place of its computation. So here are two convolution
# layers that run on **your** `conv_relu_backward`, and a dense layer on top that tells ten kinds of
# clothes apart.

# %%
clothes = data.fashion_mnist()


def as_batch(pictures):
    return scale_to_unit(pictures)[:, None].astype(np.float32)


x_train, y_train = as_batch(clothes.x_train[:1500]), clothes.y_train[:1500]
x_test, y_test = as_batch(clothes.x_test), clothes.y_test
own = {"forward": conv_relu_forward, "backward": conv_relu_backward}
network = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=2, padding=2, **own),
    nn.Conv2d(8, 16, 3, stride=2, padding=1, **own),
    nn.Flatten(),
    nn.Linear(16 * 7 * 7, 10),
    seed=0,
)
network.parameters["0.w"] *= 0.1  # a faint start, so that we can see what is learned
start = network.parameters["0.w"].copy()
network.summary((1, 28, 28))

# %%
guess = predict(
    "Guessing is right in 10 % of the cases. After eight passes over 1,500 pictures, how often is "
    "this network right on pictures that it has never seen?",
    ["about 25 %", "about 50 %", "about 80 %", "always"],
)
guess

# %% [markdown]
# Training takes some seconds. If your functions loop over single pixels, it may take minutes: then
# train on the first 300 pictures.

# %%
history = nn.fit(
    network,
    x_train,
    y_train,
    validation=(x_test, y_test),
    optimizer=nn.Adam(0.004),
    epochs=8,
    batch_size=50,
    progress=False,
)
_ = plots.learning(history, title="The network learns, and holds for pictures it has not seen")
print("right on unseen pictures, above 70 %:", bool(max(history.validation_accuracy) > 0.70))
guess.compare("about 80 %", "And all of it went through gradients that you wrote.")

# %% [markdown]
# The kernels of the first layer began as faint noise. What have they become?

# %%
_ = plots.kernels(
    [*start[:, 0], *network.parameters["0.w"][:, 0]],
    [*(f"{n}, before" for n in range(8)), *(f"{n}, after" for n in range(8))],
    title="First layer: noise has turned into edges, stripes and patches of light",
    rows=2,
)

# %% [markdown]
# ## The gradient of a picture
#
# One last use of `dx`. Go back not only to the weights, but on to the *picture*: how would the loss
# change with each pixel? Then move every pixel a little in the direction that makes things
# **worse**: by 5 % of the way from black to white, up or down, as the sign of `dx` says.

# %%
guess = predict(
    "Take 300 unseen pictures. The network is right on about 80 % of them. On how many after this "
    "tiny change?",
    ["still about 80 %", "about 70 %", "less than 55 %"],
)
guess

# %%
x_few, y_few = x_test[:300], y_test[:300]
loss = nn.SoftmaxCrossEntropy()
loss.forward(network.forward(x_few, training=True), y_few)
dx = network.backward(loss.backward())
random = np.random.default_rng(6).choice([-1, 1], size=dx.shape)


def accuracy_after(direction, step):
    """Move every pixel by the step; return the share of right answers in per cent."""
    moved = np.clip(x_few + step * np.sign(direction), 0, 1)
    return 100 * nn.evaluate(network, moved, y_few)[1]


steps = [0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1]
along = [accuracy_after(dx, step) for step in steps]
aside = [accuracy_after(random, step) for step in steps]
_ = plots.lines(
    steps,
    {"up or down by the sign of dx": along, "up or down at random": aside},
    xlabel="change of every pixel (1 = from black to white)",
    ylabel="right answers (%)",
    title="Random changes do little harm; the gradient knows where it hurts",
)
guess.compare(
    "less than 55 %", "Every pixel moves a little, but all of them in the worst direction."
)

# %% [markdown]
# We would hardly notice. Here are four of the pictures, before and after, each with the network's
# answer above it.

# %%
fooling = np.clip(x_few + 0.05 * np.sign(dx), 0, 1)
answer = nn.predict(network, x_few).argmax(axis=1)
fooled = nn.predict(network, fooling).argmax(axis=1)
chosen = np.flatnonzero((answer == y_few) & (fooled != y_few))[:4]
_ = images.side_by_side(
    [picture[at, 0] for at in chosen for picture in (x_few, fooling)],
    [clothes.class_names[given[at]] for at in chosen for given in (answer, fooled)],
    title="Each pair: the picture, and the picture moved by 0.05 along the sign of dx",
)

# %% [markdown]
# Such pictures are called **adversarial examples** (Goodfellow, Shlens and Szegedy, 2015). Far
# larger networks have them too.
#
# ## What you have now
#
# | what | formula or rule |
# |---|---|
# | gradient of a shared weight | the sum over all its links |
# | bias | $db_f = \sum_{n,r,c} dout_{n,f,r,c}$ |
# | kernels | the input convolved with `dout`: $\sum_{n,r,c} dout_{n,f,r,c}\,x^p_{n,k,Sr+i,Sc+j}$ |
# | stride | spread `dout`: $S - 1$ zeros between neighbours, $S(OH-1)+1$ rows |
# | input | full convolution of the spread `dout` with kernels turned by 180°, summed over filters |
# | padding | frame by $K-1$, cut off $P$; a frame of $K-1-P$ may be negative |
# | remainder | rows that no window saw have gradient 0, and are part of `dx` |
# | as a matrix | $dx = dout \cdot M^T$ |
# | with a ReLU behind | $dz = dout \cdot [z > 0]$ first |
# | update | $p - \eta g$, after `dx` |
# | transposed convolution | `dx` used as a forward pass; $S(H-1) + KH - 2P$ rows |
# | a good check | several images, crooked kernel, stride and padding and a remainder |

# %% [markdown]
# ## Spot the bug
#
# This one runs without an error, and all shapes are right. Which sentence is true of it?

# %%
spot_the_bug(conv_relu_backward, 1)

# %% [markdown]
# ## Quiz

# %%
quiz("04_convolution_backward")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [05 · Pooling](05_pooling.ipynb)
