"""What a stack says of who may deploy it: plain data."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from catalog.plain import Plain, Refusal

_NAME = r"[A-Za-z0-9_.-]+"
_ID = r"^[0-9]+$"


class CiSpec(Plain):
    """GitHub Actions of one repository: previews of its pull requests, and `up` in one protected environment.

    The subjects are GitHub's (https://docs.github.com/en/actions/reference/security/oidc, 2026-11). Repositories made,
    renamed or moved since 2026-07-15 have immutable ones, with the two numbers in them; which form a repository has is
    said by `gh api repos/OWNER/NAME/actions/oidc/customization/sub`.

    Attributes:
        repository: `OWNER/NAME`.
        environment: the GitHub environment whose jobs may apply; its protection rules (branches, reviewers) guard it.
        owner_id: GitHub's number of the owner, where the repository has immutable subjects.
        repository_id: GitHub's number of the repository; given together with `owner_id`.
    """

    repository: Annotated[str, Field(pattern=rf"^{_NAME}/{_NAME}$")]
    environment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$")]
    owner_id: Annotated[str | None, Field(pattern=_ID)] = None
    repository_id: Annotated[str | None, Field(pattern=_ID)] = None

    @model_validator(mode="after")
    def _both_ids(self) -> Self:
        if (self.owner_id is None) != (self.repository_id is None):
            raise Refusal("", "owner_id and repository_id belong together", "give both, or neither")
        return self

    @property
    def preview_subject(self) -> str:
        """The subject of a token in a pull request's workflow."""
        return f"{self._prefix}:pull_request"

    @property
    def apply_subject(self) -> str:
        """The subject of a token in a job of the protected environment."""
        return f"{self._prefix}:environment:{self.environment}"

    @property
    def _prefix(self) -> str:
        if self.owner_id is None:
            return f"repo:{self.repository}"
        owner, name = self.repository.split("/")
        return f"repo:{owner}@{self.owner_id}/{name}@{self.repository_id}"
