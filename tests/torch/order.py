"""The order in which `incline train` takes samples, from the definitions: Philox4x32-10 (Salmon et al.
2011) and the permutation that host/util/rng.h makes of it."""

SHUFFLE = 2  # what its numbers are drawn for


def philox(seed, stream, index):
    """A block of four words."""
    x = [index & 0xFFFFFFFF, index >> 32, stream & 0xFFFFFFFF, stream >> 32]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = x[0] * 0xD2511F53, x[2] * 0xCD9E8D57
        x = [b >> 32 ^ x[1] ^ key[0], b & 0xFFFFFFFF, a >> 32 ^ x[3] ^ key[1], a & 0xFFFFFFFF]
        key = [key[0] + 0x9E3779B9 & 0xFFFFFFFF, key[1] + 0xBB67AE85 & 0xFFFFFFFF]
    return x


def mixed(h):
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def permutation(seed, stream, n):
    """A Feistel network of 8 rounds on half as many bits twice, walked until it falls below n."""
    half = next(bits for bits in range(1, 17) if 4 ** bits >= n)
    mask = 2 ** half - 1
    keys = philox(seed, stream, 0) + philox(seed, stream, 1)

    def place(value):
        left, right = value >> half, value & mask
        for key in keys:
            left, right = right, (left ^ mixed(right ^ key)) & mask
        value = left << half | right
        return value if value < n else place(value)

    return [place(index) for index in range(n)]


def batches(rows, size, steps, seed=1):
    """The samples of each step; those left over at the end of an epoch are a batch of their own."""
    epoch = 0
    while steps > 0:
        order = permutation(seed, epoch << 32 | SHUFFLE, rows) if size < rows else range(rows)
        for first in range(0, rows, size)[:steps]:
            yield list(order[first:first + size])
        steps -= len(range(0, rows, size))
        epoch += 1
