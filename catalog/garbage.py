"""How often Python looks for garbage."""

import gc


def collect_rarely() -> None:
    """For a process that makes a great many objects which stay, and ends soon: a command, the program of a stack.

    Modules, declarations and resources are not garbage, and Python goes through all of them again each time they have
    grown by a few thousand: a fifth of the time that a stack in a cloud takes.
    """
    gc.set_threshold(100_000, 20, 50)
