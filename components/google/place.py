"""Where on Google a stack is, and what things are called there: literal names, known before anything is made.

Limits: https://cloud.google.com/iam/docs/service-accounts-create, https://cloud.google.com/resource-manager/docs/labels-overview
(read 2026-11).
"""

import re
from dataclasses import dataclass

from components.names import joined_name, safe_name

STACK_LABEL = "slipway-stack"
_ACCOUNT_ID, _LABEL = 30, 63


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A project and a region, as one stack uses them.

    Attributes:
        project: its id.
        stack: its name, in the label `slipway-stack` of everything that can have labels.
    """

    project: str
    region: str
    stack: str

    @property
    def labels(self) -> dict[str, str]:
        """The labels of everything that is made here."""
        return {STACK_LABEL: safe_name(re.sub("[^a-z0-9_-]", "-", self.stack.lower()), _LABEL)}

    def account(self, account_id: str) -> str:
        """The address of a service account of the project."""
        return f"{account_id}@{self.project}.iam.gserviceaccount.com"


def account_id(*parts: str) -> str:
    """A name that IAM takes for a service account: of at most 30 characters."""
    return joined_name(*parts, limit=_ACCOUNT_ID)
