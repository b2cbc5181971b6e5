"""Rows of pixels to rows of tiles and back, many tiles by one small matrix.

A matrix that transforms one tile stands in a *band* once for each tile of a block, every time
beside the pixels of that tile.  Zeros around it are multiplied in vain, but one product serves
all tiles, padding and partly empty tiles are columns left out, and overlapping tiles are added
by the product itself.  It also turns channels-first images into channels-last rows, because a
matrix product reads a transposed operand as quickly.

Each map is a list of blocks (places in the result, places in the operand, matrix).
"""

import numpy as np

BLOCK = 8  # tiles that share a matrix


def blocks(tiles):
    return [range(j, min(j + BLOCK, tiles)) for j in range(0, tiles, BLOCK)]


def places(tiles):
    """Six numbers a tile."""
    return slice(6 * tiles.start, 6 * tiles.stop)


def overlapping(bt, tiles, pixels, padding):
    """(6·tiles, pixels): Bᵀ (6, 6) of tiles that begin every 4 pixels."""
    band = np.zeros((len(tiles), 6, 4 * len(tiles) + 2), bt.dtype)
    for k in range(len(tiles)):
        band[k, :, 4 * k : 4 * k + 6] = bt
    start = 4 * tiles.start - padding
    return band.reshape(6 * len(tiles), -1)[:, pixels.start - start : pixels.stop - start]


def pixels_to_tiles(bt, tiles, width, padding):
    """Input pixels → Bᵀ·tile."""
    maps = []
    for block in blocks(tiles):
        start, stop = 4 * block.start - padding, 4 * block.stop + 2 - padding
        pixels = slice(max(0, start), min(width, stop))
        band = overlapping(bt, block, pixels, padding)
        maps.append((places(block), pixels, np.asfortranarray(band)))
    return maps


def tiles_to_pixels(bt, tiles, width, padding):
    """B·tile → input pixels, the transposed of ``pixels_to_tiles``.

    A block has four pixels a tile; the first two also lie in the last tile of the block before.
    """
    maps = []
    for block in blocks(tiles):
        start, stop = 4 * block.start - padding, 4 * block.stop - padding
        pixels = slice(max(0, start), width if block.stop == tiles else min(width, stop))
        block = range(max(0, block.start - 1), block.stop)
        maps.append(
            (pixels, places(block), np.asfortranarray(overlapping(bt, block, pixels, padding).T))
        )
    return maps


def tiles_to_outputs(at, tiles, width):
    """Aᵀ·tile → output pixels, four a tile."""
    maps = []
    for block in blocks(tiles):
        pixels = slice(4 * block.start, min(width, 4 * block.stop))
        band = np.kron(np.eye(len(block), dtype=at.dtype), at)[: pixels.stop - pixels.start]
        maps.append((pixels, places(block), np.asfortranarray(band)))
    return maps


def outputs_to_tiles(at, tiles, width):
    """Output pixels → A·tile, the transposed of ``tiles_to_outputs``."""
    return [
        (to, from_, np.asfortranarray(band.T))
        for from_, to, band in tiles_to_outputs(at, tiles, width)
    ]


def apply(maps, rows, out):
    """Write to out (…, W', C) the maps of rows (…, W, C)."""
    for to, from_, band in maps:
        np.matmul(band, rows[..., from_, :], out=out[..., to, :])
