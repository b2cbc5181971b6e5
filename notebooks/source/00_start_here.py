# %% [markdown]
# # 00 · Start here: images are arrays
#
# **At the end of this lesson you can**
#
# - take a photo apart into numbers, and put it together again;
# - say why a plain neural network is a bad start for pictures;
# - write an exercise, have it checked, and read what the check tells you.
#
# **You need** Python with a little NumPy: indexing, slices, shapes. Nothing about networks yet.
#
# Run each cell with Shift + Enter, from top to bottom.

# %%
import numpy as np

from coursekit import check, data, hint, predict, progress, quiz, solution, spot_the_bug
from coursekit.plots import images as plots

# %% [markdown]
# ## A photo, seen from close by
#
# This is a cat. Her name is Chelsea.

# %%
photo = data.photo("chelsea")
_ = plots.picture(photo, title="Chelsea, as we see her")

# %% [markdown]
# The computer sees something else. Let us look closer, at six by six pixels of her eye. In each
# pixel stand three numbers: how much red, how much green, how much blue.

# %%
_ = plots.pixels(photo[112:118, 140:146], title="Six by six pixels of one eye, and their numbers")

# %% [markdown]
# So a colour picture is a block of numbers with three axes: **height, width, channels**, or
# `(H, W, C)`.

# %%
print("shape:", photo.shape)
print("dtype:", photo.dtype)
print("smallest and largest:", photo.min(), photo.max())

# %% [markdown]
# `uint8` means: whole numbers, without a sign, in 8 bits. Eight bits hold 256 values, from 0 to
# 255. That is enough for the eye, and small on disk. 0 is no light, 255 is all the light there is:
# (0, 0, 0) is black, (255, 255, 255) is white.
#
# There are other ways to write a colour down, such as hue, saturation and brightness. They all
# need three numbers a pixel, and everything in this course works for them too.
#
# Each channel alone is a grey picture.

# %%
_ = plots.channels(photo, title="The cat is mostly red: the red channel is the brightest")

# %% [markdown]
# ## Whole numbers are bad for arithmetic
#
# First a guess, then the answer: you will remember what surprised you. Choose one, and run on.

# %%
guess = predict(
    "The sky in a photo has the value 200. We make it brighter by 100. What comes out?",
    ["300", "255", "44", "an error"],
)
guess

# %%
sky = np.array([200], np.uint8)
print(sky + np.uint8(100))
guess.compare("44", "Eight bits can't hold 300, so the count starts again at 0: 300 − 256 = 44.")

# %% [markdown]
# The bright sky turns dark, and no error is raised.
#
# So before we compute with a picture, we turn it into floats between 0 (black) and 1 (white). By
# hand: a grey of 51 becomes 51 / 255 = 0.2.
#
# ## Your first exercise
#
# Below is a function without a body. Replace the last line by your answer and run the cell. A card
# tells you whether it is right. If it is not, the card says which mistake it is, where that is
# certain.
#
# Nothing can break here. As long as your answer is not right, the lesson goes on with a right one.

# %% tags=["exercise"]
from coursekit.reference import scale_to_unit

# %% [markdown]
# Three things help when you are stuck:
#
# - `hint(scale_to_unit)` gives a hint, and the next one when you call it again;
# - the message on the card: it shows the smallest case that goes wrong;
# - `solution(scale_to_unit)` shows a reference answer once yours has passed. Compare the two.
#
# Try the first one.

# %%
hint(scale_to_unit)

# %% [markdown]
# With floats, brightening works.

# %%
brighter = np.clip(scale_to_unit(photo) + 0.3, 0, 1)
_ = plots.side_by_side(
    [photo, photo + np.uint8(77), brighter],
    ["the photo", "+ 77 in uint8: bright parts turn dark", "+ 0.3 in floats"],
    title="The same step, with and without room for the result",
)

# %% [markdown]
# ## Two habits: channels last, channels first
#
# Files and plots keep the three numbers of a pixel together: `(H, W, C)`. Networks keep each
# channel together, as one map: `(C, H, W)`. A batch of N pictures is `(N, C, H, W)`.
#
# This course computes in `(N, C, H, W)`. It turns to `(H, W, C)` only to show a picture.
#
# Chelsea is `(300, 451, 3)`. The two lines below both give `(3, 300, 451)`.

# %%
first = photo.reshape(3, 300, 451)
second = np.moveaxis(photo, 2, 0)
print(first.shape, second.shape)

# %%
guess = predict("Which one is still a cat?", ["the first", "the second", "both", "none"])
guess

# %%
_ = plots.side_by_side(
    [first[0], second[0]],
    ["reshape: channel 0", "axes moved: channel 0"],
    title="The same shape is not the same picture",
)
guess.compare("the second")

# %% [markdown]
# `reshape` only cuts the long row of numbers anew. Its first map holds the top third of the photo,
# with red, green and blue mixed up and every row spread over three. Moving the axes keeps each
# number in its pixel.
#
# This is the most common silent mistake with pictures. It raises no error, and the network learns
# badly from the mush.

# %% tags=["exercise"]
from coursekit.reference import to_channels_first

# %% [markdown]
# ## Why not a plain network?
#
# A network is made of **units**, also called neurons. A unit takes numbers in, multiplies each by a
# number of its own, a **weight**, adds up the products and one number more, its **bias**, and gives
# one number out. Weights and biases are what a network learns. Units side by side are a **layer**.
#
# The simplest network takes all the numbers of a picture as one long row, and connects each of them
# to each unit of its first layer. Such a layer is called **dense**.
#
# Count by hand first. A tiny grey picture of 2 × 2 pixels has 4 numbers. Three units, each with 4
# weights and 1 bias, learn 3 · (4 + 1) = 15 numbers.

# %% tags=["exercise"]
from coursekit.reference import dense_parameters

# %% [markdown]
# Now a real photo.

# %%
guess = predict(
    "A photo of 1920 × 1080 in colour, and a first layer of 1,000 units. "
    "How many numbers must that layer learn?",
    ["thousands", "millions", "billions"],
)
guess

# %%
count = dense_parameters(1080, 1920, 3, 1000)
print(f"{count:,} numbers, {count * 4 / 1e9:.0f} gigabytes in float32")
guess.compare("billions")

# %%
sides = np.array([28, 64, 128, 256, 512, 1024])
counts = [dense_parameters(int(side), int(side), 3, 1000) for side in sides]
_ = plots.growth(
    sides,
    counts,
    xlabel="side of the picture (pixels)",
    ylabel="numbers to learn",
    title="A dense layer of 1,000 units: twice the side, four times the numbers",
)

# %% [markdown]
# Six billion numbers, in the first layer alone. That is the first problem.
#
# ## What should not change the answer
#
# The second problem is deeper. Look at these five pictures.

# %%
small = photo[::2, ::2]
_ = plots.side_by_side(
    [small, small[:, 40:], small[20:130, 30:195], np.rot90(small), small[:, ::-1]],
    ["the photo", "moved", "closer", "turned", "flipped"],
    title="Five different arrays, one cat",
)

# %% [markdown]
# For us they are one and the same cat. For a dense layer they are five unrelated rows of numbers.
# It has a weight of its own for every pixel, so what it learns about an ear in the top left says
# nothing about an ear in the top right. It could learn every place, every size and every turn one
# by one, with more units and far more photos. That is a steep price.
#
# Let us measure it with a shift. First we need one: a picture moved by `dy` pixels down and `dx`
# to the right, with black where nothing is left.
#
# By hand: the row 1 2 3 4, moved by one to the right, becomes 0 1 2 3.

# %% tags=["exercise"]
from coursekit.reference import shift_image

# %%
_ = plots.side_by_side(
    [small, shift_image(small, 20, 40), shift_image(small, -30, 0)],
    ["dy = 0, dx = 0", "dy = 20, dx = 40", "dy = −30, dx = 0"],
    title="Shifted pictures: black comes in where the cat went out",
)

# %% [markdown]
# Now we compare the picture with its shifted self, pixel by pixel, as a dense layer would. Only
# the part counts that both show. As a measure take the correlation: 1 for equal pictures, 0 for
# pictures that have nothing in common.
#
# %%
guess = predict(
    "How far must the cat move until hardly anything is left in common?",
    ["about 5 pixels", "about 50 pixels", "more than 200 pixels"],
)
guess

# %%
grey = scale_to_unit(photo).mean(axis=2)
shifts = np.arange(0, 81, 4)
common = []
for dx in shifts:
    inside = (slice(None), slice(dx, None))
    common.append(np.corrcoef(grey[inside].ravel(), shift_image(grey, 0, dx)[inside].ravel())[0, 1])
_ = plots.curve(
    shifts,
    common,
    xlabel="shift to the right (pixels)",
    ylabel="correlation with the photo (1 = equal)",
    title="A short step, and the pixels have little in common",
)
guess.compare("about 50 pixels", "At 50 of 451 pixels, the correlation is already near 0.")

# %% [markdown]
# A network for pictures should not have to learn each place anew. It should look for an ear with
# the *same* weights everywhere. That idea is the **convolution**. It solves both problems at once:
# few weights, shared over all places. Lesson 03 builds it. Before that, we need to know how a
# network learns at all.
#
# ## What you have now
#
# | what | formula or rule |
# |---|---|
# | a colour picture | `(H, W, C)`, `uint8`, 0 … 255 |
# | a batch for a network | `(N, C, H, W)`, floats, 0 … 1 |
# | to floats | $x / 255$ |
# | channels to the front | `transpose(2, 0, 1)`, never `reshape` |
# | numbers in a dense layer of $U$ units | $H \cdot W \cdot C \cdot U + U$ |
# | a shift | `result[y + dy, x + dx] = image[y, x]`, else 0 |
#
# ## Spot the bug
#
# Reading code is a skill of its own. Here is a wrong `shift_image`. Which sentence is true of it?

# %%
spot_the_bug(shift_image, 3)

# %% [markdown]
# ## Quiz

# %%
quiz("00_start_here")

# %% [markdown]
# Here is how far you are. It is kept in a file beside the notebooks, so it is still there tomorrow.

# %%
progress()

# %% [markdown]
# Next: [01 · Gradient descent](01_gradient_descent.ipynb)
