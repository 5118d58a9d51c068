"""The secrets that a development portal makes for itself, once, in its data directory. Standard library only."""

import base64
import json
import os
import secrets
from pathlib import Path

FILE_NAME = "secrets.json"


def kept(data: Path) -> dict[str, str]:
    """The secrets in the data directory, by the name of their environment variable; empty when there are none."""
    try:
        found: dict[str, str] = json.loads((data / FILE_NAME).read_text())
    except FileNotFoundError:
        return {}
    return found


def make(data: Path) -> None:
    """Make ``SECRET_KEY`` and ``FIELD_ENCRYPTION_KEYS`` for this data directory, unless it has them already.

    Only the owner of the file can read it. Of many processes at once one makes it and the others find it.
    """
    data.mkdir(parents=True, exist_ok=True)
    target = data / FILE_NAME
    if target.exists():
        return
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    text = json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_ENCRYPTION_KEYS": f"own:{key}"})
    part = target.with_name(f".{FILE_NAME}.{os.getpid()}")
    write_private(part, text)
    try:
        os.link(part, target)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, even if it was there before with wider rights."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
