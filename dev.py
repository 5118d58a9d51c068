"""Set up and run: `python3 dev.py run` (the demo), `python3 dev.py test` (pytest), or any command of manage.py.

Standard library only. Makes .venv and installs requirements.lock into it whenever that file or Python has changed.
"""

import hashlib
import os
import signal
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK = ROOT / "requirements.lock"
STAMP = ENVIRONMENT / ".installed"


def install():
    """Make the virtual environment agree with requirements.lock; exits with a message when that fails."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Installing requirements.lock into .venv …", file=sys.stderr)
    if not PYTHON.exists():
        # Debian's Python comes without ensurepip: the pip outside installs into the environment.
        venv.create(ENVIRONMENT, clear=True, with_pip=False, symlinks=os.name != "nt")
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "--disable-pip-version-check"]
    options = ["--require-hashes", "--prefer-binary", "--requirement", str(LOCK)]
    # A user's configured --user or --target would install elsewhere.
    own = {name: value for name, value in os.environ.items() if name not in ("PIP_TARGET", "PIP_PREFIX")}
    if subprocess.call([*pip, *options], env={**own, "PIP_USER": "0"}):
        sys.exit("Installing failed. Needed: pip 22.3 or newer for " + sys.executable + ", and a package index.")
    STAMP.write_text(wanted)


def command(arguments):
    """What to run in the environment for the arguments of this script."""
    name, *rest = arguments or ["run"]
    if name == "test":
        return [str(PYTHON), "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *rest]
    return [str(PYTHON), "manage.py", "demo" if name == "run" else name, *rest]


def main(arguments):
    if sys.hexversion < 0x030B0000:
        sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    install()
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(PYTHON, command(arguments))  # signals and exit status are the command's own
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
