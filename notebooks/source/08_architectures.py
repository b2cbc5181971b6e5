# %% [markdown]
# # 08 · Landmark architectures
#
# **At the end of this lesson you can**
#
# - write a network as a list, and count what it costs before you build it;
# - say what each landmark brought, from LeNet-5 (1998) to EfficientNet (2019), and put a number
#   on it;
# - read figures in papers with care: count for yourself, and explain a difference;
# - turn a classifier into a network for pictures of any size;
# - train a LeNet and a small ResNet, and see what a good start and batch norm do for them.
#
# **You need** lessons 03 and 05 (shapes, parameters, receptive field, pooling) and lesson 06
# (residual blocks, batch norm, global average pooling).

# %%
import numpy as np

from coursekit import check, data, hint, nn, predict, progress, quiz, solution, spot_the_bug
from coursekit.nn import landmarks
from coursekit.nn.layer_lists import build, count
from coursekit.nn.published import (
    ENSEMBLES,
    FIGURES,
    GOOGLENET_TABLE,
    NETWORKS,
    TEN_CROPS,
    YEARS,
    counted,
)
from coursekit.plots import architectures as plots
from coursekit.plots.mlp import learning_curves
from coursekit.reference import (
    conv2d_forward,
    conv_parameters,
    kaiming_std,
    stacked_receptive_field,
)

# %% [markdown]
# ## Twenty years on one page
#
# Here are eleven famous networks. To the right: more **parameters**, the numbers that are learned
# and stored. Upwards: more **multiply-adds**, the work for one picture. Both axes go in powers of
# ten. The pictures have 32×32 pixels for LeNet-5 and network in network, 600×600 for
# EfficientNet-B7, and about 224×224 for the others.

# %%
guess = predict(
    "Is the network with the most parameters also the one with the most work?",
    ["yes, each parameter costs work", "no"],
)
guess

# %%
_ = plots.landscape(
    {
        name: (counted(name).parameters, counted(name).multiply_adds, year)
        for name, year in YEARS.items()
    },
    title="Most parameters: VGG-16. Most work: EfficientNet-B7",
)
guess.compare("no", "A shared weight works at every pixel, a dense weight only once.")

# %% [markdown]
# AlexNet and ResNet-152 have equally many parameters, but ResNet-152 does 16 times the work.
#
# All these numbers are computed by a program; you will write its core. Nobody has to build a network
# in order to count it.
#
# Most of these networks were made for **ImageNet**: 1.2 million photos in 1,000 classes, cut to
# about 224×224 pixels. Its usual measure is the **top-5 error**: the network makes five guesses, and
# errs if the right class is not among them.
#
# ## A network is a list
#
# In lesson 05 a stack of layers was a list of tuples. We keep that form, and add what is missing.
# `"pool"` did not say which kind; here each kind of pooling has its name:
#
# | tuple | what it is |
# |---|---|
# | `("conv", filters, kernel, stride, padding)` | a convolution, with biases |
# | `("tanh",)` | an activation |
# | `("average", size, stride)` | average pooling |
# | `("dense", units)` | a dense layer, with biases; it flattens maps by itself |
#
# Later lists also have `("relu",)`, `("max", size, stride)` and others, written in the same way.
#
# **By hand.** The list `("conv", 2, 3, 1, 0), ("average", 2, 2), ("dense", 10)` and an image of
# (1, 6, 6):
#
# - the convolution: 2 filters of $1 \cdot 3 \cdot 3$ weights, and 2 biases: 20.
#   What remains: (2, 4, 4);
# - the pooling learns nothing. What remains: (2, 2, 2), which are 8 numbers;
# - the dense layer: $8 \cdot 10$ weights and 10 biases: 90. Together: **110**.
#
# (Mind the comma in `("tanh",)`. Without it, Python sees no tuple.)

# %% tags=["exercise"]
from coursekit.reference import count_parameters

# %%
print(count_parameters([("conv", 2, 3, 1, 0), ("average", 2, 2), ("dense", 10)], (1, 6, 6)))

# %% [markdown]
# ## LeNet-5, 1998
#
# LeNet-5 read the digits on bank cheques. It set the pattern that lasted: convolution, activation,
# pooling, again; then dense layers. The activation was tanh, and the pooling took the average.
#
# Its layers have names: C for convolution, S for sub-sampling (pooling), F for fully connected
# (dense).

# %%
guess = predict(
    "The image has 32×32 pixels, the kernels are 5×5, nothing is padded. How high are the maps "
    "after C1, S2, C3, S4?",
    ["32, 16, 16, 8", "28, 14, 12, 6", "28, 14, 10, 5"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import lenet

# %%
layers = list(lenet())
stages = [("image", (1, 32, 32))]
named = iter(["C1", "S2", "C3", "S4", "C5", "F6", "output"])
for row in count(layers, (1, 32, 32)).rows:
    if row.layer[0] != "tanh":
        stages.append((next(named), row.shape))
_ = plots.diagram(stages, title="LeNet-5: maps get smaller, and their number grows")
guess.compare("28, 14, 10, 5", "A window of 5 takes 4 away, a pooling halves.")

# %% [markdown]
# Blue: maps. Orange: plain numbers. The wider a block, the more channels; the taller, the larger the
# maps. Both are drawn in powers of two.

# %%
guess = predict(
    "The paper says that LeNet-5 has 60,000 trainable parameters. And your list?",
    ["exactly 60,000", "61,706", "58,294"],
)
guess

# %%
print("your count:", f"{count_parameters(layers, (1, 32, 32)):,}")
guess.compare("61,706", "Same shapes, same kernels. So what is different?")

# %% [markdown]
# Three things are different. **First**, in the paper a filter of C3 does not read all six maps. A
# table says which. Filters that read different maps must learn different things. And it saved work.

# %%
table = np.zeros((6, 16), int)
for column in range(6):
    table[[(column + k) % 6 for k in range(3)], column] = 1  # three neighbours
    table[[(column + k) % 6 for k in range(4)], 6 + column] = 1  # four neighbours
for column in range(3):
    table[[(column + k) % 6 for k in (0, 1, 3, 4)], 12 + column] = 1  # two pairs
table[:, 15] = 1
_ = plots.connections(
    table, title="C3 reads by this table (LeCun et al. 1998, table I): 60 of 96 links"
)

# %% [markdown]
# **Second**, the pooling of the paper learns: each map has a factor and a bias. **Third**, the
# output is not trained. It measures the distance to a fixed pattern for each digit.
#
# Let us count the paper's network this way. Besides parameters, the paper counts **connections**:
# every use of a weight or a bias.

# %%
filters = table.sum(axis=0)
parameters = {
    "C1": conv_parameters(1, 6, 5),
    "S2": 2 * 6,
    "C3": int(sum(conv_parameters(int(n), 1, 5) for n in filters)),
    "S4": 2 * 16,
    "C5": conv_parameters(16, 120, 5),
    "F6": conv_parameters(120, 84, 1),
}
connections = {
    "C1": 28 * 28 * parameters["C1"],
    "S2": 14 * 14 * 6 * (2 * 2 + 1),
    "C3": 10 * 10 * parameters["C3"],
    "S4": 5 * 5 * 16 * (2 * 2 + 1),
    "C5": parameters["C5"],
    "F6": parameters["F6"],
    "output": 84 * 10,
}
print(parameters)
print(f"parameters:  {sum(parameters.values()):,}  (printed: 60,000)")
print(f"connections: {sum(connections.values()):,} (printed: 340,908)")

# %% [markdown]
# To the last weight. So 60,000 is no round figure: it is exact, and our list is another network,
# with $+900$ in C3, $-44$ in the pooling and $+850$ in the output.
#
# **That is how this lesson works.** We count, we compare with print, and where the two differ, we
# look for the reason.
#
# ### At work
#
# `build` makes a network of `coursekit.nn` layers out of such a list, and `summary` shows it as a
# table. The last column is the **receptive field**: how many pixels of the image one number sees.

# %%
network = build(layers, (1, 32, 32), seed=0)
network.summary((1, 32, 32))

# %% [markdown]
# Now on real pictures: 2,000 pieces of clothing, framed by two black pixels so that they have
# 32×32. Training takes some seconds.

# %%
clothes = data.fashion_mnist()


def framed(pictures, frame=2):
    return (np.pad(pictures / 255, [(0, 0), (frame, frame), (frame, frame)])[:, None]).astype("f4")


x_test, y_test = framed(clothes.x_test), clothes.y_test


def train(network, number=2000, epochs=5, optimizer=None, frame=2):
    """Train on the first pictures; return the history."""
    return nn.fit(
        network,
        framed(clothes.x_train[:number], frame),
        clothes.y_train[:number],
        validation=(framed(clothes.x_test, frame), y_test),
        optimizer=optimizer or nn.Adam(0.002),
        epochs=epochs,
        batch_size=50,
        progress=False,
    )


history = train(network)
_ = learning_curves(
    range(1, 6),
    {"training": history.loss, "unseen": history.validation_loss},
    {"training": history.accuracy, "unseen": history.validation_accuracy},
    "LeNet-5 learns clothes in five epochs",
)
print("right on unseen pictures, above 70 %:", max(history.validation_accuracy) > 0.70)

# %% [markdown]
# ## AlexNet, 2012
#
# Fourteen years later AlexNet won the ImageNet contest of 2012: 15.3 % top-5 error (several networks
# averaged), and 26.2 % for the second. What it brought:
#
# - **ReLU** in place of tanh. The paper shows a small network learn six times faster with it;
# - **max pooling** with windows that overlap (3×3, stride 2), **dropout**, much augmentation;
# - **size**: a thousand times the parameters of LeNet. It was trained on two graphics cards for
#   five to six days.
#
# One card could not hold it. So each card held half of the maps, and three of the convolutions
# read the maps of their own card only. Today we call that two **groups**. (It also had a response
# normalization between layers. It has no weights, later networks dropped it, and we leave it out.)

# %%
guess = predict(
    "Where are most of AlexNet's parameters? And where is most of its work?",
    [
        "both in the convolutions",
        "parameters in the dense layers, work in the convolutions",
        "both in the dense layers",
    ],
)
guess

# %%
alexnet = counted("AlexNet")
_ = plots.diagram(
    [("image", (3, 227, 227))]
    + [(f"{row.layer[0]} {'×'.join([str(row.layer[2])] * 2)}" if row.layer[0] == "conv"
        else row.layer[0], row.shape)
       for row in alexnet.rows if row.layer[0] in ("conv", "dense", "max")],
    title="AlexNet: five convolutions, three poolings, three dense layers",
)  # fmt: skip


# %%
def parts(name):
    """Return {kind of layer: (parameters, multiply-adds)} of a landmark."""
    found = {}
    for part, kinds in (("convolutions", ("conv", "depthwise")), ("dense", ("dense", "gate"))):
        chosen = counted(name).of(*kinds)
        found[part] = (chosen.parameters, chosen.multiply_adds)
    return found


_ = plots.shares(
    {name: parts(name) for name in ("LeNet-5", "AlexNet", "VGG-16", "GoogLeNet", "ResNet-50")},
    title="Dense layers hold the parameters, convolutions do the work; later, dense layers shrink",
)
guess.compare(
    "parameters in the dense layers, work in the convolutions",
    "96 % of its parameters are dense, and 92 % of its multiply-adds are not.",
)

# %%
whole = count(landmarks.alexnet(groups=1), (3, 227, 227))
print(
    f"with two groups:  {alexnet.parameters:,} parameters, {alexnet.multiply_adds:,} multiply-adds"
)
print(f"without groups:   {whole.parameters:,} parameters, {whole.multiply_adds:,} multiply-adds")

# %% [markdown]
# The paper's abstract says 60 million parameters, and 650,000 neurons. With the two groups we count
# 60.97 million: the paper cut off the digits. Without groups it would be 62.4 million. Programs that
# leave the groups out get that figure; others follow a later, slimmer AlexNet and get 61.1 million.
#
# **Don't trust, check.** The paper says that its images have 224×224 pixels, and its first layer has
# kernels of 11×11 with stride 4.

# %%
for side in (224, 227):
    print(f"{side} pixels: ({side} − 11) / 4 + 1 = {(side - 11) / 4 + 1}")
values = [row.shape for row in alexnet.leaves if row.layer[0] in ("conv", "dense")]
print("neurons by layer:", [int(np.prod(shape)) for shape in values])
print("together:        ", f"{alexnet.values:,}")

# %% [markdown]
# 224 does not fit, 227 does. And the paper's figure 2 lists 253,440 neurons for the first layer.
# That is $55 \cdot 48 \cdot 96$. With $55 \cdot 55 \cdot 96 = 290{,}400$ the sum is 659,272: the
# 650,000 of the abstract, cut off. (With the printed 253,440 it would be 622,312.)
#
# Do AlexNet's changes help our small network? Take LeNet's list, and exchange tanh for relu and the
# average for the maximum.

# %%
modern = [
    {"tanh": ("relu",), "average": ("max", *layer[1:])}.get(layer[0], layer) for layer in layers
]
after = train(build(modern, (1, 32, 32), seed=0))
_ = learning_curves(
    range(1, 6),
    {"tanh and average": history.loss, "relu and maximum": after.loss},
    {
        "tanh and average": history.validation_accuracy,
        "relu and maximum": after.validation_accuracy,
    },
    "In a network this small the changes make little difference (right: unseen pictures)",
)

# %% [markdown]
# Hardly. The paper saw a factor of six with four layers on CIFAR-10 (60,000 colour photos of 32×32
# pixels, ten classes), each network with its own best learning rate and no regularization. Here both
# have the same rate, and we changed two things at once. What a paper measured need not return in your
# setting.
#
# ## Network in network, 2013
#
# This paper set records on CIFAR-10 and CIFAR-100, not on ImageNet. Two of its ideas are in most
# networks from Inception on.
#
# **Global average pooling** you know from lesson 06. The last convolution has one map for each
# class, and the score is the map's mean. There is no dense layer at all.
#
# **1×1 convolutions.** A kernel of 1×1 looks at a single pixel, through all its channels. What for?

# %%
guess = predict(
    "A 1×1 convolution from 96 to 32 channels is the same as …",
    [
        "a dense layer from 96 to 32, at every pixel",
        "a dense layer on the whole map",
        "multiplying the map by one number",
    ],
)
guess

# %%
rng = np.random.default_rng(0)
maps, kernels, biases = rng.normal(size=(2, 96, 5, 4)), rng.normal(size=(32, 96, 1, 1)), np.ones(32)
pixel = (1, 3, 2)  # image, row, column
dense = maps[pixel[0], :, pixel[1], pixel[2]] @ kernels[:, :, 0, 0].T + biases
convolved = conv2d_forward(maps, kernels, biases)[pixel[0], :, pixel[1], pixel[2]]
print("the same 32 numbers:", np.allclose(dense, convolved))
guess.compare("a dense layer from 96 to 32, at every pixel", "With the same weights at each.")

# %% [markdown]
# So it is a small network that slides over the picture: a network in the network.

# %%
nin = counted("Network in network")
shown = [row for row in nin.rows if row.layer[0] != "relu"]
short = {"max": "pool", "global average": "mean"}
_ = plots.diagram(
    [("image", (3, 32, 32))]
    + [
        (
            f"{row.layer[2]}×{row.layer[2]}" if row.layer[0] == "conv" else short[row.layer[0]],
            row.shape,
        )
        for row in shown
    ],
    title="Network in network, for pictures of 32×32: after each larger kernel two of 1×1",
)
print(f"{nin.parameters:,} parameters, {nin.multiply_adds:,} multiply-adds")
head = conv_parameters(8 * 8 * 192, 10, 1)
print(f"the last layer, to 10 maps: {conv_parameters(192, 10, 1):,}; a dense one: {head:,}")

# %% [markdown]
# (The paper prints no count to compare with. The numbers of filters are those of the configuration
# that its authors published.)
#
# ### A dense layer is a convolution
#
# Now turn this around. A dense layer that reads maps of 5×5 is a convolution with a kernel of 5×5: the
# kernel fits in at one place only. (On a larger picture it would fit in at several. That is why the
# paper of 1998 calls C5 a convolution.) The weights are the same. They only have to be put in order:
# `Flatten` laid the maps in a row channel by channel, and in each channel row by row.
#
# **By hand.** One map of 1×2 and three units. The dense weights have a row for each number and a
# column for each unit: 1 2 3 and 4 5 6. Unit 0 has the weights 1 and 4. So kernel 0 is 1 4, kernel 1
# is 2 5, kernel 2 is 3 6.

# %% tags=["exercise"]
from coursekit.reference import fully_convolutional

# %%
print(fully_convolutional(np.array([[1.0, 2, 3], [4, 5, 6]]), 1, 1, 2)[:, 0, 0])

# %% [markdown]
# What do we gain? A dense layer insists on one size of picture. A convolution does not. Take the
# LeNet that you trained, and turn its dense layers into convolutions.


# %%
def as_convolutions(network, shape):
    """Return the same network without dense layers; shape: of the images it was made for."""
    layers, maps = [], (1, *shape)
    for layer in network.layers:
        if isinstance(layer, nn.Linear):
            channels, height, width = maps[1:]
            new = nn.Conv2d(channels, layer.outputs, (height, width))
            new.parameters["w"][...] = fully_convolutional(
                layer.parameters["w"], channels, height, width
            )
            new.parameters["b"][...] = layer.parameters["b"]
            layers.append(new)
            maps = (1, layer.outputs, 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(layer)
            maps = layer.output_shape(maps)
    return nn.Sequential(*layers)


sliding = as_convolutions(network, (1, 32, 32))
strip = np.zeros((1, 1, 32, 160), np.float32)
answers = nn.predict(network, x_test).argmax(axis=1)
for place, cls in enumerate((1, 9, 7, 8)):
    clear = np.flatnonzero((y_test == cls) & (answers == cls))[0]
    strip[0, 0, :, 8 + 36 * place : 40 + 36 * place] = x_test[clear, 0]
guess = predict(
    "The picture is 32×160, the network was made for 32×32. How many answers does it give?",
    ["an error", "1", "5", "33"],
)
guess

# %%
scores = sliding.forward(strip)[0, :, 0]
print("scores:", scores.shape, "(classes, places)")
crops = np.concatenate([strip[..., 4 * at : 4 * at + 32] for at in range(scores.shape[1])])
separate = network.forward(crops).T
close = np.abs(scores - separate).max() < 1e-5 * np.abs(separate).max()
print("the same as cutting out each window and classifying it:", bool(close))
probabilities = np.exp(scores - scores.max(axis=0))
probabilities /= probabilities.sum(axis=0)
_ = plots.strip(
    strip[0, 0],
    probabilities,
    clothes.class_names,
    "One pass over a long picture: an answer every four pixels",
    step=4,
    window=32,
)
guess.compare("33", "Two poolings halve twice: a step of 4 pixels. (160 − 32) / 4 + 1 = 33.")

# %% [markdown]
# Right where a piece is exactly in the middle of the window. (We chose pieces that it knows.)
# And four pixels further? Often wrong, although nearly all of the piece is in view. How much does a
# shift cost?

# %%
wide = framed(clothes.x_test[:500], frame=8)
shifts = [0, 1, 2, 3, 4, 6]
right = [
    (nn.predict(network, wide[:, :, 6:38, 6 - by : 38 - by]).argmax(axis=1) == y_test[:500]).mean()
    for by in shifts
]
_ = plots.accuracy_by_shift(
    shifts, right, "A network that saw only centred pieces does not know a shifted one"
)
print("four pixels off, less than half as often right:", bool(right[4] < right[0] / 2))

# %% [markdown]
# Two poolings forgive one pixel, not four. So a detector must be trained with shifts.
#
# What did one pass save? The windows overlap, and their common part was computed once.

# %%
one_window = count(layers, (1, 32, 32)).multiply_adds
one_pass = sliding.summary((1, 32, 160), show=False).multiply_adds
print(f"33 windows cut out: {33 * one_window:>10,} multiply-adds")
print(f"one pass:           {one_pass:>10,}")

# %% [markdown]
# A third of the work. The next lesson finds faces this way.
#
# If you had mixed up the order of `Flatten`, no error would have told you. Only the comparison with
# the crops does.
#
# ## VGG, 2014
#
# How large should a kernel be? VGG's answer: 3×3, always, and many of them. Two layers of 3×3 see
# 5×5 pixels. Three see 7×7.

# %%
_ = plots.ways(
    {
        "one large kernel": ([["5×5 conv", "relu"]], ""),
        "VGG": ([["3×3 conv", "relu", "3×3 conv", "relu"]], ""),
    },
    title="Both see 5×5 pixels; the right one has two activations",
)
for n in (1, 2, 3, 4):
    print(f"{n} × (3×3): sees {stacked_receptive_field(n, 3)} pixels in a row")

# %% [markdown]
# **By hand.** From C channels to C channels, one 5×5 layer has $25 C^2$ weights. Two 3×3 layers have
# $2 \cdot 9 C^2 = 18 C^2$. Saved: $7/25 = 28\,\%$. And there is a second activation, which makes the
# function richer.

# %% tags=["exercise"]
from coursekit.reference import vgg_equivalent

# %%
for kernel in (3, 5, 7, 11):
    n, saved = vgg_equivalent(kernel)
    print(f"{kernel:>2}×{kernel}: {n} × (3×3), saved {100 * saved:.0f} %")

# %%
vgg = counted("VGG-16")
blocks, run = [("image", (3, 224, 224))], 0
for row in vgg.rows:
    run += row.layer[0] == "conv"
    if row.layer[0] == "max":
        blocks.append((f"{run} × 3×3\nand pool", row.shape))
        run = 0
    elif row.layer[0] == "dense":
        blocks.append(("dense", row.shape))
_ = plots.diagram(blocks, title="VGG-16: thirteen 3×3 convolutions, three dense layers")

# %% [markdown]
# The price: 138 million parameters, most of them in one dense layer of $25{,}088 \cdot 4{,}096$. And
# the work?
#
# **Don't trust, check.** The VGG paper prints no count of the work. Another paper does (He et al.
# 2016, section 4.1): 15.3 billion for VGG-16, and 19.6 billion for VGG-19.

# %%
for name in ("VGG-16", "VGG-19"):
    everything, convolutions = counted(name), counted(name).of("conv")
    print(
        f"{name}: {everything.multiply_adds / 1e9:.3f} billion, "
        f"without the dense layers {convolutions.multiply_adds / 1e9:.3f}"
    )

# %% [markdown]
# 15.3 comes out without the dense layers, and 19.6 with them. Two numbers in one sentence, counted
# in two ways. It does no harm there. But whoever compares networks by such figures should know.
#
# Papers also say "FLOPs" and mean multiply-adds. Others count a multiply-add as two operations.
# Between two papers, a factor of two may be nothing but a word.
#
# ## Inception, 2014
#
# In the same year, GoogLeNet gave another answer: don't choose. Let kernels of 1×1, 3×3 and 5×5 look
# at the same maps, and put their results side by side.

# %%
_ = plots.ways(
    {
        "without reductions": (
            [["1×1 conv"], ["3×3 conv"], ["5×5 conv"], ["3×3 max pool"]],
            "side by side",
        ),
        "with reductions": (
            [
                ["1×1 conv"],
                ["1×1 conv", "3×3 conv"],
                ["1×1 conv", "5×5 conv"],
                ["3×3 max pool", "1×1 conv"],
            ],
            "side by side",
        ),
    },
    title="An Inception block; after every convolution comes a relu",
)

# %% [markdown]
# (Orange: large kernels. Blue: 1×1. Pink: pooling.)
#
# On the left, the pooling hands on all its channels, and so each block is wider than the one before.
# And 5×5 kernels on 192 channels cost a lot. On the right, a 1×1 convolution first makes the stack
# thinner: the idea from network in network, used as a **reduction**.
#
# **By hand**, the 5×5 branch of block 3a. It reads 192 channels and has 32 filters. Direct:
# $25 \cdot 192 \cdot 32 = 153{,}600$. With a reduction to 16 channels:
# $192 \cdot 16 + 25 \cdot 16 \cdot 32 = 3{,}072 + 12{,}800 = 15{,}872$. A tenth.

# %%
guess = predict(
    "The whole block reduces to 96 channels before 128 filters of 3×3, and has a 1×1 convolution "
    "after the pooling, too. What is its total, held against the block without reductions?",
    ["more weights than before", "about as many", "less than half"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import inception_block_parameters

# %%
reduced, direct = inception_block_parameters(192, *landmarks.INCEPTION["3a"])
print(f"block 3a: {direct:,} weights directly, {reduced:,} with reductions")
guess.compare("less than half", "The reductions pay for themselves many times over.")

# %% [markdown]
# ### GoogLeNet, row by row
#
# Now hold the whole network against the paper's table 1. It lists parameters and multiply-adds
# ("ops"), row by row. Its first rows say 2.7K for the 7×7 convolution, 112K for the next two.

# %%
weights = {
    "7×7": conv_parameters(3, 64, 7, bias=False),
    "3×3": conv_parameters(64, 64, 1, bias=False) + conv_parameters(64, 192, 3, bias=False),
}
channels = 192
for name, block in landmarks.INCEPTION.items():
    weights[name] = inception_block_parameters(channels, *block)[0]
    ones, threes, fives, pooled = block
    channels = ones + threes[1] + fives[1] + pooled
weights["dense"] = conv_parameters(channels, 1000, 1, bias=False)
sides = {"7×7": 112, "3×3": 56, "3": 28, "4": 14, "5": 7, "dense": 1}
work = {row: n * sides.get(row, sides.get(row[0])) ** 2 for row, n in weights.items()}
_ = plots.ratios(
    list(weights),
    {
        "parameters, K = 1,024": [weights[r] / 1024 / GOOGLENET_TABLE[r][0] for r in weights],
        "multiply-adds": [work[r] / 1e6 / GOOGLENET_TABLE[r][1] for r in weights],
    },
    xlabel="row of the paper's table 1",
    title="GoogLeNet, row by row: within 2 % of the printed table, but for 7×7, 4c and 5a",
)

# %%
for row in ("7×7", "3×3", "4c"):
    printed_k, printed_m = GOOGLENET_TABLE[row]
    print(
        f"{row}: {weights[row] / 1024:6.1f} K (printed {printed_k}),"
        f" {work[row] / 1e6:6.1f} M (printed {printed_m})"
    )
print(
    f"2 · 7 · 3 · 64 = {2 * 7 * 3 * 64:,} = {2 * 7 * 3 * 64 / 1024:.2f} K"
    f" and {2 * 7 * 3 * 64 * 112**2 / 1e6:.1f} M"
)

# %% [markdown]
# What we learn from it:
#
# - **K is 1,024** there: 114,688 weights are printed as 112K. Biases are left out.
# - **First row**: a 7×7 kernel on three channels with 64 filters has 9,408 weights. As if 49 had been
#   counted as 7 + 7, $2 \cdot 7 \cdot 3 \cdot 64$ fits the work (33.7 M), and nearly the parameters
#   (2.62 K; with the biases 2.69 K).
# - **Row 4c**: 463K is printed. But the work in the same row, 100 M, is right for our 497.5K and
#   wrong for 463K. The table disagrees with itself.
# - **Row 5a**: 1,072K and 54 M agree with each other, and not with the filters in the same row. It
#   seems to be the count of another block. The paper does not say.
# - Read with K = 1,000, the column sums to 6.8 million, the figure that later papers quote. We
#   count 7.0 million with biases.
# - The paper says "12 times fewer parameters" than AlexNet. $60.97 / 7.0 = 8.7$. We found no count
#   that gives 12.
#
# ## Batch norm and Kaiming's start, 2015
#
# You know both from lesson 06. Their place in the story:
#
# - **Batch norm** (Ioffe and Szegedy 2015) was built into Inception. The same accuracy came with 14
#   times fewer training steps (their abstract).
# - **Kaiming's initialization** (He et al. 2015) sets the first weights for ReLU: a standard
#   deviation of $\sqrt{2 / \text{fan-in}}$. Their network was the first that was reported below the
#   5.1 % error of a human on ImageNet: 4.94 % top-5 (their abstract).
#
# Neither changes what a network can express. Both change whether it gets there. You will see it
# below. And what do they cost? Batch norm learns two numbers for each channel. Kaiming's start costs
# nothing: it only says how large the first numbers are.

# %%
_ = plots.ways(
    {
        "before": ([["3×3 conv", "relu"]], ""),
        "with batch norm": ([["3×3 conv", "norm", "relu"]], ""),
    },
    title="Batch norm stands between a convolution and its relu",
)
resnet = counted("ResNet-50")
norms = resnet.of("norm").parameters
print(f"batch norms of ResNet-50: {norms:,} of {resnet.parameters:,} parameters, "
      f"{100 * norms / resnet.parameters:.1f} %")  # fmt: skip
for channels, kernel in ((3, 7), (64, 3), (512, 3)):
    fan_in = channels * kernel**2
    print(f"{kernel}×{kernel} on {channels:>3} channels: fan-in {fan_in:>5,}, "
          f"Kaiming's standard deviation {kaiming_std(fan_in):.3f}")  # fmt: skip

# %% [markdown]
# ## ResNet, 2015
#
# The residual block, $x + F(x)$, is from lesson 06, too. It made networks of 152 layers trainable,
# and 1,202 as a trial. Here we look at the costs. The deep ones use a **bottleneck**: 1×1 down, 3×3
# on few channels, 1×1 up again.

# %%
_ = plots.ways(
    {
        "plain block (ResNet-18, -34)": ([["3×3 conv, 64", "relu", "3×3 conv, 64"], []], "+, relu"),
        "bottleneck (ResNet-50 and deeper)": (
            [["1×1 conv, 64", "relu", "3×3 conv, 64", "relu", "1×1 conv, 256"], []],
            "+, relu",
        ),
    },
    title="Residual blocks; after every convolution comes a batch norm",
)

# %% [markdown]
# **By hand.** Eight channels, reduced to two: $8 \cdot 2 + 9 \cdot 2 \cdot 2 + 2 \cdot 8 = 68$
# weights. Two 3×3 convolutions on eight channels: $2 \cdot 9 \cdot 8 \cdot 8 = 1{,}152$.

# %% tags=["exercise"]
from coursekit.reference import bottleneck_parameters

# %%
slim, plain = bottleneck_parameters(256, 64)
print(f"256 channels: bottleneck {slim:,}, plain {plain:,}, {plain / slim:.1f} times as many")
_, narrow = bottleneck_parameters(64, 64)
print(f"a plain block of only 64 channels: {narrow:,}, about as many as the bottleneck")

# %% [markdown]
# So the bottleneck hands on four times the channels, for about the weights of a plain block of 64.

# %%
for depth in (18, 34, 50, 101, 152):
    found = counted(f"ResNet-{depth}")
    print(
        f"ResNet-{depth:<3}: {found.parameters / 1e6:6.2f} million parameters, "
        f"{found.multiply_adds / 1e9:6.3f} billion multiply-adds"
    )
later = count(landmarks.resnet(50, stride_in="3x3"), landmarks.IMAGE)
print(f"ResNet-50, stride in the 3×3: {later.multiply_adds / 1e9:.3f} billion")

# %% [markdown]
# The paper's table 1 prints 1.8, 3.6, 3.8, 7.6 and 11.3 billion. 3.6 comes out if the shortcuts of
# ResNet-34 have no weights (3.64). 3.8 looks cut off, but 7.570 and 11.282 beside it were rounded up:
# we know no reason.
#
# Later papers print 4.1 for "ResNet-50". That is another network: where a block halves the map, they
# let the 3×3 convolution do it, not the 1×1 before it. A 1×1 with stride 2 leaves three of four pixels
# unread. A 3×3 with stride 2 reads them all. Parameters are the same, the work is not.
#
# ### At work
#
# A small ResNet out of `coursekit.nn` layers, for our clothes. The first convolution makes the map
# small, 7×7. Then come three stages, one block each.


# %%
def small_resnet(norm=True, seed=0):
    """Return a residual network for (1, 28, 28); with batch norm or without."""

    def conv(channels, filters, kernel=3, stride=1):
        layer = nn.Conv2d(
            channels, filters, kernel, stride=stride, padding=kernel // 2, bias=not norm
        )
        return [layer, nn.BatchNorm2d(filters)] if norm else [layer]

    def block(channels, filters, stride):
        body = nn.Sequential(
            *conv(channels, filters, stride=stride), nn.ReLU(), *conv(filters, filters)
        )
        same = stride == 1 and channels == filters
        shortcut = None if same else nn.Sequential(*conv(channels, filters, 1, stride))
        return [nn.Residual(body, shortcut), nn.ReLU()]

    return nn.Sequential(
        *conv(1, 16, 5, stride=4), nn.ReLU(),
        *block(16, 16, 1), *block(16, 32, 2), *block(32, 64, 2),
        nn.GlobalAvgPool2d(), nn.Linear(64, 10), seed=seed,
    )  # fmt: skip


small_resnet().summary((1, 28, 28))

# %%
guess = predict(
    "The same network starts with weights of a standard deviation of 0.01 and has no batch norm. "
    "After three epochs it is right on …",
    ["about 10 % (guessing)", "about 50 %", "about 75 %"],
)
guess


# %%
def start_small(network, std=0.01):
    """Shrink the first weights of all convolutions."""
    for weights in network.parameters.values():
        if weights.ndim == 4:
            weights *= std / weights.std()
    return network


runs = {
    "small start": start_small(small_resnet(norm=False)),
    "small start, batch norm": start_small(small_resnet()),
    "Kaiming's start": small_resnet(norm=False),
    "Kaiming's, batch norm": small_resnet(),
}
histories = {
    name: train(each, 1500, epochs=3, optimizer=nn.SGD(0.02, momentum=0.9), frame=0)
    for name, each in runs.items()
}
_ = plots.accuracy_by_epoch(
    {name: each.validation_accuracy for name, each in histories.items()},
    "A small start stays at guessing, unless batch norm helps",
)
last = {name: each.loss[-1] for name, each in histories.items()}
print("small start: no better than guessing:       ", last["small start"] > 2.2)
print("the same start with batch norm: it learns:  ", last["small start, batch norm"] < 1.2)
print("Kaiming's start, no batch norm: it learns:  ", last["Kaiming's start"] < 1.2)
print(
    "both: it learns fastest:                    ",
    last["Kaiming's, batch norm"] == min(last.values()),
)
guess.compare("about 10 % (guessing)", "What reaches the head is nearly 0 for every picture.")

# %% [markdown]
# Either is enough to start at all. Batch norm makes up for weights that are too small: it scales
# every channel to variance 1, whatever the weights.

# %% [markdown]
# ## MobileNet, 2017
#
# A phone has little computing power. MobileNet takes a convolution apart. First each channel is
# filtered alone (**depthwise**, lesson 03). Then a 1×1 convolution mixes the channels (**pointwise**).
# Both together are called a **depthwise separable** convolution.

# %%
_ = plots.ways(
    {
        "ordinary": ([["3×3 conv", "norm", "relu"]], ""),
        "depthwise separable": (
            [["3×3 depthwise", "norm", "relu", "1×1 conv", "norm", "relu"]],
            "",
        ),
    },
    title="First filter each channel, then mix the channels",
)

# %% [markdown]
# **By hand**, for one pixel of the output map, with $C$ channels in, $c_{out}$ out, and a kernel of
# $k \times k$: the ordinary convolution needs $k^2 \cdot C \cdot c_{out}$ multiply-adds. The separable
# one needs $k^2 \cdot C$ and $C \cdot c_{out}$. Divide, and $C$ cancels. For four channels out and a
# kernel of 2×2: $\tfrac14 + \tfrac14 = \tfrac12$.

# %%
guess = predict(
    "What is left of the work with 512 filters of 3×3?",
    ["about a half", "about a quarter", "about a ninth"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import depthwise_separable_ratio

# %%
for filters in (8, 64, 512):
    ratio = depthwise_separable_ratio(filters, 3)
    print(f"{filters:>3} filters of 3×3: {100 * ratio:.1f} % of the work")
light = counted("MobileNet")
heavy = counted("MobileNet, plain")  # with ordinary 3×3 convolutions in place of separable ones
print(
    f"all of MobileNet: {100 * light.multiply_adds / heavy.multiply_adds:.1f} % of the "
    f"{heavy.multiply_adds / 1e6:,.1f} million that ordinary convolutions would need"
)
guess.compare("about a ninth", "1/9 + 1/512: the part of the depthwise filters hardly counts.")

# %% [markdown]
# Never below $1/k^2$: the pointwise part remains. So where is MobileNet's work now? The paper prints
# a table (its table 2): 94.86 % in 1×1 convolutions, 3.06 % depthwise, 0.18 % dense.

# %%
pointwise = sum(row.multiply_adds for row in light.leaves if row.layer[0] == "conv"
                and row.layer[2] == 1)  # fmt: skip
print(f"1×1:       {100 * pointwise / light.multiply_adds:.2f} %")
for kind in ("depthwise", "dense"):
    print(f"{kind + ':':<11}{100 * light.of(kind).multiply_adds / light.multiply_adds:.2f} %")

# %% [markdown]
# All three agree. There is one slip: table 1 of the paper gives the last depthwise convolution
# stride 2, from 7×7 to 7×7. With stride 2 it would be 4×4.
#
# ## EfficientNet, 2019
#
# You have a good small network, and ten times the computing power. Do you make it deeper? Wider? Do
# you feed it larger pictures? EfficientNet does all three at once, in fixed proportions: alpha for
# depth, beta for width, gamma for resolution. One number, phi, says how far:
#
# $$\text{depth} = \alpha^\phi, \qquad \text{width} = \beta^\phi, \qquad
# \text{resolution} = \gamma^\phi$$
#
# The paper tried small factors on its small network, B0, and kept 1.2, 1.1 and 1.15.
#
# B0 was itself found by a search program. Its blocks turn the bottleneck around: they are wide inside
# (the inverted bottleneck of MobileNetV2, Sandler et al. 2018). And a **gate** (squeeze-and-excitation,
# Hu et al. 2018) looks at the mean of each map and decides how much of it to let through.

# %%
_ = plots.ways(
    {
        "EfficientNet's block": (
            [
                ["1×1 conv, six times wider", "depthwise 3×3 or 5×5", "gate", "1×1 conv, narrow"],
                [],
            ],
            "+",
        )
    },
    title="Narrow outside, wide inside (the very first block is not widened)",
)

# %% [markdown]
# After each convolution comes a batch norm, and after the first two the activation **swish**,
# $x \cdot \text{sigmoid}(x)$.

# %%
guess = predict(
    "All channels are doubled. What happens to the work of a convolution in the middle?",
    ["it doubles", "it grows fourfold", "it grows eightfold"],
)
guess

# %%
guess.compare("it grows fourfold", "Twice as many are read, and twice as many are made.")

# %% [markdown]
# **By hand.** Twice the layers: twice the work. Twice the channels: each layer reads twice as many,
# and gives twice as many, which is four times. Twice the side of the image: four times the pixels.

# %% tags=["exercise"]
from coursekit.reference import compound_scaling

# %%
for phi in (1, 2, 6):
    depth, width, resolution, growth = compound_scaling(phi)
    print(
        f"phi {phi}: {depth:.2f} times the layers, {width:.2f} times the channels, "
        f"{resolution:.2f} times the side; {growth:.1f} times the work"
    )

# %% [markdown]
# The paper says that each step doubles the work, "approximately": 1.92, exactly. After six steps the
# difference has grown: 50 and not 64.
#
# And the real family? The published program scales B0 to B7 by its own rounded factors: twice the
# width, 3.1 times the depth, and pictures of 600 pixels in place of 224, 2.68 times. That is near
# phi = 6 in depth ($1.2^6 = 2.99$), and near 7 in width ($1.1^7 = 1.95$) and size ($1.15^7 = 2.66$).

# %%
small, large = counted("EfficientNet-B0"), counted("EfficientNet-B7")
print(f"B0: {small.parameters:,} parameters, {small.multiply_adds:,} multiply-adds")
print(f"B7: {large.parameters:,} parameters, {large.multiply_adds:,} multiply-adds")
rule = 3.1 * 2.0**2 * (600 / 224) ** 2
print(f"by the rule: {rule:.0f} times the work; counted: "
      f"{large.multiply_adds / small.multiply_adds:.0f} times")  # fmt: skip

# %% [markdown]
# Numbers of layers are rounded up in every stage: 16 blocks become 55, 3.44 times and not 3.1. That
# gives $3.44 \cdot 4 \cdot 7.17 = 98.7$. The depthwise parts, which grow with the width only once, pull
# it down a little. Rules plan, lists count.
#
# ## All figures, side by side
#
# Here are the later networks as a whole. Above each block stands how many layers with weights give maps
# of this size; shortcuts count, too.

# %%
for name in ("GoogLeNet", "ResNet-50", "MobileNet", "EfficientNet-B0"):
    blocks = [("image", NETWORKS[name][1])]
    for number, shape in counted(name).by_size():
        blocks.append((f"{number} layer{'s' if number > 1 else ''}", shape))
    _ = plots.diagram(blocks, title=f"{name}: the smaller the maps, the more there are of them")

# %% [markdown]
# What do the lists give? The last column is the receptive field of the last maps: how many pixels
# in a row one number of them sees, by way of its windows. (The gates of EfficientNet, which see whole
# maps, are left out.) "MobileNet, plain" has ordinary convolutions.

# %%
print(f"{'':<20}{'image':>9}{'parameters':>13}{'multiply-adds':>16}{'receptive field':>17}")
for name, (_, (_, height, width)) in NETWORKS.items():
    each = counted(name)
    print(f"{name:<20}{f'{height}×{width}':>9}{each.parameters:>13,}{each.multiply_adds:>16,}"
          f"{each.field:>17,}")  # fmt: skip

# %% [markdown]
# Now the figures that papers print, beside ours. "=" means that our number, rounded to the printed
# digits, is the printed one. Where it is not, the reason is in the next line. K, M and G are
# thousands, millions and billions.


# %%
def amount(value):
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " K")):
        if value >= max(size, 10_000):
            return f"{value / size:.4g}{letter}"
    return f"{value:.0f}"


words = {
    "parameters": "parameters",
    "multiply_adds": "multiply-adds",
    "field": "receptive field",
    "values": "neurons",
}
for quantity, word in words.items():
    print(word)
    for f in (each for each in FIGURES if each.quantity == quantity):
        computed, printed = amount(f.computed), amount(f.printed)
        sign = "=" if f.agrees else "≠"
        print(f"   {f.network:<17}{computed:>8} {sign} {printed:>7}   {f.source}")
        if f.why:
            print(f"{'':>33}↳ {f.why}")

# %% [markdown]
# The **receptive field** tells one more story. AlexNet's last pooling sees 195 pixels in a row, of
# 227. ResNet-152's last block sees 1,507, of 224: each number there *could* depend on every pixel,
# many times over. In practice the middle of the field counts most (Luo et al. 2016).
#
# ## What the work bought
#
# The errors of these five were measured in the same way: one network alone, its probabilities averaged
# over ten crops of each picture. (The work below is that of one crop.)

# %%
guess = predict(
    "VGG-16 does ten times the work of GoogLeNet. Its error is …",
    ["half of GoogLeNet's", "about the same", "twice GoogLeNet's"],
)
guess

# %%
_ = plots.error_by_work(
    {name: (counted(name).multiply_adds, error) for name, (error, _) in TEN_CROPS.items()},
    title="More work does not have to mean fewer errors",
)
for name, (error, source) in TEN_CROPS.items():
    print(f"{name:<11}{error:5.2f} %   ({source})")
guess.compare("about the same", "And ResNet-50 errs less than VGG-16, with a quarter of its work.")

# %% [markdown]
# ## Several networks together
#
# A simple trick: train several networks, and average their probabilities. AlexNet's five were similar
# networks. GoogLeNet's seven even had the same first weights, by an oversight, and differed mainly in
# the order and the cutting of their pictures. Still they err in different places.

# %%
_ = plots.alone_and_together(
    {name: errors[:2] for name, errors in ENSEMBLES.items()},
    title="Averaging several networks lowers the error by a tenth to a fifth",
)
for name, (alone, together, source) in ENSEMBLES.items():
    print(f"{name}: {alone} % alone, {together} % averaged ({source})")

# %% [markdown]
# The price is five or seven times the work. So figures of contests are often figures of ensembles.
# Compare only like with like.
#
# ## What you have now
#
# | network | what it brought | the number behind it |
# |---|---|---|
# | LeNet-5, 1998 | convolution, pooling, dense: the pattern | 60,000 parameters; ours 61,706 |
# | AlexNet, 2012 | ReLU, max pooling, dropout, size | 61 M, 96 % of them dense |
# | Network in network, 2013 | 1×1 convolutions, global average pooling | 966,986 parameters, none dense |
# | VGG, 2014 | 3×3 only: $(k - 1)/2$ layers for $k \times k$ | saves $1 - 9n / k^2$ |
# | Inception, 2014 | branches, 1×1 reductions | 163,328 weights, not 387,072 (3a) |
# | Batch norm, 2015 | each channel to mean 0, variance 1 | 14 times fewer steps |
# | Kaiming's start, 2015 | $\text{std} = \sqrt{2 / \text{fan-in}}$ | 4.94 % top-5 |
# | ResNet, 2015 | $x + F(x)$; bottleneck | $2 c r + 9 r^2$ against $18 c^2$ |
# | MobileNet, 2017 | depthwise separable | $1 / c_{out} + 1 / k^2$ of the work |
# | EfficientNet, 2019 | compound scaling, gates | work grows by $(\alpha \beta^2 \gamma^2)^\phi$ |
#
# | tool | rule |
# |---|---|
# | parameters of a convolution | filters · C · kernel² + filters |
# | parameters of a dense layer | D · units + units |
# | dense head as a convolution | weights `.T.reshape(M, C, H, W)` |
# | a figure in print | count for yourself: biases? groups? dense layers? K? rounded or cut? |

# %% [markdown]
# ## Spot the bug
#
# This one runs without an error, and all shapes are right. Which sentence is true of it?

# %%
spot_the_bug(fully_convolutional, 1)

# %% [markdown]
# ## Quiz

# %%
quiz("08_architectures")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [09 · The face detector](09_face_detector.ipynb). All slips in print that the course has met:
# [Appendix · Don't trust, check](appendix_errata.ipynb)
