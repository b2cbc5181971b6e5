# %% [markdown]
# # 05 · Pooling: smaller maps
#
# **At the end of this lesson you can**
#
# - make a map smaller in four ways, and say what each of them keeps and loses;
# - carry a gradient back through each of them: to the winner, in shares, in copies;
# - carry it on past the pooling, into the layer before, without forgetting a slope;
# - design a stack of layers that ends in a single pixel, and count what it costs;
# - put pooled values back to where they came from.
#
# **You need** lesson 02 (the chain rule, δ, the gradient check) and lessons 03 and 04 (the
# convolution, forward and backward).

# %%
import numpy as np

from coursekit import (
    check,
    data,
    hint,
    nn,
    predict,
    progress,
    quiz,
    reference,
    solution,
    spot_the_bug,
)
from coursekit.explorers import pooling as pooling_explorer
from coursekit.plots import images
from coursekit.plots import pooling as plots
from coursekit.reference import (
    conv2d_backward,
    conv2d_forward,
    conv2d_input_gradient,
    dense_backward,
    edge_kernel,
    gradient_check,
    receptive_field,
    relu,
    rotate180,
)

# %% [markdown]
# ## How many pixels does a face need?
#
# Here is an astronaut, 512 pixels high and wide. In the other pictures each block of 4 × 4 pixels,
# of 16 × 16, and of 32 × 32 has become one pixel.

# %%
guess = predict(
    "What is the smallest picture in which you will still see that there is a face?",
    ["512 × 512", "128 × 128", "32 × 32", "16 × 16"],
)
guess

# %%
photo = data.photo("astronaut").mean(axis=2) / 255  # grey, 0 … 1
x = photo[None, None]  # one image, one channel: (1, 1, 512, 512)
smaller = [reference.avg_pool2d_forward(x, block, block)[0, 0] for block in (4, 16, 32)]
_ = images.side_by_side(
    [photo, *smaller],
    ["512 × 512", "128 × 128", "32 × 32", "16 × 16"],
    title="A sixteenth of the pixels is plenty; with 32 × 32 there is still a face",
)
guess.compare("32 × 32", "Whose face it is you no longer see there. In 128 × 128 you do.")

# %% [markdown]
# To know *what* is in a picture, few pixels are enough. To know *where exactly* it is, you need
# many. A network that names pictures asks for the what. So it can afford to make its maps smaller
# on the way, and it gains three things:
#
# 1. a small shift of the picture changes less;
# 2. the next layer sees further with the same small kernel;
# 3. a map costs less, so there may be more of them.
#
# Making maps smaller, window by window, without any weights, is called **pooling**. We shall
# measure all three gains.
#
# ## Four ways to make it smaller
#
# The simplest way is to keep every eighth row and every eighth column, and to drop the rest. Or we
# look at each window of 8 × 8 pixels and keep its **average**, its **maximum**, or its **sum**.

# %%
guess = predict(
    "In which of the four does the white of the suit grow?",
    ["every 8th pixel", "average", "maximum", "sum"],
)
guess

# %%
step = 8
four = [
    reference.subsample(x, step),
    reference.avg_pool2d_forward(x, step, step),
    reference.max_pool2d_forward(x, step, step),
    reference.sum_pool2d_forward(x, step, step),
]
_ = images.side_by_side(
    [each[0, 0] for each in four],
    ["every 8th pixel", "average", "maximum", f"sum (up to {four[3].max():.0f})"],
    title="64 pixels become one: jagged, smooth, bright, and smooth on another scale",
)
guess.compare("maximum", "One white pixel is enough to make a window white.")

# %% [markdown]
# Dropped pixels take their detail along, at random: thin things break up. The average is smooth.
# The maximum keeps whatever is bright, and so bright things grow. The sum looks like the average,
# but its numbers run up to 64.
#
# By hand, with windows of 2 × 2. The first window holds 1, 3, 4, 2. Its first pixel is 1, its
# average 10 / 4 = 2.5, its maximum 4, its sum 10.

# %%
map4 = np.array([[1, 3, 2, 0], [4, 2, 1, 1], [0, 1, 5, 6], [2, 2, 7, 8.0]])
four = [
    reference.subsample(map4[None, None], 2),
    reference.avg_pool2d_forward(map4[None, None], 2, 2),
    reference.max_pool2d_forward(map4[None, None], 2, 2),
    reference.sum_pool2d_forward(map4[None, None], 2, 2),
]
four_windows = [(0, 0, 2, 2), (0, 2, 2, 2), (2, 0, 2, 2), (2, 2, 2, 2)]
four_cells = [(0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)]
_ = plots.maps(
    [map4, *(each[0, 0] for each in four)],
    ["the map", "every 2nd", "average", "maximum", "sum"],
    title="Each window becomes one number: the same colour, the same window",
    windows={0: four_windows, 1: four_cells, 2: four_cells, 3: four_cells, 4: four_cells},
)

# %% [markdown]
# ## Dropping pixels
#
# Now you write them, one by one. First the simplest. By hand: of the row 1 2 3 4 5, step 2 keeps
# 1 3 5.

# %% tags=["exercise"]
from coursekit.reference import subsample

# %% [markdown]
# What can go wrong when pixels are dropped? Take stripes: one column dark, one column light.

# %%
guess = predict(
    "You keep every second column of these stripes, from the first on. What do you see?",
    ["an even grey", "stripes, twice as wide", "all dark"],
)
guess

# %%
stripes = np.tile([0.1, 0.8], 16) * np.ones((1, 1, 32, 1))
_ = images.side_by_side(
    [
        stripes[0, 0],
        subsample(stripes, 2)[0, 0],
        subsample(stripes[..., 1:], 2)[0, 0],
        reference.avg_pool2d_forward(stripes, 2, 2)[0, 0],
    ],
    ["stripes", "every 2nd, from the first", "every 2nd, from the second", "average"],
    title="Dropped pixels can tell a lie: all dark, or all light",
)
guess.compare("all dark", "Every column that is kept is a dark one.")

# %% [markdown]
# And if the picture is shifted by a single pixel, it is all light. The average says the truth:
# an even grey. A pattern that is too fine for the smaller map does not just vanish. It turns into
# something else. That is called **aliasing**.
#
# ## Adding up
#
# A window of `size` × `size` pixels moves over the map in steps of `stride`. How many places does
# it have on an axis of n pixels? It needs `size` pixels for the first, and `stride` more for each
# further one:
#
# $$\Big\lfloor \frac{n - \mathrm{size}}{\mathrm{stride}} \Big\rfloor + 1$$
#
# That is the rule of the convolution once more. $\lfloor\;\rfloor$ means: round down.
#
# By hand: a row of 7 pixels, size 3, stride 2. ⌊(7 − 3) / 2⌋ + 1 = 3 places.
#
# LeNet-5, which read the digits on cheques, added up windows of 2 × 2 (LeCun et al., 1998).

# %% tags=["exercise"]
from coursekit.reference import sum_pool2d_forward

# %% [markdown]
# ## Taking the mean
#
# The average is the sum, divided by the number of pixels in the window. By hand, the first window
# again: (1 + 3 + 4 + 2) / 4 = 2.5.

# %% tags=["exercise"]
from coursekit.reference import avg_pool2d_forward

# %% [markdown]
# ## Taking the largest
#
# Most often, networks take the maximum. A map of features says how strongly something is seen: an
# edge, an eye. The maximum then says: *somewhere in this window it is seen that strongly*.
#
# By hand, the last window: the largest of 5, 6, 7, 8 is 8. And of −5, −6, −7, −8 it is −5.

# %% tags=["exercise"]
from coursekit.reference import max_pool2d_forward

# %% [markdown]
# A night sky of 8 × 8 pixels is black, with one star of brightness 1. We pool it with windows of
# 4 × 4.

# %%
guess = predict("How bright is the star in the average?", ["1", "1/4", "1/16", "it is lost"])
guess

# %%
sky = np.zeros((1, 1, 8, 8))
sky[0, 0, 2, 5] = 1.0
print("every 4th:", subsample(sky, 4).max())
print("average:  ", avg_pool2d_forward(sky, 4, 4).max())
print("maximum:  ", max_pool2d_forward(sky, 4, 4).max())
print("sum:      ", sum_pool2d_forward(sky, 4, 4).max())
guess.compare("1/16", "One bright pixel among sixteen: 1 / 16 = 0.0625.")

# %% [markdown]
# Dropping pixels loses the star. The average dims it. The maximum keeps it. What is rare and
# strong, as features are, survives a maximum best (Boureau, Ponce and LeCun, 2010, work out when).
#
# ## Size and stride
#
# With stride = size the windows stand side by side. With a smaller stride they **overlap**. With a
# larger one, some pixels are never looked at.

# %%
_ = plots.windows(
    5, 7, [(2, 2), (3, 2), (2, 3)], title="Windows side by side, overlapping, and with gaps"
)

# %% [markdown]
# Look at the left picture. 7 columns are not a multiple of 2, so the last one gets no window. A
# window that would reach beyond the border is **dropped**: we round down. That is a convention.
# Some programs keep incomplete windows and round up (PyTorch does with `ceil_mode=True`). Shapes
# then differ by one, and weights trained in one program do not fit the other.
#
# AlexNet pools with overlap: size 3, stride 2 (Krizhevsky, Sutskever and Hinton, 2012).

# %%
guess = predict(
    "A map of 13 × 13, size 3, stride 2. How large is the result?", ["5 × 5", "6 × 6", "7 × 7"]
)
guess

# %%
print(max_pool2d_forward(np.zeros((1, 256, 13, 13)), 3, 2).shape)
guess.compare("6 × 6", "⌊(13 − 3) / 2⌋ + 1 = 6.")

# %% [markdown]
# ## Each channel alone
#
# A convolution adds up over all channels. Pooling does not: each channel is pooled by itself, and
# there are as many channels afterwards as before.

# %%
guess = predict(
    "A picture has only orange and blue pixels. Can its max pooling show a colour that is nowhere "
    "in the picture?",
    ["yes", "no"],
)
guess

# %%
orange, blue = [0.85, 0.4, 0.1], [0.1, 0.4, 0.8]
board = np.array([[orange if (r + c) % 2 else blue for c in range(8)] for r in range(8)])
channels_first = board.transpose(2, 0, 1)[None]
_ = images.side_by_side(
    [board, max_pool2d_forward(channels_first, 2, 2)[0].transpose(1, 2, 0)],
    ["orange and blue", "maximum of 2 × 2"],
    title="Each channel has a winner of its own",
)
guess.compare("yes", "Red takes its winner from an orange pixel, blue from a blue one.")

# %% [markdown]
# The winners of two channels need not stand in the same place. For maps of features that is just
# right: an eye and an ear may be seen in two places of one window.
#
# ## Beyond the border
#
# ResNet begins with a max pooling of size 3, stride 2 and **padding** 1 (He et al., 2016): a frame
# of one pixel round each map, so that 112 pixels become exactly 56.
#
# For a convolution the frame holds zeros. For a maximum that would be a mistake. Take the map
# −5 −3 −4. Every pixel says: nothing to see here. With zeros outside, the border would become 0,
# more than any pixel. What lies outside must never win.

# %% tags=["exercise"]
from coursekit.reference import max_pool2d_padded

# %% [markdown]
# For the average, zeros outside are possible. But do they count as pixels? Take the single row
# 9 9 9, a frame of 1 and windows of 3 × 3. The middle window holds three nines and six zeros of the
# frame, above and below. Divided by 9 that is 3. Divided by the three real pixels it is 9.
#
# Both are in use. Here, and by default in PyTorch (`count_include_pad=True`), the zeros count.

# %% tags=["exercise"]
from coursekit.reference import avg_pool2d_padded

# %%
ones = np.ones((1, 1, 6, 6))
_ = plots.maps(
    [ones[0, 0], max_pool2d_padded(ones, 3, 1, 1)[0, 0], avg_pool2d_padded(ones, 3, 1, 1)[0, 0]],
    ["a map of ones", "maximum, padding 1", "average, padding 1"],
    title="The average falls off at the border: zeros count there. The maximum does not",
)

# %% [markdown]
# ## Gain 1: a small shift matters less
#
# Now we measure. The map shows the edges of the astronaut: the edge kernel of lesson 03, and
# everything negative cut off.

# %%
edges = relu(conv2d_forward(x, edge_kernel()[None, None], np.zeros(1)))
part = edges[:, :, 49:209, 139:299]
coarse = max_pool2d_forward(part, 4, 4)
_ = images.side_by_side(
    [photo[50:210, 140:300], *(np.clip(each[0, 0], 0, 1) for each in (part, coarse))],
    ["the photo, a part", "its edges", "its edges, maximum of 4 × 4"],
    title="Pooled, the edges are coarser, but still there",
)

# %% [markdown]
# We shift the map to the left by some pixels, pool both, and compare them by their correlation: 1
# for equal maps, 0 for maps that have nothing in common.

# %%
guess = predict(
    "Without pooling: how far must the edges move until the correlation is below one half?",
    ["1 pixel", "about 10 pixels", "about 50 pixels"],
)
guess

# %%
ways = {
    "maximum, 8 × 8": lambda a: max_pool2d_forward(a, 8, 8),
    "maximum, 4 × 4": lambda a: max_pool2d_forward(a, 4, 4),
    "maximum, 2 × 2": lambda a: max_pool2d_forward(a, 2, 2),
    "no pooling": lambda a: a,
    "every 4th pixel": lambda a: subsample(a, 4),
}
shifts = range(9)
common = {}
for way, pool in ways.items():
    still = pool(edges[:, :, 40:440, 40:440])
    moved = [pool(edges[:, :, 40:440, 40 + d : 440 + d]) for d in shifts]
    common[way] = [np.corrcoef(still.ravel(), each.ravel())[0, 1] for each in moved]
_ = plots.curves(
    shifts,
    common,
    xlabel="shift (pixels)",
    ylabel="correlation (1 = equal)",
    title="The larger the windows, the less a shift changes. Dropping pixels gains nothing",
)
guess.compare("1 pixel", "Edges are thin: one step, and they lie beside themselves.")

# %% [markdown]
# Under windows of 4 × 4 most winners stay in their windows, and the pooled map hardly changes. Mind
# the limit: it changes *less*, not *not at all*. A winner near a border of its window leaves it
# after one step.
#
# ## Gain 2: the next layer sees further
#
# Behind a pooling with stride 2, the step to the next pixel is a step of two pixels in the input.
# So every later kernel reaches twice as far.
#
# Two convolutions of 3 × 3 see 5 × 5 input pixels. A handbook chapter says that a pooling doubles
# what is seen.

# %%
guess = predict(
    "How much do the two convolutions see with a pooling of 2 × 2, stride 2, between them?",
    ["5 × 5", "6 × 6", "8 × 8", "10 × 10"],
)
guess

# %%
conv, pool2 = (3, 1, 1), (2, 2, 1)  # kernel, stride, dilation
print("two convolutions:           ", receptive_field([conv, conv]))
print("with a pooling between them:", receptive_field([conv, pool2, conv]))
guess.compare("8 × 8", "3, then 1 more for the pooling, then 2 steps of 2 pixels: 3 + 1 + 4.")

# %% [markdown]
# So it is the *step* that doubles, not at once the field. Do it again and again, and the field
# comes close to doubling with each block.

# %%
blocks = range(1, 7)
_ = plots.curves(
    blocks,
    {
        "convolution and pooling": [receptive_field([conv, pool2] * n) for n in blocks],
        "convolution only": [receptive_field([conv] * n) for n in blocks],
    },
    xlabel="blocks",
    ylabel="receptive field (pixels)",
    title="With poolings the field doubles, without them it creeps",
    log=True,
)

# %% [markdown]
# ## Gain 3: room for more channels
#
# A common plan: halve the map, and double the channels. A layer that looks for 16 things in fine
# detail is followed by one that looks for 32 things in coarser detail. What does that cost?
#
# Take a convolution with $C$ channels in and $C$ out, kernels of $K \times K$, and a map of
# $H \times W$. We count without biases.
#
# - **Parameters**, the numbers to learn: $K \cdot K \cdot C \cdot C$.
# - **Multiply-adds**, the work. Each parameter is used once at each pixel:
#   $H \cdot W \cdot K \cdot K \cdot C \cdot C$.
#
# The same handbook chapter calls the second of them the number of parameters, and finds that it
# stays as it is. Don't trust, check.

# %%
guess = predict(
    "A map of 32 × 32 with 16 channels becomes one of 16 × 16 with 32. What does that do to the "
    "costs of its convolution?",
    ["both stay", "parameters stay, multiply-adds grow", "multiply-adds stay, parameters grow"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import pooling_budget

# %%
budget = pooling_budget(32, 32, 16, 3)
_ = plots.before_and_after(
    {
        kind: (budget[f"{kind} before"], budget[f"{kind} after"])
        for kind in ("parameters", "multiply-adds")
    },
    title="Half the map, twice the channels: the same work, four times the parameters",
)
guess.compare(
    "multiply-adds stay, parameters grow", "A quarter of the pixels, four times the weights."
)

# %% [markdown]
# That is the real trade: for the same work you get four times as many numbers to learn with.
#
# ## From the picture to one pixel
#
# Shrink often enough, and a map has a single pixel left. Its C channels describe the picture as a
# whole, and a dense layer can name it. To plan such a stack you need its shapes.
#
# By hand, the beginning of LeNet-5: the input is (1, 32, 32). Six kernels of 5 × 5 without padding
# leave (6, 28, 28). Pooling with size 2 and stride 2 leaves (6, 14, 14).

# %% tags=["exercise"]
from coursekit.reference import shape_after

# %%
lenet = [
    ("conv", 6, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 16, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 120, 5, 1, 0),
]
shape = (1, 32, 32)
print("input".ljust(22), shape)
for layer in lenet:
    shape = shape_after([layer], shape)
    print(str(layer).ljust(22), shape)

# %% [markdown]
# LeNet-5 ends in one pixel with 120 channels. Now you: build such a stack for a colour photo of
# 128 × 128. There are many right answers. The check walks a map through yours, and holds the rules
# against it.

# %% tags=["exercise"]
from coursekit.reference import shrink_to_one_pixel

# %%
layers = shrink_to_one_pixel()
shapes = [shape_after(layers[:n], (3, 128, 128)) for n in range(len(layers) + 1)]
names = [f"{kind} {numbers[1] if kind == 'conv' else numbers[0]}" for kind, *numbers in layers]
_ = plots.stack(
    shapes,
    ["input", *names],
    title="The stack: its side falls to 1, its channels are your choice",
)

# %% [markdown]
# Such a stack has one flaw: it fits one size of picture. A larger photo would end in more than one
# pixel, and the dense layer behind would not fit. Lesson 06 has the cure: an average over the whole
# map, whatever its size.
#
# ## The way back: who gets the gradient?
#
# Pooling has no weights, so nothing is learned *in* it. But the layers before it learn, and they
# need their gradient. `dout` says how much the loss changes with each pooled value. We ask how much
# it changes with each *pixel*.

# %%
guess = predict(
    "A window of 2 × 2 holds 1, 4, 3, 2. Its maximum gets the gradient 8. What do the four pixels "
    "get? Nudge each of them in your mind: what does the maximum do?",
    ["2, 2, 2, 2", "8, 8, 8, 8", "0, 8, 0, 0", "8, 32, 24, 16"],
)
guess

# %%
corner, eight = np.array([[[[1.0, 4.0], [3.0, 2.0]]]]), np.array([[[[8.0]]]])
print("maximum:", *reference.max_pool2d_backward(eight, corner, 2, 2).ravel())
print("average:", *reference.avg_pool2d_backward(eight, corner, 2, 2).ravel())
print("sum:    ", *reference.sum_pool2d_backward(eight, corner, 2, 2).ravel())
guess.compare(
    "0, 8, 0, 0", "Only the largest pixel moves the maximum, by as much as it moves itself."
)

# %% [markdown]
# - **Maximum.** Only the largest pixel moves it, with slope 1. The others have slope 0. The
#   *winner* gets all.
# - **Average.** Each of the four pixels moves it a quarter as much as itself: slope 1/4. Each gets
#   a *share*.
# - **Sum.** Each pixel moves it as much as itself: slope 1. Each gets a *copy*.
#
# With windows that overlap, a pixel lies under several. It gets something from each, and adds up.
# Follow the framed window: forward to the framed output, and back.

# %%
map5 = np.array(
    [[3, 1, 0, 2, 1], [0, 6, 9, 0, 4], [1, 2, 3, 1, 0], [5, 7, 3, 2, 2], [0, 1, 2, 4, 8.0]]
)[None, None]
dout = np.array([[9, 18], [27, 36.0]])[None, None]
steps = [
    map5,
    max_pool2d_forward(map5, 3, 2),
    dout,
    reference.max_pool2d_backward(dout, map5, 3, 2),
    reference.avg_pool2d_backward(dout, map5, 3, 2),
    reference.sum_pool2d_backward(dout, map5, 3, 2),
]
window, cell, winners = [(0, 2, 3, 3)], [(0, 1, 1, 1)], [(1, 2), (3, 1), (4, 4)]
_ = plots.maps(
    [each[0, 0] for each in steps],
    ["the map x", "maximum", "dout", "dx of the maximum", "dx of the average", "dx of the sum"],
    title="Size 3, stride 2: all to the winner (ringed), in shares, in copies; overlaps add up",
    windows={0: window, 1: cell, 2: cell, 3: window, 4: window, 5: window},
    winners={0: winners, 3: winners},
)

# %% [markdown]
# The 9 wins in both upper windows, so it gets 9 + 18 = 27. The pixel in the middle lies under all
# four windows. In the sum it gets 9 + 18 + 27 + 36 = 90, in the average 90 / 9 = 10.
#
# Play it on another map. `dout` is 1, 2, 3, … there. Set the window to 3: which pixel wins twice?
# Then change to average and sum. Say beforehand which pixel will get most.

# %%
pooling_explorer.explore()

# %% [markdown]
# ## Remember the winner
#
# Max pooling must know its winners. We give each pixel of a map a number, its **place**, counted in
# reading order from 0. In a map of width W, the pixel in row y and column x has the place
# $y \cdot W + x$.
#
# By hand: the window of 5, 6, 7, 8 stands in the lower right of our 4 × 4 map. Its winner 8 stands
# in row 3, column 3. Its place is 3 · 4 + 3 = 15.

# %% tags=["exercise"]
from coursekit.reference import max_pool2d_argmax

# %% [markdown]
# ## Ties
#
# What if two pixels are equally large? Behind a ReLU that is no rare accident: wherever nothing is
# seen, whole windows are 0.
#
# Let us ask the numbers. The window 2, 2, 1, 0 has two winners. We nudge the first pixel.

# %%
tie = np.array([[[[2.0, 2.0], [1.0, 0.0]]]])
nudge = np.array([[[[0.001, 0.0], [0.0, 0.0]]]])
up = max_pool2d_forward(tie + nudge, 2, 2) - max_pool2d_forward(tie, 2, 2)
down = max_pool2d_forward(tie, 2, 2) - max_pool2d_forward(tie - nudge, 2, 2)
print(f"slope upwards:   {up.item() / 0.001:.1f}")
print(f"slope downwards: {down.item() / 0.001:.1f}")

# %% [markdown]
# Upwards the slope is 1, downwards it is 0. There is a kink, and a kink has no slope. So we need a
# rule:
#
# - **the first in reading order takes all**: this course, and PyTorch;
# - the last takes all, or all of them share: conventions too, used elsewhere;
# - each of them takes *all*: that is no convention but a mistake. Two winners would pass on twice
#   the gradient that came.
#
# A numerical gradient tells nothing at a tie. So check with numbers that differ.
#
# ## Back through the maximum
#
# By hand: in the picture above, three pixels win. Only they get a gradient, and one of them gets
# two.

# %% tags=["exercise"]
from coursekit.reference import max_pool2d_backward

# %% [markdown]
# Two tests for every version you write. The sum of `dx` equals the sum of `dout`: nothing is lost,
# and nothing comes from nowhere. And away from ties, the numerical check of lesson 02 agrees.

# %%
rng = np.random.default_rng(5)
batch = rng.permutation(2 * 3 * 7 * 9).reshape(2, 3, 7, 9) / 10  # all numbers differ


def error_of(forward, backward, size, stride):
    return gradient_check(
        lambda a: forward(a, size, stride), lambda g, a: backward(g, a, size, stride), [batch]
    )


for size, stride in [(2, 2), (3, 2), (3, 1), (2, 3)]:
    g = rng.normal(size=max_pool2d_forward(batch, size, stride).shape)
    kept = np.isclose(max_pool2d_backward(g, batch, size, stride).sum(), g.sum())
    error = error_of(max_pool2d_forward, max_pool2d_backward, size, stride)
    print(f"size {size}, stride {stride}: sums agree: {kept}, error below 1e-7: {error < 1e-7}")

# %% [markdown]
# ## Back through sum and average
#
# These two need not look at the pixels at all. Sum and average are linear: their slopes are the
# same everywhere. Of x only the shape counts.

# %% tags=["exercise"]
from coursekit.reference import sum_pool2d_backward

# %% [markdown]
# The average is the sum times a constant. Its gradient too.

# %% tags=["exercise"]
from coursekit.reference import avg_pool2d_backward

# %%
for name, forward, backward in [
    ("sum", sum_pool2d_forward, sum_pool2d_backward),
    ("average", avg_pool2d_forward, avg_pool2d_backward),
]:
    errors = [error_of(forward, backward, *setting) for setting in [(2, 2), (3, 2), (2, 3)]]
    print(f"{name}: largest error below 1e-7: {max(errors) < 1e-7}")

# %% [markdown]
# ## What stands behind the pooling
#
# Where does `dout` come from? From the layer behind. A widely read article treats two cases, and
# you know both. δ is here the gradient of the loss with respect to a layer's values, as `dout` is.
# (In lesson 02, δ had the other sign. The way back is the same.)
#
# **A dense layer behind.** The pooled maps are cut to one row for each image, and multiplied by
# weights $W$. So their δ comes back through $W^{\mathsf{T}}$, exactly as for a hidden layer in
# lesson 02. Then the row is cut back into maps.

# %%
maps = rng.normal(size=(2, 3, 2, 2))  # pooled, (N, C, H, W)
weights, biases = rng.normal(size=(12, 5)), np.zeros(5)
delta_dense = rng.normal(size=(2, 5))
delta_row, _, _ = dense_backward(delta_dense, maps.reshape(2, -1), weights, biases)
print("the same as δ · Wᵀ:", np.allclose(delta_row, delta_dense @ weights.T))
print("cut back:", delta_row.shape, "to", delta_row.reshape(maps.shape).shape)

# %% [markdown]
# **A convolution behind.** Each pooled pixel lies under several weights of the kernel. Its δ is the
# full convolution of the convolution's δ with the kernel turned by 180°, from lesson 04.
#
# By hand, with pooled maps of 3 × 3, a kernel of 2 × 2, and so a δ of 2 × 2. The δ of 1 lays down
# the kernel once. The δ of 10 lays down ten times the kernel, one step further down and right. They
# meet in the middle: 4 + 10 · 1 = 14.

# %%
kernel = np.array([[1, 2], [3, 4.0]])
delta_conv = np.array([[1, 0], [0, 10.0]])
delta_pooled = conv2d_input_gradient(delta_conv[None, None], kernel[None, None], (1, 1, 3, 3))
_ = plots.maps(
    [kernel, rotate180(kernel), delta_conv, delta_pooled[0, 0]],
    ["kernel", "turned", "δ behind", "δ of the pooled map"],
    title="A convolution behind: δ comes back through the turned kernel",
)

# %% [markdown]
# ## What stands before the pooling
#
# Now the step that is easily forgotten. Before the pooling stands a convolution with its
# activation:
#
# $$z = \text{convolution}, \qquad a = \tanh(z), \qquad \text{out} = \text{max pooling of } a$$
#
# The same article says: the δ of this convolution needs no computing. It is copied to the winner,
# and all others get 0. Is that so? Take two windows, and gradients of 4 and 5.

# %%
z = np.array([[0.5, -1.0, 0.1, 1.0], [2.0, -0.3, -0.5, 0.2]])[None, None]
arriving = np.array([[4.0, 5.0]])[None, None]
guess = predict(
    "The winners are z = 2 and z = 1. What is the gradient with respect to z there?",
    ["4 and 5", "less than 4 and 5", "more than 4 and 5"],
)
guess

# %%
copied = max_pool2d_backward(arriving, np.tanh(z), 2, 2)
numerical = np.zeros_like(z)
for place in np.ndindex(z.shape):
    h = np.zeros_like(z)
    h[place] = 1e-5
    above, below = (max_pool2d_forward(np.tanh(z + sign * h), 2, 2) for sign in (1, -1))
    numerical[place] = np.sum(arriving * (above - below)) / 2e-5
two_windows, two_winners = [(0, 0, 2, 2), (0, 2, 2, 2)], [(1, 0), (0, 3)]
_ = plots.maps(
    [z[0, 0], copied[0, 0], np.round(numerical[0, 0], 2)],
    ["z", "only copied", "numerical gradient"],
    title="Copying finds the right places, and the wrong numbers",
    windows={0: two_windows, 1: two_windows, 2: two_windows},
    winners={0: two_winners, 1: two_winners, 2: two_winners},
)
guess.compare("less than 4 and 5", "0.28 and 2.1: the slope of tanh is below 1 there.")

# %% [markdown]
# Between z and the winner lies tanh, and it has a slope: $1 - a^2$. By hand: tanh(2) = 0.964, its
# slope is 1 − 0.964² = 0.0707, and 4 · 0.0707 = 0.283.
#
# So δ is **routed to the winner, then multiplied by the slope of the activation**.

# %% tags=["exercise"]
from coursekit.reference import delta_before_max_pool

# %% [markdown]
# Why does the slip often go unnoticed? Because of ReLU. A winner above 0 has slope 1, and "only
# copied" is right by luck. It is wrong where ReLU has blanked out a whole window: there the first 0
# wins the tie, and a copy gives it a δ. But its slope is 0. No nudge gets through.
#
# Let us check a whole chain, with all that we have said: convolution, tanh, max pooling,
# convolution. Once with the slope, once only copied.


# %%
def chain(x, w1, b1, w2, b2):
    a = np.tanh(conv2d_forward(x, w1, b1))
    return conv2d_forward(max_pool2d_forward(a, 2, 2), w2, b2)


def chain_backward(dout, x, w1, b1, w2, b2, delta=delta_before_max_pool):
    z = conv2d_forward(x, w1, b1)
    pooled = max_pool2d_forward(np.tanh(z), 2, 2)
    dpooled, dw2, db2 = conv2d_backward(dout, pooled, w2, b2)  # the convolution behind
    dz = delta(dpooled, z, 2, 2)  # the pooling and tanh
    dx, dw1, db1 = conv2d_backward(dz, x, w1, b1)  # the convolution before
    return dx, dw1, db1, dw2, db2


def only_copied(dpooled, z, size, stride):
    return max_pool2d_backward(dpooled, np.tanh(z), size, stride)


def chain_backward_copied(dout, *inputs):
    return chain_backward(dout, *inputs, delta=only_copied)


inputs = [rng.normal(size=s) for s in [(2, 2, 8, 9), (3, 2, 3, 3), (3,), (2, 3, 2, 2), (2,)]]
print("with the slope, error below 1e-6:", gradient_check(chain, chain_backward, inputs) < 1e-6)
print(
    "only copied, error above 0.1:    ", gradient_check(chain, chain_backward_copied, inputs) > 0.1
)

# %% [markdown]
# ## A stride in its place
#
# There is another way to make maps smaller: give the convolution itself a stride of 2. It then
# computes only every second output, in rows and in columns.

# %%
guess = predict(
    "How does it differ from a convolution with stride 1 whose output is then subsampled?",
    ["not at all", "it blurs more", "it sees twice as far"],
)
guess

# %%
pictures, kernels, no_bias = inputs[0], inputs[1], np.zeros(3)
strided = conv2d_forward(pictures, kernels, no_bias, stride=2)
thinned = subsample(conv2d_forward(pictures, kernels, no_bias), 2)
print("equal:", np.allclose(strided, thinned))
guess.compare("not at all", "It only saves the work for the outputs that would be dropped.")

# %% [markdown]
# Does it lie about stripes, then, like subsampling? It need not. It has weights, and can learn to
# average first. Here is average pooling, written as a strided convolution: each filter looks at its
# own channel, with four weights of 1/4.

# %%
quarters = np.zeros((3, 3, 2, 2))
for channel in range(3):
    quarters[channel, channel] = 1 / 4
as_convolution = conv2d_forward(batch, quarters, no_bias, stride=2)
print("equal:", np.allclose(as_convolution, avg_pool2d_forward(batch, 2, 2)))

# %% [markdown]
# Max pooling can't be written so. A convolution is linear: of a sum it makes the sum of what it
# makes of each. The maximum does not: max(1, 0) + max(0, 1) is 2, but max(1, 1) is 1.
#
# Springenberg et al. (2015) replaced poolings by strided convolutions, and their networks read
# pictures just as well. The price is weights, $K \cdot K \cdot C \cdot C$ of them, where pooling
# has none.
#
# ## When every pixel wants an answer
#
# Some tasks ask for the *where*: which pixels are street, which are tumour, which are cat? That is
# called **segmentation**. The answer must be as large as the picture. But our network has pooled.
#
# Max pooling keeps one value of each window. The way back up should put it where it came from.

# %%
guess = predict(
    "What must be remembered, besides the value, to put it back?",
    ["nothing: the values tell", "the place of each maximum", "all the other values"],
)
guess

# %%
upper = np.array([[9.0, 1], [2, 3]])[None, None]
lower = rotate180(upper)
for each in (upper, lower):
    top = max_pool2d_forward(each, 2, 2).item()
    print(
        f"window {each[0, 0].tolist()}: maximum {top:g}, place {max_pool2d_argmax(each, 2, 2).item()}"
    )
guess.compare(
    "the place of each maximum",
    "Two windows with the same maximum: only the place tells them apart.",
)

# %% [markdown]
# One way: remember the winners' places on the way down. On the way up, put each value back to its
# place, with zeros round it. This is **unpooling** (Zeiler and Fergus, 2014). SegNet marks streets
# and cars with it (Badrinarayanan, Kendall and Cipolla, 2017).
#
# By hand: the 8 of our 4 × 4 map has the place 15. 15 = 3 · 4 + 3, so it goes back to row 3,
# column 3.

# %% tags=["exercise"]
from coursekit.reference import max_unpool2d

# %%
strongest, places = max_pool2d_forward(part, 4, 4), max_pool2d_argmax(part, 4, 4)
unpooled = max_unpool2d(strongest, places, part.shape)
repeated = strongest.repeat(4, axis=2).repeat(4, axis=3)
_ = images.side_by_side(
    [np.clip(each[0, 0], 0, 1) for each in (part, strongest, repeated, unpooled)],
    ["edges", "maximum of 4 × 4", "each value repeated", "unpooled"],
    title="Repeating makes blocks of the edges; unpooling puts each winner back in its place",
)

# %%
for name, large in [("repeated", repeated), ("unpooled", unpooled)]:
    lit = large > 0
    print(f"{name}: {np.mean(large[lit] == part[lit]):.0%} of the lit pixels have their true value")

# %% [markdown]
# Have you noticed? Unpooling does with values what the backward pass of max pooling does with
# gradients. Only overlaps differ: gradients add up, a value stands there once.
#
# The convolutions that follow fill the gaps. There are other ways: a transposed convolution, which
# learns how to enlarge (lesson 04), or no pooling at all, but dilated kernels, which see far
# without shrinking anything (lesson 03).
#
# ## All of it at work: digits
#
# Now your functions take part in a network that learns. It reads scans of digits, 8 × 8 pixels: a
# convolution with 8 kernels, ReLU, pooling, and a dense layer. Only 320 scans are there to learn
# from, so that it is not too easy. We compare four networks that differ in how they shrink.

# %%
digits = data.digits()
x_train, y_train = digits.x_train[:320, None] / 16, digits.y_train[:320]
x_test, y_test = digits.x_test[:, None] / 16, digits.y_test
averaging = {"forward": avg_pool2d_forward, "backward": avg_pool2d_backward}
maximizing = {"forward": max_pool2d_forward, "backward": max_pool2d_backward}


def network(way, seed):
    """Return an untrained network that makes its maps smaller in this way."""
    stride, pooling, side = {
        "not at all": (1, [], 8),
        "by stride 2": (2, [], 4),
        "by average": (1, [nn.AvgPool2d(2, **averaging)], 4),
        "by maximum": (1, [nn.MaxPool2d(2, **maximizing)], 4),
    }[way]
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=stride, padding=1),
        nn.ReLU(),
        *pooling,
        nn.Flatten(),
        nn.Linear(8 * side * side, 10),
        seed=seed,
    )


network("by maximum", seed=0).summary((1, 8, 8))

# %% [markdown]
# Without pooling, the dense layer has 8 · 8 · 8 · 10 = 5,120 weights. With it, it has a quarter.
#
# We test each network twice: on scans as they are, and on the same scans moved by one pixel to the
# left or to the right. No network has ever seen a moved one. Each is trained four times, from
# different beginnings. (If your functions loop over single pixels, this takes about a minute.)

# %%
guess = predict(
    "Which network minds the move least? It shrinks its maps …",
    ["not at all", "by stride 2", "by average", "by maximum"],
)
guess

# %%
wide = np.pad(x_test, [(0, 0), (0, 0), (0, 0), (1, 1)])
tests = {"as they are": [x_test], "moved by one pixel": [wide[..., :8], wide[..., 2:]]}
found = {test: {} for test in tests}
for way in ("not at all", "by stride 2", "by average", "by maximum"):
    for seed in range(4):
        model = network(way, seed)
        nn.fit(
            model,
            x_train,
            y_train,
            optimizer=nn.SGD(0.1, momentum=0.9),
            epochs=12,
            batch_size=32,
            seed=seed,
            progress=False,
        )
        for test, scans in tests.items():
            right = [nn.evaluate(model, each, y_test)[1] for each in scans]
            found[test].setdefault(way, []).append(100 * np.mean(right))
_ = plots.dots(
    found,
    xlabel="digits read right (%)",
    title="As they are, all read alike; moved by a pixel, the pooled ones hold up better",
)
plain, moved = ({way: np.mean(runs) for way, runs in found[test].items()} for test in tests)
print("as they are, all read more than 9 of 10:", bool(min(plain.values()) > 90))
print(
    "moved, maximum reads 5 in 100 more than none:",
    bool(moved["by maximum"] > moved["not at all"] + 5),
)
guess.compare("by maximum", "Its winners often stay in their windows. Yet see how much is lost.")

# %% [markdown]
# On scans as they are, all four read about alike, though pooling leaves a quarter of the dense
# weights. On moved scans every network suffers, and those with pooling suffer less. A stride alone
# gains nothing: we saw that it only drops outputs. That is the honest size of the gain: some
# tolerance, no cure. In these small scans, one pixel is an eighth of the picture.
#
# ## What you have now
#
# | what | forward | backward |
# |---|---|---|
# | places on an axis | $\lfloor (n - size) / stride \rfloor + 1$ | pixels left over: 0 |
# | sum | $\sum x$ | each pixel gets a copy of $dout$ |
# | average | $\sum x \, / \, size^2$ | each gets a share: $dout / size^2$ |
# | maximum | $\max x$ | the first winner gets all of $dout$ |
# | overlapping windows | | what a pixel gets adds up |
# | place | $y \cdot W + x$ | row: place // W, column: place % W |
# | padding | −inf for the maximum, 0 for the average | cut off again |
# | a dense layer behind | $p \, W$ | $\delta \, W^{\mathsf{T}}$, cut back into maps |
# | a convolution behind | $p * w$ | δ in full convolution with the turned $w$ |
# | an activation before | $a = f(z)$ | to the winner, then times $f'(z)$ |
# | half the map, twice the channels | multiply-adds stay | parameters grow fourfold |
#
# Three conventions to ask about in any other program: who wins a tie, what becomes of incomplete
# windows, and whether padding counts in an average.
#
# ## Spot the bug

# %%
spot_the_bug(max_pool2d_backward, 4)

# %% [markdown]
# ## Quiz

# %%
quiz("05_pooling")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [06 · Residual connections and global average pooling](06_residual_and_gap.ipynb)
