"""Made-up sentences whose mood depends on the order of words.

Each sentence judges something ("good", "dull") and most also state a fact ("long", "old"). The word
that negates may stand at either, so the same words in another order can turn the mood round:

    the film was not long and it was good      positive
    the film was long and it was not good      negative

Whoever counts words cannot tell the two apart. Whoever reads two words at a time can: "not good".
With "very" in between it takes three: "not very good". That is the width of a convolution's kernel.
"""

import zlib
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np

from coursekit.data._files import summary

PADDING = "<pad>"
OPENINGS = ("", "we thought ", "everyone said ")
THINGS = ("film", "show", "song", "play", "concert")
FACTS = ("long", "short", "loud", "quiet", "new", "old")
MOODS = {
    **dict.fromkeys(("good", "lovely", "clever", "funny", "charming"), 1),
    **dict.fromkeys(("bad", "dull", "boring", "silly", "clumsy"), 0),
}
NEGATIONS = ("not ", "never ")
STRENGTHS = ("", "very ", "really ")


class Sentences(NamedTuple):
    """Sentences as word numbers (N, L) with moods (N,), split into training and test."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    text_train: tuple[str, ...]
    text_test: tuple[str, ...]
    vocabulary: tuple[str, ...]
    class_names: tuple[str, ...]

    def __repr__(self):
        return summary(self)

    def encode(self, text: str) -> np.ndarray:
        """The word numbers (L,) of a sentence of your own, padded to the common length L.

        Raises:
            ValueError: a word is not in the vocabulary, or there are more than L words.
        """
        words, length = text.lower().split(), self.x_train.shape[1]
        unknown = [word for word in words if word not in self.vocabulary]
        if unknown:
            raise ValueError(
                f"not in the vocabulary: {', '.join(map(repr, unknown))}; "
                f"the words are {' '.join(self.vocabulary[1:])}"
            )
        if len(words) > length:
            raise ValueError(f"{len(words)} words; a sentence here has {length} at most")
        return _encode([words], self.vocabulary, length)[0]

    def decode(self, ids) -> str:
        """The sentence that a row of word numbers (L,) stands for, without its padding."""
        return " ".join(self.vocabulary[i] for i in ids if self.vocabulary[i] != PADDING)


def _short_group(mood, negation, strength, opening, thing):
    """Two sentences, one of each mood."""
    for negated in (False, True):
        judgement = f"{negation * negated}{strength}{mood}"
        yield f"{opening}the {thing} was {judgement}", MOODS[mood] ^ negated


def _long_group(mood, negation, strength, opening, thing, fact, judgement_first):
    """Four sentences: negation at neither, at the fact, at the judgement, at both."""
    for at_fact, at_mood in product((False, True), repeat=2):
        statement = f"{negation * at_fact}{strength}{fact}"
        judgement = f"{negation * at_mood}{strength}{mood}"
        first, second = (judgement, statement) if judgement_first else (statement, judgement)
        yield f"{opening}the {thing} was {first} and it was {second}", MOODS[mood] ^ at_mood


def _scattered(options):
    """The same options in an order that looks random and is the same everywhere, for ever."""
    return sorted(options, key=lambda option: zlib.crc32(repr(option).encode()))


def _write():
    """All (sentence, mood) pairs: the training part and the test part.

    Of each template and each word of mood, training gets one group for every negation with every
    strength, so no phrase of the test is new. The test gets two other groups.
    Groups that differ in their negation alone would share the sentences without one, so each
    choice of the other words goes with one negation only.
    """
    training, test = [], []
    short = (STRENGTHS, OPENINGS, THINGS)
    long = (*short, FACTS, (False, True))
    for make, choices in ((_short_group, short), (_long_group, long)):
        for mood in MOODS:
            others = _scattered(product(*choices))
            groups = [(NEGATIONS[i % 2], *words) for i, words in enumerate(others)]
            phrases = {group[:2]: group for group in groups}.values()
            rest = [group for group in groups if group not in phrases]
            for part, chosen in ((training, phrases), (test, rest[:2])):
                for group in chosen:
                    part.extend(make(mood, *group))
    return _scattered(training), _scattered(test)


def _encode(sentences, vocabulary, length):
    ids = {word: i for i, word in enumerate(vocabulary)}
    padded = [words + [PADDING] * (length - len(words)) for words in sentences]
    return np.array([[ids[word] for word in words] for words in padded], dtype=np.int64)


@cache
def _sentences():
    parts = _write()
    words = [[text.split() for text, _ in part] for part in parts]
    every = [sentence for part in words for sentence in part]
    vocabulary = (PADDING, *sorted({word for sentence in every for word in sentence}))
    length = max(map(len, every))
    x_train, x_test = (_encode(part, vocabulary, length) for part in words)
    y_train, y_test = (np.array([y for _, y in part], dtype=np.int64) for part in parts)
    text_train, text_test = (tuple(text for text, _ in part) for part in parts)
    return Sentences(
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
        text_train=text_train,
        text_test=text_test,
        vocabulary=vocabulary,
        class_names=("negative", "positive"),
    )


def sentences() -> Sentences:
    """Short sentences of good or bad mood: 360 to train on, 120 to test on. They are made up.

    Templates filled with words make them, always the same ones; nobody said or wrote them.
    They are built so that single words tell nothing: half of the sentences with any one word are
    positive. Two or three words in a row tell all: "not good", "never very dull".

    Arrays: `x_train` (360, L) and `x_test` (120, L), ``int64``: numbers of words, an index into
    `vocabulary`, filled up to the common length L with 0, the number of ``<pad>``;
    `y_train` (360,) and `y_test` (120,), ``int64``: 1 positive, 0 negative, half of each.
    `text_train` and `text_test` are the same sentences as text. No sentence is in both parts.
    `encode(text)` and `decode(ids)` go from text to numbers and back.

    >>> data = sentences()
    >>> ids = data.encode("the film was not very good")
    >>> ids.shape == data.x_train[0].shape
    True
    >>> data.decode(ids)
    'the film was not very good'
    """
    shared = _sentences()
    return shared._replace(
        **{
            field: value.copy()
            for field, value in shared._asdict().items()
            if isinstance(value, np.ndarray)
        }
    )
