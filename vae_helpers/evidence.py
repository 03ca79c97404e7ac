"""Evidence: a mean with its errors, a claim that is written down before its number, and the verdict."""

from dataclasses import dataclass
from math import floor, hypot, log10, nan

from IPython.display import Markdown
from torch import Tensor

from vae_helpers._inputs import check_finite

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
    Raises: TypeError, ValueError: `values` are not finite floats in one of these shapes.
    """
    check_finite(values, "values")
    if values.ndim not in (1, 2) or values.numel() == 0:
        raise ValueError(f"values must have shape (N,) or (models, N), got {tuple(values.shape)}")
    rows = values.reshape(-1, values.shape[-1])
    means = rows.mean(0), rows.mean(1)  # of each image, of each model
    images, models = (m.std().item() / len(m) ** 0.5 if len(m) > 1 else nan for m in means)
    return images, models if values.ndim == 2 else 0.0


def with_error(values: Tensor) -> str:
    """Mean ± error over images, of `(N,)`; of `(models, N)` ± error over models too. Two digits of error.

    >>> with_error(torch.tensor([1.0, 2.0, 3.0]))
    '2.00 ± 0.58'
    """
    spread = errors(values)[: values.ndim]
    return _shown(values.mean().item(), spread)


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

        It *holds* (or *fails*) if the difference is above (below) the threshold by more than three
        standard errors over images and as much over models, added as squares; else it is *open*.
        *Narrowly* says that half a standard error would change that.
        Args: ours, rival: what was measured, in the shapes of `errors`; paired: whether both are of the
        same images, so that each image gives one difference.
        """
        parts = [ours - rival] if paired else [ours, rival]
        both = [errors(part) for part in parts]
        images, models = hypot(*(error[0] for error in both)), hypot(*(error[1] for error in both))
        safe = (STUDENT.get(len(part), 5.5) if part.ndim == 2 else 0.0 for part in parts)
        margin = hypot(3 * images, *(s * error[1] for s, error in zip(safe, both, strict=True)))
        gap = (ours.mean() - rival.mean()).item()
        excess = gap - self.threshold
        verdict = "holds" if excess > margin else "fails" if excess < -margin else "open"
        narrowly = ", narrowly" if abs(abs(excess) - margin) < margin / 6 else ""
        shown = _shown(gap, (images, models) if max(ours.ndim, rival.ndim) == 2 else (images,))
        return [self.claim, self.rival, self.measure, f"> {self.threshold:g}", shown, verdict + narrowly]


def _shown(mean: float, spread: tuple[float, ...]) -> str:
    known = [error for error in spread if error > 0]
    digits = min(3, max(1, 1 - floor(log10(max(known))))) if known else 3
    rounded = (round(value, digits) + 0.0 for value in (mean, *spread))  # + 0.0 makes 0 of -0
    return " ± ".join(f"{value:.{digits}f}" for value in rounded).replace("nan", "?")
