"""What the first operations on images accept, said in one place."""

from .input_checks import counts, numbers, whole


def eight_bit(image):
    numbers("image", image)
    if image.dtype.kind == "f":
        raise ValueError(
            f"image holds {image.dtype}, but whole numbers 0 … 255 are scaled: "
            "it may be done already"
        )


def coloured(image):
    numbers("image", image, "H W C", kinds="biuf")


def shift(image, dy, dx):
    numbers("image", image, kinds="biuf")
    if image.ndim not in (2, 3):
        raise ValueError(f"image must be (H, W) or (H, W, C), but its shape is {image.shape}")
    for name, value in (("dy", dy), ("dx", dx)):
        whole(name, value, 1, minimum=None)


def dense_layer(height, width, channels, units):
    counts(height=height, width=width, channels=channels, units=units)
