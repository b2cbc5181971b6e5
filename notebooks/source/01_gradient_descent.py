# %% [markdown]
# # 01 · Gradient descent: learning is walking downhill
#
# **At the end of this lesson you can**
#
# - say what training is: samples, errors, steps, epochs, and why a test is kept apart;
# - measure how steep an error is, and walk down it;
# - see from a curve that a learning rate is too small or too large;
# - use momentum, small batches, a fading learning rate, Adagrad, RMSprop and Adam.
#
# **You need** NumPy arrays and their shapes, and from school the slope of a curve. Nothing about
# networks yet.

# %%
import numpy as np

from coursekit import check, data, hint, predict, progress, quiz, solution, spot_the_bug
from coursekit.explorers import descent
from coursekit.functions import bowl, bowl_gradient, double_well, double_well_gradient
from coursekit.plots import gradient_descent as plots

# %% [markdown]
# ## Training in outline
#
# We want a network that adds two numbers. Nobody tells it the rule. It only sees examples:
#
# | first input | second input | target |
# |---:|---:|---:|
# | 1 | 4 | 5 |
# | 2 | 7 | 9 |
# | 3 | 5 | 8 |
# | 1000 | 1500 | 2500 |
#
# Each row is a **sample**: some **inputs** and a **target**, the right answer. The network turns
# the inputs into an **output**. It is made of the units of lesson 00. We call them **neurons** from
# now on. Each multiplies its inputs by its **weights**, and adds up.
#
# The weights are random or zero at first, so the output is wrong at first. One number says how
# wrong: the **error**, which is also called loss or cost.
#
# **Training** changes the weights, little by little, so that the error gets smaller. One pass
# through all samples is called an **epoch**. Training takes many epochs.
#
# ## Some samples are kept apart
#
# A network that knows every row of the table by heart has not learned to add. To find out, we ask
# it about rows that it has never seen. So the samples are divided: most of them for training, some
# for the **test**. With 1,000 samples and a test fraction of 0.1, that is 900 and 100.
#
# Here are 40 samples, mixed first and then divided.

# %%
order = np.random.default_rng(0).permutation(40)
_ = plots.samples(
    {"training": order[10:], "test": order[:10]}, "40 samples, mixed: 30 to learn from, 10 to test"
)

# %% [markdown]
# Why mixed? Because data often lie in some order. Take our pictures of faces: a hundred faces come
# first, then a hundred pieces of background.

# %%
guess = predict(
    "A hundred faces, then a hundred backgrounds. If the last fifth is the test, what is in it?",
    ["about as many faces as backgrounds", "only faces", "only backgrounds"],
)
guess

# %% [markdown]
# Write the split. Two things must hold: no sample is in both parts, and every sample keeps its own
# target.

# %% tags=["exercise"]
from coursekit.reference import split_train_test

# %%
faces = data.faces()
_, y_train, _, y_test = split_train_test(faces.x, faces.y, 0.2, np.random.default_rng(0))


def count(targets):
    return [int(np.sum(targets == 1)), int(np.sum(targets == -1))]


_ = plots.class_counts(
    {
        "as it lies": {"training": count(faces.y[:160]), "test": count(faces.y[160:])},
        "mixed first": {"training": count(y_train), "test": count(y_test)},
    },
    ["faces", "background"],
    "Without mixing, the test holds no face at all",
)
guess.compare("only backgrounds", "The last 40 of the 200 pictures are all of one kind.")

# %% [markdown]
# A network that always says "background" gets full marks in the left test, and has learned
# nothing.
#
# ## How wrong is an output?
#
# Two output neurons, two targets:
#
# | neuron | output | target | target − output |
# |---:|---:|---:|---:|
# | 1 | 0.9 | 0.5 | −0.4 |
# | 2 | 0.2 | 0.6 | +0.4 |
#
# The first idea for an error is to add up the differences.

# %%
guess = predict(
    "The differences are −0.4 and +0.4. What is the error, if we simply add them up?",
    ["0.8", "0.4", "0"],
)
guess

# %%
output, target = np.array([0.9, 0.2]), np.array([0.5, 0.6])
print(f"sum of the differences: {abs(np.sum(target - output)):.1f}")
guess.compare("0", "One is too high and the other too low, and the two cancel.")

# %% [markdown]
# An error of zero, as if all were well, and both neurons are wrong. So each difference must first
# lose its sign. Two ways are common: the absolute value, and the square.

# %%
difference = np.linspace(-2, 2, 401)
_ = plots.errors_and_slopes(
    difference,
    {
        "signed: target − output": (-difference, -np.ones_like(difference)),
        "absolute": (np.abs(difference), np.sign(difference)),
        "half the square": (0.5 * difference**2, difference),
    },
    "Only the square has a slope that fades on the way to the bottom",
)

# %% [markdown]
# Look at the dashed lines, the slopes. They will tell us how far to step.
#
# - The signed error just goes on falling below zero. It has no bottom at all.
# - The absolute error has a slope of 1 or −1, far from the target and near it. It never says
#   "you are nearly there".
# - The slope of the square gets smaller and smaller on the way to the target, and is 0 there.
#
# The course uses the square, with a ½ in front:
#
# $$E = \tfrac12 \sum (\text{target} - \text{output})^2$$
#
# By hand, for the two neurons: ½ · (0.4² + 0.4²) = ½ · 0.32 = 0.16. Nothing cancels any more.
#
# One trap of NumPy first. A network with one output gives a column of shape `(N, 1)`. Targets
# often come as a row of shape `(N,)`.

# %%
guess = predict(
    "A column (3, 1) minus a row (3,): what is the shape of the result?",
    ["(3,)", "(3, 1)", "(3, 3)", "an error"],
)
guess

# %%
print((np.zeros((3, 1)) - np.zeros(3)).shape)
guess.compare("(3, 3)", "NumPy repeats the column along the row, and the row along the column.")

# %% [markdown]
# Every output is compared with every target, and nothing warns you. Your function must compare
# each output with its own target.

# %% tags=["exercise"]
from coursekit.reference import half_squared_error

# %%
print(f"the two neurons: E = {half_squared_error(output, target):.2f}")

# %% [markdown]
# ## How the error changes with an output
#
# The **slope** of the error at an output says: if this output grows a little, how fast does the
# error grow? For one output $o$ with target $t$:
#
# $$\frac{\partial}{\partial o}\,\tfrac12 (t - o)^2 = o - t$$
#
# The curly ∂ is the d of school. It says: only this one number moves, all others are held still.
#
# The 2 from the square and the ½ cancel. That is all the ½ is for. The minus sign inside the
# brackets turns $t - o$ round.
#
# By hand: the first neuron has 0.9 − 0.5 = +0.4. If it grows, it gets worse. The second has 0.2 −
# 0.6 = −0.4. If it grows, it gets better. A face detector that answers 0.73 where 1 is right has
# 0.73 − 1 = −0.27.
#
# All slopes together, in an array of the shape of the outputs, are called the **gradient**.

# %% tags=["exercise"]
from coursekit.reference import half_squared_error_gradient

# %% [markdown]
# And the same for the absolute error, $E = \sum |\text{target} - \text{output}|$. There is a
# corner exactly at the target. The course takes 0 there.

# %% tags=["exercise"]
from coursekit.reference import absolute_error_gradient

# %% [markdown]
# Now let an output walk to its target. It starts at 0.9 and wants to be at 0.5. Again and again we
# take off a part of the slope, 0.15 of it.

# %%
guess = predict(
    "With half the square the output arrives at its target. And with the absolute error?",
    ["it arrives just the same", "it stops before the target", "it leaps to and fro for ever"],
)
guess

# %%
walks = {}
for name, gradient in (
    ("half the square", half_squared_error_gradient),
    ("absolute", absolute_error_gradient),
):
    o, walks[name] = np.array([0.9]), []
    for _ in range(21):
        walks[name].append(o.item())
        o = o - 0.15 * gradient(o, np.array([0.5]))
_ = plots.lines(
    range(21),
    walks,
    xlabel="step",
    ylabel="output (target: 0.5)",
    title="With the absolute error the output never settles",
)
guess.compare("it leaps to and fro for ever", "Its slope is 1 or −1, however near the target is.")

# %% [markdown]
# ## The error as a hill
#
# An output is not ours to change. The weights are. So we look at the error as it depends on the
# weights.
#
# Take one neuron without any extras: two inputs, two weights, output $o = w_1 x_1 + w_2 x_2$. Its
# samples are the first three rows of the table. The error is the half squared error, as a mean
# over the three samples.

# %%
x = np.array([[1.0, 4.0], [2.0, 7.0], [3.0, 5.0]])
t = np.array([5.0, 9.0, 8.0])


def adding_error(w):
    return half_squared_error(x @ w, t) / len(x)


print(f"w = (0, 0): E = {adding_error(np.array([0.0, 0.0])):.2f}")
print(f"w = (1, 1): E = {adding_error(np.array([1.0, 1.0])):.2f}")

# %%
_ = plots.surface_and_cut(
    adding_error,
    np.linspace(-1, 4, 80),
    np.linspace(-1, 3, 80),
    at=0.5,
    title="The error of a neuron that should add: a long valley, with its bottom at (1, 1)",
)

# %% [markdown]
# Left, the error is a landscape, seen from above: dark is low. Every point is a pair of weights.
# Training is a walk to the lowest place.
#
# Right, only one weight moves, and the other is held still. The landscape becomes a curve. A
# network has millions of weights and a landscape that nobody can draw. But seen from one weight,
# it is always a curve like this.
#
# Hold the second weight at 1, and call the first one $w$. Then each output is wrong by
# $(w - 1) \cdot x_1$, with $x_1$ = 1, 2 and 3 in the three samples. So the error is
# $\frac13 \cdot \frac12 (1^2 + 2^2 + 3^2) (w - 1)^2 = \frac{7}{3} (w - 1)^2$.


# %%
def curve(w):
    return 7 / 3 * float(np.sum((w - 1) ** 2))


def curve_slope(w):
    return 14 / 3 * (w - 1)


_ = plots.slopes(
    curve,
    curve_slope,
    np.linspace(-2.2, 4.2, 200),
    [-1.5, 0.0, 1.0, 2.0, 3.5],
    "The way down is always against the sign of the slope",
)

# %% [markdown]
# | where | slope | w has to |
# |---|:---:|---|
# | left of the bottom | − | grow |
# | at the bottom | 0 | stay |
# | right of the bottom | + | shrink |
#
# Two facts are all that we need. The way down is **against the slope**. And the slope gets
# **smaller near the bottom**.
#
# ## Measuring a slope
#
# How do we get the slope if nobody gives us a formula? We measure it. Go a little to the right, go
# a little to the left, and divide the difference in height by the way:
#
# $$\frac{\partial f}{\partial x} \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# By hand: $f(x) = x^2$ at $x = 3$ with $h = 0.1$. That is (9.61 − 8.41) / 0.2 = 6.0. The formula
# from school says $2x = 6$. Stepping to one side only gives (9.61 − 9) / 0.1 = 6.1, which is
# worse.
#
# Where `x` is an array, every entry gets a slope of its own: move one entry, and leave all others
# where they are.

# %% tags=["exercise"]
from coursekit.reference import numerical_gradient

# %% [markdown]
# This function is slow. It calls `f` twice for every number in `x`. But it needs no formula, and
# so it can tell whether a formula is right. You will use it again and again.

# %%
guess = predict(
    "A smaller h comes nearer to the true slope. So is the smallest h the best?",
    ["yes", "no, at some point it gets worse again"],
)
guess

# %%
at, steps = np.array([1.0]), 10.0 ** np.arange(-12, 0)


def exponential(x):
    return float(np.exp(x[0]))


true = np.exp(1.0)
central = [abs(numerical_gradient(exponential, at, h)[0] - true) / true for h in steps]
one_sided = [abs((exponential(at + h) - exponential(at)) / h - true) / true for h in steps]
_ = plots.lines(
    steps,
    {"both sides": np.maximum(central, 1e-16), "one side": np.maximum(one_sided, 1e-16)},
    xlabel="h",
    ylabel="relative error of the slope",
    title="Both sides are better than one, and the best h is not the smallest",
    log="xy",
)
guess.compare("no, at some point it gets worse again")

# %% [markdown]
# From right to left, the error falls at first. A step a tenth as long makes it 100 times smaller
# for both sides, and 10 times for one. Then it rises again. A float has some 16 digits, and the difference of two nearly equal numbers loses
# most of them. Near $h = 10^{-5}$ both sides are at their best.
#
# Let us use the new tool at once. One widely read article takes $E = (t - o)^2$, without the ½,
# and then uses $-(t - o)$ as its slope. Do not believe it, and do not believe us. Measure.

# %%
measured = numerical_gradient(lambda o: float((0.5 - o[0]) ** 2), np.array([0.9]))
print(f"measured slope of (t - o)²:    {measured[0]:.3f}")
print(f"the article's slope, -(t - o): {-(0.5 - 0.9):.3f}")

# %% [markdown]
# The factor 2 is lost. The article's slope belongs to ½ (t − o)², which is the reason that the
# course keeps the ½.
#
# ## Step against the slope
#
# Now we can walk. From where we are, we step against the slope. The **learning rate** says how far,
# and the arrow ← means "becomes":
#
# $$w \leftarrow w - \text{learning rate} \cdot \frac{\partial E}{\partial w}$$
#
# By hand, on the curve $\frac73 (w - 1)^2$: at $w = 4$ the slope is $\frac{14}{3} \cdot 3 = 14$.
# With a learning rate of 0.1, the next weight is 4 − 0.1 · 14 = 2.6. There the slope is 7.5, and
# the step is shorter by itself.
#
# Your function returns the whole path, so that we can draw it.

# %% tags=["exercise"]
from coursekit.reference import gradient_descent

# %% [markdown]
# Four learning rates, from the same start at $w = 3$.

# %%
guess = predict(
    "Four learning rates on one curve: which one gets to the bottom first?",
    ["0.02", "0.2", "0.4", "0.45"],
)
guess

# %%
rates = (0.02, 0.2, 0.4, 0.45)
start = np.array([3.0])
_ = plots.ways_on_a_curve(
    curve,
    np.linspace(-2.2, 4.2, 200),
    {f"learning rate {rate}": gradient_descent(curve_slope, start, rate, 12) for rate in rates},
    "Twelve steps from ○ to ●: too small, good, large, too large",
)
guess.compare("0.2", "It is there in two steps.")

# %% [markdown]
# - **0.02** creeps. It would arrive, but late.
# - **0.2** arrives at once, and stays.
# - **0.4** leaps to the other side each time, and comes back nearer.
# - **0.45** leaps to the other side, and every time ends higher up than before.
#
# On this curve it can be computed. The slope is $\frac{14}{3}$ times the distance from the bottom,
# so each step multiplies the distance by $1 - \text{learning rate} \cdot \frac{14}{3}$.

# %%
for rate in rates:
    print(f"learning rate {rate:.2f}: the distance is multiplied by {1 - rate * 14 / 3:+.2f}")

# %% [markdown]
# Above 1 in size, the distance grows. The limit is 2 divided by how strongly the slope changes,
# here 2 / (14/3) = 0.43. **The sharper the valley, the shorter the steps must be.**
#
# ## A neuron learns to add
#
# Now the real thing, with all that belongs to a neuron: a weight for every input, and a **bias**
# $b$, a number that is added:
#
# $$o = \sum_d w_d\, x_d + b$$
#
# Such a neuron is called **linear**. The next lesson adds a bend to it.
#
# What is the slope of the error, seen from one weight? If $w_1$ grows by a little, the output
# grows by $x_1$ times as much. If the output grows, the error grows by $o - t$ times as much. So
# it is the product of both, and the mean over the samples:
#
# $$\frac{\partial E}{\partial w_d} = \frac1N \sum_n (o_n - t_n)\, x_{nd} \qquad
# \frac{\partial E}{\partial b} = \frac1N \sum_n (o_n - t_n)$$
#
# By hand, for the sample 1 + 4 = 5 alone, with all weights at 0: the output is 0 and the
# difference −5. The slopes are −5 · 1 = −5 for the first weight, −5 · 4 = −20 for the second, and
# −5 for the bias.
#
# All samples of a set taken together are a **batch**. Your neuron takes one step in every epoch,
# for the whole batch. It returns the error at the start of every epoch, so that we can watch it
# fall.

# %% tags=["exercise"]
from coursekit.reference import train_linear_neuron

# %% [markdown]
# Is the formula right? Measure. One epoch with a learning rate of 1 takes off exactly the slopes.

# %%
w, b, errors = train_linear_neuron(x, t, np.zeros(2), 0.0, learning_rate=1.0, epochs=1)
print("slopes by the formula:", -w.round(3))
print("slopes as measured:   ", numerical_gradient(adding_error, np.zeros(2)).round(3))

# %% [markdown]
# Now the whole table, with the row 1000 + 1500 = 2500.

# %%
guess = predict(
    "The table with 1000 + 1500, and a learning rate of 0.1: what will the error do?",
    ["fall to nearly 0", "fall, but slowly", "explode"],
)
guess

# %%
table = np.array([[1.0, 4.0], [2.0, 7.0], [3.0, 5.0], [1000.0, 1500.0]])
sums = np.array([5.0, 9.0, 8.0, 2500.0])
_, _, errors = train_linear_neuron(table, sums, np.zeros(2), 0.0, learning_rate=0.1, epochs=5)
for epoch, error in enumerate(errors):
    print(f"epoch {epoch}: E = {error:.0e}")
guess.compare("explode", "The first step is far too long, and each one after it is longer still.")

# %% [markdown]
# Why? Every slope contains the input $x$ as a factor, and once more in the output $o$. With an input
# of 1,000 in place of 1, the valley is a million times sharper. So the learning rate must be about
# a million times smaller. Let us try.

# %%
w, b, errors = train_linear_neuron(table, sums, np.zeros(2), 0.0, learning_rate=1e-6, epochs=1000)
for epoch in (0, 1, 10, 999):
    print(f"epoch {epoch:3d}: E = {errors[epoch]:.2g}")
for row, right, answer in zip(table, sums, table @ w + b, strict=True):
    print(f"{row[0]:4.0f} + {row[1]:4.0f} = {right:4.0f}; the neuron says {answer:6.1f}")

# %% [markdown]
# The large sum is right, and soon. But 1 + 4 comes out as 5.4, and a thousand epochs do not mend
# it. The large row shouts, and the small rows are hardly heard at this learning rate.
#
# The cure has two parts. The first is **more samples**, spread over the whole range: a thousand
# sums of numbers up to 2,000. The second is to **scale the inputs**. From each input we take off
# its mean, and divide by its standard deviation, which says how widely it is spread. Then all
# inputs lie around 0, mostly between −2 and 2.
#
# Mean and spread come from the training part only: the test must not have any part in the
# training.

# %%
rng = np.random.default_rng(1)
numbers = rng.integers(0, 2001, size=(1000, 2)).astype(float)
x_train, t_train, x_test, t_test = split_train_test(numbers, numbers.sum(axis=1), 0.1, rng)
mean, spread = x_train.mean(axis=0), x_train.std(axis=0)

w, b, errors = train_linear_neuron(
    (x_train - mean) / spread, t_train, np.zeros(2), 0.0, learning_rate=0.3, epochs=60
)
answers = (x_test - mean) / spread @ w + b
largest = np.abs(answers - t_test).max()
print(f"{len(x_test)} sums never seen before, all right to 0.01: {largest < 0.01}")
for row, answer in zip(table, (table - mean) / spread @ w + b, strict=True):
    print(f"{row[0]:4.0f} + {row[1]:4.0f}: the neuron says {answer:6.1f}")

# %%
_ = plots.lines(
    range(60),
    {"error": errors},
    xlabel="epoch",
    ylabel="error E of the training part",
    title="With scaled inputs and a usual learning rate, every epoch is a leap down",
    log="y",
)

# %% [markdown]
# It adds. Not a row of our table was in its training, and it gets all four right. And what are its
# weights, seen from the inputs as they were before scaling?

# %%
print("weights for the unscaled inputs:", (w / spread).round(3))

# %% [markdown]
# One and one: the neuron has found the rule. **Scale the inputs** is the most useful habit of this
# lesson.
#
# ## Momentum
#
# Back to the three small rows, and to their long valley.


# %%
def adding_slope(w):
    return x.T @ (x @ w - t) / len(x)


valley = adding_error, np.linspace(-1, 4, 80), np.linspace(-1, 3, 80)
start = np.array([3.0, 1.5])
slow = gradient_descent(adding_slope, start, 0.01, 40)
wild = gradient_descent(adding_slope, start, 0.055, 40)
_ = plots.ways_over_contours(
    *valley,
    {"learning rate 0.01": slow, "learning rate 0.055": wild},
    "40 steps in a long valley: slow along it, or wild across it",
)

# %% [markdown]
# The walls are steep and the floor is nearly flat. A step that is short enough for the walls is
# far too short for the floor. A longer one leaps from wall to wall.
#
# A heavy ball would do better. It keeps some of its speed. Across the valley, left and right
# cancel. Along the valley, the little pushes add up.
#
# So we remember the last update and keep a share of it, the **momentum**:
#
# $$\text{update} = -\text{learning rate} \cdot \frac{\partial E}{\partial w} +
# \text{momentum} \cdot \text{previous update} \qquad w \leftarrow w + \text{update}$$
#
# By hand: learning rate 0.1, momentum 0.9, start at $w = 0$. On the way we meet the slopes 1, then
# 0.5, then −0.2.
#
# | step | slope | −0.1 · slope | + 0.9 · previous | update | w |
# |---:|---:|---:|---:|---:|---:|
# | 1 | 1 | −0.1 | 0 | −0.1 | −0.1 |
# | 2 | 0.5 | −0.05 | −0.09 | −0.14 | −0.24 |
# | 3 | −0.2 | ? | ? | ? | ? |
#
# In the third step the slope has turned round: the bottom lies behind. Fill in the last row.

# %%
guess = predict(
    "In the third step the slope has turned round. Which way does the ball go?",
    ["back, as the slope says", "on in the old direction", "it stands still"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import momentum_step

# %%
w, update = np.zeros(1), np.zeros(1)
for slope in (1.0, 0.5, -0.2):
    w, update = momentum_step(w, np.array([slope]), update, learning_rate=0.1, momentum=0.9)
    print(f"slope {slope:+.1f}: update {update[0]:+.3f}, w = {w[0]:+.3f}")
guess.compare("on in the old direction", "The update is +0.02 − 0.126 = −0.106.")

# %% [markdown]
# The slope says "back", and the ball still rolls on, only more slowly. In the valley it looks like
# this.


# %%
def roll(gradient, start, learning_rate, momentum, steps):
    """Return the path of gradient descent with momentum."""
    path, update = [start], np.zeros_like(start)
    for _ in range(steps):
        w, update = momentum_step(path[-1], gradient(path[-1]), update, learning_rate, momentum)
        path.append(w)
    return np.array(path)


heavy = roll(adding_slope, start, 0.03, 0.8, 40)
_ = plots.ways_over_contours(
    *valley,
    {"0.01, no momentum": slow, "0.055, no momentum": wild, "0.03, momentum 0.8": heavy},
    "The same 40 steps: only the heavy ball reaches the bottom at (1, 1)",
)

# %%
_ = plots.lines(
    range(41),
    {
        "0.01, no momentum": [adding_error(w) for w in slow],
        "0.055, no momentum": [adding_error(w) for w in wild],
        "0.03, momentum 0.8": [adding_error(w) for w in heavy],
    },
    xlabel="step",
    ylabel="error E",
    title="With momentum the error swings, and ends far lower",
    log="y",
)

# %% [markdown]
# ## A valley that is not the deepest
#
# Not every landscape has one valley. Here is a curve with two:
#
# $$E(w) = \tfrac14 (w^2 - 2)^2 + 0.7\,(2 - w)$$
#
# The right bottom is the lowest place of all, the **global minimum**. The left one is only lower
# than what is around it: a **local minimum**.
#
# The ball starts at the far left, and takes 100 steps without momentum.

# %%
guess = predict(
    "100 steps from the far left, without momentum: where does the ball rest?",
    ["in the left valley", "on the hill between", "in the right valley"],
)
guess

# %%
wells, wells_slope = double_well(tilt=0.7), double_well_gradient(tilt=0.7)
wide = np.linspace(-2.1, 2.3, 300)
start = np.array([-1.9])


def show_roll(learning_rate, momentum):
    path = roll(wells_slope, start, learning_rate, momentum, 100)
    name = f"learning rate {learning_rate}, momentum {momentum}"
    title = f"After 100 steps the ball is at w = {path[-1, 0]:.2f}".replace("-", "−")
    _ = plots.ways_on_a_curve(wells, wide, {name: path}, title)


show_roll(0.05, 0.0)
guess.compare("in the left valley", "The slope is 0 there, so nothing moves it on.")

# %% [markdown]
# Here are the same curve and the same start, to play with. Press Play with momentum 0. Start again,
# and raise the momentum little by little: where does the ball first cross the hill? The green arrow
# shows which way the slope pushes, and the line below says where the ball is.

# %%
descent.explore()

# %% [markdown]
# A ball with momentum may have enough speed left to cross the hill. But with too much of it, it
# does not come to rest.
#
# The exercise gives the ball 100 steps. Put your two numbers into the next cell, run it again, and
# watch. When the ball settles in the right valley, they are the answer.

# %%
show_roll(0.05, 0.5)

# %% tags=["exercise"]
from coursekit.reference import escape_local_minimum

# %%
show_roll(*escape_local_minimum())

# %% [markdown]
# And here are all the pairs, tried one by one.

# %%
rates, momenta = np.geomspace(0.002, 0.6, 80), np.linspace(0, 0.99, 67)
w, update = np.full((len(momenta), len(rates)), -1.9), np.zeros((len(momenta), len(rates)))
near = np.ones(w.shape, bool)
with np.errstate(all="ignore"):  # some of these balls fly off
    for number in range(100):
        update = -rates * wells_slope(w) + momenta[:, None] * update
        w = w + update
        if number >= 90:
            near &= np.abs(w - 1.56) < 0.1
_ = plots.map_of_success(
    rates,
    momenta,
    near,
    "Without momentum (the lowest row) no learning rate is enough",
    mark=escape_local_minimum(),
)

# %% [markdown]
# There is a band of good pairs, and it leans: the longer the steps, the less momentum. Below it
# the ball never leaves the first valley. Above it the ball does not rest in time, or flies off.
#
# Do not take this for a promise. Momentum can carry a ball over a hill, and it can carry it out of
# a good valley, too. No method is known that soon finds the deepest valley of every landscape. For
# large networks that is less bad than it sounds: they mostly have many valleys that are nearly as
# good as the deepest (Choromanska et al., 2015).
#
# ## Small batches
#
# So far every step looked at all samples. With a million samples that is a lot of work for one
# step. A small part of them, a **mini-batch**, gives nearly the same direction. So we deal the
# samples out like cards, take one step for each small batch, and deal anew in the next epoch.

# %%
rng = np.random.default_rng(3)
for epoch in (1, 2):
    order = rng.permutation(14)
    _ = plots.samples(
        {f"step {i + 1}": order[4 * i : 4 * i + 4] for i in range(4)},
        f"Epoch {epoch}: 14 samples in batches of 4, the last one shorter",
        columns=14,
    )

# %% [markdown]
# By hand: 285 samples in batches of 32 make 8 full batches, which hold 256, and one batch of the
# 29 that are left. So one epoch has 9 steps.
#
# Every sample comes once in every epoch. Not one is dropped, and each keeps its target.

# %% tags=["exercise"]
from coursekit.reference import minibatches

# %% [markdown]
# Real data: scans of handwritten digits, 8 × 8 pixels. A linear neuron shall tell a 3 (target +1)
# from an 8 (target −1). It has 64 inputs, one for each pixel.
#
# The bias is put in by a small trick: a 65th input that is always 1. Its weight is the bias.

# %%
scans = data.digits()


def threes_and_eights(pictures, labels):
    chosen = np.isin(labels, (3, 8))
    pixels = pictures[chosen].reshape(-1, 64) / 16  # ink counts from 0 to 16
    return np.column_stack([pixels, np.ones(len(pixels))]), np.where(labels[chosen] == 3, 1.0, -1.0)


x_scans, t_scans = threes_and_eights(scans.x_train, scans.y_train)
x_unseen, t_unseen = threes_and_eights(scans.x_test, scans.y_test)
print(f"{len(x_scans)} scans to learn from, {len(x_unseen)} to test, {x_scans.shape[1]} inputs")


def scans_error(w):
    return half_squared_error(x_scans @ w, t_scans) / len(x_scans)


def train(step, memories=0, batch_size=32, epochs=20):
    """Train on the scans; step(w, gradient, *memory, number) returns the new w and memory.

    Returns the weights and the error at the start and after every epoch.
    """
    rng = np.random.default_rng(0)
    w, memory, number = np.zeros(65), [np.zeros(65)] * memories, 0
    errors = [scans_error(w)]
    for _ in range(epochs):
        for x_batch, t_batch in minibatches(x_scans, t_scans, batch_size, rng):
            number += 1
            slopes = half_squared_error_gradient(x_batch @ w, t_batch)
            w, *memory = step(w, x_batch.T @ slopes / len(x_batch), *memory, number)
        errors.append(scans_error(w))
    return w, errors


# %% [markdown]
# The same learning rate, 0.02, and the same 20 epochs: once with the whole batch of 285 scans,
# once with batches of 32, once with batches of 4.

# %%
guess = predict(
    "With the same number of epochs, which error falls fastest?",
    ["the whole batch", "batches of 32", "batches of 4"],
)
guess


# %%
def plain(w, gradient, number):
    return (w - 0.02 * gradient,)


by_size = {size: train(plain, batch_size=size) for size in (285, 32, 4)}
_ = plots.lines(
    range(21),
    {f"batches of {size}": errors for size, (_, errors) in by_size.items()},
    xlabel="epoch",
    ylabel="error E of all training scans",
    title="Small batches take more steps in an epoch, and get down sooner",
    log="y",
)
guess.compare("batches of 4", "They make 72 steps in an epoch, the whole batch only one.")

# %% [markdown]
# One epoch is about the same work each time: every scan is looked at once. So it pays to make many
# steps of it.
#
# What has the neuron learned? Its weights can be looked at as a picture. And the test says whether
# it helps with scans that it has never seen.

# %%
w, _ = by_size[4]
pixels = x_scans[:, :64].reshape(-1, 8, 8)
_ = plots.inks(
    {
        "mean of all 3": pixels[t_scans > 0].mean(axis=0),
        "mean of all 8": pixels[t_scans < 0].mean(axis=0),
    },
    w[:64].reshape(8, 8),
    "Ink on orange speaks for a 3, ink on purple for an 8",
)
right = np.mean((x_unseen @ w) * t_unseen > 0)
print(f"more than 90 % of the test scans are right: {right > 0.9}")

# %% [markdown]
# The darkest purple stands on the left side, where an 8 closes its loops and a 3 is open. Nobody
# told it so.
#
# ## A learning rate that fades
#
# Small batches have a price. Each one points in a slightly different direction. Near the bottom,
# the steps no longer lead down; they tremble around it. Long steps are good at the start, and
# short ones at the end. So the learning rate is made smaller on the way, for example by a factor
# after every epoch.
#
# By hand: learning rate 0.8, factor 0.5, and 10 steps in an epoch. Steps 0 to 9 have 0.8, steps 10
# to 19 have 0.4, steps 20 to 29 have 0.2.

# %%
guess = predict(
    "By mistake, the factor 0.5 is multiplied in after every step. "
    "What is left of 0.8 after 3 epochs of 10 steps?",
    ["about 0.1", "about 0.01", "less than a billionth"],
)
guess

# %%
print(f"once an epoch: 0.8 · 0.5³  = {0.8 * 0.5**3:.1f}")
print(f"at every step: 0.8 · 0.5³⁰ = {0.8 * 0.5**30:.0e}")
guess.compare("less than a billionth", "30 halvings: a billion is about 2³⁰.")

# %% tags=["exercise"]
from coursekit.reference import decayed_learning_rate

# %%
steps_per_epoch = 72  # 285 scans in batches of 4


def constant(w, gradient, number):
    return (w - 0.05 * gradient,)


def fading(w, gradient, number):
    rate = decayed_learning_rate(0.05, 0.8, number - 1, steps_per_epoch)
    return (w - rate * gradient,)


_ = plots.lines(
    range(31),
    {
        "always 0.05": train(constant, batch_size=4, epochs=30)[1],
        "0.05, times 0.8 after each epoch": train(fading, batch_size=4, epochs=30)[1],
    },
    xlabel="epoch",
    ylabel="error E of all training scans",
    title="A learning rate that fades lets the trembling die away",
    log="y",
)

# %% [markdown]
# ## A step length for every weight
#
# One learning rate serves all weights. But some weights have steep slopes, and some have flat
# ones: those of inputs that are small, or seldom there. Could not every weight have a step length
# of its own, made from the slopes that it has met?
#
# ### Adagrad
#
# **Adagrad** adds up the squares of all slopes of a weight, in a memory called the cache. It
# divides each step by the root of that sum. A weight that has met steep slopes takes shorter
# steps.
#
# $$\text{cache} \leftarrow \text{cache} + \text{gradient}^2 \qquad
# w \leftarrow w - \text{learning rate} \cdot
# \frac{\text{gradient}}{\sqrt{\text{cache}} + \epsilon}$$
#
# The tiny $\epsilon$ (`eps`) keeps us from dividing by zero.
#
# By hand: slope 3, cache 16, learning rate 0.5. The cache becomes 16 + 9 = 25, and its root is 5.
# So the step is 0.5 · 3 / 5 = 0.3.

# %% tags=["exercise"]
from coursekit.reference import adagrad_step

# %% [markdown]
# ### RMSprop

# %%
guess = predict(
    "The slope stays at 1, step after step. What becomes of Adagrad's steps?",
    ["they stay as long as they are", "they grow", "they shrink"],
)
guess

# %%
w, cache = np.zeros(1), np.zeros(1)
for step in range(1, 101):
    before, (w, cache) = w, adagrad_step(w, np.ones(1), cache, learning_rate=0.1)
    if step in (1, 4, 25, 100):
        print(f"step {step:3d}: length {(before - w)[0]:.3f}")
guess.compare("they shrink", "The sum grows by 1 in each step: step n has the length 0.1/√n.")

# %% [markdown]
# The sum only grows, and after a long time the steps are hardly steps any more. **RMSprop** takes
# a running mean in place of the sum. It keeps the share `decay` of the old mean, and takes the
# rest from the new square. So what was long ago is forgotten:
#
# $$\text{cache} \leftarrow \text{decay} \cdot \text{cache} +
# (1 - \text{decay}) \cdot \text{gradient}^2$$
#
# By hand: slope 4, cache 2, decay 0.5. The cache becomes 0.5 · 2 + 0.5 · 16 = 9, with the root 3.
# With a learning rate of 0.375 the step is 0.375 · 4 / 3 = 0.5.

# %% tags=["exercise"]
from coursekit.reference import rmsprop_step

# %% [markdown]
# ### Adam
#
# **Adam** brings both ideas together: a running mean of the slopes, $m$, which acts as momentum,
# and a running mean of their squares, $v$, as in RMSprop.
#
# One thing is new. Both means start at 0, and so they are too small at first. By hand: slope 4 in
# the first step, and shares of 0.9 and 0.999. Then $m$ is 0.1 · 4 = 0.4, a tenth of the slope, and
# $v$ is 0.001 · 16 = 0.016, a thousandth of its square. In step $t$ Adam divides $m$ by
# $1 - 0.9^t$, and $v$ by $1 - 0.999^t$. That gives 4 and 16, as it should be.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, \text{gradient} \qquad
# v \leftarrow \beta_2 v + (1 - \beta_2)\, \text{gradient}^2$$
#
# $$w \leftarrow w - \text{learning rate} \cdot \frac{\hat m}{\sqrt{\hat v} + \epsilon}
# \qquad \hat m = \frac{m}{1 - \beta_1^t} \qquad \hat v = \frac{v}{1 - \beta_2^t}$$
#
# $\beta_1$ and $\beta_2$ are the shares that are kept, `beta1` and `beta2`.

# %%
guess = predict(
    "One weight has a slope of 4, another one of 0.0004. How do Adam's first steps compare?",
    ["10,000 times as long", "100 times as long", "equally long"],
)
guess

# %% tags=["exercise"]
from coursekit.reference import adam_step

# %%
for slope in (4.0, 0.0004):
    w, _, _ = adam_step(np.zeros(1), np.array([slope]), np.zeros(1), np.zeros(1), 1, 0.1)
    print(f"slope {slope}: the first step is {w[0]:+.3f}")
guess.compare("equally long", "The root of the squared slope is the slope, but for its sign.")

# %% [markdown]
# The first step is as long as the learning rate, whatever the slope. That makes Adam easy to start
# with: the learning rate says how far a weight moves, and not much else matters.
#
# ### All of them, side by side
#
# A surface that is 25 times steeper in one weight than in the other. Forty steps each, with a
# learning rate that suits each of them.

# %%
bent = {"center": [1.0, 1.0], "curvature": np.array([1.0, 25.0])}
surface, surface_slope = bowl(**bent), bowl_gradient(**bent)


def walk(step, memories=0, steps=40):
    w, memory = np.array([-3.0, 2.6]), [np.zeros(2)] * memories
    path = [w]
    for number in range(1, steps + 1):
        w, *memory = step(w, surface_slope(w), *memory, number)
        path.append(w)
    return path


paths = {
    "plain": walk(lambda w, g, n: (w - 0.07 * g,)),
    "momentum": walk(lambda w, g, u, n: momentum_step(w, g, u, 0.03, 0.8), 1),
    "Adagrad": walk(lambda w, g, c, n: adagrad_step(w, g, c, 1.0), 1),
    "RMSprop": walk(lambda w, g, c, n: rmsprop_step(w, g, c, 0.2), 1),
    "Adam": walk(lambda w, g, m, v, n: adam_step(w, g, m, v, n, 0.3), 2),
}
_ = plots.ways_over_contours(
    surface,
    np.linspace(-4, 4, 80),
    np.linspace(-2, 4, 80),
    paths,
    "Plain steps rattle, momentum swings, the three others aim for the bottom",
)

# %% [markdown]
# Adagrad, RMSprop and Adam do not care that one direction is steeper: they divide it out.
#
# Here is a race of all five, with one learning rate for all. This valley is 12 times steeper in one
# direction. Press Play and see who is lowest. Then raise the learning rate: by the rule above, the
# plain steps fly off beyond 2 / 12 = 0.17. Who stays?

# %%
descent.explore(view="surface", learning_rate=0.12, momentum=0.8)

# %% [markdown]
# And on real data? The threes and eights again, in batches of 32.

# %%
races = {
    "plain": train(lambda w, g, n: (w - 0.05 * g,)),
    "momentum": train(lambda w, g, u, n: momentum_step(w, g, u, 0.03, 0.9), 1),
    "Adagrad": train(lambda w, g, c, n: adagrad_step(w, g, c, 0.1), 1),
    "RMSprop": train(lambda w, g, c, n: rmsprop_step(w, g, c, 0.01), 1),
    "Adam": train(lambda w, g, m, v, n: adam_step(w, g, m, v, n, 0.02), 2),
}
_ = plots.lines(
    range(21),
    {name: errors for name, (_, errors) in races.items()},
    xlabel="epoch",
    ylabel="error E of all training scans",
    title="Threes and eights: five optimizers, one goal",
    log="y",
)
for name, (w, _) in races.items():
    right = np.mean((x_unseen @ w) * t_unseen > 0)
    print(f"{name:9} more than 90 % of the test scans right: {right > 0.9}")

# %% [markdown]
# Plain steps are the slowest here; the others are close together. Which is best depends on the
# task and on the learning rate. Two good habits: **start with Adam or with momentum, and try
# learning rates in powers of ten.**
#
# We still had to find the slopes by a formula made by hand, for a single neuron. A network has
# many layers of them. How their slopes are found, all at once and fast, is the next lesson.
#
# ## What you have now
#
# | what | formula |
# |---|---|
# | half squared error | $E = \frac12 \sum (t - o)^2$, slope $o - t$ |
# | absolute error | $E = \sum \lvert t - o \rvert$, slope $\operatorname{sign}(o - t)$ |
# | measured slope | $\dfrac{f(x + h) - f(x - h)}{2h}$ |
# | gradient descent | $w \leftarrow w - \eta\, g$ |
# | momentum | $u \leftarrow -\eta\, g + \text{momentum} \cdot u, \quad w \leftarrow w + u$ |
# | linear neuron | $o = \sum_d w_d x_d + b$, slopes: means of $(o - t)\, x_d$ and of $o - t$ |
# | scaled inputs | $(x - \text{mean}) / \text{spread}$, both from the training part |
# | fading learning rate | $\eta \cdot \text{decay}^{\text{epoch}}$ |
# | Adagrad | $c \leftarrow c + g^2, \quad w \leftarrow w - \eta\, g / (\sqrt c + \epsilon)$ |
# | RMSprop | $c \leftarrow \text{decay} \cdot c + (1 - \text{decay})\, g^2$, then as Adagrad |
# | Adam: mean of slopes | $m \leftarrow \beta_1 m + (1 - \beta_1)\, g$ |
# | Adam: mean of squares | $v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$ |
# | Adam: corrections | $\hat m = m / (1 - \beta_1^t)$, $\hat v = v / (1 - \beta_2^t)$ |
# | Adam: step | $w \leftarrow w - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)$ |
#
# Here $\eta$ is the learning rate, $g$ the gradient, $u$ the update and $c$ the cache.
#
# ## Spot the bug
#
# This function is wrong, and its mistake is one of the most common in Python. Which sentence is
# true of it?

# %%
spot_the_bug(gradient_descent, 2)

# %% [markdown]
# ## Quiz

# %%
quiz("01_gradient_descent")

# %% [markdown]
# Here is how far you are.

# %%
progress()

# %% [markdown]
# Next: [02 · A network and its backward pass](02_mlp_backprop.ipynb)
