"""The node's own certificate authority: one server certificate, one client certificate per component.

Everything is checked at every start and what is no longer good is issued again, so neither an old state directory
nor a clock that was wrong once keeps the node from starting.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from catalog.errors import SlipwayError
from sandbox.node import network
from sandbox.node.layout import write_private

BACKDATED = timedelta(hours=1)  # a clock that is set back a little must not make a fresh certificate invalid
AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=365)
RENEW_BEFORE = timedelta(days=30)
AUTHORITY = "ca"
SERVICE_ACCOUNTS = "service-accounts"


@dataclass(frozen=True)
class Subject:
    """Whom a certificate speaks for.

    Args:
        file: stem of the `.crt` and `.key` files.
        name: the Kubernetes user (common name).
        group: the Kubernetes group (organization), empty for none.
        serves: DNS names and IP addresses of a server certificate; empty for a client's.
    """

    file: str
    name: str
    group: str = ""
    serves: tuple[str, ...] = ()


SERVER = Subject(
    "server",
    "slipway-node",
    serves=(
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        network.NODE_NAME,
        "127.0.0.1",
        network.NODE_IP,
        network.API_SERVICE_IP,
    ),
)
CLIENTS = (
    Subject("admin", "slipway:admin", "system:masters"),
    Subject("controller-manager", "system:kube-controller-manager"),
    Subject("scheduler", "system:kube-scheduler"),
    Subject("kubelet", f"system:node:{network.NODE_NAME}", "system:nodes"),
    Subject("kube-proxy", "system:kube-proxy"),
    Subject("kubelet-client", "slipway:api-server"),
    Subject("kwok", "slipway:kwok"),
    Subject("gateway", "slipway:gateway"),
    Subject("probe", "slipway:probe", "system:monitoring"),
)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure(directory: Path, now: datetime | None = None) -> list[str]:
    """Make sure that every certificate is there and good at this moment.

    Args:
        directory: where the `.crt` and `.key` files are; made by the caller.
        now: the moment to judge by, with a time zone; the clock's by default.

    Returns:
        One sentence for each certificate that was there and had to be issued again, with the reason.

    Raises:
        SlipwayError: the directory cannot be read or written.
    """
    moment = now or datetime.now(UTC)
    try:
        return _ensure(directory, moment)
    except OSError as error:
        raise SlipwayError(
            str(error.filename or directory),
            error.strerror or "",
            "the sandbox's certificates cannot be read or written",
            "make the file accessible for you, or start anew with `slipway sandbox reset`",
        ) from error


def _ensure(directory: Path, now: datetime) -> list[str]:
    words = []
    authority, fault = _load(directory, AUTHORITY)
    if authority is not None:
        fault = _time_fault(authority.certificate, now)
    if authority is None or fault:
        authority = _issue_authority(now)
        _write(directory, AUTHORITY, authority)
        if fault:
            words.append(f"certificate authority {fault}: a new one was made, all certificates are issued again")
    for subject in (SERVER, *CLIENTS):
        pair, fault = _load(directory, subject.file)
        if pair is not None:
            fault = _fault(pair, subject, authority, now)
        if pair is None or fault:
            _write(directory, subject.file, _issue(subject, authority, now))
            if fault:
                words.append(f"certificate {subject.file} {fault}: issued again")
    words += _ensure_service_accounts(directory)
    for file in directory.iterdir():
        file.chmod(0o600)
    return words


def _load(directory: Path, file: str) -> tuple[Pair | None, str]:
    """The pair, or None and what is wrong with its files (nothing: it was never made)."""
    certificate, key = directory / f"{file}.crt", directory / f"{file}.key"
    if not certificate.exists() and not key.exists():
        return None, ""
    if not certificate.exists() or not key.exists():
        return None, f"has lost its {'key' if certificate.exists() else 'certificate'} file"
    try:
        loaded_key = serialization.load_pem_private_key(key.read_bytes(), password=None)
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (ValueError, TypeError):
        return None, "cannot be read (damaged file)"
    if not isinstance(loaded_key, ec.EllipticCurvePrivateKey) or loaded_key.public_key() != loaded.public_key():
        return None, "does not match its key"
    return Pair(loaded, loaded_key), ""


def _time_fault(certificate: x509.Certificate, now: datetime) -> str:
    if now < certificate.not_valid_before_utc:
        return f"is valid only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC (the clock was set back)"
    if now >= certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now >= certificate.not_valid_after_utc - RENEW_BEFORE:
        return f"expires on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return ""


def _fault(pair: Pair, subject: Subject, authority: Pair, now: datetime) -> str:
    try:
        pair.certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError):
        return "was issued by another authority"
    if pair.certificate.subject != _name(subject) or _names_of(pair.certificate) != set(subject.serves):
        return "is for other names"
    return _time_fault(pair.certificate, now)


def _names_of(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _name(subject: Subject) -> x509.Name:
    group = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.group)] if subject.group else []
    return x509.Name([*group, x509.NameAttribute(NameOID.COMMON_NAME, subject.name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _issue_authority(now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # The serial number in the name keeps a renewed authority apart from the one before.
    serial = x509.random_serial_number()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"slipway-sandbox-{serial:x}"[:48])])
    builder = _builder(name, name, key, now, AUTHORITY_LIFE).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def _issue(subject: Subject, authority: Pair, now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = [ExtendedKeyUsageOID.SERVER_AUTH] if subject.serves else [ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = _builder(_name(subject), authority.certificate.subject, key, now, LIFE)
    builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
    if subject.serves:
        names = x509.SubjectAlternativeName([_general_name(name) for name in subject.serves])
        builder = builder.add_extension(names, critical=False)
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def _write(directory: Path, file: str, pair: Pair) -> None:
    # A kill between the two writes leaves a pair that does not match: found and issued again at the next start.
    write_private(directory / f"{file}.key", _pem(pair.key))
    write_private(directory / f"{file}.crt", pair.certificate.public_bytes(serialization.Encoding.PEM).decode())


def _ensure_service_accounts(directory: Path) -> list[str]:
    """The key pair that signs service account tokens; a lost public half is derived again."""
    private, public = directory / f"{SERVICE_ACCOUNTS}.key", directory / f"{SERVICE_ACCOUNTS}.pub"
    words = []
    key: object = None
    if private.exists():
        try:
            key = serialization.load_pem_private_key(private.read_bytes(), password=None)
        except (ValueError, TypeError):
            words.append("service account key cannot be read (damaged file): a new one was made")
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(private, _pem(key))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    text = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    if not public.exists() or public.read_text() != text:
        write_private(public, text)
    return words
