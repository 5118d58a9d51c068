"""What a session's device is called."""

from typing import Any

import pytest

from directory.values.devices import display_name, is_mobile

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Safari/605.1.15"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1"
)


def android(**build: Any) -> dict[str, Any]:
    return {"android": {"Build": {"VERSION": {"RELEASE": "15"}, **build}}}


@pytest.mark.parametrize(
    ("user_agent", "device_info", "expected"),
    [
        (FIREFOX, {}, "Firefox 144 on Linux"),
        (SAFARI, {}, "Safari 18 on macOS"),
        (PHONE, {}, "Mobile Safari 18 on iOS"),
        ("", {}, "Unknown device"),
        ("curious/1.0 " + "x" * 100, {}, ("curious/1.0 " + "x" * 100)[:60]),
        ("", android(MANUFACTURER="Example", MODEL="Slate 8"), "Example Slate 8 (Android 15)"),
        ("", android(MANUFACTURER="example", MODEL="Example Slate"), "Example Slate (Android 15)"),
        (FIREFOX, android(MODEL="Slate"), "Slate (Android 15)"),
        ("", {"android": {"Build": {"MODEL": "Slate"}}}, "Slate"),
        (
            "",
            {"ios": {"UIDevice": {"model": "iPad", "systemName": "iPadOS", "systemVersion": "18.5"}}},
            "iPad (iPadOS 18.5)",
        ),
        ("", {"ios": {"UIDevice": {"model": "iPhone"}}}, "iPhone"),
        (FIREFOX, {"android": {"Build": "?"}}, "Firefox 144 on Linux"),
        (FIREFOX, {"ios": {"UIDevice": {"model": 7}}}, "Firefox 144 on Linux"),
        (FIREFOX, [1], "Firefox 144 on Linux"),
        (FIREFOX, None, "Firefox 144 on Linux"),
    ],
)
def test_a_device_has_a_name(user_agent: str, device_info: Any, expected: str) -> None:
    assert display_name(user_agent, device_info) == expected


def test_what_fits_a_pocket_is_mobile() -> None:
    assert [is_mobile(agent, {}) for agent in (FIREFOX, SAFARI, PHONE, "")] == [False, False, True, False]
    assert is_mobile("", android(MODEL="Slate"))
