"""The stop button: Ctrl-C and Jupyter's ■ wait for a moment at which nothing is left half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class StopButton:
    """Inside, a press does not stop Python in the middle of things: it is noted.

    Half an import, half a progress bar or half a step of the optimizer could not be made good again. So the
    work asks for `pressed` where it can stop. While `again_breaks`, another press stops it wherever it is, as
    it must where a learner's function never returns. Python hears a press in the main thread alone: in any
    other one, this does nothing.
    """

    def __init__(self) -> None:
        self.pressed = False
        self.again_breaks = False

    def __enter__(self) -> "StopButton":
        self._heard_here = threading.current_thread() is threading.main_thread()
        if self._heard_here:
            self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        if self._heard_here:
            signal.signal(signal.SIGINT, self._before)

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        if self.pressed and self.again_breaks:
            raise KeyboardInterrupt
        self.pressed = True


@contextmanager
def stop_waits() -> Iterator[None]:
    """A press inside stops the work at its end.

    Also around the first optimizer of a session, which imports parts of torch.
    """
    with StopButton() as stop:
        yield
    if stop.pressed:
        raise KeyboardInterrupt
