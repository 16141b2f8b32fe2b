"""What a Deployment says of the rollout before is not held against this one."""

from sandbox.providers.kubernetes.awaiting import second_try, verdict


def deployment(updated: str, *, kind: str = "Deployment", reason: str = "ProgressDeadlineExceeded"):
    progress = {"type": "Progressing", "status": "False", "reason": reason, "lastUpdateTime": updated}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"generation": 2},
        "spec": {"replicas": 1, "progressDeadlineSeconds": 7},
        "status": {"observedGeneration": 2, "conditions": [progress]},
    }


def test_only_a_passed_deadline_of_a_deployment_is_a_failure_before():
    assert second_try.failed_before(deployment("10:00")) == "10:00"
    assert second_try.failed_before(deployment("10:00", reason="NewReplicaSetAvailable")) == ""
    assert second_try.failed_before(deployment("10:00", kind="StatefulSet")) == ""


def test_the_old_failure_waits_and_a_new_one_fails():
    judge = second_try.after("10:00", verdict.judge)
    assert verdict.judge(deployment("10:00")).state == "failed"
    assert judge(deployment("10:00")).state == "waiting"
    assert judge(deployment("10:05")).state == "failed"


def test_the_second_try_takes_as_long_as_the_first():
    assert second_try.deadline_s(deployment("10:00")) == 7
    assert second_try.deadline_s({"spec": {}}) == 600


def test_pods_in_their_back_off_are_woken_and_no_others():
    def pod(reason, where="containerStatuses"):
        return {"status": {where: [{"state": {"waiting": {"reason": reason}}}]}}

    assert second_try._waits(pod("CrashLoopBackOff"))
    assert second_try._waits(pod("ImagePullBackOff", "initContainerStatuses"))
    assert not second_try._waits(pod("ContainerCreating"))
    assert not second_try._waits({"status": {"containerStatuses": [{"state": {"running": {}}}]}})
