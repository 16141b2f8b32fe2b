"""How the sandbox tells what it does."""

from typing import Protocol


class Progress(Protocol):
    """Called for every step a person may wait for."""

    def __call__(self, part: str, text: str, seconds: float, /) -> None:
        """Say one thing.

        Args:
            part: what it is about, such as `apiserver` or `packages`.
            text: what happened, without a full stop.
            seconds: how long it took; 0 when it only begins.
        """


def silent(_part: str, _text: str, _seconds: float, /) -> None:
    """Say nothing."""
