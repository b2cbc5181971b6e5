# %% [markdown]
# # 03 · Convolution, forward
#
# **At the end of this lesson you can**
#
# - slide a kernel over a picture, and say beforehand what it will find;
# - write the convolution layer of a network: channels, filters, stride, padding, dilation;
# - compute how large its output is, how far it sees, how much it learns, and what it costs;
# - write the same layer as one matrix, and use it on sentences and videos too.
#
# **You need** lesson 00: pictures as arrays. The part on sentences also uses what a sigmoid and
# gradient descent are: lessons 01 and 02.

# %%
import numpy as np

from coursekit import check, data, hint, predict, progress, quiz, solution, spot_the_bug
from coursekit.explorers import convolution as sliding
from coursekit.explorers import receptive_field as seeing
from coursekit.plots import convolution_forward as plots
from coursekit.plots import images
from coursekit.reference import dense_parameters, scale_to_unit, shift_image, to_channels_first

# %% [markdown]
# ## A window slides
#
# A dense layer looks at the whole picture at once, with a weight for every pixel. Let us do the
# opposite. We take a small window, with a few weights, and slide it over the picture. At every
# place it does the same little sum.

# %%
bar = np.array([[0, 0, 9, 9, 0], [0, 0, 9, 9, 0], [0, 0, 9, 9, 0], [0, 0, 0, 0, 0]], float)
compare = np.array([[-1, 1], [-1, 1]], float)
result = np.array([[0, 18, 0, -18], [0, 18, 0, -18], [0, 9, 0, -9]], float)
_ = plots.window(
    bar, compare, result, (0, 1), title="Multiply what lies under the window, and add up"
)

# %% [markdown]
# The small array of weights is the **kernel**. By hand, at the place that is marked: the window
# holds 0 9 in its first row and 0 9 in its second. So
#
# $$(-1)\cdot 0 + 1\cdot 9 + (-1)\cdot 0 + 1\cdot 9 = 18.$$
#
# The first column of the kernel counts negative, the second positive. So the sum compares left
# with right. It is 18 where a bright bar begins, −18 where it ends, and 0 where nothing changes.
#
# As a formula, with $x$ the picture and $w$ a kernel of KH rows and KW columns:
#
# $$\mathrm{out}[r, c] = \sum_i \sum_j x[r + i,\; c + j] \cdot w[i, j]$$
#
# The window stays wholly inside the picture. Along an axis of 5 pixels a window of 2 fits at 4
# places.
#
# Your function must work for every picture and every kernel, also for kernels that are not square.
# Two loops over the places are a good beginning.

# %% tags=["exercise"]
from coursekit.reference import correlate2d

# %%
print(correlate2d(bar, compare))

# %%
guess = predict(
    "Which kernel finds the lower end of the bar?",
    ["[[−1, 1], [−1, 1]]", "[[−1, −1], [1, 1]]", "[[1, 1], [1, 1]]"],
)
guess

# %%
print(correlate2d(bar, compare.T))
guess.compare("[[−1, −1], [1, 1]]", "It compares below with above: −18 in the last row.")

# %% [markdown]
# ### A word about the name
#
# In mathematics this sum is called **cross-correlation**. A *convolution* there first turns the
# kernel by 180°. Networks do not turn it, and call it convolution all the same. It makes no
# difference to them: they learn the weights, so they would learn them turned.
#
# This course does as networks do. But an answer with a turned kernel is another answer:

# %%
guess = predict(
    "What does the first kernel give when it is turned by 180°?",
    ["the same numbers", "the same numbers with the other sign", "zeros"],
)
guess

# %%
turned = compare[::-1, ::-1]
print(correlate2d(bar, turned))
guess.compare("the same numbers with the other sign", "Turned, it counts left positive.")

# %% [markdown]
# ## The same question everywhere
#
# In lesson 00 a shift of the picture changed everything for a dense layer. What does it change
# here? We shift the cat, and then look for left-right differences. Or we look for the differences
# first, and shift the result.

# %%
guess = predict(
    "How far apart are the differences of the shifted cat and the shifted differences?",
    ["they are equal", "they differ a little", "they have little in common"],
)
guess

# %%
photo = data.photo("chelsea")[::2, ::2]
grey = scale_to_unit(photo).mean(axis=2)
found = correlate2d(grey, compare)
found_in_shifted = correlate2d(shift_image(grey, 12, 30), compare)
_ = plots.maps(
    [found, found_in_shifted],
    ["the cat", "the cat, shifted by 12 and 30"],
    title="The answer moves along with the picture",
)
print("equal, where both see the cat:", np.allclose(found[:-12, :-30], found_in_shifted[12:, 30:]))
guess.compare("they are equal", "Every window holds the same pixels, only at another place.")

# %% [markdown]
# A shift of the picture shifts the output, and changes nothing else. This is called
# **equivariance** to shifts: equi-variant, it varies in the same way. (Invariant would be: it does
# not vary at all. The largest answer within the cat, say, is invariant.)
#
# It costs nothing, and nobody had to learn it. It holds because the same weights are used
# everywhere.

# %% [markdown]
# ## Kernels are questions
#
# A kernel asks each place a question. The output is a picture of the answers. So let us turn it
# round: here is a question, which kernel asks it?
#
# **First question: what is the mean of a pixel and its neighbours?** The answer is a blurred
# picture.
#
# By hand: on a picture that is 0.4 everywhere, every mean is 0.4. So a kernel of nine weights
# gives $0.4 \cdot (w_1 + \dots + w_9)$, and this must be 0.4.
#
# There is more than one right answer below. All that have the properties count.

# %% tags=["exercise"]
from coursekit.reference import blur_kernel

# %% [markdown]
# **Second question: how does a pixel differ from its neighbours?** Flat areas should give 0, a
# point that stands out a large number.

# %%
guess = predict(
    "What must the weights of such a kernel add up to?",
    ["1", "0", "anything but 0"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import edge_kernel

# %%
print("on a flat grey of 0.4:", abs(correlate2d(np.full((3, 3), 0.4), edge_kernel()).round(9)))
guess.compare("0", "0.4 times the sum of the weights must be 0, and so for every other grey.")

# %% [markdown]
# The classical pair looks like this. A handbook chapter shows these two kernels and asks: what do
# they do, geometrically?

# %%
mean_of_nine = np.full((3, 3), 1 / 9)
eight_and_minus_one = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], float)
_ = plots.kernels(
    [mean_of_nine, eight_and_minus_one],
    ["every weight 1/9", "8 in the middle, −1 around"],
    title="Two kernels: what will they do to a photo?",
)

# %%
guess = predict(
    "What does the kernel with the 8 do to the cat?",
    ["it softens the fur", "it keeps only whiskers, hairs and rims", "it makes all brighter"],
)
guess

# %%
eyes = grey[40:110, 60:190]
_ = images.side_by_side(
    [eyes, correlate2d(eyes, mean_of_nine), np.abs(correlate2d(eyes, eight_and_minus_one))],
    ["the photo", "mean of nine", "size of the differences"],
    title="One kernel softens, the other keeps only what stands out",
)
guess.compare("it keeps only whiskers, hairs and rims", "On smooth areas its weights cancel.")

# %% [markdown]
# The first one averages: the picture loses its fine grain. The second one is 0 on smooth areas and
# large at whiskers, hairs and the rim of the eye: it finds **edges**. And what do yours do?

# %%
_ = images.side_by_side(
    [correlate2d(eyes, blur_kernel()), np.abs(correlate2d(eyes, edge_kernel()))],
    ["your blur", "your edges, their size"],
    title="Your own two kernels at work",
)

# %% [markdown]
# ### A trap: kernels subtract
#
# Files hold pictures as `uint8`, whole numbers from 0 to 255. An edge kernel subtracts.

# %%
guess = predict(
    "The uint8 pixels 200 and 100 lie side by side. What is right minus left?",
    ["−100", "0", "156", "an error"],
)
guess

# %%
left, right = np.array([200], np.uint8), np.array([100], np.uint8)
print("in uint8: ", right - left)
print("in floats:", right.astype(float) - left)
guess.compare("156", "The count wraps round: −100 + 256 = 156.")

# %% [markdown]
# There is a second trap at the other end. If you keep the *result* in an array of whole numbers,
# everything behind the point is cut off. So: floats in, floats out. The references of this course
# refuse other pictures, and say so.

# %% [markdown]
# ## Why the borders go dark
#
# The window stays inside, so the output is smaller than the picture. After ten layers of 3×3,
# twenty rows and columns are gone. Often we want to keep the size. The usual way is to frame the
# picture with zeros: **zero padding**.
#
# By hand: the row 7, framed by two zeros at each end, is 0 0 7 0 0.

# %% tags=["exercise"]
from coursekit.reference import zero_pad

# %% [markdown]
# Now the size stays. Here is a strong blur, a mean of 15×15 pixels, with 7 zeros on each side.

# %%
guess = predict(
    "How will the borders of the picture look?",
    ["as before", "brighter", "darker"],
)
guess

# %%
strong = np.full((15, 15), 1 / 15**2)
_ = images.side_by_side(
    [grey, correlate2d(zero_pad(grey, 7), strong)],
    [f"the photo, {grey.shape[0]} × {grey.shape[1]}", "framed by zeros, blurred: same size"],
    title="The blurred picture has a dark frame",
)
guess.compare("darker", "Zero is black, and it goes into the mean.")

# %% [markdown]
# Near the border the window lies partly on the frame, and the black goes into the mean.
#
# How dark exactly? Take a picture that is 1 everywhere, and a mean of 3×3. With its middle on a
# corner pixel, the window has 4 pixels on the picture and 5 on the frame. The mean is 4/9.

# %%
guess = predict(
    "The middle of the window lies on an edge, far from the corners. What is the mean?",
    ["4/9", "5/9", "6/9", "9/9"],
)
guess

# %%
white = np.ones((5, 6))
print(correlate2d(zero_pad(white, 1), mean_of_nine).round(2))
guess.compare("6/9", "One row of three lies on the frame.")

# %% [markdown]
# Write it down for every odd window.

# %% tags=["exercise"]
from coursekit.reference import border_brightness

# %%
kernels = np.arange(1, 32, 2)
shares = np.array([border_brightness(int(kernel), 1.0) for kernel in kernels])
_ = images.curve(
    kernels,
    shares[:, 0],
    xlabel="side of the window (pixels)",
    ylabel="brightness of the corner (picture: 1)",
    title="Large windows leave a quarter of the light in a corner",
)

# %% [markdown]
# A network can live with that: its weights adapt. It can even learn from it where the border is.
#
# With padding, a kernel with a single 1 moves the picture. Into which direction?

# %%
guess = predict(
    "The 1 stands above the middle of the kernel. Which way does the picture move?",
    ["up", "down"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import shift_kernel

# %%
above = shift_kernel(1, 0)
print(above)
moved = correlate2d(zero_pad(bar, 1), above)
print(moved)
guess.compare("down", "The window looks one row up, and brings that value down.")

# %% [markdown]
# A 1 *above* the middle moves the picture *down*. So a shift is a convolution too, with zeros
# coming in at the border, as in lesson 00.

# %% [markdown]
# ## At how many places does a window fit?
#
# Four things decide that. One after the other.

# %%
_ = plots.places(9, 3, title="A window of 3 on 9 pixels fits at 7 places")

# %% [markdown]
# **Only inside.** The first window begins at pixel 0, the last one ends at the last pixel. Of n
# pixels, k − 1 are lost:
#
# $$n - k + 1$$
#
# A handbook chapter prints that a window of 5×5 turns H × W into (H − 2) × (W − 2).

# %%
guess = predict(
    "What does a window of 5×5 make of a picture of 30 × 40?",
    ["28 × 38", "26 × 36", "25 × 35"],
)
guess

# %%
for k in (3, 5):
    print(f"{k}×{k} window:", correlate2d(np.ones((30, 40)), np.ones((k, k))).shape)
guess.compare("26 × 36", "Of each axis 5 − 1 = 4 are lost. Don't trust, check.")

# %% [markdown]
# A window of 5×5 makes (H − 4) × (W − 4). The printed size belongs to a window of 3×3.
#
# **Padding** P adds P zeros at both ends: $n + 2P - k + 1$.
#
# **Stride** S is the step from one place to the next. With stride 3 the window can't always reach
# the end:

# %%
_ = plots.places(10, 3, stride=3, title="Stride 3 on 10 pixels: the last pixel is left over")

# %% [markdown]
# The window can move by $n - k$ pixels, in whole steps of S. What is left over is left out, so we
# round down: ⌊ ⌋. And the place where the window starts counts too:
#
# $$\left\lfloor \frac{n + 2P - k}{S} \right\rfloor + 1$$
#
# Above: ⌊(10 − 3) / 3⌋ + 1 = 2 + 1 = 3.
#
# **Dilation** D spreads the taps of the kernel, so that neighbours stand D pixels apart. D = 1 is
# the plain kernel. Here is D = 3:

# %%
_ = plots.places(11, 3, dilation=3, title="Dilation 3: three taps span seven pixels")

# %%
guess = predict(
    "How many pixels do five taps span with dilation 2?",
    ["7", "9", "10", "11"],
)
guess

# %% [markdown]
# k taps have k − 1 distances between them. Put all four into one function. In Python, `//` divides
# and rounds down.

# %% tags=["exercise"]
from coursekit.reference import output_size

# %%
places = output_size(30, 5, dilation=2)
print(f"on 30 pixels they find {places} places, so they span", 30 - places + 1)
guess.compare("9", "Four distances of 2 pixels, and the first pixel: 4 · 2 + 1.")

# %%
print("28 pixels, window of 5:                ", output_size(28, 5))
print("224 pixels, window of 7, S = 2, P = 3: ", output_size(224, 7, stride=2, padding=3))

# %% [markdown]
# ### Which padding keeps the size?
#
# A window of 3 loses 2 pixels, so 1 zero at each end brings them back. A window of 5 needs 2 at
# each end.

# %%
guess = predict(
    "A window of 4 on 9 pixels, with 4 // 2 = 2 zeros at each end: how long is the output?",
    ["8", "9", "10"],
)
guess

# %%
print(output_size(9, 4, padding=2))
guess.compare("10", "A window of 4 loses 3 pixels, and 4 zeros came in.")

# %% [markdown]
# One too long! Three zeros would do, but they can't be shared equally between two ends. That is
# one reason why kernels are nearly always odd: 3×3, 5×5, 7×7.

# %% tags=["exercise"]
from coursekit.reference import same_padding

# %%
for kernel in (3, 4, 5, 6):
    before, after = same_padding(kernel)
    length = output_size(9 + before + after, kernel)
    print(f"window of {kernel}: {before} zeros before, {after} behind; 9 pixels become {length}")

# %% [markdown]
# ## Many channels, many filters
#
# A colour picture has three channels. So the kernel gets a channel for each of them, and the sum
# runs over the channels too. One such kernel, with all its channels and one **bias** (a number
# that is added at the end), is called a **filter**. A filter of 3×3 for a colour picture has 3·3·3
# = 27 weights and one bias. It gives *one* number at each place.
#
# One question is not enough to know a picture. So a layer has many filters, and each gives a
# picture of its answers: a **feature map**. The maps are the channels of the next layer's input.
#
# | array | shape | axes |
# |---|---|---|
# | batch of pictures $x$ | (N, C, H, W) | picture, channel, row, column |
# | filters $w$ | (F, C, KH, KW) | filter, channel, row, column |
# | biases $b$ | (F,) | filter |
# | output | (N, F, OH, OW) | picture, feature map, row, column |
#
# Here is an example that you can follow by hand. The picture is 5×5 with three channels, framed by
# zeros. There are two filters of 3×3, the stride is 2. A widely read article works it through.

# %%
x = np.array(
    [
        [[1, 2, 0, 1, 0], [2, 0, 0, 0, 1], [1, 2, 2, 0, 2], [2, 2, 2, 0, 1], [2, 0, 1, 0, 1]],
        [[1, 2, 2, 1, 2], [0, 2, 2, 0, 2], [1, 2, 2, 1, 1], [2, 2, 0, 1, 0], [2, 2, 1, 0, 0]],
        [[0, 2, 0, 1, 1], [2, 0, 2, 1, 1], [2, 0, 1, 2, 1], [0, 1, 0, 1, 2], [1, 0, 1, 2, 1]],
    ],
    float,
)[None]
w = np.array(
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
b = np.array([1.0, 0.0])
print("x:", x.shape, " w:", w.shape, " b:", b.shape)

# %%
guess = predict(
    "How large is each feature map?",
    ["2 × 2", "3 × 3", "5 × 5"],
)
guess

# %%
side = output_size(5, 3, stride=2, padding=1)
print(side, "×", side)
guess.compare("3 × 3", "⌊(5 + 2 − 3) / 2⌋ + 1 = 3.")

# %% [markdown]
# The article prints 1 for the top right corner of the first map, place [0, 2]. Let us compute this
# one number with our own hands. The window begins at row 0 and column 2·2 = 4 of the framed
# picture.

# %%
framed = zero_pad(x, 1)
corner = framed[0, :, 0:3, 4:7]
for k in range(3):
    print(f"channel {k}: the sum of the products is {(corner[k] * w[0, k]).sum():.0f}")
print(f"all channels and the bias: {(corner * w[0]).sum() + b[0]:.0f}")

# %% [markdown]
# The three channels give −1, −1 and 0, the bias is 1. So the number is **−1**. The printed 1 has
# lost its sign. This happens in good articles too: don't trust, check.
#
# Now the whole layer, for every picture of the batch and every filter:
#
# $$\mathrm{out}[n, f, r, c] = b[f] + \sum_{k,\,i,\,j}
# x^p[n,\, k,\, S r + i,\, S c + j] \cdot w[f, k, i, j]$$
#
# $x^p$ is the framed picture. The stride and the padding may be one number for both axes, or a
# pair (vertical, horizontal). `np.broadcast_to(stride, 2)` makes a pair of either.

# %% tags=["exercise"]
from coursekit.reference import conv2d_forward

# %%
out = conv2d_forward(x, w, b, stride=2, padding=1)
print(out[0])

# %%
_ = plots.window(
    framed[0],
    w[0],
    out[0, 0],
    (0, 2),
    stride=2,
    title="One number of the first map: three channels, added up, and the bias 1",
)

# %% [markdown]
# Apart from that one sign, the article's eighteen numbers are right.
#
# Now move the window yourself. Step through the eighteen numbers. Then change one thing at a time:
# size, depth, filters, kernel, stride, padding, dilation. Say beforehand how large the output will
# be.

# %%
sliding.explore()

# %% [markdown]
# ### Feature maps of a cat
#
# Five filters, made by hand. Each has a kernel for red, one for green and one for blue.

# %%
cat = to_channels_first(scale_to_unit(photo))[None]
bright = np.full((3, 3, 3), 1 / 27)
reddish = np.zeros((3, 3, 3))
reddish[0], reddish[2] = 1 / 9, -1 / 9
upright = np.tile(np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 3, (3, 1, 1))
level = upright.transpose(0, 2, 1)
points = np.tile(eight_and_minus_one / 3, (3, 1, 1))
filters = np.stack([bright, reddish, upright, level, points])
print("filters:", filters.shape)

# %%
guess = predict(
    "Three of the filters look for change. The cat's whiskers run sideways. Which filter hardly sees "
    "them?",
    ["left to right?", "top to bottom?", "stands out?"],
)
guess

# %%
features = conv2d_forward(cat, filters, np.zeros(5), padding=1)
print("feature maps:", features.shape)
_ = plots.maps(
    features[0],
    ["how bright?", "redder than blue?", "left to right?", "top to bottom?", "stands out?"],
    title="Five filters, five feature maps: orange above 0, purple below",
)
_ = plots.maps(
    features[0, 2:, 100:132, 2:68],
    ["left to right?", "top to bottom?", "stands out?"],
    title="The whiskers, enlarged: the first filter sees the edge of the cheek, but no whisker",
)
guess.compare(
    "left to right?",
    "Along a whisker nothing changes. The rim of an eye is round: both edge filters see a part of it.",
)

# %% [markdown]
# In a network nobody makes the filters by hand. They begin as random numbers, and training finds
# questions that help. But the first layers of trained networks often learn just such filters:
# edges, spots, differences of colours (Krizhevsky et al. 2012, figure 3).

# %%
guess = predict(
    "What does stride 4 do to the maps?",
    ["nothing", "half as high and wide", "a quarter as high and wide"],
)
guess

# %%
coarse = conv2d_forward(cat, filters, np.zeros(5), stride=4, padding=1)
print(features.shape, "becomes", coarse.shape)
guess.compare("a quarter as high and wide", "And a sixteenth of the numbers, and of the work.")

# %% [markdown]
# ### Kernels with gaps
#
# A 3×3 kernel sees little. Spread its taps and it sees further, with the same nine weights. A
# dilated kernel is a larger kernel with zeros in the gaps.
#
# By hand: 1 2 3 with dilation 2 becomes 1 0 2 0 3. One zero between two taps, not two.

# %% tags=["exercise"]
from coursekit.reference import dilate_kernel

# %%
nine = np.arange(1.0, 10).reshape(3, 3)
_ = plots.kernels(
    [nine, dilate_kernel(nine, 2), dilate_kernel(nine, (1, 3))],
    ["dilation 1", "dilation 2", "dilation (1, 3)"],
    title="The same nine weights, further and further apart",
)

# %% [markdown]
# A dilated convolution needs no new sum, then:
#
# $$\mathrm{out}[n, f, r, c] = b[f] + \sum_{k,\,i,\,j}
# x^p[n,\, k,\, S r + D i,\, S c + D j] \cdot w[f, k, i, j]$$
#
# Look at the two factors: S moves the window, D spreads the taps inside it.

# %% tags=["exercise"]
from coursekit.reference import conv2d_dilated

# %%
wide = [
    conv2d_dilated(cat, filters[4:], np.zeros(1), padding=d, dilation=d)[0, 0] for d in (1, 2, 5)
]
_ = plots.maps(
    wide,
    ["dilation 1", "dilation 2", "dilation 5"],
    title="The edge filter spread: from single hairs to the patches of the face",
)

# %% [markdown]
# ### Channels that stay apart
#
# Sometimes each channel should keep to itself: blur the red, blur the green, blur the blue. Then
# every channel has one kernel of its own, and nothing is summed over channels. This is called a
# **depthwise** convolution. It is much cheaper, and small networks for phones are built on it
# (MobileNets, Howard et al. 2017).

# %%
guess = predict(
    "C channels in, C channels out, kernel K×K: how many weights are saved?",
    ["none", "C times fewer", "K times fewer", "K·K times fewer"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import depthwise_conv2d

# %%
per_channel = np.stack([np.full((9, 9), 1 / 81)] * 3)
soft = depthwise_conv2d(cat[:, :, 40:110, 60:190], per_channel, np.zeros(3), padding=4)[0]
_ = images.side_by_side(
    [photo[40:110, 60:190], soft.transpose(1, 2, 0)],
    ["the eyes", "each channel blurred alone"],
    title="The colours stay, because the channels do not mix",
)
print("weights that mix:", 3 * 3 * 9 * 9, " weights that don't:", 3 * 9 * 9)
guess.compare("C times fewer", "K·K·C in place of K·K·C·C.")

# %% [markdown]
# ## How far does an output see?
#
# One output of a 3×3 layer sees 3×3 pixels. If a second such layer follows, its outputs see 3×3
# outputs of the first. How many pixels is that? The part of the picture that goes into one output
# is its **receptive field**.
#
# Here is one row of pixels under three layers with a kernel of 3. Follow the lines down.

# %%
_ = plots.fan([(3, 1, 1)] * 3, 13, title="Three layers of 3: every layer adds two pixels")

# %% [markdown]
# 3, then 5, then 7. The windows of neighbours overlap, so a further layer adds only k − 1 pixels,
# not k.

# %%
guess = predict(
    "How many pixels does an output see through ten layers with a kernel of 3?",
    ["13", "21", "30", "59,049"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import stacked_receptive_field

# %%
print("ten layers of 3 see:", stacked_receptive_field(10, 3))
guess.compare("21", "1 + 10 · (3 − 1).")

# %%
enough = next(n for n in range(500) if stacked_receptive_field(n, 3) >= 224)
print("layers of 3 until an output sees 224 pixels:", enough)

# %% [markdown]
# 112 layers: that is too many. Stride and dilation widen the view much faster. After a layer with
# stride 2, two neighbours stand 2 pixels apart. Every step of the next layer is then a step of 2
# pixels: this distance is called the **jump**.

# %%
stack = [(3, 2, 1), (3, 2, 1), (3, 1, 2)]
_ = plots.fan(stack, 33, title="Two layers with stride 2, one with dilation 2")

# %% [markdown]
# By hand, for the layers (kernel, stride, dilation) in the picture. Begin with a field of 1 and a
# jump of 1.
#
# | layer | the field grows by dilation · (kernel − 1) · jump | field | jump afterwards |
# |---|---|---|---|
# | (3, 2, 1) | 1 · 2 · 1 = 2 | 3 | 2 |
# | (3, 2, 1) | 1 · 2 · 2 = 4 | 7 | 4 |
# | (3, 1, 2) | 2 · 2 · 4 = 16 | 23 | 4 |
#
# The field goes from the first pixel that is seen to the last. In between some may be left out, as
# the two grey ones in the picture: a wide dilation jumps over them.

# %% tags=["exercise"]
from coursekit.reference import receptive_field

# %% [markdown]
# Does the count agree with the layer itself? Let us measure. We send 33 pictures through the three
# layers. Each is one row, and only one pixel is bright: in the first picture the first, in the
# second the second, and so on. Then we ask the middle output: which of the pictures does it
# notice?

# %%
rows = np.eye(33)[:, None, None, :]
for kernel, stride, dilation in stack:
    ones = np.ones((1, 1, 1, kernel))
    rows = conv2d_dilated(rows, ones, np.zeros(1), stride=(1, stride), dilation=(1, dilation))
noticed = np.flatnonzero(rows[:, 0, 0, rows.shape[3] // 2])
print("noticed: from pixel", noticed[0], "to pixel", noticed[-1])
print("measured:", noticed[-1] - noticed[0] + 1, " computed:", receptive_field(stack))

# %% [markdown]
# Here you can change depth, kernel, stride and dilation. How do you see 29 pixels or more with
# three layers? There are several ways.

# %%
seeing.explore()

# %% [markdown]
# With a stride of 2 in every layer the field doubles from layer to layer. With dilations of 1, 2,
# 4, 8 … it grows exactly alike, not one pixel in between is left out, and the maps keep their
# size.

# %%
guess = predict(
    "How far do eight layers of 3 see with these dilations, and how far plain ones?",
    ["17 and 17 pixels", "256 and 24 pixels", "511 and 17 pixels"],
)
guess

# %%
depth = np.array([1, 2, 4, 8])
_ = plots.lines(
    depth,
    {
        "dilation 1, 2, 4 …": [
            receptive_field([(3, 1, 2**layer) for layer in range(n)]) for n in depth
        ],
        "plain": [stacked_receptive_field(int(n), 3) for n in depth],
    },
    xlabel="layers of 3",
    ylabel="receptive field (pixels)",
    title="Each plain layer adds two pixels, each dilated layer doubles the field",
)
guess.compare("511 and 17 pixels", "1 + 2·(1 + 2 + 4 + … + 128) = 511, and 8·2 + 1 = 17.")

# %% [markdown]
# ## What does it learn, what does it cost?
#
# Count by hand first. A colour picture, 64 filters of 3×3. Each filter has 3·3·3 = 27 weights and
# one bias. Together that is 64 · 28 = 1,792 numbers. Nothing else is learnt.

# %% tags=["exercise"]
from coursekit.reference import conv_parameters

# %%
guess = predict(
    "How many numbers must a dense layer with as many outputs learn, on 224 × 224?",
    ["millions", "billions", "hundreds of billions"],
)
guess

# %%
sides = np.array([28, 56, 112, 224])
same_outputs = [dense_parameters(int(n), int(n), 3, int(n) ** 2 * 64) for n in sides]
few_outputs = [dense_parameters(int(n), int(n), 3, 64) for n in sides]
shared = [conv_parameters(3, 64, 3)] * len(sides)
_ = plots.lines(
    sides,
    {"dense, as many outputs": same_outputs, "dense, 64 units": few_outputs, "64 filters": shared},
    xlabel="side of the picture (pixels)",
    ylabel="numbers to learn",
    title="A convolution learns as much on a large picture as on a small one",
)
print(f"convolution {shared[-1]:,}, dense {same_outputs[-1]:,}")
guess.compare("hundreds of billions", "Each of 3.2 million outputs has 150,529 numbers of its own.")

# %% [markdown]
# 1,792 against 483 billion. This was the first problem of lesson 00, and it is solved.
#
# Few weights do not mean little work. Each weight is used at every place. Work is counted in
# **multiply-adds**: one multiplication and the addition that follows it.
#
# The same handbook chapter asks: how does the number of parameters grow? Answer with the factor,
# for layers without biases. One of the four questions is about the work: think of the number of
# places. (Work it out on paper. Or let `conv_parameters` tell you.)

# %% tags=["exercise"]
from coursekit.reference import conv_growth

# %% [markdown]
# Now count the work. By hand: on a picture of 32 × 32 in colour, 64 filters of 3×3, padded so that
# the size stays. One output needs 27 multiply-adds. There are 32 · 32 · 64 = 65,536 outputs.
# Together: 1,769,472.

# %% tags=["exercise"]
from coursekit.reference import conv_multiply_adds

# %%
guess = predict(
    "The picture becomes twice as high and twice as wide. What grows in a convolution?",
    ["only the work, fourfold", "only the work, twofold", "weights and work, fourfold"],
)
guess

# %%
for side in (32, 64):
    work = conv_multiply_adds(side, side, 3, 64, 3)
    print(f"{side} × {side}: {conv_parameters(3, 64, 3):,} weights, {work:,} multiply-adds")
guess.compare("only the work, fourfold", "Four times as many places, the same weights at each.")

# %% [markdown]
# The next question of the handbook: how does the work grow, if the kernel, the channels, or the
# picture are doubled?

# %% tags=["exercise"]
from coursekit.reference import multiply_adds_growth

# %%
print(f"64 filters on 224 × 224: {conv_multiply_adds(224, 224, 3, 64, 3):,} multiply-adds")
print(f"the dense layer with as many outputs: {224 * 224 * 3 * 224 * 224 * 64:,}")

# %% [markdown]
# So a large picture costs a convolution time, but no further weights.

# %% [markdown]
# ## Reading a definition with care
#
# Books like to count from the middle of the kernel. For an odd kernel of side 2k + 1 a handbook
# chapter defines (in our letters, for one channel):
#
# $$\mathrm{out}[r, c] = \sum_{k_1=-k}^{k} \sum_{k_2=-k}^{k}
# w[k + k_1,\; k + k_2] \cdot x[r + k_1,\; c + k_1]$$
#
# Look at the two indices of $x$. We do as the formula says, for a 3×3 kernel, and once more with
# $x[r + k_1,\; c + k_2]$.

# %%
guess = predict(
    "Which of the nine pixels under the window does the printed formula read?",
    ["all nine", "three, in a row", "three, on a diagonal"],
)
guess

# %%
small = np.arange(25.0).reshape(5, 5) % 7
ask = np.array([[1, 2, 0], [0, 1, -1], [3, 0, 2]], float)
printed = mended = 0.0
pixels_printed, pixels_mended = set(), set()
for k1 in (-1, 0, 1):
    for k2 in (-1, 0, 1):
        printed += ask[1 + k1, 1 + k2] * small[2 + k1, 2 + k1]
        mended += ask[1 + k1, 1 + k2] * small[2 + k1, 2 + k2]
        pixels_printed.add((2 + k1, 2 + k1))
        pixels_mended.add((2 + k1, 2 + k2))
print("as printed:      ", printed, " from", len(pixels_printed), "pixels")
print("with c + k2:     ", mended, " from", len(pixels_mended), "pixels")
print("your correlate2d:", correlate2d(small, ask)[1, 1])
guess.compare("three, on a diagonal", "Both indices move together.")

# %% [markdown]
# With $k_2$ in the second index the formula reads all nine, and agrees with your function. A slip
# of one letter, and no error message: only a check by numbers finds it.

# %% [markdown]
# ## Nine steps instead of five million
#
# The formula says: for every picture, filter, row and column, sum over channels and taps. Written
# down as it stands, these are seven loops.


# %%
def conv2d_loops(x, w, b, stride=1, padding=0):
    xp = zero_pad(x, padding)
    channels, kh, kw = w.shape[1:]
    rows = output_size(x.shape[2], kh, stride, padding)
    cols = output_size(x.shape[3], kw, stride, padding)
    out = np.zeros((len(x), len(w), rows, cols))
    for n in range(len(x)):
        for f in range(len(w)):
            for r in range(rows):
                for c in range(cols):
                    total = b[f]
                    for k in range(channels):
                        for i in range(kh):
                            for j in range(kw):
                                pixel = xp[n, k, stride * r + i, stride * c + j]
                                total += pixel * w[f, k, i, j]
                    out[n, f, r, c] = total
    return out


# %% [markdown]
# It is right, and Python takes long for it. Now look at one tap of the kernel, say i = 0, j = 2.
# Which pixels does it meet on its way over the whole picture? A rectangle of them, in steps of the
# stride. That is one slice. So we loop over the few taps, and NumPy does all places at once.


# %%
def conv2d_taps(x, w, b, stride=1, padding=0):
    xp = zero_pad(x, padding)
    kh, kw = w.shape[2:]
    rows = output_size(x.shape[2], kh, stride, padding)
    cols = output_size(x.shape[3], kw, stride, padding)
    out = np.zeros((len(x), len(w), rows, cols))
    for i in range(kh):
        for j in range(kw):
            tap = xp[:, :, i : i + stride * rows : stride, j : j + stride * cols : stride]
            out += np.einsum("nchw,fc->nfhw", tap, w[:, :, i, j])
    return out + b[:, None, None]


# %% [markdown]
# `np.einsum` reads: multiply along the axes with the same letter, and sum over the letters that
# are missing behind the arrow. Here that is c, the channels.

# %%
rng = np.random.default_rng(0)
some = rng.normal(size=(2, 3, 8, 9)), rng.normal(size=(4, 3, 3, 2)), rng.normal(size=4)
slow, fast = conv2d_loops(*some, 2, 1), conv2d_taps(*some, 2, 1)
print("equal to each other:", np.allclose(slow, fast))
print("equal to yours:     ", np.allclose(fast, conv2d_forward(*some, stride=2, padding=1)))
_, _, height, width = cat.shape
print(f"steps of the inner loop on the cat, five filters: {5 * height * width * 3 * 9:,} against 9")

# %% [markdown]
# The sum is the same. Only its order differs: first the places, then the taps.

# %% [markdown]
# ## A convolution is a matrix
#
# Each output is a weighted sum of inputs. So a convolution is a linear map, and every linear map
# is a matrix. We begin with a row of numbers $x$, a kernel of three weights, and a zero at each
# end.
#
# By hand: the kernel 1 2 3 on a row of four. Output 0 sees 0, x₀, x₁, with the weights 1, 2, 3. So
# it is $2 x_0 + 3 x_1$. Output 1 is $1 x_0 + 2 x_1 + 3 x_2$.
#
# We write $x$ as a row vector, and $x M$ is the output. Then *column* t of the matrix holds the
# weights of output t. The first column is 2, 3, 0, 0.

# %%
guess = predict(
    "What does the whole matrix look like?",
    ["1, 2, 3 in the first rows, else 0", "1, 2, 3 along three diagonals, else 0", "full"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import conv1d_matrix

# %%
three = np.array([1.0, 2.0, 3.0])
_ = plots.matrix(
    conv1d_matrix(three, 9),
    xlabel="output t",
    ylabel="input s",
    title="A convolution as a matrix: three diagonals, all else 0",
)
guess.compare(
    "1, 2, 3 along three diagonals, else 0", "At each output, the window moves on by one."
)

# %% [markdown]
# Such a matrix, with the same number along every diagonal, is called a **Toeplitz matrix**. A
# dense layer may fill its matrix with 81 different numbers. The convolution has only three: they
# are *local* (all else is 0) and *shared* (along the diagonals). That is all that sets the two
# apart.

# %%
line = rng.normal(size=9)
framed_line = np.concatenate([[0], line, [0]])
by_window = [framed_line[t : t + 3] @ three for t in range(9)]
print("matrix and window agree:", np.allclose(line @ conv1d_matrix(three, 9), by_window))

# %% [markdown]
# The transposed matrix will carry the gradient back in lesson 04. Its diagonals are swapped: the
# kernel is turned round.
#
# ### In two dimensions: windows as columns
#
# For pictures that matrix would be huge, and nearly all zeros. There is a better way. Lay each
# window flat, as one column. Then the filters, laid flat as rows, meet all windows in one matrix
# product.

# %%
numbers = np.arange(20.0).reshape(4, 5)
windows = [numbers[r : r + 2, c : c + 3].ravel() for r in range(3) for c in range(3)]
_ = plots.columns(
    numbers, (2, 3), np.array(windows).T, [0, 4, 8], title="Every window becomes a column"
)

# %% [markdown]
# With several channels, a column goes through channel 0 first, then channel 1, and so on. This is
# how `w.reshape(F, C * KH * KW)` lays out the filters. The two must agree.

# %% tags=["exercise"]
from coursekit.reference import im2col

# %%
pictures, weights, biases = some
columns = im2col(pictures, (3, 2), stride=2, padding=1)
flat = weights.reshape(4, 3 * 3 * 2)
product = flat @ columns + biases[:, None]
print(flat.shape, "times", columns.shape, "is", product.shape)
as_maps = product.reshape(2, 4, *slow.shape[2:])
print("equal to the loops:", np.allclose(as_maps, slow))

# %% [markdown]
# Matrix products are what computers do best, so fast libraries work like this (Chellapilla et al.
# 2006). The price is memory: with stride 1 every pixel stands in up to KH · KW columns.
#
# Each image keeps its own matrix here. If you put all images of the batch side by side, the
# product is (F, N · OH · OW). Then reshape to (F, N, OH, OW) and *swap the first two axes*. A
# reshape alone would put the maps of one picture into another. This is a silent mistake, and with
# one picture you don't see it.

# %% [markdown]
# ## Not only pictures: text
#
# A convolution fits wherever the place should not matter. In a sentence, "not good" means the same
# at the beginning and at the end.
#
# The sentences of this course are made up, from templates. Each judges something, good or bad.

# %%
mood = data.sentences()
for text, label in zip(mood.text_train[:4], mood.y_train[:4], strict=True):
    print(f"{mood.class_names[label]:8}  {text}")

# %% [markdown]
# They are made so that the order of the words matters: "not long … good" is positive, "long … not
# good" is negative. Each word becomes a column of numbers, with a 1 in the place of this word and
# 0 elsewhere: **one-hot**. So the words of the vocabulary are the channels, and the sentence is
# the axis that the window slides along.


# %%
def one_hot(ids):
    """(N, L) word numbers → (N, words, L); the filling word 0 becomes a column of zeros."""
    rows = np.eye(len(mood.vocabulary))[ids].transpose(0, 2, 1)
    rows[:, 0] = 0
    return rows


x_train, x_test = one_hot(mood.x_train), one_hot(mood.x_test)
print("x_train:", x_train.shape)

# %% [markdown]
# The window now has a width only:
#
# $$\mathrm{out}[n, f, t] = b[f] + \sum_{k,\,i} x^p[n,\, k,\, S t + i] \cdot w[f, k, i]$$

# %% tags=["exercise"]
from coursekit.reference import conv1d_forward

# %% [markdown]
# Our network has three parts. Filters slide along the sentence. Of each filter only its best
# window counts, and only if its value is above 0 (a ReLU, lesson 02). One linear neuron with a
# sigmoid weighs the filters and judges. Such networks for text were published by Collobert et al.
# (2011) and Kim (2014).


# %%
def logits(x, w, b, u, c):
    """How positive is each sentence? Above 0 is positive. u: one weight a filter."""
    best = conv1d_forward(x, w, b).max(axis=2)
    return np.maximum(best, 0) @ u + c


# %% [markdown]
# Training is plain gradient descent with momentum. The gradients are those of lesson 02, for a
# small reason: a window laid flat is the input of a dense layer, and the filter is its weights.
# Only the best window has an influence, so only the best window gets a gradient.


# %%
def train(x, y, width, seed, filters=16, steps=150, rate=0.3, momentum=0.9):
    rng = np.random.default_rng(seed)
    n, channels, _ = x.shape
    windows = np.lib.stride_tricks.sliding_window_view(x, width, axis=2)  # (N, C, T, K)
    windows = windows.transpose(0, 2, 1, 3).reshape(n, -1, channels * width)  # flat: (N, T, C·K)
    w = rng.normal(0, 0.3, size=(filters, channels * width))
    b, u, c = np.zeros(filters), rng.normal(0, 0.6, size=filters), np.zeros(())
    parameters, updates = [w, b, u, c], [0, 0, 0, 0]
    for _ in range(steps):
        w, b, u, c = parameters
        values = windows @ w.T + b  # what each filter says of each window
        winner = values.argmax(axis=1)  # (N, F)
        best = np.maximum(values.max(axis=1), 0)
        p = 1 / (1 + np.exp(-(best @ u + c)))
        delta = (p - y) / n  # sigmoid and cross-entropy together
        delta_best = delta[:, None] * u * (best > 0)
        won = windows[np.arange(n)[:, None], winner]  # (N, F, C·K)
        dw = np.einsum("nf,nfd->fd", delta_best, won)
        gradients = [dw, delta_best.sum(axis=0), best.T @ delta, delta.sum()]
        updates = [momentum * v - rate * g for v, g in zip(updates, gradients, strict=True)]
        parameters = [old + step for old, step in zip(parameters, updates, strict=True)]
    w, b, u, c = parameters
    return w.reshape(filters, channels, width), b, u, c


# %%
guess = predict(
    "How many words must the window see? Think of: good, not good, not very good.",
    ["one", "two", "three", "the whole sentence"],
)
guess

# %%
accuracy = {
    width: [
        np.mean((logits(x_test, *train(x_train, mood.y_train, width, seed)) > 0) == mood.y_test)
        for seed in range(3)
    ]
    for width in (1, 2, 3)
}
axes = images.curve(
    list(accuracy),
    [np.mean(each) for each in accuracy.values()],
    xlabel="width of the window (words)",
    ylabel="accuracy on the test sentences",
    title="With three words in view, the mood is plain",
)
axes.set_xticks([1, 2, 3])
print("one word: below 90 %:  ", max(accuracy[1]) < 0.9)
print("three words: above 95 %:", min(accuracy[3]) > 0.95)
guess.compare("three", "No sentence has more than one word between the negation and the judgement.")

# %% [markdown]
# One word at a time tells which words occur, but not where. That is enough where nothing is
# negated, and not enough for our two sentences above. Two words are enough for "not good", and
# three for "not very good".
#
# Let us ask the network what it has seen, in two sentences with the same words in another order.

# %%
network = train(x_train, mood.y_train, 3, seed=1)
asked = ["the film was not long and it was good", "the film was long and it was not good"]
x_asked = one_hot(np.array([mood.encode(text) for text in asked]))
values = conv1d_forward(x_asked, *network[:2])
texts, scores = [], []
for text, value in zip(asked, values, strict=True):
    score = np.zeros(value.shape[1])
    np.add.at(score, value.argmax(axis=1), np.maximum(value.max(axis=1), 0) * network[2])
    spoken = text.split()
    texts.append([" ".join(spoken[t : t + 3]) or "(end)" for t in range(len(score))])
    scores.append(score)
    texts[-1].append("(constant c)")
    scores[-1] = np.append(score, network[3])
_ = plots.words(texts, scores, title="What each window of three words adds to the verdict")

# %% [markdown]
# The largest bars belong to windows with the judgement in them. Where in the sentence it stands
# does not matter: the same weights are used everywhere.

# %% [markdown]
# ## Not only pictures: video
#
# A video has one axis more: the time. A batch is (N, C, T, H, W), and the window slides along
# time, height and width. Each of the three axes has its own `output_size`.
#
# By hand: two colour clips of 16 frames, 112 × 112, with 64 filters of 3×3×3 and padding 1. With
# stride 1 in time and 2 in space the time stays 16, and 112 becomes ⌊(112 + 2 − 3) / 2⌋ + 1 = 56.

# %% tags=["exercise"]
from coursekit.reference import conv3d_output_shape

# %%
print(conv3d_output_shape((2, 3, 16, 112, 112), 3, 64, stride=(1, 2, 2), padding=1))

# %% [markdown]
# What can a window in time see that a picture can't show? Here is a short clip: a piece of the cat
# moves over a still photo.

# %%
still = scale_to_unit(data.photo("coffee")).mean(axis=2)[::2, ::2]
eye = grey[45:85, 70:120]
clip = np.stack([still] * 4)
for t in range(4):
    clip[t, 30 : 30 + eye.shape[0], 10 + 25 * t : 10 + 25 * t + eye.shape[1]] = eye
_ = images.side_by_side(
    clip, [f"frame {t}" for t in range(4)], title="A clip of four frames: only the eye moves"
)

# %% [markdown]
# A kernel that is 2 frames long and 1×1 pixel wide, with the weights −1 and 1, asks each pixel:
# what has changed? Every pixel is then a little sequence of its own, and your 1-D convolution does
# it.

# %%
guess = predict(
    "What will be left of the cup?",
    ["all of it", "its rim", "nothing but what the eye covers"],
)
guess

# %%
sequences = clip.reshape(4, -1).T[:, None, :]
change = conv1d_forward(sequences, np.array([[[-1.0, 1.0]]]), np.zeros(1))
change = change[:, 0].T.reshape(3, *still.shape)
_ = plots.maps(
    change,
    ["from 0 to 1", "from 1 to 2", "from 2 to 3"],
    title="What stands still gives 0: only the motion is left",
)
guess.compare("nothing but what the eye covers", "A pixel that does not change gives x − x = 0.")

# %% [markdown]
# ## What you have now
#
# | what | formula or rule |
# |---|---|
# | one output | $b[f] + \sum_{k,i,j} x^p[n,\,k,\,Sr+Di,\,Sc+Dj] \cdot w[f,k,i,j]$ |
# | the name | cross-correlation: the kernel is not turned |
# | output size | $\lfloor (n + 2P - D(k-1) - 1)/S \rfloor + 1$ |
# | padding that keeps the size | $D(k-1)$ zeros in all |
# | depthwise | each channel its own kernel, no sum over channels |
# | receptive field, n plain layers | $n(k-1)+1$ |
# | receptive field, any layers | field $+\,D(k-1)\cdot$ jump, then jump $\cdot\,S$, both from 1 |
# | parameters | $KH \cdot KW \cdot C_{in} \cdot C_{out} + C_{out}$, whatever the picture |
# | multiply-adds | $H \cdot W \cdot KH \cdot KW \cdot C_{in} \cdot C_{out}$ |
# | as a matrix | 1-D: Toeplitz, $xM$; 2-D: `w.reshape(F, -1) @ im2col(x)` |
# | equivariance | shift the picture, and the output shifts |
#
# You have also found three printed slips: a lost sign, a wrong size, a wrong index.
#
# ## Spot the bug
#
# Here is a wrong `receptive_field`. Which sentence is true of it?

# %%
spot_the_bug(receptive_field, 3)

# %% [markdown]
# ## Quiz

# %%
quiz("03_convolution_forward")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# The layer can look. It can't learn yet: for that, the error must find its way back through it.
#
# Next: [04 · Convolution, backward](04_convolution_backward.ipynb)
