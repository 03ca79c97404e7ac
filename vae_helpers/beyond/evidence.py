"""Evidence: a mean with its errors, a claim that is written down before its number, and the verdict."""

from dataclasses import dataclass
from math import floor, hypot, log10, nan

from IPython.display import Markdown
from torch import Tensor

from vae_helpers._inputs import check_alike, check_finite

# As safe as three standard errors (chance passes them once in 370), where n models gave the error itself:
# quantiles of Student's t (1908, Biometrika 6:1), which is wider than the bell.
STUDENT = {1: nan, 2: 235.8, 3: 19.2, 4: 9.2, 5: 6.6, 6: 5.5}


def table(header: list, *rows: list) -> Markdown:
    """A header and the rows under it, as the last expression of a cell shows them.

    >>> print(table(["digit", "images"], [3, 1010]).data)
    | digit | images |
    | --- | --- |
    | 3 | 1010 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return Markdown("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))


def errors(values: Tensor) -> tuple[float, float]:
    """Standard errors of the mean over images and over models: `(N,)` is one model, `(models, N)` several.

    The second is 0 for `(N,)`, which claims nothing about other models, and nan for a row alone.

    Raises:
        TypeError, ValueError: `values` are not finite floats in one of these shapes.
    """
    check_finite(values, "values")
    if values.ndim not in (1, 2) or values.numel() == 0:
        raise ValueError(f"values must have shape (N,) or (models, N), got {tuple(values.shape)}")
    if values.ndim == 1:
        return _standard_error(values), 0.0
    return _standard_error(values.mean(0)), _standard_error(values.mean(1))


def _standard_error(values: Tensor) -> float:
    """Of the mean of `(n,)`: the standard deviation divided by the root of n; nan for one value."""
    if len(values) == 1:
        return nan
    return values.std().item() / len(values) ** 0.5


def with_error(values: Tensor) -> str:
    """Mean ± error over images, of `(N,)`; of `(models, N)` ± error over models too. Two digits of error.

    >>> with_error(torch.tensor([1.0, 2.0, 3.0]))
    '2.00 ± 0.58'

    Raises:
        TypeError, ValueError: as `errors`.
    """
    over_images, over_models = errors(values)
    if values.ndim == 1:
        return _written(values.mean().item(), over_images)
    return _written(values.mean().item(), over_images, over_models)


@dataclass(frozen=True)
class Claim:
    """What is claimed, against which rival, by which measure, and what the difference must exceed.

    >>> claim = Claim("Threes are taller", "ones", "height in pixels", 1.0)
    >>> claim.judge(ours=torch.tensor([19.0, 20.0, 21.0]), rival=torch.tensor([9.0, 9.5, 10.0]))[-2:]
    ['10.50 ± 0.65', 'holds']
    """

    claim: str
    rival: str
    measure: str
    threshold: float

    def judge(self, ours: Tensor, rival: Tensor, *, paired: bool = False) -> list[str]:
        """The claim's row: itself, its rival, its measure, the threshold, the difference, the verdict.

        It *holds* (or *fails*) if the difference is above (below) the threshold by more than a margin: three
        standard errors over images, and over models as many as are as safe (`STUDENT`: 6.6 for five, 5.5 from
        six on), added as squares. Else it is *open*. *Narrowly* says that a sixth of the margin, half a
        standard error over images, would change that.

        Args:
            ours, rival: what was measured, in the shapes of `errors`.
            paired: whether both are of the same images, so that each image gives one difference.

        Returns:
            Six texts, one for each column.

        Raises:
            TypeError, ValueError: as `errors`, or `paired` values are not of one shape.
        """
        if paired:
            check_alike(ours, "ours", rival, "rival")
        over_images = over_models = margin = 0.0
        for values in [ours - rival] if paired else [ours, rival]:
            by_images, by_models = errors(values)
            as_safe = STUDENT.get(len(values), 5.5) if values.ndim == 2 else 0.0
            over_images = hypot(over_images, by_images)
            over_models = hypot(over_models, by_models)
            margin = hypot(margin, 3 * by_images, as_safe * by_models)
        difference = (ours.mean() - rival.mean()).item()
        excess = difference - self.threshold
        verdict = "open"  # also where an error is not known
        if excess > margin:
            verdict = "holds"
        if excess < -margin:
            verdict = "fails"
        if abs(abs(excess) - margin) < margin / 6:
            verdict += ", narrowly"
        written = _written(difference, over_images)
        if max(ours.ndim, rival.ndim) == 2:
            written = _written(difference, over_images, over_models)
        return [self.claim, self.rival, self.measure, f"> {self.threshold:g}", written, verdict]


def _written(mean: float, *spread: float) -> str:
    """A mean and its errors, to the second digit of the largest error; one that is not known is a `?`."""
    largest = max([error for error in spread if error > 0], default=0.0)
    digits = max(1, 1 - floor(log10(largest))) if largest else 3
    rounded = [f"{round(value, digits) + 0.0:.{digits}f}" for value in (mean, *spread)]  # + 0.0: no -0
    return " ± ".join(rounded).replace("nan", "?")
