"""What chance alone does: the exact tails by which marks are told from content that only looks like it."""

from math import erfc, exp, lgamma, log, log1p, sqrt


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """Return the chance of at least so many successes among independent trials that each succeed with `share`."""
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    term = exp(
        lgamma(trials + 1)
        - lgamma(successes + 1)
        - lgamma(trials - successes + 1)
        + successes * log(share)
        + (trials - successes) * log1p(-share)
    )
    total, odds = 0.0, share / (1 - share)
    for count in range(successes, trials + 1):
        total += term
        term *= (trials - count) / (count + 1) * odds
    return min(1.0, total)


def normal_tail(z: float) -> float:
    """Return the chance that a standard normal value is at least z."""
    return 0.5 * erfc(z / sqrt(2))


def sign_tail(z: float, places: int) -> float:
    """Return a bound on the chance that a sum of values with random signs exceeds z times its spread at any of places.

    The spread is the root of the sum of squares. Hoeffding's bound holds whatever the values are, and adding up over
    the places holds however they hang together.
    """
    return min(1.0, places * exp(-z * z / 2)) if z > 0 else 1.0
