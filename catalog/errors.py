"""The one kind of error that reaches a person: where, what, why, and what to do."""


class SlipwayError(Exception):
    """A refusal or a failure with its place and its fix.

    Args:
        path: where it is: a key (`models.iris.replicas`), a file, a resource or a command.
        value: what was found there, as text; empty when it says nothing or is a secret.
        why: why it cannot be so.
        fix: what to do about it.
        rule: id of the rule that found it; empty where none did.
    """

    def __init__(self, path: str, value: str, why: str, fix: str, *, rule: str = "") -> None:
        super().__init__(path, value, why, fix)
        self.path = path
        self.value = value
        self.why = why
        self.fix = fix
        self.rule = rule

    def __str__(self) -> str:
        """One line a field, the fix last."""
        found = f" ({self.value})" if self.value else ""
        return f"{self.path}{found}: {self.why}\n  fix: {self.fix}"


class SeveralErrors(Exception):
    """All the errors of one input, in one report.

    Args:
        errors: at least one error, in the order of the input.
    """

    def __init__(self, errors: "list[SlipwayError]") -> None:
        super().__init__(*errors)
        self.errors = errors

    def __str__(self) -> str:
        """One error after the other."""
        return "\n".join(str(error) for error in self.errors)
