"""Run a learner's function safely, say what is so, and name a mistake only where the numbers prove it.

An exercise is a right answer, a few inputs from small to large, and the mistakes that are its own. Its check
shows the first input on which the learner's function differs: what came, and what is right. A mistake is
named if its numbers are the learner's on all inputs, and those of no other listed mistake are. The kinds of
mistake that any exercise can meet are listed once, in `common.py`, as changes of the right answer. What would
repair it is in the result's `.hint`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Literal

import torch
from torch import Tensor

from vae_helpers._state import seeded, usual_defaults
from vae_helpers.checks._attempt import (
    Attempt,
    Case,
    Wrong,
    alike,
    distributed_alike,
    expect_numbers,
    expect_shape,
    same,
    shares_below,
)
from vae_helpers.checks._errors import about_error, unwritten
from vae_helpers.checks._words import constant, given, side_by_side, what_came, written
from vae_helpers.checks.common import LEAD, because, kinds
from vae_helpers.checks.result import CheckResult, plain, told_apart

Mistakes = Mapping[str, Callable]  # the words that follow "if", and a function that makes the mistake

CUT = (
    "`.detach()`, `.item()`, numpy, `torch.no_grad()` and `sample()` cut a gradient, and so does `clamp` "
    "beyond its limits."
)
FRESH = "Draw the noise inside the function, for each entry of the answer its own, and set no seed there."


@dataclass
class Check:
    """`checks.NAME(my_NAME)`: what is wrong with a learner's function, told by what it does."""

    name: str
    examine: Callable[[Attempt], str]  # raises Wrong, or returns what to say to a right answer
    names: Sequence[str]  # of the inputs
    package: Callable  # what the notebook goes on with while the learner's is not right
    hint: str
    exercise: "Exercise | None" = None

    def __call__(self, function: Callable, _seed: int = 0) -> CheckResult:
        """Run the function; whatever it does, a result is what comes back."""
        begun, attempt = True, Attempt(function, self.names)
        try:
            if not callable(function):
                kind = what_came(function)
                hint = f"Give it the name alone, `checks.{self.name}(my_{self.name})`."
                raise Wrong(f"The check was given {kind}, and no function.", hint)
            with seeded(_seed), usual_defaults(), torch.inference_mode(False), torch.enable_grad():
                praise = self.examine(attempt)
            return CheckResult(self.name, "passed", praise, function=function)
        except Wrong as wrong:
            message, hint = str(wrong), wrong.hint
        except NotImplementedError as error:
            message, hint, begun = unwritten(error, function, self.name)
        except (Exception, SystemExit) as error:
            message, hint = about_error(error, function, self.names, attempt.case)
        status: Literal["failed", "not attempted"] = "failed" if begun else "not attempted"
        return CheckResult(self.name, status, message, hint or self.hint, self.package)


def check(*, package: Callable, hint: str) -> Callable[[Callable[[Attempt], str]], Check]:
    """Make a check of an examination, for an exercise that is more than inputs and a right answer."""
    names = list(signature(package).parameters)
    return lambda examine: Check(examine.__name__, examine, names, package, hint)


def exercise(*, hint: str, package: Callable | None = None, **parts: Any) -> Callable[[Callable], Check]:
    """Make a check of a right answer; `parts` are those of `Exercise`, or of `Draws` where chance decides."""

    def decorate(right: Callable) -> Check:
        kind = Draws if "standard" in parts else Exercise  # which only random answers have
        made = kind(right=right, **parts)
        return Check(right.__name__, made.examine, made.names, package or right, hint, made)

    return decorate


@dataclass(kw_only=True)
class Exercise:
    """Inputs, the right answer to them, and what else could come out."""

    right: Callable  # in plain torch: a mistake may give it inputs that the package refuses
    inputs: Callable[[], list[Case]]  # from small to large: the first that differs is shown
    mistakes: Any  # Mistakes; where several values are returned, such a dict for each, in order of judging
    praise: str
    returns: Sequence[str] = ("",)  # the names of several values; "" is the name of one value alone
    gradients: Sequence[str] = ()  # the inputs to which a gradient of what is returned (first) must lead
    dtype: torch.dtype | None = None  # where 32 and 64 bits are not both right
    close: Callable[..., Tensor] | None = None  # entry by entry, where more than one answer is right
    picture: Callable[[Tensor], Tensor] | None = None  # an answer as images, (N, 28, 28)
    after: Callable[[Attempt], str] | None = None  # a last look; what it returns is added to the praise
    lead: str = LEAD  # to the words of a mistake

    @property
    def names(self) -> list[str]:
        """Of the inputs."""
        return list(signature(self.right).parameters)

    def examine(self, attempt: Attempt) -> str:
        """Compare what came with what is right, on all inputs."""
        cases = self.inputs()
        for name, mistakes in self.listed().items():
            self._compare(attempt.one_of(self.returns, name), cases, self.right_of(name), mistakes)
        if self.gradients:
            self._expect_gradients(attempt.one_of(self.returns, self.returns[0]), cases[-1])
        return f"{self.praise} {self.after(attempt) if self.after else ''}".strip()

    def right_of(self, name: str) -> Callable:
        """The right answer, or one value of it."""
        if not name:
            return self.right
        return lambda *case: self.right(*case)[self.returns.index(name)]

    def listed(self) -> dict[str, dict[str, Callable]]:
        """All mistakes that can be named, for each value that is returned."""
        own = self.mistakes if self.returns[0] else {"": self.mistakes}
        case = self.inputs()[0]
        return {name: kinds(self.right_of(name), self.names, case) | own[name] for name in own}

    def _compare(self, attempt: Attempt, cases: list[Case], right: Callable, mistakes: Mistakes) -> None:
        """Accept the right numbers; for others, say what came and, if it is proved, why."""
        tried = []
        for case in cases:
            right_answer = right(*case)
            answer = expect_numbers(attempt(*case), right_answer)
            tried.append((answer, torch.as_tensor(right_answer), case))
        for answer, right_answer, case in reversed(tried):  # large inputs show best what a shape stands for
            expect_shape(attempt, answer, right_answer, case)
        wrong = [one for one in tried if not self.matches(*one).all()]
        if wrong:
            reason = self._proved(mistakes, tried) or self._facts(attempt, right, tried)
            raise Wrong(f"{self._difference(attempt, *wrong[0])} {reason}".strip())
        allowed = (self.dtype,) if self.dtype else (torch.float32, torch.float64)
        dtype = tried[0][0].dtype
        if dtype not in allowed:
            message = f"The numbers are right, but of type {dtype}; {allowed[0]} is asked for."
            raise Wrong(message, "`.float()` makes a float32 of any tensor.")

    def matches(self, answer: Tensor, right: Tensor, case: Case) -> Tensor:
        """Where two answers are the same, entry by entry."""
        if answer.shape != right.shape:
            return torch.tensor(False)
        return self.close(answer, right, *case) if self.close else alike(answer, right)

    def _proved(self, mistakes: Mistakes, tried: list[tuple[Tensor, Tensor, Case]]) -> str:
        """The one listed mistake whose numbers are these on all inputs, if there is one."""
        found = list(mistakes)
        for answer, _, case in tried:
            found = [words for words in found if self._makes(mistakes[words], answer, case)]
        return because(found, self.lead)

    def _makes(self, mistake: Callable, answer: Tensor, case: Case) -> bool:
        try:
            return bool(self.matches(answer, torch.as_tensor(mistake(*case)), case).all())
        except Exception:  # a mistake that cannot be made with these inputs
            return False

    def _difference(self, attempt: Attempt, answer: Tensor, right: Tensor, case: Case) -> str:
        """The input on which the two differ, what came, and what is right."""
        inputs = given(attempt.names, case)
        first = tuple((~self.matches(answer, right, case)).nonzero()[0].tolist())
        if self.picture:
            pair = side_by_side(self.picture(answer)[first[0]], self.picture(right)[first[0]])
            return f"For {inputs}, image {first[0]} of what comes, and what is right:\n\n{pair}\n\n"
        came, asked = written(answer), written(right)
        if answer.numel() <= 6 and came != asked:
            return f"For {inputs}, {attempt.returned} {came}; right is {asked}."
        came, asked = told_apart(answer[first].item(), right[first].item())
        return f"For {inputs}, {attempt.returned} {came} in place {list(first)}; right is {asked}."

    def _facts(self, attempt: Attempt, right: Callable, tried: list[tuple[Tensor, Tensor, Case]]) -> str:
        """What is so of wrong numbers whose cause is not known."""
        cases = [case for _, _, case in tried]
        should = Attempt(right, self.names).ignored(cases)
        ignored = [f"`{name}`" for name in attempt.ignored(cases) if name not in should]
        if ignored:
            return f"What comes does not depend on {' or '.join(ignored)}."
        answer = torch.cat([came.detach().double().flatten() for came, _, _ in tried])
        asked = torch.cat([one.detach().double().flatten() for _, one, _ in tried])
        factor, shift = (answer @ asked) / (asked @ asked), (answer - asked).mean()
        if factor.isfinite() and same(answer, factor * asked):
            return f"All that comes is what is right times {plain(factor.item())}."
        if shift.isfinite() and same(answer - asked, shift.expand(asked.shape)):
            return f"All that comes is what is right plus {plain(shift.item())}."
        return ""

    def _expect_gradients(self, attempt: Attempt, case: Case) -> None:
        """Accept an answer whose gradients are those of the right one."""
        leaves = {name: value for name, value in zip(self.names, case, strict=True) if name in self.gradients}
        for leaf in leaves.values():
            leaf.requires_grad_()
        answer = attempt(*case)
        weights = torch.linspace(1, 2, answer.numel()).view(answer.shape)
        right = self._with_right_gradients(answer, case)
        asked = torch.autograd.grad((weights * right).sum(), list(leaves.values()))
        came: Sequence[Tensor | None] = [None] * len(leaves)
        if answer.requires_grad:
            came = torch.autograd.grad((weights * answer).sum(), list(leaves.values()), allow_unused=True)
        for name, ours, slope in zip(leaves, came, asked, strict=True):
            if ours is None or (slope.any() and not ours.any()):
                of = f" of `{self.returns[0]}`" if self.returns[0] else ""
                raise Wrong(f"The numbers are right, but no gradient{of} reaches `{name}`.", CUT)
            if not same(ours, slope):
                first = tuple((~alike(ours, slope)).nonzero()[0].tolist())
                one, other = told_apart(ours[first].item(), slope[first].item())
                raise Wrong(
                    f"The numbers are right, the gradient for `{name}` is not: it is {one} in place "
                    f"{list(first)}; right is {other}.",
                    CUT,
                )

    def _with_right_gradients(self, answer: Tensor, case: Case) -> Tensor:
        """The right answer; where chance decides, this answer, made again of the noise that it has."""
        return self.right_of(self.returns[0])(*case)


@dataclass(kw_only=True)
class Draws(Exercise):
    """An exercise whose answer is random: its distribution is compared, and that of each mistake."""

    small: Case  # for a first look: rows, and columns, that are all alike
    standard: Callable[..., Tensor]  # numbers that are all distributed alike if the answer is right
    means: str  # what these are, in words
    of_its_noise: Callable[..., Tensor] = torch.as_tensor  # an answer, made again from the inputs
    lead: str = "Numbers like these come out, on all inputs tried,"

    def examine(self, attempt: Attempt) -> str:
        """Compare distributions, once each number has noise of its own."""
        # a first look: numbers, of the right shape
        answer, again = (expect_numbers(attempt(*self.small), torch.zeros(())) for _ in range(2))
        expect_shape(attempt, answer, self.right(*self.small), self.small)
        if not answer.isfinite().all():
            return super().examine(attempt)
        # fresh noise: another call gives other numbers
        if same(answer, again):
            few = written(answer.flatten()[:3])
            raise Wrong(
                f"Two calls with the same inputs return the same, {few} ...: no noise is fresh.", FRESH
            )
        # noise for each: no two rows, and no two columns, are alike
        for dim, lines in enumerate(("rows", "columns")[: answer.ndim]):
            if same(answer, answer.narrow(dim, 0, 1).expand(answer.shape)):
                raise Wrong(f"All {lines} that come are alike; each should have noise of its own.", FRESH)
        # as many draws as are asked for, before there are as many for each of many rows
        counts = [name for name, value in zip(self.names, self.small, strict=True) if isinstance(value, int)]
        if set(counts) & set(attempt.ignored([self.small])):
            raise Wrong(f"What comes does not depend on `{counts[0]}`.")
        return super().examine(attempt)

    def matches(self, answer: Tensor, right: Tensor, case: Case) -> Tensor:
        """Whether two answers are distributed alike."""
        if answer.shape != right.shape or not answer.isfinite().all():
            return torch.tensor(False)
        one, other = (self.standard(numbers.detach(), *case).flatten() for numbers in (answer, right))
        return torch.tensor(distributed_alike(one, other))

    def _difference(self, attempt: Attempt, answer: Tensor, right: Tensor, case: Case) -> str:
        """Mean and spread of what came and of what is right, and which of them differs."""
        inputs = f"For {given(attempt.names, case)},"
        lost = int((~answer.isfinite()).sum())
        if lost:
            return f"{inputs} {lost} of the {answer.numel()} numbers that come are nan or infinite."
        came, asked, name = answer.detach(), right.detach(), "what comes"
        if not all(map(constant, case)):
            came, asked, name = self.standard(came, *case), self.standard(asked, *case), self.means
        (m, s), (m0, s0) = ((numbers.mean().item(), numbers.std().item()) for numbers in (came, asked))
        shown = (
            f"{inputs} {name} has mean {plain(m, 3)} and standard deviation {plain(s, 3)}; right are about "
            f"{plain(m0, 3)} and {plain(s0, 3)}."
        )
        kurtosis = ((asked - m0) / s0).pow(4).mean().item()
        mean_fits = abs(m - m0) < 4 * s0 * (2 / came.numel()) ** 0.5
        spread_fits = abs(s / s0 - 1) < 4 * ((kurtosis - 1) / 2 / came.numel()) ** 0.5
        if mean_fits and spread_fits:
            points, ours, theirs = shares_below(came.flatten(), asked.flatten())
            most = (ours - theirs).abs().argmax()
            place = plain(points[most].item(), 3)
            return f"{shown} Both fit, but {ours[most]:.1%} lie below {place}, and {theirs[most]:.1%} should."
        if mean_fits or spread_fits:
            one, other = ("mean", "spread") if mean_fits else ("spread", "mean")
            return f"{shown} The {one} fits, the {other} does not."
        return shown

    def _with_right_gradients(self, answer: Tensor, case: Case) -> Tensor:
        return self.of_its_noise(answer.detach(), *case)
