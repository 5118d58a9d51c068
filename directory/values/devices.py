"""What a session's device is called: from what the application said of it, else from the browser's user agent."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ua_parser import parse

_SYSTEMS = {"Mac OS X": "macOS"}


def display_name(user_agent: str, device_info: object) -> str:
    """“Pixel 8 (Android 14)”, “Firefox 144 on Windows”; a user agent that is not known as it is, cut to 60 characters;
    “Unknown device” without any. ``device_info`` is what Authgear's clients send (branches ``android``, ``ios``)."""
    return _said(device_info) or _browser(user_agent) or "Unknown device"


def is_mobile(user_agent: str, device_info: object) -> bool:
    """Whether it is a telephone or a tablet: decides a picture, nothing else."""
    return bool(_said(device_info)) or any(word in user_agent for word in ("Mobile", "iPhone", "iPad", "Android"))


def _said(device_info: object) -> str:
    if not isinstance(device_info, Mapping):
        return ""
    build, version = _part(device_info, "android", "Build"), _part(device_info, "android", "Build", "VERSION")
    if model := _text(build, "MODEL"):
        maker = _text(build, "MANUFACTURER")
        name = model if not maker or model.lower().startswith(maker.lower()) else f"{maker} {model}"
        return _with_system(name, "Android", _text(version, "RELEASE"))
    device = _part(device_info, "ios", "UIDevice")
    if model := _text(device, "model"):
        return _with_system(model, _text(device, "systemName") or "iOS", _text(device, "systemVersion"))
    return ""


def _with_system(name: str, system: str, version: str) -> str:
    return f"{name} ({system} {version})" if version else name


def _part(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found[:60] if isinstance(found, str) else ""


@lru_cache(maxsize=512)
def _browser(user_agent: str) -> str:
    found = parse(user_agent)
    program = found.user_agent
    if program is None:
        return user_agent[:60]
    name = " ".join(filter(None, (program.family, program.major)))
    system = _SYSTEMS.get(found.os.family, found.os.family) if found.os else ""
    return f"{name} on {system}" if system else name
