"""Made-up values from a seed: identifiers, keys, addresses.

Only `random.Random.random()` is used. It is the one method whose sequence Python promises to keep for a seed, so the sample
stays the same under every Python 3. Each window of the trail has a stream of its own (seeded by its name): a change in one
window moves nothing in the others.
"""

import random

SEED = "polgen samples 1"
HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
BASE64 = ALPHANUMERIC + "+/"


class Draw:
    """A stream of made-up values."""

    def __init__(self, name):
        self._random = random.Random(f"{SEED}/{name}")

    def below(self, limit):
        """A whole number from 0 to limit - 1."""
        return int(self._random.random() * limit)

    def between(self, low, high):
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one_in(self, count):
        """True once in `count` times, on average."""
        return self.below(count) == 0

    def choose(self, values):
        """One of the values."""
        return values[self.below(len(values))]

    def text(self, alphabet, length):
        """That many characters of the alphabet."""
        return "".join(self.choose(alphabet) for _ in range(length))

    def uuid(self):
        """A version 4 UUID."""
        digits = self.text(HEX, 12) + "4" + self.text(HEX, 3) + self.choose("89ab") + self.text(HEX, 15)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def access_key(self):
        """The access key id of a session; EXAMPLE marks it as made up."""
        return "ASIA" + self.text(BASE32, 9) + "EXAMPLE"
