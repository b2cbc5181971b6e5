# %% [markdown]
# # 06 · Deep networks: batch norm, residual blocks, global average pooling
#
# **At the end of this lesson you can**
#
# - measure how much gradient reaches each layer of a deep network;
# - choose first weights that keep a signal alive, and write batch normalization, forward and
#   backward;
# - build a residual block, and say why its gradient always finds a way back;
# - end a network with an average, so that it takes images of every size.
#
# **You need** convolution forward and backward (lessons 03 and 04), pooling (05), ReLU and the
# gradient check (02).

# %%
import numpy as np

from coursekit import check, data, hint, predict, progress, quiz, solution, spot_the_bug
from coursekit.explorers import gradient_flow
from coursekit.nn import (
    Adam,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    ReLU,
    Residual,
    SGD,
    Sequential,
    SoftmaxCrossEntropy,
    evaluate,
    fit,
)
from coursekit.nn.deep_stack import deep_stack, gradient_norms
from coursekit.plots import residual as plots
from coursekit.plots.convolution_forward import maps
from coursekit.plots.gradient_descent import lines
from coursekit.plots.images import side_by_side
from coursekit.reference import (
    conv2d_backward,
    conv2d_forward,
    gradient_check,
    relative_error,
)

# %% [markdown]
# Two things are new in that list. `coursekit.nn` has the layers of this course in a fast form.
# `deep_stack` builds a network of any depth from them, and `gradient_norms` measures it.
#
# Our data are pictures of clothes. To be quick, we halve their sides by averaging, and bring them
# to mean 0 and deviation 1.

# %%
clothes = data.fashion_mnist()
halved = clothes.x_train.reshape(-1, 1, 14, 2, 14, 2).mean(axis=(3, 5))
x_train = ((halved - halved.mean()) / halved.std()).astype(np.float32)
y_train = clothes.y_train
x, y = x_train[:64], y_train[:64]

_ = side_by_side(
    [np.clip(image[0] * halved.std() + halved.mean(), 0, 255) / 255 for image in x_train[:6]],
    [clothes.class_names[label] for label in y_train[:6]],
    title="Six of the pictures, 14 × 14 pixels",
)

# %% [markdown]
# ## Twenty layers, one behind the other
#
# A network is deep when many layers stand one behind the other. Ours has a first convolution, then
# ten **blocks** of two convolutions each. All kernels are 3×3, and there are 8 channels everywhere.
# Behind each convolution stands ReLU.
#
# We start with small random weights. Their standard deviation is 0.05. Then we send 64 pictures
# forward and the gradient of the loss backward. Behind every block we note how long the gradient
# is, as a vector: its **norm**, the root of the sum of its squares.

# %%
guess = predict(
    "At the last block the gradient has a norm of about 0.01. What is left of it at the first?",
    ["about 0.01", "a thousandth of it", "a millionth of it", "less than a billionth of it"],
)
guess

# %%
blocks = np.arange(11)
starved = gradient_norms(deep_stack(20, weight_std=0.05), x, y)
_ = lines(
    blocks,
    {"weights of size 0.05": starved},
    xlabel="block (0: the first layer)",
    ylabel="norm of the gradient",
    title="Small weights: the first layers get nothing",
    log="y",
)

# %%
print(f"at the last block:  {starved[-1]:.0e}")
print(f"at the first layer: {starved[0]:.0e}")
guess.compare("less than a billionth of it", "Every layer takes its share, one after the other.")

# %% [markdown]
# A learning step is the gradient times the learning rate. A gradient of 10⁻¹³ moves nothing. The
# first layers **starve**: they stay as random as they were.
#
# And the last layers? A gradient does reach them. But what comes to them from the front has shrunk
# in the same way, and a weight's gradient is the product of the two. So nobody learns.
#
# ## First weights that keep the size
#
# Where does the gradient go? Look at one output of a convolution. It is a sum of many products:
# $z = \sum w \cdot x$. The number of terms is the **fan-in**, as for a unit in lesson 02. With $C$
# channels and a kernel of $k \times k$ it is $C \cdot k \cdot k$.
#
# For random weights with mean 0, the mean squares follow a simple rule:
#
# $$\text{mean of } z^2 = \text{fan-in} \cdot \text{std}^2 \cdot \text{mean of } x^2$$
#
# ReLU then sets the negative half to 0. That halves the mean square.
#
# **By hand.** 8 channels and 3×3 kernels: the fan-in is 72. With std = 0.05, one layer multiplies
# the mean square by 72 · 0.0025 / 2 = 0.09, and so the size by its root, 0.3. On the way back the
# same happens to the gradient. 20 layers make 0.3²⁰:

# %%
print(f"by hand: {0.3**20:.0e}, measured: {starved[0] / starved[-1]:.0e}")

# %% [markdown]
# Nearly right. (The border takes a little more: some of its nine neighbours are zeros.)
#
# The cure is in the formula. We want one layer to multiply by 1. Solve
# $\text{fan-in} \cdot \text{std}^2 / 2 = 1$ for std. It is the rule of lesson 02, now with the
# fan-in of a convolution. People call it by the first name of its inventor, Kaiming He (He et al.
# 2015).

# %% tags=["exercise"]
from coursekit.reference import kaiming_std

# %%
print(f"for a fan-in of 72: {kaiming_std(72):.3f}, and not 0.05")

# %%
guess = predict(
    "Three networks: weights half as large as that, just so, twice as large. By what factor do their "
    "gradients at the first layer differ, from one to the next?",
    ["about 2", "about 40", "about a million"],
)
guess

# %%
sizes = {"half of it": 0.5, "Kaiming": 1.0, "twice": 2.0}
_ = lines(
    blocks,
    {
        name: gradient_norms(deep_stack(20, weight_std=factor * kaiming_std(72)), x, y)
        for name, factor in sizes.items()
    },
    xlabel="block (0: the first layer)",
    ylabel="norm of the gradient",
    title="Only one size of weights neither starves nor floods",
    log="y",
)
guess.compare("about a million", "A factor 2 in each of twenty layers: 2²⁰.")

# %% [markdown]
# With half the size every layer loses a factor 2, with twice the size it gains one. Just between
# them the gradient arrives as it started.
#
# But that holds before the first step of learning only. Nobody promises that the weights keep their
# size later on. It would be better to have a layer that *restores* the size, again and again.
#
# ## Batch normalization
#
# Here are four of the eight channels behind the third convolution of a network, for our 64
# pictures: how their values are spread, and on the right what we would like better. (We picked
# four that differ much.)

# %%
model = deep_stack(20, weight_std=0.2, seed=3)
feature = x
for layer in model.layers[:3]:
    feature = layer.forward(feature)
feature = feature[:, [0, 1, 2, 4]].astype(float)
_ = plots.histograms(
    feature,
    (feature - feature.mean(axis=(0, 2, 3), keepdims=True))
    / feature.std(axis=(0, 2, 3), keepdims=True),
    title="Four channels: each has its own place and width, until they are normalized",
)

# %% [markdown]
# On the left every channel speaks at its own loudness. Channel 2 lies mostly below 0: ReLU will
# silence most of it. Channel 3 lies mostly above: ReLU hardly bends it. On the right each channel
# has mean 0 and variance 1.
#
# **Batch normalization** does that inside the network (Ioffe and Szegedy 2015). It takes the mean
# and the variance of each channel over the batch and over all places, so over the axes N, H and W.
# Then it lets the channel choose a new scale $\gamma$ (gamma) and a new shift $\beta$ (beta), which
# are learned like weights:
#
# $$\hat x = \frac{x - \text{mean}}{\sqrt{\text{var} + \varepsilon}} \qquad
# \text{out} = \gamma \cdot \hat x + \beta$$
#
# $\varepsilon$ (eps) is a tiny number. It saves us from dividing by 0 where a channel is constant.
#
# **By hand.** One channel, four numbers: 2, 4, 6, 8.
#
# - mean: 20 / 4 = 5
# - var: (9 + 1 + 1 + 9) / 4 = 5, and its root is 2.236
# - x̂: −3, −1, 1, 3, each divided by 2.236: −1.342, −0.447, 0.447, 1.342

# %% tags=["exercise"]
from coursekit.reference import batch_norm_forward

# %%
four = np.array([2.0, 4.0, 6.0, 8.0]).reshape(4, 1, 1, 1)
one, zero = np.ones(1), np.zeros(1)
print(batch_norm_forward(four, one, zero).ravel().round(3))
print(batch_norm_forward(100 * four + 7, one, zero).ravel().round(3), "from 207, 407, 607, 807")

# %% [markdown]
# Another scale, another offset, and the same result. Whatever the layers before do to the size,
# batch norm undoes it.
#
# ### Backward: three ways lead to each x
#
# Move one x by a little. Its own x̂ moves. But the mean moves as well, and the variance too, and
# with them *every* x̂ of the channel. So the gradient of x has three parts:
#
# $$dx = \frac{\gamma}{\sqrt{\text{var} + \varepsilon}} \Big( dout -
# \underbrace{\text{mean}(dout)}_{\text{by the mean}} -
# \underbrace{\hat x \cdot \text{mean}(dout \cdot \hat x)}_{\text{by the variance}} \Big)$$
#
# The gradients of γ and β are sums, because every value of the channel used them:
# $d\gamma = \sum dout \cdot \hat x$ and $d\beta = \sum dout$.
#
# **By hand.** The same four numbers, γ = 1, and a gradient for the first output only:
# dout = 1, 0, 0, 0.
#
# - mean(dout) = 1 / 4 = 0.25
# - mean(dout · x̂) = (1 · (−1.342) + 0 + 0 + 0) / 4 = −0.335
#
# | | 1st | 2nd | 3rd | 4th |
# |---|---|---|---|---|
# | dout | 1 | 0 | 0 | 0 |
# | − mean(dout) | −0.25 | −0.25 | −0.25 | −0.25 |
# | − x̂ · (−0.335) | −0.45 | −0.15 | +0.15 | +0.45 |
# | sum | 0.3 | −0.4 | −0.1 | 0.2 |
# | divided by 2.236: dx | 0.134 | −0.179 | −0.045 | 0.089 |

# %%
guess = predict(
    "For other x and another dout: what is the sum of dx over a channel?",
    ["always 0", "the sum of dout", "it depends on x"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import batch_norm_backward

# %%
dout = np.array([1.0, 0.0, 0.0, 0.0]).reshape(4, 1, 1, 1)
dx, dgamma, dbeta = batch_norm_backward(dout, four, one, zero)
print("dx    ", dx.ravel().round(3))
print("dgamma", dgamma.round(3), " dbeta", dbeta)
print("the sum of dx is 0:", bool(abs(dx.sum()) < 1e-12))
guess.compare("always 0", "Add the same number to all x, and no output changes.")

# %% [markdown]
# ### A check that fools itself
#
# The numerical check of lesson 02 compares a backward pass with *its own* forward pass. Here is a
# pair of functions with a small mistake in both: the variance divides by M − 1 in place of M.


# %%
def sloppy_forward(x, gamma, beta):
    mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3), ddof=1)
    normalized = (x - mean[:, None, None]) / np.sqrt(var + 1e-5)[:, None, None]
    return gamma[:, None, None] * normalized + beta[:, None, None]


def sloppy_backward(dout, x, gamma, beta):
    axes, count = (0, 2, 3), x.size // x.shape[1]
    deviation = np.sqrt(x.var(axis=axes, ddof=1, keepdims=True) + 1e-5)
    normalized = (x - x.mean(axis=axes, keepdims=True)) / deviation
    by_variance = (dout * normalized).sum(axis=axes, keepdims=True) / (count - 1)
    dx = dout - dout.mean(axis=axes, keepdims=True) - normalized * by_variance
    return (
        gamma[:, None, None] / deviation * dx,
        (dout * normalized).sum(axis=axes),
        dout.sum(axis=axes),
    )


rng = np.random.default_rng(1)
inputs = [rng.normal(size=(3, 2, 2, 1)), np.array([1.5, -0.5]), np.array([0.2, 1.0])]
own = gradient_check(sloppy_forward, sloppy_backward, inputs)
against_yours = gradient_check(batch_norm_forward, sloppy_backward, inputs)
yours = gradient_check(batch_norm_forward, batch_norm_backward, inputs)
print("sloppy backward against its own forward:  passes", bool(own < 1e-6))
print("sloppy backward against the right forward: passes", bool(against_yours < 1e-6))
print("your backward against your forward:        passes", bool(yours < 1e-6))

# %% [markdown]
# The sloppy pair passes its own check. A wrong forward pass with a matching backward pass is
# consistent, and wrong. Only a comparison with something *else* finds it. That is why the checks of
# this course always compare with a reference.
#
# ### At test time
#
# In training an image is normalized together with its neighbours in the batch. So its result
# depends on them! For a user who sends one image that makes no sense. Look at the same picture in
# two different batches.


# %%
def third_convolution(images):
    """Return what the third convolution gives for images, before any normalization."""
    out = images
    for layer in model.layers[:3]:
        out = layer.forward(out)
    return out.astype(float)


gamma, beta = np.ones(8), np.zeros(8)
picture = x_train[:1]
with_trousers = np.concatenate([picture, x_train[y_train == 1][:31]])
with_bags = np.concatenate([picture, x_train[y_train == 8][:31]])
first = batch_norm_forward(third_convolution(with_trousers), gamma, beta)[0]
second = batch_norm_forward(third_convolution(with_bags), gamma, beta)[0]
_ = maps(
    [first[2], second[2], first[2] - second[2]],
    ["among trousers", "among bags", "difference"],
    title="One picture, one channel, two batches: the neighbours show",
)

# %% [markdown]
# So a batch norm layer keeps **running statistics** while it trains: a mean and a variance for each
# channel, brought up to date with each batch. The share of the old value that is kept is called
# the **momentum**:
#
# $$\text{running} \leftarrow \text{momentum} \cdot \text{running} +
# (1 - \text{momentum}) \cdot \text{batch}$$
#
# Two habits to know. PyTorch calls the *other* share momentum: its 0.1 is our 0.9. And the running
# variance divides by M − 1. The forward pass divides by M, for it normalizes this very batch. But
# the running variance is for all images, and the batch is only a sample of them. For a sample M − 1
# is the better estimate. The first paper has it so, and PyTorch too.
#
# **By hand.** Running mean 0, running variance 1, momentum 0.9, and the batch 2, 4, 6, 8 again. Its
# mean is 5. The squares of the distances from 5 are 9, 1, 1 and 9, in sum 20.
#
# - mean: 0.9 · 0 + 0.1 · 5 = 0.5
# - var: 0.9 · 1 + 0.1 · 20 / 3 = 1.567

# %% tags=["exercise"]
from coursekit.reference import batch_norm_running

# %%
mean, var = np.zeros(8), np.ones(8)
seen = []
for start in range(0, 3200, 64):
    mean, var = batch_norm_running(mean, var, third_convolution(x_train[start : start + 64]))
    seen.append(mean)
everything = third_convolution(x_train[:3200]).mean(axis=(0, 2, 3))
steps = np.arange(1, 51)
_ = lines(
    steps,
    {
        "channel 0: running mean": [m[0] for m in seen],
        "channel 0: mean of all 3,200 pictures": np.full(50, everything[0]),
        "channel 1: running mean": [m[1] for m in seen],
        "channel 1: mean of all 3,200 pictures": np.full(50, everything[1]),
    },
    xlabel="batch",
    ylabel="mean of the channel",
    title="The running mean settles near the mean of all pictures",
)

# %% [markdown]
# With these statistics, and without a look at the batch, a picture is normalized alike in every
# company.

# %% tags=["exercise"]
from coursekit.reference import batch_norm_inference

# %%
alone = batch_norm_inference(third_convolution(picture), gamma, beta, mean, var)[0]
in_company = batch_norm_inference(third_convolution(with_bags), gamma, beta, mean, var)[0]
print("alone and in company, the same:", bool(np.allclose(alone, in_company, atol=1e-4)))

# %% [markdown]
# To forget the switch between the two is one of the commonest mistakes with batch norm. The network
# then works on large test batches, and fails on single images.
#
# ### What it buys
#
# Now we put *your* batch norm into a network: a layer of `coursekit.nn` takes functions of your
# own. A network of six layers learns on 320 pictures for four epochs, at five learning rates, with
# and without batch norm. (That is 40 steps. We look for speed here, not for a good classifier. So
# the first convolution also takes a stride of 2.)


# %%
def your_norm(channels):
    """Make a batch norm layer that computes with the functions above."""
    return BatchNorm2d(channels, forward=batch_norm_forward, backward=batch_norm_backward)


def loss_after(epochs, learning_rate, norm):
    model = deep_stack(6, norm=norm, stride=2)
    history = fit(
        model,
        x_train[:320],
        y_train[:320],
        optimizer=SGD(learning_rate, momentum=0.9),
        epochs=epochs,
        batch_size=32,
        progress=False,
    )
    return history.loss[-1]


rates = [0.01, 0.03, 0.1, 0.3, 1.0]
without = [loss_after(4, rate, None) for rate in rates]
with_norm = [loss_after(4, rate, your_norm) for rate in rates]
_ = lines(
    rates,
    {
        "without batch norm": without,
        "with batch norm": with_norm,
        "guessing: ln 10": np.full(5, np.log(10)),
    },
    xlabel="learning rate",
    ylabel="loss after four epochs",
    title="Batch norm learns faster, and over a wide range of learning rates",
    log="x",
)

# %% [markdown]
# Without batch norm the network has hardly begun. With it, it learns at all of these rates, and
# the large ones serve it best.
#
# ### And the first layers?
#
# A widely read handbook says: even with ReLU and batch norm the gradients of a deep network fade,
# and the first layers get almost nothing. Let us not trust, but check.

# %%
guess = predict(
    "Twenty layers with batch norm. What does the gradient do on its way to the first layer?",
    ["it shrinks", "it stays as it is", "it grows"],
)
guess

# %%
normed = {
    "small weights, no norm": starved,
    "small weights, batch norm": gradient_norms(
        deep_stack(20, weight_std=0.05, norm=your_norm), x, y
    ),
    "Kaiming, batch norm": gradient_norms(deep_stack(20, norm=your_norm), x, y),
}
_ = lines(
    blocks,
    normed,
    xlabel="block (0: the first layer)",
    ylabel="norm of the gradient",
    title="Batch norm rescues the gradient from small weights (two lines in one)",
    log="y",
)

# %%
growth = (normed["Kaiming, batch norm"][2] / normed["Kaiming, batch norm"][-2]) ** (1 / 7)
print(f"from block to block, towards the first, the gradient grows by a factor {growth:.1f}")
guess.compare("it grows", "Don't trust, check.")

# %% [markdown]
# Small weights and good ones give the same line, because batch norm undoes the size of
# the weights. And each block makes the gradient nearly one and a half times longer on the way back.
# (For a wide network before learning, theory gives √(π / (π − 1)) = 1.21 a layer, so 1.47 for a
# block of two: Yang et al. 2019.)
#
# So the gradients of a deep network with batch norm do not fade. He et al. (2016) say so too: they
# found healthy norms, and yet their deep **plain** networks learned badly. (Plain means: layer
# behind layer, and no other way through.) The size is not all that counts.
#
# ## Deeper should not be worse
#
# Take a network of 6 layers and one of 30, both with batch norm. The deep one can do all that the
# shallow one can. Its first layers could do the same work, and the others could just hand it on.

# %%
guess = predict(
    "Which of the two has the lower loss on its training pictures after five epochs?",
    ["the one of 6 layers", "the one of 30 layers", "both the same"],
)
guess


# %%
def learning_curve(depth, skip):
    model = deep_stack(depth, skip=skip, norm=your_norm, stride=2)
    history = fit(
        model,
        x_train[:320],
        y_train[:320],
        optimizer=Adam(0.01),
        epochs=5,
        batch_size=32,
        progress=False,
    )
    return history.loss


curves = {"6 layers": learning_curve(6, False), "30 layers": learning_curve(30, False)}
epochs = np.arange(1, 6)
_ = lines(
    epochs,
    curves,
    xlabel="epoch",
    ylabel="training loss",
    title="Five times as many layers, and it learns worse",
).set_xticks(epochs)
guess.compare("the one of 6 layers", "On the very pictures that both learn from.")

# %% [markdown]
# So this is not overfitting. The deep network could copy the shallow one, but it does not find the
# way.
#
# Why? Here is one reason, which can be measured. Move the input by a little noise and look at the
# gradient of the loss for the input, before and after. Where learning is easy, the two point in
# nearly the same direction. We take their **cosine similarity**: 1 for the same
# direction, 0 for directions that have nothing in common.


# %%
def gradient_of_input(model, images):
    loss = SoftmaxCrossEntropy()
    loss.forward(model.forward(images, training=True), y)
    return model.backward(loss.backward())


def similarity(depth, skip):
    model = deep_stack(depth, skip=skip, norm=your_norm)
    noise = 0.1 * np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    here, there = gradient_of_input(model, x), gradient_of_input(model, x + noise)
    return float(np.sum(here * there) / np.linalg.norm(here) / np.linalg.norm(there))


depths = [2, 6, 12, 20, 30]
plain = [similarity(depth, False) for depth in depths]
_ = lines(
    depths,
    {"plain": plain},
    xlabel="layers",
    ylabel="cosine similarity of the gradients",
    title="In a deep plain network, a little noise gives another gradient",
)

# %% [markdown]
# At 30 layers nothing is left in common. The gradient is long enough, but it holds for this very
# point only; one step further it says something else. (Balduzzi et al. 2017 call such gradients
# shattered.) How could anyone go downhill like that?
#
# ## A way round: the residual block
#
# To hand something on unchanged is hard for two convolutions. They would have to learn it. So let
# us give it to them for nothing: add the input to the output (He et al. 2016).

# %%
_ = plots.block(title="A residual block: what the branch computes is added to x")

# %% [markdown]
# $$\text{out} = \text{relu}(x + F(x)) \qquad F(x) = \text{conv}(\text{relu}(\text{conv}(x)))$$
#
# The branch $F$ need not produce the result any more. It learns only what is still *missing*, the
# **residual**. If nothing is missing, weights of 0 are right, and the block hands on relu(x).
# Notice where the last ReLU stands: behind the sum. So the branch can also take something away.
#
# **By hand.** One channel, one pixel: each 3×3 kernel has only its middle weight, w₁ = 0.5 and
# w₂ = −0.4, and no bias. Let x = 3.
#
# - the first convolution: 0.5 · 3 = 1.5, and relu leaves it
# - the second: −0.4 · 1.5 = −0.6. This is F(x)
# - the sum: 3 − 0.6 = 2.4, and relu leaves it
#
# The convolution of lesson 03 is at hand: `conv2d_forward(x, w, b, padding=1)`.

# %% tags=["exercise"]
from coursekit.reference import residual_forward

# %% [markdown]
# ### The gradient has a path of its own
#
# Now backward. A sum copies its gradient: both sides get all of it. One copy goes back through the
# branch, the other goes straight to x.

# %%
_ = plots.block(
    {
        "x": "3\n0.8",
        "first": "1.5\n−0.4",
        "hidden": "1.5\n−0.4",
        "branch": "−0.6\n1",
        "sum": "2.4\n1",
        "out": "2.4\n1",
    },
    title="By hand: the branch brings −0.2 back, the skip brings 1",
)

# %% [markdown]
# Through the branch come 1 · (−0.4) · 0.5 = −0.2. The skip brings 1. Together: 0.8.

# %%
guess = predict(
    "Ten such blocks in a row. What is left of a gradient of 1?",
    ["about 10⁻⁷ without the skip, 0.1 with it", "0.1 without, 1 with it", "0.1, with and without"],
)
guess

# %%
print(f"without the skip: {(-0.2) ** 10:.0e}")
print(f"with the skip:    {0.8**10:.2f}")
guess.compare("about 10⁻⁷ without the skip, 0.1 with it", "(−0.2)¹⁰ against 0.8¹⁰.")

# %% [markdown]
# Let $f$ be what the branch brings back, here −0.2. With the skip, each block multiplies by $1 + f$
# in place of $f$. Multiply that out for two blocks:
# $(1 + f_1)(1 + f_2) = 1 + f_1 + f_2 + f_1 f_2$. However small the $f$ are, the 1 stays. It is the
# gradient's own path, past all the weights. Only the ReLU behind each sum stands on it.
#
# Your turn. The weights have gradients too:
# $dw_2 = 1 \cdot 1.5 = 1.5$ and $dw_1 = -0.4 \cdot 3 = -1.2$. From lesson 04 you have
# `conv2d_backward(dout, x, w, b, padding=1)`, which returns `(dx, dw, db)`.

# %% tags=["exercise"]
from coursekit.reference import residual_backward


# %%
def middle(weight):
    kernel = np.zeros((1, 1, 3, 3))
    kernel[0, 0, 1, 1] = weight
    return kernel


pixel = np.full((1, 1, 1, 1), 3.0)
dx, dw1, _, dw2, _ = residual_backward(
    np.ones_like(pixel), pixel, middle(0.5), np.zeros(1), middle(-0.4), np.zeros(1)
)
print(f"dx {dx.item():.1f}, dw1 {dw1[0, 0, 1, 1]:.1f}, dw2 {dw2[0, 0, 1, 1]:.1f}")

# %% [markdown]
# The fast layers compute the same. Here is a block of them, with the same weights as yours.

# %%
fast = Sequential(
    Residual(Sequential(Conv2d(8, 8, 3, padding=1), ReLU(), Conv2d(8, 8, 3, padding=1))),
    ReLU(),
    seed=0,
)
weights = [np.asarray(array) for array in fast.parameters.values()]
maps_in = np.random.default_rng(2).normal(size=(4, 8, 14, 14)).astype(np.float32)
dout = np.random.default_rng(3).normal(size=maps_in.shape).astype(np.float32)
out, your_out = fast.forward(maps_in, training=True), residual_forward(maps_in, *weights)
dx, your_dx = fast.backward(dout), residual_backward(dout, maps_in, *weights)[0]
print("forward agrees: ", bool(relative_error(out, your_out) < 1e-3))
print("backward agrees:", bool(relative_error(dx, your_dx) < 1e-3))

# %% [markdown]
# ### At work
#
# The same 30 layers, the same start, and around every two of them a skip.

# %%
curves["30 layers, with skip"] = learning_curve(30, True)
_ = lines(
    epochs,
    curves,
    xlabel="epoch",
    ylabel="training loss",
    title="With skips, the deep network learns best",
).set_xticks(epochs)

# %%
last = {name: losses[-1] for name, losses in curves.items()}
far_below = last["30 layers, with skip"] < last["30 layers"] - 0.3
print("30 plain layers end above 6:      ", last["30 layers"] > last["6 layers"])
print("30 layers with skip end far below:", far_below)

# %%
_ = lines(
    depths,
    {"plain": plain, "with skip": [similarity(depth, True) for depth in depths]},
    xlabel="layers",
    ylabel="cosine similarity of the gradients",
    title="With skips, the gradient still means something nearby",
)

# %% [markdown]
# (Another seed moves these curves. The deep plain network has been the slowest with every seed that
# we tried.)
#
# ## When the shape changes
#
# From time to time a network halves its maps and doubles its channels. Then $F(x)$ and $x$ do not
# fit any more.

# %%
rng = np.random.default_rng(4)
big = rng.normal(size=(2, 8, 14, 14))
branch = conv2d_forward(big, rng.normal(size=(16, 8, 3, 3)), np.zeros(16), stride=2, padding=1)
print("x:   ", big.shape)
print("F(x):", branch.shape)
try:
    big + branch
except ValueError as error:
    print("x + F(x):", error)

# %% [markdown]
# Be glad of that error. At stride 1, and with one channel in x, NumPy would not complain: it would
# broadcast, and the sum would be nonsense.
#
# The **projection shortcut** brings x into shape: a convolution with a kernel of 1×1, the branch's
# stride, and no bias. The stride picks pixels, and the kernel mixes channels.
#
# **By hand.** Two channels of one row: 1 2 3 and 10 20 30. One filter with weights 1 and 2, stride
# 2. The stride leaves columns 0 and 2. There: 1 + 2 · 10 = 21 and 3 + 2 · 30 = 63.

# %% tags=["exercise"]
from coursekit.reference import projection_shortcut

# %%
shortcut = projection_shortcut(big, rng.normal(size=(16, 8, 1, 1)), stride=2)
print("shortcut(x) + F(x):", (shortcut + branch).shape)

# %% [markdown]
# ## Why a sum? Why not side by side?
#
# A sum mixes x and F(x), and nobody can take them apart again. One could also put the channels side
# by side: **concatenation**. DenseNet does it (Huang et al. 2017): each layer sees the results of
# *all* layers before it, and adds a few channels of its own.

# %%
_ = plots.sum_or_concatenation(16, 12, 8, title="Two ways to keep what earlier layers found")

# %%
guess = predict(
    "The sum copies its gradient to both sides. What does a concatenation do with its gradient?",
    ["it copies it to all inputs", "it cuts it up", "it shares it out in equal parts"],
)
guess

# %%
owner = np.concatenate([np.full(2, "first"), np.full(3, "second"), np.full(1, "third")])
for channel, name in enumerate(owner):
    print(f"channel {channel} came from the {name} input")
guess.compare("it cuts it up", "A channel's gradient goes back to where the channel came from.")

# %% [markdown]
# So the gradient is cut where the inputs were joined. By hand: inputs of 2, 3 and 1 channels fill
# the channels 0–1, 2–4 and 5. The cuts are at 2 and 5.

# %% tags=["exercise"]
from coursekit.reference import concat_backward

# %% [markdown]
# With it a layer in DenseNet's manner takes few lines: new channels beside the old. The old ones
# have a path of their own here, too.


# %%
def dense_layer_forward(x, w, b):
    new = np.maximum(conv2d_forward(x, w, b, padding=1), 0)
    return np.concatenate([x, new], axis=1)


def dense_layer_backward(dout, x, w, b):
    dold, dnew = concat_backward(dout, [x.shape[1], len(w)])
    mask = conv2d_forward(x, w, b, padding=1) > 0
    dx, dw, db = conv2d_backward(dnew * mask, x, w, b, padding=1)
    return dold + dx, dw, db


inputs = [rng.normal(size=(2, 2, 4, 3)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=3)]
error = gradient_check(dense_layer_forward, dense_layer_backward, inputs)
print("the numerical check agrees:", bool(error < 1e-6))

# %% [markdown]
# What does it cost? For each pixel a convolution takes K² · channels read · channels written
# multiply-adds (lesson 03). With sums, each layer reads C channels and writes C. With concatenation
# it writes only a few, the **growth**. But it reads all that stand before it.
#
# **By hand.** 2 channels, growth 1, kernels of 1×1, three layers.
#
# - sum: each layer costs 2 · 2 = 4, together 12
# - concatenation: the layers read 2, 3 and 4 channels, and write one each: 2 + 3 + 4 = 9

# %%
guess = predict(
    "The same with ten layers in place of three: which is cheaper now?",
    ["the sum", "the concatenation", "they cost the same"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import depth_multiply_adds

# %%
for depth in (3, 10):
    summed, beside = depth_multiply_adds(2, 1, depth, 1)
    print(f"{depth:>2} layers: sum {summed}, concatenation {beside}")
guess.compare("the sum", "Ten times 4 is 40. But 2 + 3 + … + 11 is 65.")

# %% [markdown]
# Now a network of real size: 16 channels at first, growth 12, kernels of 3×3, maps of 14×14.

# %%
layers = np.arange(1, 25)
widths = 16 + 12 * (layers - 1)
added, beside = 14 * 14 * np.array([depth_multiply_adds(16, 12, int(n), 3) for n in layers]).T
_ = lines(
    layers,
    {"concatenation": beside / 1e6, "sum": added / 1e6},
    xlabel="layers",
    ylabel="multiply-adds of all layers (millions)",
    title="Concatenation: the cost grows with the square of the depth",
)

# %%
print(f"the last layer reads {widths[-1]} channels where the sum reads 16")
print(f"maps kept for the backward pass: {widths.sum():,} channels where the sum keeps {16 * 24:,}")

# %% [markdown]
# So both have their point. Concatenation loses nothing and needs few weights for a given accuracy:
# that was the success of DenseNet. But every layer is wider than the one before, and the memory
# fills up. A sum keeps the width, so a block costs the same at any depth. That is why most networks
# add.
#
# ## Global average pooling
#
# At its end a network has maps, and we want classes. The old way: lay all numbers of the maps in
# one long row (flatten), and put a dense layer behind. Each place then has weights of its own, and
# the size of the image is fixed for good.
#
# Look at four maps of a photo. Each filter answers strongly where it finds what it looks for. Do we
# need to know *where*?

# %%
grey = data.photo("chelsea")[::2, ::2].mean(axis=2) / 255
bank = np.array(
    [
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
        [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]],
    ],
    float,
)[:, None]


def answers(image):
    """Return the maps (1, 4, H, W) of a gray image, negative answers set to 0."""
    return np.maximum(conv2d_forward(image[None, None], bank, np.zeros(4), padding=1), 0)


_ = maps(
    answers(grey)[0],
    [
        f"{what}: mean {m:.2f}"
        for what, m in zip(
            ("dark to light, rightwards", "downwards", "spots", "diagonal"),
            answers(grey).mean(axis=(2, 3))[0],
            strict=True,
        )
    ],
    title="Four maps, and one number for each: its mean",
)

# %% [markdown]
# **Global average pooling** keeps one number a channel, its mean over all places (Lin et al. 2014).
#
# **By hand.** The map 1 2 / 3 6 has the mean 12 / 4 = 3.

# %% tags=["exercise"]
from coursekit.reference import global_average_pool_forward

# %% [markdown]
# Backward, each of the H·W places had the same share in the mean, 1 / (H·W). So it gets that share
# of the gradient. By hand: a gradient of 8 for a map of 2×2 gives 2 to each place.

# %% tags=["exercise"]
from coursekit.reference import global_average_pool_backward

# %% [markdown]
# ### Few parameters
#
# The **head** is what stands behind the last maps. How much does it learn, with and without pooling?

# %%
guess = predict(
    "512 maps of 7×7, 1,000 classes. How many times fewer parameters has a pooled head?",
    ["about 7", "about 49", "about 512"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import head_parameters

# %%
networks = {
    "512 maps of 7 × 7, 1,000 classes": head_parameters(512, 7, 7, 1000),
    "2,048 maps of 7 × 7, 1,000 classes": head_parameters(2048, 7, 7, 1000),
    "ours below: 32 maps of 10 × 10, 10 classes": head_parameters(32, 10, 10, 10),
}
_ = plots.heads(networks, title="The head shrinks by about the number of places in a map")
guess.compare("about 49", "7 · 7 numbers of a map become one.")

# %% [markdown]
# ### Any size
#
# Three pieces of the photo, of three sizes: the flat rows differ in length, and no dense layer fits
# them all. The means do not care.

# %%
for image in (grey, grey[:100, :80], grey[30:62, 40:90]):
    features = answers(image)
    pooled = global_average_pool_forward(features)
    print(f"{image.shape}: flat {features.size:>6,} numbers, pooled {pooled.shape[1]}")

# %% [markdown]
# ### Shifts
#
# Put a piece of the photo on a black ground, and put it elsewhere. The convolution's maps move
# along with it.

# %%
guess = predict(
    "By how much do the pooled numbers change? And the flat row?",
    ["both by much", "both not at all", "the pooled ones not at all, the flat row by much"],
)
guess


# %%
def placed(row, column):
    """Return a black picture with a piece of the cat at this place."""
    ground = np.zeros((120, 140))
    ground[row : row + 60, column : column + 60] = grey[20:80, 60:120]
    return ground


here, there = answers(placed(10, 10)), answers(placed(45, 65))
_ = side_by_side(
    [placed(10, 10), placed(45, 65)], ["here", "there"], title="The same piece at two places"
)
print(f"flat rows, relative difference:   {relative_error(here.ravel(), there.ravel()):.1f}")
print(
    "pooled, relative difference below 1e-12:",
    bool(relative_error(*map(global_average_pool_forward, (here, there))) < 1e-12),
)
guess.compare(
    "the pooled ones not at all, the flat row by much",
    "Nothing leaves the maps and nothing comes in, so their means stay.",
)

# %% [markdown]
# What does that mean for a classifier? Two networks with the same three convolutions, one with a
# flat head, one with a pooled one. Both learn from 1,000 pieces of clothing that lie in the
# *middle* of a black frame. Then we move the test pictures, down and to the right. The pooled head
# computes with your functions.


# %%
def framed(images, shift=0):
    """Return (N, 1, 40, 40): the clothes in a frame of 6 pixels, moved by shift both ways."""
    room = np.pad(images / 255.0, [(0, 0), (6, 6), (6, 6)])
    moved = np.roll(room, (shift, shift), axis=(1, 2))  # only black goes round
    return ((moved[:, None] - 0.15) / 0.3).astype(np.float32)


def classifier(*head):
    return Sequential(
        Conv2d(1, 8, 3, stride=2, padding=1), BatchNorm2d(8), ReLU(),
        Conv2d(8, 16, 3, stride=2, padding=1), BatchNorm2d(16), ReLU(),
        Conv2d(16, 32, 3, padding=1), BatchNorm2d(32), ReLU(),
        *head, seed=0,
    )  # fmt: skip


heads = {
    "flat head": classifier(Flatten(), Linear(32 * 10 * 10, 10)),
    "pooled head": classifier(
        GlobalAvgPool2d(forward=global_average_pool_forward, backward=global_average_pool_backward),
        Linear(32, 10),
    ),
}
shifts = np.arange(7)
accuracy = {"guessing": np.full(7, 10.0)}
for name, model in heads.items():
    fit(
        model,
        framed(clothes.x_train[:1000]),
        clothes.y_train[:1000],
        optimizer=Adam(0.005),
        epochs=5,
        batch_size=64,
        progress=False,
    )
    accuracy[name] = [
        100 * evaluate(model, framed(clothes.x_test[:500], int(shift)), clothes.y_test[:500])[1]
        for shift in shifts
    ]
_ = lines(
    shifts,
    accuracy,
    xlabel="shift of the test pictures (pixels, down and to the right)",
    ylabel="accuracy (%)",
    title="A flat head knows only the middle; the pooled head finds clothes elsewhere",
)

# %%
flat, pooled = accuracy["flat head"], accuracy["pooled head"]
lost_flat, lost_pooled = flat[0] - flat[4], pooled[0] - pooled[4]
print("in the middle the flat head is better:      ", flat[0] > pooled[0])
print("moved by 4, it has lost more than 30 points:", lost_flat > 30)
print("and the pooled head less than half as much: ", lost_pooled < lost_flat / 2)

# %% [markdown]
# Read the curve closely, it has two lessons more.
#
# - In the middle the flat head is better. The place of things *is* information, as long as test
#   pictures are centred like training pictures. The pooled head has 330 numbers in place of 32,010,
#   and it must learn maps that need no place. That takes longer.
# - The pooled head is best at shifts of 0 and 4. The two convolutions with stride 2 look at every
#   fourth pixel. Moved by 4, they see the same pixels again; moved by 2, others. A stride costs
#   some of the shift-proofness (Zhang 2019).
#
# ## All choices side by side
#
# Depth, first weights, batch norm, skip: here are all of them in one picture, for 20 layers. Follow
# each line from right to left, as the gradient does.

# %%
grid = {
    (weights, norm): {
        way: gradient_norms(deep_stack(20, skip=skip, norm=maker, weight_std=std), x, y)
        for way, skip in (("plain", False), ("with skip", True))
    }
    for weights, std in (("small weights", 0.05), ("Kaiming", None))
    for norm, maker in (("no norm", None), ("batch norm", your_norm))
}
_ = plots.gradient_grid(grid, title="What reaches the first layer, for every choice")

# %% [markdown]
# - Small weights, no norm: the plain network starves, and the skip alone saves it.
# - Kaiming, no norm: the plain network keeps its size. With skips the gradient grows, because every
#   sum adds the branch to the stream. Deep residual networks need batch norm, or branches that
#   start small.
# - Batch norm: the first weights do not matter. The plain gradient grows from block to block; with
#   the skip it grows less.
#
# Now choose for yourself, with other depths too. For small weights, one switch alone saves the
# gradient, and either will do. Then take large weights: which switch still helps?

# %%
gradient_flow.explore()

# %% [markdown]
# ## What you have now
#
# | what | formula or rule |
# |---|---|
# | Kaiming's first weights | $\text{std} = \sqrt{2 / \text{fan-in}}$ |
# | batch norm, over N, H, W | $\gamma \hat x + \beta$ with $\hat x = (x - \text{mean}) / \sigma$ |
# | where | $\sigma = \sqrt{\text{var} + \varepsilon}$ |
# | its gradient | $\gamma / \sigma \cdot (dout - m_1 - \hat x \cdot m_2)$ |
# | with the means | $m_1$ of $dout$, $m_2$ of $dout \cdot \hat x$ |
# | running statistics | momentum · old + (1 − momentum) · batch |
# | at test time | the running statistics, never the batch's |
# | residual block | $\text{relu}(x + F(x))$; $dx = dsum$ + ($dsum$ back through $F$) |
# | projection shortcut | 1×1 convolution with the branch's stride |
# | concatenation | backward: cut where it was joined |
# | multiply-adds for a pixel, $L$ layers of $K \times K$ | sum: $L K^2 C^2$ |
# | concatenation, growth $g$ | $K^2 g \sum_{i=0}^{L-1} (C + i g)$ |
# | global average pooling | mean over H, W; backward: $dout / (H \cdot W)$ everywhere |
# | parameters of the head, $M$ classes | flat $C \cdot H \cdot W \cdot M + M$, pooled $C \cdot M + M$ |

# %% [markdown]
# ## Spot the bug
#
# Two answers that run without an error, and all shapes are right. Which sentence is true of each?
# In the first, `BATCH` is (0, 2, 3), and `column` makes (C, 1, 1) of (C,).

# %%
spot_the_bug(batch_norm_forward, 2)

# %% [markdown]
# In the second, `branch` is $F$.

# %%
spot_the_bug(residual_forward)

# %% [markdown]
# ## Quiz

# %%
quiz("06_residual_and_gap")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [07 · Regularization](07_regularization.ipynb)
