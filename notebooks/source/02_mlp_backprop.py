# %% [markdown]
# # 02 · Back-propagation: how a network finds out which weight to blame
#
# **At the end of this lesson you can**
#
# - compute what a network answers, by hand and in NumPy;
# - carry an error back through it, and find the slope for every weight in one pass;
# - prove with numbers that your slopes are right;
# - train a network that reads digits from real scans.
#
# **You need** lesson 01 (slope, learning rate, momentum, mini-batch), the matrix product, and the
# chain rule: the slope of $f(g(x))$ is $f'(g(x)) \cdot g'(x)$.

# %%
import numpy as np

from coursekit import check, data, hint, predict, progress, quiz, solution, spot_the_bug
from coursekit.explorers import network
from coursekit.plots import mlp as plots
from coursekit.plots import network as drawn
from coursekit.plots.gradient_descent import lines
from coursekit.reference import shift_image

# %% [markdown]
# ## A neuron
#
# The neuron of lesson 01 multiplied, and added up. Here is the whole machine. What was the output
# there is only a sum $z$ now. A curve, the **activation**, turns $z$ into the output.

# %%
_ = drawn.neuron(
    [0.6, 0.7],
    [2.5, 0.4],
    0,
    lambda z: 1 / (1 + np.exp(-z)),
    "activation: sigmoid",
    title="One neuron: multiply, add up, bend",
)

# %% [markdown]
# By hand: $z = 0.6 \cdot 2.5 + 0.7 \cdot 0.4 = 1.5 + 0.28 = 1.78$.
#
# The curve here is the **sigmoid**, $\text{sigmoid}(z) = 1 / (1 + e^{-z})$. It gives
# $1 / (1 + e^{-1.78}) = 0.8557$.
#
# The bias is left out for a while, here and in the next pictures.
#
# ## Why a curve at all?
#
# Leave the curve away, and put two layers of neurons one behind the other. Each layer is a matrix
# product.

# %%
guess = predict(
    "Two layers without a curve: what can they do together that one layer can't?",
    ["follow a curve", "add and multiply", "nothing"],
)
guess

# %%
rng = np.random.default_rng(0)
x, first, second = rng.normal(size=(4, 3)), rng.normal(size=(3, 5)), rng.normal(size=(5, 2))
both = first @ second  # one matrix, (3, 2)
print("two layers give what one layer gives:", np.allclose((x @ first) @ second, x @ both))
guess.compare(
    "nothing", "The two matrices multiply to one: (x @ first) @ second = x @ (first @ second)."
)

# %% [markdown]
# Two straight layers are one straight layer. It is the bend between them that makes a network more
# than one layer.
#
# Three bends are in common use. The dashed line is the **slope** of each: how much the output
# changes when $z$ changes a little. Learning lives on slopes.

# %%
z = np.linspace(-5, 5, 201)
a = 1 / (1 + np.exp(-z))
_ = plots.values_and_slopes(
    z,
    {
        "sigmoid: from 0 to 1": (a, a * (1 - a)),
        "tanh: from −1 to 1": (np.tanh(z), 1 - np.tanh(z) ** 2),
        "ReLU: 0, then z": (np.maximum(z, 0), (z > 0).astype(float)),
    },
    title="Far from zero, sigmoid and tanh are flat: nothing to learn from",
)

# %% [markdown]
# ### The sigmoid, also for large numbers
#
# By hand, at $z = 2$: $e^{-2} = 0.1353$, and $1 / 1.1353 = 0.8808$. Above and below multiplied by
# $e^z$, the same fraction reads $e^z / (1 + e^z)$. Either will do, until $z$ is large.

# %%
guess = predict(
    "What does NumPy make of e¹⁰⁰⁰, and of e¹⁰⁰⁰ / (1 + e¹⁰⁰⁰)?",
    ["a huge number, and 1", "inf, and 1", "inf, and nan"],
)
guess

# %%
with np.errstate(all="ignore"):
    huge = np.exp(np.float64(1000))
    print("e^1000:", huge, "  e^1000 / (1 + e^1000):", huge / (1 + huge))
guess.compare("inf, and nan")

# %% [markdown]
# `inf` is "too large to hold", and `inf / inf` is `nan`, "not a number". One `nan` in a network
# spreads to every weight in a single step. So `exp` should only meet numbers up to 0:
#
# $$\frac{1}{1 + e^{-z}} \;\text{ for } z \ge 0, \qquad
# \frac{e^{z}}{1 + e^{z}} \;\text{ for } z < 0$$

# %% tags=["exercise"]
from coursekit.reference import sigmoid

# %%
print(sigmoid(np.array([-1000.0, 0.0, 2.0, 1000.0])).round(4))

# %% [markdown]
# ### The slope of the sigmoid
#
# The sigmoid has a handy slope. With the output $a = \text{sigmoid}(z)$ it is
#
# $$\text{sigmoid}'(z) = a \, (1 - a)$$
#
# By hand, at $z = 2$: $0.8808 \cdot (1 - 0.8808) = 0.1050$.
#
# Take care what goes in. The formula wants the *output* $a$, and the function below is handed the
# *input* $z$. To mix the two up raises no error. It gives 0.2072 in place of 0.1050, and the
# network learns a little worse than it could.

# %% tags=["exercise"]
from coursekit.reference import sigmoid_gradient

# %% [markdown]
# The same for tanh. With $a = \tanh(z)$:
#
# $$\tanh'(z) = 1 - a^2$$

# %% tags=["exercise"]
from coursekit.reference import tanh_gradient

# %% [markdown]
# The sigmoid is steepest at $z = 0$. There $a = 0.5$. Say that a slope goes through ten layers, and
# is multiplied by a slope of the sigmoid in each.

# %%
guess = predict(
    "What is left of a slope after ten layers of sigmoids, at best?",
    ["about a tenth", "about a thousandth", "about a millionth"],
)
guess

# %%
steepest = sigmoid_gradient(np.array([0.0]))[0]
print(f"steepest: {steepest:.2f}    after ten layers, at best: {steepest**10:.1e}")
guess.compare(
    "about a millionth", "The slope is 0.5 · 0.5 = 0.25 at best, and 0.25¹⁰ is 0.00000095."
)

# %% [markdown]
# Deep networks of sigmoids learn badly for this reason: the **vanishing gradient**. The third curve
# has no such trouble. Its slope is 1 wherever it is not 0.
#
# ### ReLU
#
# The *rectified linear unit* is $\text{relu}(z) = \max(z, 0)$. By hand: $-2 \to 0$, and
# $3 \to 3$.

# %% tags=["exercise"]
from coursekit.reference import relu

# %% [markdown]
# Did you try `z[z < 0] = 0`? It gives the right answer and spoils the input. The way back, which
# comes now, still needs the old $z$.
#
# ## One step back: the chain rule
#
# A network ends in one number that says how wrong it is, the error, or **loss** $L$. We want its
# gradient for every array inside: the input, each $z$, each weight.
#
# We go from the end to the beginning. Say that we know the gradient at the *output* of some step,
# $\partial L / \partial a$. In code it is always called `dout`. Then the chain rule gives the
# gradient at its *input*:
#
# $$\frac{\partial L}{\partial z} =
# \frac{\partial L}{\partial a} \cdot \frac{\partial a}{\partial z}$$
#
# In words: **dout times the slope of the step.** Every layer in this course has two functions, one
# to go forward and one to go back, such as `relu(z)` and `relu_backward(dout, z)`.
#
# For ReLU the slope is 1 or 0. So `dout` passes, or it is stopped. By hand, with `dout` = 5, 5, 5
# and $z$ = −2, 0, 3: the result is 0, 0, 5. In the corner, at $z = 0$, there is no slope. This
# course takes 0 there.

# %% tags=["exercise"]
from coursekit.reference import relu_backward

# %% [markdown]
# A unit whose $z$ is negative for *every* input never lets anything pass, and so its weights never
# move again. It is dead. The **leaky ReLU** lets a little through: slope 1 on the right, and a
# small slope such as 0.01 on the left.

# %% tags=["exercise"]
from coursekit.reference import leaky_relu_backward

# %% [markdown]
# ### A value that is used twice
#
# *Swish* is one more activation: $\text{out} = z \cdot \text{sigmoid}(z)$. Look at $z$: it is used
# in two places. When $z$ moves, the output moves for two reasons.
#
# By hand at $z = 2$, once for each place, with the other held still. As the left factor:
# $\text{sigmoid}(2) = 0.8808$. Inside the sigmoid: $z \cdot \text{sigmoid}'(z) = 2 \cdot 0.1050 =
# 0.2100$.

# %%
guess = predict(
    "z gets one gradient along each of the two paths. What becomes of the two?",
    ["they are multiplied", "they are added", "the last one counts"],
)
guess

# %% [markdown]
# Measure the slope of the whole: a little to the right, a little to the left.

# %%
h = 1e-5
around = np.array([2 - h, 2 + h])
below, above = around * sigmoid(around)
print(f"slope of swish at z = 2, measured: {(above - below) / (2 * h):.4f}")
guess.compare("they are added", "0.8808 + 0.2100 = 1.0908")

# %% [markdown]
# The rule is worth a line of its own:
#
# > **Along a path slopes are multiplied. Over several paths they are added.**

# %% tags=["exercise"]
from coursekit.reference import swish_backward

# %% [markdown]
# ## A network, forward
#
# Now eight neurons: two inputs, three neurons, two more, one output. We write 2-3-2-1. The layers
# between input and output are called **hidden**. The weights are those of an example in a widely
# read article. There are no biases, and every bend is a sigmoid.
#
# A weight has the numbers of its two neurons: $w_{13}$ leads from neuron 1 to neuron 3. In NumPy
# each layer's weights are one matrix. Row: where from. Column: where to.

# %%
weights = [
    np.array([[-1.0, 2.5, 1.0], [1.0, 0.4, -1.5]]),  # from 1, 2 to 3, 4, 5
    np.array([[2.2, 0.34], [-1.4, 1.05], [0.56, 3.1]]),  # from 3, 4, 5 to 6, 7
    np.array([[0.75], [-0.22]]),  # from 6, 7 to 8
]
x, target = np.array([0.6, 0.7]), np.array([0.9])

# %% [markdown]
# By hand, neuron 3: $z_3 = 0.6 \cdot (-1) + 0.7 \cdot 1 = 0.1$, and $o_3 = \text{sigmoid}(0.1) =
# 0.5250$. The output of a neuron is called $o$ here.

# %%
guess = predict(
    "The target is 0.9. Neuron 8 has the weights 0.75 and −0.22. What will it give?",
    ["about 0.9", "about 0.55", "about 0.1"],
)
guess


# %%
def forward(weights, x):
    """Return the outputs of every layer, the input first."""
    outputs = [x]
    for w in weights:
        outputs.append(sigmoid(outputs[-1] @ w))
    return outputs


outputs = forward(weights, x)
for neuron, o in enumerate(np.concatenate(outputs), start=1):
    print(f"o{neuron} = {o:.7f}")
_ = drawn.network(weights, outputs, title="Forward: every neuron gets its output")
guess.compare("about 0.55", "Its sum z is small, and near z = 0 the sigmoid gives about 0.5.")

# %% [markdown]
# The output is 0.5518, far from 0.9.
#
# **Check it.** The article goes on with rounded numbers. It prints $z_6 = 0.158$, $z_7 = 2.288$,
# $z_8 = 0.205$ and $o_8 = 0.551$. You have what it takes to check that.

# %%
print(f"z6 = {outputs[1] @ weights[1][:, 0]:.7f}")
print(f"z7 = {outputs[1] @ weights[1][:, 1]:.7f}")
print(f"z8 = {(outputs[2] @ weights[2])[0]:.7f}")

# %% [markdown]
# $z_6$ is off in its second decimal, the others in their third. Who rounds on the way, loses on the
# way. Round only what you print.
#
# ## Which weight is to blame?
#
# There are 14 weights, and one error:
#
# $$E = \tfrac{1}{2} \sum (\text{target} - \text{output})^2$$
#
# Which weight should move, in which direction, and how far? One could measure each slope, as in
# lesson 01. That is two full runs for every weight. With millions of weights it is hopeless.
# **Back-propagation** finds all slopes in one pass from right to left. It became widely known in
# 1986, through Rumelhart, Hinton and Williams.
#
# ### The last layer
#
# Follow one weight, $w_{68}$. It acts on the error in three steps:
#
# $$w_{68} \;\to\; z_8 \;\to\; o_8 \;\to\; E$$
#
# | step | slope |
# |---|---|
# | $z_8 = o_6 w_{68} + o_7 w_{78}$ | $\partial z_8 / \partial w_{68} = o_6$ |
# | $o_8 = \text{sigmoid}(z_8)$ | $\partial o_8 / \partial z_8 = o_8 (1 - o_8)$ |
# | $E = \frac{1}{2}(t - o_8)^2$ | $\partial E / \partial o_8 = -(t - o_8)$ |
#
# The two lower lines have nothing to do with the weight. They belong to neuron 8 alone, so they get
# a name of their own, the **error δ** (delta) of the neuron:
#
# $$\delta_8 = (t - o_8) \cdot o_8 (1 - o_8)$$
#
# By hand: $(0.9 - 0.5518) \cdot 0.5518 \cdot 0.4482 = 0.0861$.
#
# **Mind the sign.** The minus of the last line is gone. This δ is $-\partial E / \partial z$: it
# says how much the error *falls* when $z$ grows. So it points downhill, and weights move *with* it.
# Rumelhart, Hinton and Williams write it so. Later we carry $\partial E / \partial z$ itself, which
# points uphill, and move *against* it. The two differ in sign, and in nothing else.

# %% tags=["exercise"]
from coursekit.reference import output_delta

# %% [markdown]
# Is it true that $\partial E / \partial z_8 = -\delta_8$? Nudge $z_8$ and see.

# %%
z8, h = outputs[2] @ weights[2], 1e-5
above = 0.5 * np.sum((target - sigmoid(z8 + h)) ** 2)
below = 0.5 * np.sum((target - sigmoid(z8 - h)) ** 2)
print(f"slope of E, measured: {(above - below) / (2 * h):.6f}")
print(f"minus delta 8:        {-output_delta(outputs[3], target)[0]:.6f}")

# %% [markdown]
# ### A hidden layer
#
# For neuron 8 we knew the target. Nobody tells neuron 3 what it should have said. But it fed
# neurons 6 and 7, and *their* errors are known by then. Neuron 3 has a share in each, as large as
# the weight between them:
#
# $$\delta_3 = (\delta_6 w_{36} + \delta_7 w_{37}) \cdot o_3 (1 - o_3)$$
#
# This is the chain rule again. Neuron 3 acts on two paths, so we add. On each path we multiply: by
# the weight, then by the slope of neuron 3's own sigmoid.
#
# By hand, neuron 6 first. It feeds only neuron 8:
# $\delta_6 = 0.0861 \cdot 0.75 \cdot 0.5436 \cdot 0.4564 = 0.0160$.
#
# For a whole layer, the sum over the next neurons is a matrix product. Forward it was `o @ w`: one
# output for each *row* of `w`. Backward there is one δ for each *column*. Which matrix has rows and
# columns exchanged?

# %% tags=["exercise"]
from coursekit.reference import hidden_delta

# %%
delta8 = output_delta(outputs[3], target)
delta67 = hidden_delta(delta8, weights[2], outputs[2])
delta345 = hidden_delta(delta67, weights[1], outputs[1])
deltas = [None, delta345, delta67, delta8]
_ = drawn.cycle(weights, outputs, deltas, "The same network, there and back")

# %% [markdown]
# ### Check it
#
# The article has this line:
#
# $$\delta_3 = (-0.0016 \cdot 0.34 + 0.016 \cdot 2.2) \cdot 0.52 \cdot (1 - 0.52) = -0.0087$$

# %%
guess = predict("δ₃ = (−0.0016 · 0.34 + 0.016 · 2.2) · …: which sign has it?", ["plus", "minus"])
guess

# %%
print(f"the bracket: {-0.0016 * 0.34 + 0.016 * 2.2:+.4f}")
for neuron, delta in enumerate(np.concatenate([delta345, delta67, delta8]), start=3):
    print(f"delta {neuron}:     {delta:+.7f}")
guess.compare("plus")

# %% [markdown]
# One sign was lost in print, and with it the article's new values of $w_{13}$ and $w_{23}$:
# both move the wrong way.
#
# How can you know who is right? Do not believe either. Ask the network: nudge $w_{13}$, and measure
# what the error does.


# %%
def error(weights):
    return 0.5 * np.sum((target - forward(weights, x)[-1]) ** 2)


def measured_slope(layer, row, column, h=1e-5):
    """Nudge one weight up and down, and return the slope of the error."""
    moved = [w.copy() for w in weights]
    moved[layer][row, column] += h
    above = error(moved)
    moved[layer][row, column] -= 2 * h
    return (above - error(moved)) / (2 * h)


print(f"slope of E along w13, measured: {measured_slope(0, 0, 0):+.6f}")
print(f"with delta 3 = +0.0086553:      {-0.0086553 * 0.6:+.6f}")
print(f"with delta 3 = -0.0087:         {0.0087 * 0.6:+.6f}")

# %% [markdown]
# Measured, the error falls when $w_{13}$ grows. So $w_{13}$ must grow. With a learning rate of 0.3
# it goes to −0.9984, not to −1.0016; and $w_{23}$ goes to 1.0018, not to 0.9982.
#
# Another line of the article computes $\delta_5 = 0.001$, and names the slope at $z_7$ in it.

# %%
guess = predict(
    "Whose slope gives δ₅ = 0.001: that of neuron 5, or that of neuron 7, as the article says?",
    ["neuron 5", "neuron 7"],
)
guess

# %%
back = delta67 @ weights[1][2]  # what comes back to neuron 5
for neuron, o in ((5, outputs[1][2]), (7, outputs[2][1])):
    print(f"with the slope of neuron {neuron}: {back * o * (1 - o):.7f}")
guess.compare("neuron 5", "The formula is misprinted, its number is right.")

# %% [markdown]
# The slope that counts is always that of the neuron's own activation.
#
# ## One whole cycle
#
# Now every weight gets its update. With $i$ the neuron where it begins and $j$ the one where it
# ends:
#
# $$\Delta w_{ij} = \text{learning rate} \cdot \delta_j \cdot o_i \;+\; \text{momentum} \cdot
# \Delta w_{ij}^{\text{previous}}$$
#
# By hand, with learning rate 0.3, in the first step, where no previous update exists:
# $\Delta w_{68} = 0.3 \cdot 0.0861 \cdot 0.5436 = 0.0140$, so $w_{68}$ goes from 0.75 to 0.7640.
#
# `np.outer(o, delta)` makes all products $o_i \delta_j$ of a layer at once.
#
# One thing is easily missed: a δ must go back through the weights **as they were** on the way
# forward. Find all δ first. Then move all weights.

# %% tags=["exercise"]
from coursekit.reference import backprop_step

# %%
updates = [np.zeros_like(w) for w in weights]
new_weights, new_updates = backprop_step(weights, updates, x, target, 0.3, 0.1)
names = [["13 14 15", "23 24 25"], ["36 37", "46 47", "56 57"], ["68", "78"]]
for layer, rows in enumerate(names):
    for row, line in enumerate(rows):
        for column, name in enumerate(line.split()):
            old, update, new = (a[layer][row, column] for a in (weights, new_updates, new_weights))
            print(f"w{name}: {old:5.2f} {update:+.7f} = {new:10.7f}")

# %%
print(f"output before: {forward(weights, x)[-1][0]:.7f}")
print(f"output after:  {forward(new_weights, x)[-1][0]:.7f}    target: {target[0]}")

# %% [markdown]
# A small step in the right direction. Here is the cycle in slow motion. Press Step eight times: the
# outputs come forward, the δ go back, the weights move. Do you know the numbers? Then press Play and
# watch $o_8$ creep towards 0.9, and try other learning rates.

# %%
network.explore()

# %% [markdown]
# Learning is this cycle, again and again.

# %%
guess = predict(
    "150 cycles with momentum 0.9 in place of 0.1: where does the output get?",
    ["nearer to the target", "less near", "to the same place"],
)
guess

# %%
curves = {}
for momentum in (0.1, 0.9):
    w, u, errors = weights, updates, []
    for _ in range(150):
        errors.append(0.5 * np.sum((target - forward(w, x)[-1]) ** 2))
        w, u = backprop_step(w, u, x, target, 0.3, momentum)
    curves[f"momentum {momentum}"] = errors
_ = lines(
    np.arange(150),
    curves,
    xlabel="cycle",
    ylabel="error E",
    title="The cycle, again and again: momentum carries the weights on",
    log="y",
)
guess.compare("nearer to the target", "By far: look at the powers of ten.")

# %% [markdown]
# Near cycle 20 the dashed line dips: the output runs past its target and has to
# come back, like the heavy ball of lesson 01.
#
# ## Many examples at once
#
# One example at a time is slow. A **batch** of N examples fits into one matrix, an example in each
# row. Then a layer is one matrix product for all of them, plus a bias for every unit:
#
# $$\text{out} = x \, w + b \qquad (N, M) = (N, D)\,(D, M) + (M)$$
#
# This is the dense layer of lesson 00: every input is connected to every unit. By hand:
#
# $$x = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \quad
# w = \begin{pmatrix} 1 \\ 10 \end{pmatrix}, \quad b = 0.5 \quad\Rightarrow\quad
# \text{out} = \begin{pmatrix} 1 + 20 + 0.5 \\ 3 + 40 + 0.5 \end{pmatrix} =
# \begin{pmatrix} 21.5 \\ 43.5 \end{pmatrix}$$

# %% tags=["exercise"]
from coursekit.reference import dense_forward

# %% [markdown]
# ### The dense layer, back
#
# From here on we carry the gradient itself, which points **uphill**, as all libraries do. `dout` has
# the shape of the output. We need three gradients, one for each input:
#
# | gradient | why | shape |
# |---|---|---|
# | `dx` | each input acts through its row of weights, as in `hidden_delta` | (N, D) |
# | `dw` | each weight acts in every example: a sum over N | (D, M) |
# | `db` | each bias acts in every example: a sum over N | (M,) |
#
# A gradient always has the shape of what it belongs to. Often this alone tells where a transpose
# must stand.
#
# By hand, with the numbers above and `dout` = 1 for the first example, 2 for the second:
#
# $$dx = \begin{pmatrix} 1 \\ 2 \end{pmatrix} \begin{pmatrix} 1 & 10 \end{pmatrix} =
# \begin{pmatrix} 1 & 10 \\ 2 & 20 \end{pmatrix}, \quad
# dw = \begin{pmatrix} 1 \cdot 1 + 3 \cdot 2 \\ 2 \cdot 1 + 4 \cdot 2 \end{pmatrix} =
# \begin{pmatrix} 7 \\ 10 \end{pmatrix}, \quad db = 1 + 2 = 3$$
#
# Sums, not means. If the loss is a mean over the batch, its $1/N$ comes along in `dout`. To divide
# again would divide twice.

# %% tags=["exercise"]
from coursekit.reference import dense_backward

# %% [markdown]
# Does this give the same as the cycle above? Try it on a batch that holds only the example of the
# article. There δ is `-dout`, so the step $\text{learning rate} \cdot \delta_j o_i$ is
# $-\text{learning rate} \cdot$ `dw`.

# %%
one, dout = outputs[2][None, :], -delta8[None, :]  # (1, 2) and (1, 1)
_, dw, _ = dense_backward(dout, one, weights[2], np.zeros(1))
print("same new weights:", np.allclose(weights[2] - 0.3 * dw, new_weights[2]))

# %% [markdown]
# ## Many classes: softmax
#
# A network that reads digits has ten outputs, one a class. Its raw outputs are scores of any size,
# called **logits**. We want probabilities: positive, and 1 in all. **Softmax** makes them:
#
# $$p_k = \frac{e^{\text{logit}_k}}{\sum_j e^{\text{logit}_j}}$$
#
# By hand, for the logits 2, 1 and 0.1: $e^{2} = 7.389$, $e^{1} = 2.718$, $e^{0.1} = 1.105$. The sum
# is 11.212. So $p = 0.659,\; 0.242,\; 0.099$.

# %%
logits = np.array([[2.0, 1.0, 0.1]])
powers = np.exp(logits)
_ = plots.scores_and_probabilities(
    logits[0],
    (powers / powers.sum())[0],
    ["0", "1", "2"],
    title="The order stays; the distances become shares of 1",
)

# %%
guess = predict(
    "We add 100 to all three logits. What do the probabilities do?",
    ["they come nearer to each other", "they move apart", "they stay as they are"],
)
guess

# %%
raised = np.exp(logits + 100)
print("before:", (powers / powers.sum()).round(3), "  after:", (raised / raised.sum()).round(3))
guess.compare(
    "they stay as they are",
    "Every power is multiplied by e¹⁰⁰, and this factor cancels in the fraction.",
)

# %% [markdown]
# This is more than a curiosity. $e^{1000}$ is `inf`, and `inf / inf` is `nan`. But we may subtract
# what we like from all logits of a row, so we subtract the largest. Then no exponent is above 0.

# %% tags=["exercise"]
from coursekit.reference import softmax

# %%
three_rows = logits + np.array([[0.0], [100.0], [1000.0]])
print(softmax(three_rows).round(3))

# %% [markdown]
# ## A loss for classes: cross-entropy
#
# How wrong is an answer in probabilities? Take the probability $p$ that the network gave to the
# *right* class. The loss is $-\log p$, with the natural logarithm, the ln of school.
#
# | probability of the right class | loss |
# |---|---|
# | 1 | 0 |
# | 0.659 | 0.417 |
# | 0.1 | 2.303 |
# | 0.001 | 6.908 |
#
# Over a batch we take the mean. It is called the **cross-entropy**:
#
# $$L = -\frac{1}{N} \sum_n \log p_{n,\,\text{labels}[n]}$$
#
# Keep one number in mind. A network that knows nothing gives 0.1 to each of ten classes. Its loss is
# $-\log 0.1 = \log 10 = 2.303$. If training begins far above or stays there, something is wrong.
#
# Mind the logarithm. If a probability becomes 0 by rounding, $\log 0$ is $-\infty$. Compute the
# logarithm straight from the logits, with $m$ the largest of the row:
#
# $$\log p_k = (\text{logit}_k - m) - \log \sum_j e^{\text{logit}_j - m}$$

# %% tags=["exercise"]
from coursekit.reference import cross_entropy

# %% [markdown]
# A favourite slip: the network's last step is a softmax, and its output goes into `cross_entropy`,
# which applies softmax once more. Say that the answer is perfect, $p = (1, 0, 0)$.

# %%
guess = predict(
    "Softmax twice, and a perfect answer (1, 0, 0): what does the loss say?",
    ["0", "a little above 0", "more than 0.5"],
)
guess

# %%
perfect = np.array([[1.0, 0.0, 0.0]])
print(f"loss of a perfect answer: {cross_entropy(perfect, np.array([0])):.4f}")
guess.compare(
    "more than 0.5", "As scores, 1 and 0 are close together: softmax gives the 1 only 58 %."
)

# %% [markdown]
# It can never get below 0.5514, however long we train. Nothing crashes. So: **`cross_entropy` takes
# logits.**
#
# ### Its gradient is the simplest of all
#
# Softmax and logarithm together have a wonderfully plain gradient. With $y$ the row that has a 1 at
# the right class and 0 elsewhere (**one-hot**):
#
# $$\frac{\partial L}{\partial \text{logits}} = \frac{p - y}{N}$$
#
# By hand, for the logits above and label 0:
# $(0.659 - 1,\; 0.242,\; 0.099) = (-0.341,\; 0.242,\; 0.099)$. Raise the right score and the loss
# falls; raise a wrong one and it grows. The three add up to 0: raising all scores alike changes
# nothing.

# %% tags=["exercise"]
from coursekit.reference import cross_entropy_gradient

# %% [markdown]
# Why not the squared error for classes too? Look at a neuron that should say 1. On the left it is
# **sure and wrong**.

# %%
guess = predict(
    "Sure and wrong: which of the two losses pulls harder there?",
    ["the squared error", "cross-entropy", "both alike"],
)
guess

# %%
z = np.linspace(-10, 10, 201)
o = sigmoid(z)
_ = lines(
    z,
    {
        "squared error and sigmoid": np.abs(output_delta(o, np.ones_like(o))),
        "cross-entropy": 1 - o,
    },
    xlabel="z of a neuron that should say 1",
    ylabel="size of the slope",
    title="Sure and wrong (left): the squared error lets go, cross-entropy pulls",
)
guess.compare("cross-entropy")

# %% [markdown]
# The squared error has the sigmoid's slope in it, and far out that is 0. In $p - y$ it has
# cancelled. Whoever multiplies $p - y$ by the slope once more, brings the trouble back.
#
# ### Accuracy
#
# The loss is for learning. People ask: how many are right? The network's answer is the class with
# the highest score. The share of right answers is the **accuracy**. By hand: three of four are
# 0.75.

# %% tags=["exercise"]
from coursekit.reference import accuracy

# %% [markdown]
# ## Are you sure? The numerical check
#
# A wrong gradient does not crash. The network just learns badly, or not at all, and nobody knows
# why. But there is a proof: measure the slopes, as in lesson 01. That is slow, but it can't be wrong
# in the same way as your formula. Compare the two.
#
# ### When are two gradients equal?

# %%
guess = predict(
    "A gradient and its measured twin differ by 0.001. Is the gradient right?",
    ["yes", "no", "it depends"],
)
guess

# %%
for gradient in (1000, 0.002):
    print(f"a difference of 0.001 in {gradient}: {0.001 / gradient:.4%}")
guess.compare("it depends")

# %% [markdown]
# In a gradient of 1000 it is rounding. In one of 0.002 it is a mistake. So we compare
# the difference with the size:
#
# $$\text{relative error} = \frac{\max |a - b|}{\max(\max |a|, \, \max |b|)}$$
#
# By hand: $a = (1, 100)$, $b = (2, 100)$. The largest difference is 1, the largest value 100. The
# relative error is 0.01.
#
# Below $10^{-6}$ a gradient is right. Above $10^{-3}$ it is wrong. In between, look closer.

# %% tags=["exercise"]
from coursekit.reference import relative_error

# %% [markdown]
# ### One check for every layer
#
# A layer gives many numbers, and the check wants one. So we weigh the outputs with a fixed array,
# and add up:
#
# $$L = \sum \text{dout} \cdot \text{out}$$
#
# The gradient of this $L$ at the output is `dout` itself. So `backward(dout, *inputs)` must give
# the gradients of $L$. Any fixed `dout` will do, if its numbers differ. With ones everywhere, a
# layer that gives every example the gradient of its neighbour would pass.
#
# The function that you write now will serve for every layer of this course.

# %% tags=["exercise"]
from coursekit.reference import gradient_check

# %% [markdown]
# Now every layer so far has to pass. A layer with a label or another fixed argument goes in as a
# `lambda`, which keeps it fixed.

# %%
rng = np.random.default_rng(2)
x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
z, labels = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
pairs = {
    "dense": (dense_forward, dense_backward, [x, w, b]),
    "relu": (relu, relu_backward, [z]),
    "swish": (lambda z: z * sigmoid(z), swish_backward, [z]),
    "leaky relu": (lambda z: np.where(z > 0, z, 0.01 * z), leaky_relu_backward, [z]),
    "sigmoid": (sigmoid, lambda dout, z: dout * sigmoid_gradient(z), [z]),
    "tanh": (np.tanh, lambda dout, z: dout * tanh_gradient(z), [z]),
    "cross-entropy": (
        lambda z: cross_entropy(z, labels),
        lambda dout, z: dout * cross_entropy_gradient(z, labels),
        [z],
    ),
}
for name, (there, back, inputs) in pairs.items():
    print(f"{name:14} below 1e-6: {gradient_check(there, back, inputs) < 1e-6}")

# %% [markdown]
# And one that is wrong: `db` is averaged over the five examples in place of summed.

# %%
guess = predict(
    "The right db is five times the wrong one. What will the check report?",
    ["0.2", "0.8", "5"],
)
guess


# %%
def averaged(dout, x, w, b):
    dx, dw, db = dense_backward(dout, x, w, b)
    return dx, dw, db / len(x)


print(f"relative error: {gradient_check(dense_forward, averaged, [x, w, b]):.2f}")
guess.compare("0.8", "The difference is 1 − 1/5 of the larger one.")

# %% [markdown]
# Caught. One thing you know from lesson 01: $h = 10^{-5}$ to both sides is the best step. It gives
# some ten digits.
#
# Two things to know. At a corner, such as $z = 0$ of ReLU, there is no slope, and the check is
# meaningless when a number lies within $h$ of it. And a check needs the right forward pass: a
# backward pass may fit a wrong forward pass perfectly.
#
# ## Where do the weights start?
#
# At zero? Watch what happens. All hidden units start alike. They give the same output, get the same
# gradient, and move alike.

# %%
y = np.array([0, 1, 0, 1, 1])
w1, b1 = np.full((4, 6), 0.5), np.zeros(6)  # six hidden units, all alike
w2, b2 = np.full((6, 2), 0.5), np.zeros(2)
for _ in range(10):
    z1 = dense_forward(x, w1, b1)
    a1 = relu(z1)
    dlogits = cross_entropy_gradient(dense_forward(a1, w2, b2), y)
    da1, dw2, db2 = dense_backward(dlogits, a1, w2, b2)
    _, dw1, db1 = dense_backward(relu_backward(da1, z1), x, w1, b1)
    w1, b1, w2, b2 = w1 - 0.5 * dw1, b1 - 0.5 * db1, w2 - 0.5 * dw2, b2 - 0.5 * db2
print("the six units are still one and the same:", np.allclose(w1, w1[:, :1]))

# %% [markdown]
# Six units, and the network is no richer than with one. Chance must tell them apart: weights are
# drawn at random. How large? Say that a signal of size 1 goes through ten layers of 256 ReLU units,
# with weights of a standard deviation of 0.01, or of 1.

# %%
guess = predict(
    "Ten layers of 256 ReLU units, weights of size 0.01 or 1: how large is the signal in the end?",
    ["about 1 with both", "about 0.01 and about 1", "nothing, and billions"],
)
guess


# %%
def spread(deviation, layers=10, width=256):
    """Return the standard deviation of the signal after each layer."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(500, width))
    found = [signal.std()]
    for _ in range(layers):
        weights = rng.normal(0, deviation, size=(width, width))
        signal = relu(dense_forward(signal, weights, np.zeros(width)))
        found.append(signal.std())
    return found


for deviation in (0.01, 1):
    print(f"weights of {deviation}: signal {spread(deviation)[-1]:.0e}")
guess.compare("nothing, and billions")

# %% [markdown]
# The gradients on the way back suffer the same fate.
#
# Count what one unit does. It adds up `fan_in` products $w \cdot a$, one for each number that comes
# in. Their variances, the squares of their standard deviations, add up too. Each is
# $\text{Var}(w)$ times the mean of $a^2$. ReLU throws the negative half of $z$ away, so the mean of
# $a^2$ is half of the variance of $z$ one layer before:
#
# $$\text{Var}(z) =
# \mathrm{fan\_in} \cdot \text{Var}(w) \cdot \tfrac{1}{2} \text{Var}(z_{\text{before}})$$
#
# The signal keeps its size if $\mathrm{fan\_in} \cdot \text{Var}(w) / 2 = 1$. So
#
# $$\text{standard deviation} = \sqrt{\frac{2}{\mathrm{fan\_in}}}$$
#
# By hand, for 256 inputs: $\sqrt{2 / 256} = 0.0884$. This rule is from He, Zhang, Ren and Sun
# (2015).

# %% tags=["exercise"]
from coursekit.reference import he_weights

# %%
he = he_weights(256, 256, np.random.default_rng(1)).std()
_ = lines(
    np.arange(11),
    {
        "always 1": spread(1),
        "He: √(2 / fan_in)": spread(he),
        "√(1 / fan_in): the 2 forgotten": spread(np.sqrt(1 / 256)),
        "always 0.01": spread(0.01),
    },
    xlabel="layer",
    ylabel="standard deviation of the signal",
    title="Only one start keeps the signal alive through ten layers of ReLU",
    log="y",
)

# %% [markdown]
# A factor of $\sqrt{2}$ in each layer looks like little. After ten layers it is a factor of 32.
#
# ## A question that one neuron can't answer
#
# *Exclusive or*, **XOR** for short: say 1 if exactly one of two inputs is 1.
#
# | $x_1$ | $x_2$ | XOR |
# |---|---|---|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# One neuron says 1 where $w_1 x_1 + w_2 x_2 + b > 0$.

# %%
guess = predict(
    "One layer, trained on the four lines of XOR: how many of them does it get right?",
    ["all four, after long training", "never all four"],
)
guess

# %% [markdown]
# The four lines of the table demand:
#
# $$b < 0, \qquad w_2 + b > 0, \qquad w_1 + b > 0, \qquad w_1 + w_2 + b < 0$$
#
# Add the two in the middle: $w_1 + w_2 + 2b > 0$. Add the first and the last:
# $w_1 + w_2 + 2b < 0$. Both can't be. A neuron cuts the plane along one straight line, and no line
# parts these corners.
#
# With a hidden layer it is easy. One hidden neuron asks "is any input 1?", the other "are both 1?".
# The output says: the first, but not the second.

# %%
corners, xor = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
w, b = np.random.default_rng(3).normal(size=(2, 2)), np.zeros(2)
for _ in range(2000):  # one layer alone, trained for long
    dlogits = cross_entropy_gradient(dense_forward(corners, w, b), xor)
    _, dw, db = dense_backward(dlogits, corners, w, b)
    w, b = w - 0.5 * dw, b - 0.5 * db


def one_layer(points):
    return softmax(dense_forward(points, w, b))[:, 1]


def made_by_hand(points):
    any_of_them = sigmoid(20 * (points[:, 0] + points[:, 1] - 0.5))
    both_of_them = sigmoid(20 * (points[:, 0] + points[:, 1] - 1.5))
    return sigmoid(20 * (any_of_them - both_of_them - 0.5))


print("one layer:   ", one_layer(corners).round(2))
print("made by hand:", made_by_hand(corners).round(2))
guess.compare("never all four")

# %% [markdown]
# The best that one layer can do is to say one half, always. The network with hidden neurons is
# right, but we chose its weights ourselves. Can it find them alone?
#
# ## All parts together
#
# You have every part of a network that learns:
#
# 1. **forward**: `dense_forward`, `relu`, `dense_forward` give the logits;
# 2. **backward**: `cross_entropy_gradient`, `dense_backward`, `relu_backward`, `dense_backward`;
# 3. **update**: each array moves against its gradient.
#
# Do this batch by batch, in a new order in every epoch.
#
# Two warnings. Move nothing before all gradients are there. And do not change an array in place
# that the way back still needs. Libraries keep such arrays inside their layers; run a second batch
# forward before the first went back, and they go back with the wrong ones. Functions without
# memory, as here, can't do that.
#
# Your function is judged by what counts: how well it reads digits that it has never seen.

# %% tags=["exercise"]
from coursekit.reference import train_mlp


# %%
def scores(points, w1, b1, w2, b2):
    """Return the logits of the network that train_mlp trains."""
    return dense_forward(relu(dense_forward(points, w1, b1)), w2, b2)


learned = train_mlp(corners, xor, 8, 2000, 0.2, np.random.default_rng(0))
_ = plots.decision_surfaces(
    {
        "one layer: one half, everywhere": one_layer,
        "two layers, made by hand": made_by_hand,
        "two layers, learned": lambda points: softmax(scores(points, *learned))[:, 1],
    },
    corners,
    xor,
    title="XOR needs a hidden layer. Dashed: where the answer changes",
)

# %% [markdown]
# It found a way by itself, and not ours. Good enough: all four corners are on the right side.
#
# ## Digits from real scans
#
# Now for real data. Thirteen people wrote digits on paper. Each was scanned and shrunk to 8 × 8
# pixels, with values from 0 (paper) to 16 (ink).

# %%
scans = data.digits()
_ = plots.captioned(
    scans.x_train[:12],
    [f"label {label}" for label in scans.y_train[:12]],
    title="Twelve of 1,437 scans to learn from",
)

# %%
x_train, x_test = scans.x_train.reshape(-1, 64) / 16, scans.x_test.reshape(-1, 64) / 16
y_train, y_test = scans.y_train, scans.y_test
print("learn from", x_train.shape, " test on", x_test.shape)

# %% [markdown]
# A scan becomes a row of 64 numbers. The network has 64 inputs, 32 hidden units and 10 outputs. How
# many weights and biases is that?

# %%
guess = predict(
    "How many of the 360 digits that it has never seen will it read after 64 epochs?",
    ["about half", "about three quarters", "more than 95 %"],
)
guess

# %%
print("numbers to learn:", 64 * 32 + 32 + 32 * 10 + 10)
epochs = [1, 2, 4, 8, 16, 32, 64]
losses, accuracies = ({"learned from": [], "never seen": []} for _ in range(2))
for count in epochs:  # the same seed, so each training goes on where the shorter one ended
    parameters = train_mlp(x_train, y_train, 32, count, 0.1, np.random.default_rng(0))
    for name, inputs, labels in (
        ("learned from", x_train, y_train),
        ("never seen", x_test, y_test),
    ):
        logits = scores(inputs, *parameters)
        losses[name].append(cross_entropy(logits, labels))
        accuracies[name].append(accuracy(logits, labels))

# %%
axes = plots.learning_curves(
    epochs, losses, accuracies, title="Most is learned early; the last per cent takes longest"
)
for each in axes:
    each.set_xscale("log", base=2)
    each.set_xticks(epochs, [str(count) for count in epochs])

# %%
share = accuracies["never seen"][-1]
print("more than 95 % of unseen digits are read right:", share > 0.95)
start, end = losses["never seen"][0], losses["never seen"][-1]
print("the loss began below log 10, and fell by half and more:", end < start / 2 < np.log(10) / 2)
guess.compare("more than 95 %")

# %% [markdown]
# Which digits does it mix up? The **confusion matrix** counts: row, what it is; column, what the
# network says. A perfect network fills only the diagonal. Which digits would *you* mix up at 8 × 8
# pixels?

# %%
logits = scores(x_test, *parameters)
named = logits.argmax(axis=1)
counts = np.zeros((10, 10), int)
np.add.at(counts, (y_test, named), 1)
_ = plots.confusion_matrix(
    counts, scans.class_names, title="Nearly all on the diagonal: 36 scans of each digit"
)

# %% [markdown]
# Look at mistakes yourself, always, and at those first where the network was most sure. They tell
# more than a percentage.

# %%
sure = softmax(logits).max(axis=1)
wrong = np.flatnonzero(named != y_test)
wrong = wrong[np.argsort(-sure[wrong])][:12]
_ = plots.captioned(
    scans.x_test[wrong],
    [f"is {y_test[i]}, read {named[i]}\n({sure[i]:.0%} sure)" for i in wrong],
    title="The mistakes, the surest first",
)

# %% [markdown]
# Some would puzzle us, too. Others are clear to us, and not to the network.
#
# ## What it has not learned
#
# One test is left. We move each unseen digit to the left or to the right, by a pixel or two. For us
# nothing changes.

# %%
guess = predict(
    "More than 95 % are read where they stand. How many after a step of one pixel to the side?",
    ["still more than 90 %", "about three quarters", "less than 60 %"],
)
guess

# %%
distances = [0, 1, 2]
read, ink = [], []
for distance in distances:
    moved = np.array(
        [shift_image(scan, 0, dx) for dx in (-distance, distance) for scan in scans.x_test]
    )
    logits = scores(moved.reshape(-1, 64) / 16, *parameters)
    read.append(100 * accuracy(logits, np.tile(y_test, 2)))
    ink.append(100 * moved.sum() / (2 * scans.x_test.sum()))
axes = lines(
    distances,
    {"digits read right": read, "ink still in the picture": ink},
    xlabel="step to the side (pixels)",
    ylabel="per cent",
    title="The ink is still there, but the network is lost after one pixel",
)
_ = axes.set(ylim=(0, 102), xticks=distances)
guess.compare("less than 60 %", "After two pixels it is little better than guessing.")

# %% [markdown]
# The dense layer has a weight of its own for every pixel. What it knows about a stroke in one place
# says nothing about the same stroke next to it. In lesson 00 we foresaw this. Now you have measured
# it, on a network that you built yourself.
#
# The next lesson looks for the same thing *everywhere*, with the same weights.
#
# ## What you have now
#
# | what | formula |
# |---|---|
# | sigmoid and its slope | $a = 1 / (1 + e^{-z})$, $\;a (1 - a)$ |
# | tanh and its slope | $a = \tanh z$, $\;1 - a^2$ |
# | ReLU and its slope | $\max(z, 0)$, $\;1$ for $z > 0$, else 0 |
# | chain rule | along a path multiply, over several paths add |
# | δ of the last layer | $(t - o) \cdot o (1 - o)$ |
# | δ of a hidden layer | $\left(\sum_k w_{jk} \delta_k\right) \cdot o_j (1 - o_j)$ |
# | δ and gradient | $\delta = -\partial E / \partial z$ |
# | update | $\Delta w_{ij} =$ rate $\cdot\, \delta_j o_i +$ momentum $\cdot$ the previous one |
# | dense layer | $\text{out} = x w + b$ |
# | dense layer, back | `dx = dout @ w.T`, `dw = x.T @ dout`, `db = dout.sum(axis=0)` |
# | softmax | $p_k = e^{\text{logit}_k} / \sum_j e^{\text{logit}_j}$ |
# | cross-entropy and its gradient | $-\frac{1}{N} \sum \log p_{\text{label}}$, $\;(p - y) / N$ |
# | numerical check | $\sum \text{dout} \cdot (\text{out}(x + h) - \text{out}(x - h)) / 2h$ |
# | first weights before ReLU | standard deviation $\sqrt{2 / \mathrm{fan\_in}}$ |
#
# ## Spot the bug
#
# Two functions that run without an error, and are wrong. The first one carries δ back through a
# layer.

# %%
spot_the_bug(hidden_delta, 2)

# %% [markdown]
# The second one is the gradient at the scores.

# %%
spot_the_bug(cross_entropy_gradient, 5)

# %% [markdown]
# ## Quiz

# %%
quiz("02_mlp_backprop")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [03 · Convolution, forward](03_convolution_forward.ipynb)
