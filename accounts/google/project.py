"""One Google project as a stack declares it: names in it, and the credentials that may change it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.plan import NoCredentials
from accounts.spec import CiSpec
from catalog.errors import SlipwayError

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession

MARK = ("slipway-purpose", "bootstrap")
"""The label by which what was made here is known."""

MADE_FOR = "Slipway bootstrap, stack "
"""How the descriptions begin of what has no labels."""

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_CREDENTIALS = (
    "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a file of credentials"
)
_POLL_SECONDS = 2.0
_POLLS = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleProject:
    """What a stack says of its project.

    Attributes:
        pulumi_project: the name under which Pulumi keeps the state.
        project: the project's id.
        ci: None: no service accounts for GitHub Actions.
        reads: stacks whose outputs this one uses.
    """

    stack: str
    pulumi_project: str
    project: str
    region: str
    ci: CiSpec | None = None
    reads: tuple[str, ...] = ()

    @property
    def bucket(self) -> str:
        """The bucket with the state of every stack in this project and region; within the 63 characters of a name."""
        return f"slipway-{self.project}-{self.region}"

    @property
    def ring(self) -> str:
        """The key ring."""
        return f"projects/{self.project}/locations/{self.region}/keyRings/slipway"

    @property
    def bucket_key(self) -> str:
        """The key of the bucket."""
        return f"{self.ring}/cryptoKeys/state"

    @property
    def secrets_key(self) -> str:
        """The key of this stack's secrets."""
        return f"{self.ring}/cryptoKeys/secrets-{self.stack}"

    @property
    def backend(self) -> str:
        """The backend's URL, as `pulumi login` takes it."""
        return f"gs://{self.bucket}"

    @property
    def secrets_provider(self) -> str:
        """The secrets provider's URL."""
        return f"gcpkms://{self.secrets_key}"

    @property
    def pool(self) -> str:
        """The workload identity pool of this stack."""
        return f"projects/{self.project}/locations/global/workloadIdentityPools/slipway-{self.stack}"

    def service_account(self, purpose: str) -> str:
        """The address of a service account of this stack, `preview` or `apply`."""
        return f"{self.stack}-{purpose}@{self.project}.iam.gserviceaccount.com"


@dataclass(frozen=True, slots=True)
class Project:
    """A project that is known to be the declared one, and that answers.

    Attributes:
        session: signs requests.
        declared: what the stack says.
        number: the project's number.
        caller: whose credentials these are, as far as they say it.
        wait: waits so many seconds.
    """

    session: "AuthorizedSession"
    declared: GoogleProject
    number: str
    caller: str
    wait: Callable[[float], None] = time.sleep

    def ask(
        self,
        method: str,
        url: str,
        what: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """One request; None where there is no such thing.

        Args:
            method: of HTTP.
            url: without the query.
            what: on what, for the error.
            body: as JSON.
            query: parameters.

        Raises:
            SlipwayError: Google refused, or could not be reached.
        """
        return ask(self.session, method, url, what, body=body, query=query)

    def done(self, operation: Mapping[str, Any] | None, host: str, what: str) -> None:
        """Waits for a long-running operation.

        Raises:
            SlipwayError: it failed, or it takes longer than three minutes.
        """
        for _ in range(_POLLS):
            if operation is None or operation.get("done") or "name" not in operation:
                break
            self.wait(_POLL_SECONDS)
            operation = self.ask("GET", f"https://{host}/v1/{operation['name']}", what)
        else:
            raise SlipwayError(what, "", "Google has not finished it in three minutes", "run it again a little later")
        if operation and (error := operation.get("error")):
            raise SlipwayError(what, str(error.get("code", "")), str(error.get("message", "")), "see the message")


def open_project(declared: GoogleProject) -> Project:
    """The credentials of the environment, after a look at whose they are; nothing is written.

    Raises:
        SlipwayError: there are none, they are for another project, or the project does not answer to them.
    """
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, named = google.auth.default(scopes=[_SCOPE])
    except GoogleAuthError as error:
        raise NoCredentials("Google credentials", "", "there are none", _CREDENTIALS) from error
    if named and named != declared.project:
        raise SlipwayError(
            "Google credentials", named,
            f"they are for project {named}; stack {declared.stack} declares {declared.project}",
            f"use credentials of the declared project, or set GOOGLE_CLOUD_PROJECT={declared.project} if these may"
            " change it; nothing has been changed",
        )  # fmt: skip
    caller = getattr(credentials, "service_account_email", None) or "the user of these credentials"
    return opened(AuthorizedSession(credentials), declared, caller)


def opened(session: "AuthorizedSession", declared: GoogleProject, caller: str) -> Project:
    """The declared project, asked for its number."""
    _check_names(declared)
    url = f"https://cloudresourcemanager.googleapis.com/v3/projects/{declared.project}"
    answer = ask(session, "GET", url, f"project {declared.project}")
    if answer is None or answer.get("state") != "ACTIVE" or answer.get("projectId") != declared.project:
        fix = (
            "correct it in the stack file, use credentials that may see it, or enable"
            " cloudresourcemanager.googleapis.com there; nothing has been changed"
        )
        raise SlipwayError("cluster.project", declared.project, "there is no such active project", fix)
    return Project(session, declared, answer["name"].removeprefix("projects/"), caller)


def ask(
    session: "AuthorizedSession",
    method: str,
    url: str,
    what: str,
    *,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """One signed request; None where there is no such thing.

    Raises:
        SlipwayError: Google refused, or could not be reached.
    """
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import RequestException

    try:
        answer = session.request(method, url, params=query, json=body, timeout=60)
    except GoogleAuthError as error:
        raise SlipwayError("Google credentials", "", f"they do not work: {error}", _CREDENTIALS) from error
    except RequestException as error:
        raise SlipwayError(what, "", f"Google cannot be reached: {error}", "run it again when it can be") from error
    if answer.status_code == 404 or (method == "GET" and "SERVICE_DISABLED" in answer.text):
        return None  # where a service is not enabled, there is nothing of it
    if answer.ok:
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
    raise _refused(answer.status_code, answer.text, answer, what)


def _refused(status: int, text: str, answer: Any, what: str) -> SlipwayError:
    try:
        message = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = text[:200]
    fix = "see the message; run it again, it goes on where it stopped"
    if status in (401, 403):
        fix = "use credentials that may do this; docs/accounts.md lists all that bootstrap needs"
    return SlipwayError(what, str(status), f"Google refused it: {message}", fix)


def _check_names(declared: GoogleProject) -> None:
    """Google's limits on names that the stack's name goes into."""
    limits = {
        f"the service account {declared.stack}-preview": (len(f"{declared.stack}-preview"), 30),
        f"the pool slipway-{declared.stack}": (len(f"slipway-{declared.stack}"), 32),
    }
    if declared.ci is not None:
        longest = max(declared.ci.preview_subject, declared.ci.apply_subject, key=len)
        limits[f"the subject {longest}"] = (len(longest), 127)
    for what, (length, limit) in limits.items():
        if length > limit:
            why = f"{what} would have {length} characters, and Google takes {limit}"
            raise SlipwayError("stack", declared.stack, why, "give a shorter name; nothing has been changed")
