"""`status`, `logs` and `predict` of a stack whose cluster does not say what is hoped for: what to do stands there."""

import pytest

from tests.runner.cloud import Cluster, Person

DEPLOYMENT = "/apis/apps/v1/namespaces/science/deployments/house-price"
PODS = "/api/v1/namespaces/science/pods"
PROXY = "/api/v1/namespaces/science/services/house-price:http/proxy/predict"
FORBIDDEN = (403, {"reason": "Forbidden", "message": "pods is forbidden"})
MADE = {"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": {}}


@pytest.fixture(scope="module")
def cluster():
    server = Cluster()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def clone(tmp_path_factory, cluster):
    return Person(tmp_path_factory.mktemp("asking"), cluster)


@pytest.fixture
def ask(clone, cluster):
    def run(answers, *arguments):
        cluster.answers = answers
        done = clone.slipway(*arguments, "-s", "cloud")
        assert "Traceback" not in done.text
        return done

    yield run
    cluster.answers = {}


def test_a_model_that_is_not_deployed(ask):
    done = ask({}, "status", "house-price")
    assert done.code == 1
    assert "house-price: not deployed: slipway up -s cloud" in done.out


def test_no_pods(ask):
    done = ask({PODS: (200, {"items": []})}, "logs", "house-price")
    assert (done.code, done.err.count("error:")) == (2, 1)
    assert "fix: slipway status house-price -s cloud" in done.err


@pytest.mark.parametrize("command", ["logs", "status"])
def test_pods_that_may_not_be_seen(ask, command):
    done = ask({PODS: FORBIDDEN, DEPLOYMENT: (200, MADE)}, command, "house-price")
    assert (done.code, done.err.count("error:")) == (2, 1)
    assert "pods is forbidden" in done.err
    assert "fix: check what the kubeconfig's user may read" in done.err


def test_a_model_that_refuses(ask):
    done = ask({}, "predict", "house-price")
    assert (done.code, done.err.count("error:")) == (2, 1)
    assert "HTTP 404" in done.err
    assert "fix: slipway status house-price -s cloud" in done.err
