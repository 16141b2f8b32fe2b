"""Certificates: made once, kept while they are good, issued again with a reason when they are not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from catalog.errors import SlipwayError
from sandbox.node import network, pki

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def certificate(directory: Path, file: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / f"{file}.crt").read_bytes())


@pytest.fixture
def made(tmp_path: Path) -> Path:
    assert pki.ensure(tmp_path, NOW) == []
    return tmp_path


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir()}


def test_the_first_time_everything_is_made_and_private(made: Path) -> None:
    subjects = ["ca", pki.SERVER.file, *(client.file for client in pki.CLIENTS)]
    expected = {f"{file}.{end}" for file in subjects for end in ("crt", "key")}
    assert set(contents(made)) == expected | {"service-accounts.key", "service-accounts.pub"}
    assert {file.stat().st_mode & 0o777 for file in made.iterdir()} == {0o600}


def test_good_certificates_are_kept(made: Path) -> None:
    before = contents(made)
    assert pki.ensure(made, NOW + timedelta(days=300)) == []
    assert contents(made) == before


def test_every_certificate_is_issued_by_the_authority_and_backdated(made: Path) -> None:
    authority = certificate(made, "ca")
    for subject in (pki.SERVER, *pki.CLIENTS):
        issued = certificate(made, subject.file)
        issued.verify_directly_issued_by(authority)
        assert issued.not_valid_before_utc == NOW - pki.BACKDATED


def test_the_server_certificate_serves_the_node_and_the_host(made: Path) -> None:
    names = certificate(made, "server").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert {"127.0.0.1", network.NODE_IP, network.API_SERVICE_IP} <= addresses
    assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)


def test_a_kubelet_is_the_node_it_says(made: Path) -> None:
    subject = certificate(made, "kubelet").subject.rfc4514_string()
    assert subject == f"CN=system:node:{network.NODE_NAME},O=system:nodes"


def test_only_the_administrator_may_do_everything(made: Path) -> None:
    masters = [client.file for client in pki.CLIENTS if client.group == "system:masters"]
    assert masters == ["admin"]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW + timedelta(days=366), "expired on 2027-03-01"),
        (NOW + timedelta(days=340), "expires on 2027-03-01"),
        (NOW - timedelta(hours=2), "is valid only from 2026-03-01 11:00 UTC (the clock was set back)"),
    ],
)
def test_certificates_out_of_their_time_are_issued_again(made: Path, moment: datetime, words: str) -> None:
    said = pki.ensure(made, moment)
    assert any(words in word for word in said)
    assert pki.ensure(made, moment) == []
    assert certificate(made, "admin").not_valid_before_utc <= moment < certificate(made, "admin").not_valid_after_utc


def test_a_clock_set_back_a_little_changes_nothing(made: Path) -> None:
    before = contents(made)
    assert pki.ensure(made, NOW - timedelta(minutes=50)) == []
    assert contents(made) == before


def test_an_expired_authority_takes_all_certificates_with_it(made: Path) -> None:
    before = contents(made)
    said = pki.ensure(made, NOW + timedelta(days=3651))
    assert said[0].startswith("certificate authority expired on 2036-02-27")
    kept = [name for name, content in contents(made).items() if before[name] == content]
    assert sorted(kept) == ["service-accounts.key", "service-accounts.pub"]


def test_a_certificate_of_another_authority_is_issued_again(
    made: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    pki.ensure(other, NOW)
    for end in ("crt", "key"):
        (made / f"scheduler.{end}").write_bytes((other / f"scheduler.{end}").read_bytes())
    assert pki.ensure(made, NOW) == ["certificate scheduler was issued by another authority: issued again"]


def test_a_key_that_does_not_match_is_found(made: Path) -> None:
    (made / "kwok.key").write_bytes((made / "admin.key").read_bytes())
    assert pki.ensure(made, NOW) == ["certificate kwok does not match its key: issued again"]


def test_a_certificate_for_other_names_is_issued_again(made: Path) -> None:
    for end in ("crt", "key"):
        (made / f"server.{end}").write_bytes((made / f"admin.{end}").read_bytes())
    assert pki.ensure(made, NOW) == ["certificate server is for other names: issued again"]


@pytest.mark.parametrize("file", ["kubelet.crt", "kubelet.key"])
def test_a_damaged_file_is_replaced(made: Path, file: str) -> None:
    (made / file).write_bytes(b"\0\1 no certificate")
    assert pki.ensure(made, NOW) == ["certificate kubelet cannot be read (damaged file): issued again"]


@pytest.mark.parametrize(("file", "word"), [("gateway.crt", "certificate"), ("gateway.key", "key")])
def test_half_a_pair_is_replaced(made: Path, file: str, word: str) -> None:
    (made / file).unlink()
    assert pki.ensure(made, NOW) == [f"certificate gateway has lost its {word} file: issued again"]


def test_a_damaged_service_account_key_is_replaced_with_a_word(made: Path) -> None:
    (made / "service-accounts.key").write_text("nothing")
    (word,) = pki.ensure(made, NOW)
    assert word.startswith("service account key cannot be read")


def test_a_lost_public_half_is_derived_again(made: Path) -> None:
    before = (made / "service-accounts.pub").read_bytes()
    (made / "service-accounts.pub").unlink()
    assert pki.ensure(made, NOW) == []
    assert (made / "service-accounts.pub").read_bytes() == before
    private = serialization.load_pem_private_key((made / "service-accounts.key").read_bytes(), None)
    assert private.public_key() == serialization.load_pem_public_key(before)


def test_a_mode_that_shows_keys_is_corrected(made: Path) -> None:
    (made / "ca.key").chmod(0o644)
    pki.ensure(made, NOW)
    assert (made / "ca.key").stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match="slipway sandbox reset") as caught:
        pki.ensure(tmp_path / "absent", NOW)
    assert "absent" in caught.value.path
