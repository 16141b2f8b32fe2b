"""Preparing an account for a stack: whose it is, what it must have, and what a person does afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts import declared, plan
from accounts.aws.account import AwsAccount
from accounts.google.project import GoogleProject
from accounts.plan import Part, Progress, Step


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """One account with its parts.

    Attributes:
        account: in words, with whose credentials are used.
        parts: in the order in which they are made.
        outputs: what goes into the stack file and into GitHub, by name.
    """

    stack: str
    account: str
    parts: Sequence[Part]
    outputs: Mapping[str, str]

    def survey(self, *, remove: bool = False) -> list[Step]:
        """What is to be done; changes nothing."""
        return plan.survey_removal(self.parts) if remove else plan.survey(self.parts)

    def carry_out(self, steps: Sequence[Step], progress: Progress) -> list[str]:
        """Does it; gives what is still not as it must be, in words.

        Raises:
            SlipwayError: the cloud refused.
        """
        if any(step.action is plan.Action.REMOVE for step in steps):
            plan.carry_out_removal(steps, progress)
            return [f"{step.part.kind} {step.part.name} is still there" for step in steps if _remains(step)]
        plan.carry_out(steps, progress)
        return list(plan.unsettled(self.parts))


def _remains(step: Step) -> bool:
    return step.action is plan.Action.REMOVE and not step.part.gone()


def of_stack(stack: str) -> Bootstrap:
    """What a stack's account must have; asks only whose credentials these are.

    Raises:
        SlipwayError: no account, no credentials, or those of another account.
    """
    return of_account(declared.of_stack(stack))


def of_account(account: AwsAccount | GoogleProject) -> Bootstrap:
    """The same for an account that is known already."""
    if isinstance(account, AwsAccount):
        from accounts.aws import bootstrap as aws
        from accounts.aws.account import connect

        cloud = connect(account)
        sealed = declared.sealed_by(account.secrets_provider.partition("?")[0])
        words = f"AWS account {account.account_id}, {account.region}, as {cloud.caller}"
        return Bootstrap(account.stack, words, aws.parts(cloud, sealed), aws.outputs(cloud))
    from accounts.google import bootstrap as google
    from accounts.google.project import open_project

    project = open_project(account)
    sealed = declared.sealed_by(account.secrets_provider)
    words = f"Google project {account.project} ({project.number}), {account.region}, as {project.caller}"
    return Bootstrap(account.stack, words, google.parts(project, sealed), google.outputs(project))
