"""The front end's common ground: tokens, icons, tags, and what the content security policy forbids."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from directory.actors import Actor, ActorKind, Door
from directory.values.permissions import Permission
from portal.context_processors import May, navigation_for, page
from portal.templatetags import portal as tags

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLESHEETS = sorted((ROOT / "static").glob("*.css"))
VENDORED = sorted(path for path in (ROOT / "static" / "vendored").iterdir() if path.is_dir())
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def actor(*permissions: Permission) -> Actor:
    return Actor(kind=ActorKind.ADMINISTRATOR, door=Door.PORTAL, everywhere=frozenset(permissions))


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_no_template_holds_what_the_content_security_policy_drops(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style[\s>]|\sstyle=|\son[a-z]+=|\shx-on|javascript:", text), "inline style or handler"
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), "a script without src"
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_every_icon_and_static_file_that_a_template_names_exists(path: Path) -> None:
    text = path.read_text()
    sprite = (ROOT / "static/vendored/lucide/sprite.svg").read_text()
    for icon in re.findall(r'{% icon "([^"]+)"', text):
        assert f'<symbol id="{icon}"' in sprite, icon
    for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", text):
        assert finders.find(name), name


def test_every_icon_of_the_navigation_exists() -> None:
    sprite = (ROOT / "static/vendored/lucide/sprite.svg").read_text()
    items = [item for section in navigation_for(actor(*Permission)) for item in section.items]
    assert len(items) == 11
    assert all(f'<symbol id="{item.icon}"' in sprite for item in items)


@pytest.mark.parametrize("path", STYLESHEETS, ids=names)
def test_every_file_that_a_stylesheet_names_exists(path: Path) -> None:
    for url in re.findall(r'url\("([^"]+)"\)', path.read_text()):
        assert (path.parent / url).is_file(), url


@pytest.mark.parametrize("path", STYLESHEETS, ids=names)
def test_every_custom_property_that_is_used_is_defined(path: Path) -> None:
    defined = set(re.findall(r"(--[a-z0-9]+):", (ROOT / "static/tokens.css").read_text()))
    assert set(re.findall(r"var\((--[a-z0-9]+)", path.read_text())) <= defined


@pytest.mark.parametrize("folder", VENDORED, ids=names)
def test_what_is_vendored_states_its_version_and_licence(folder: Path) -> None:
    assert re.search(r"\d+\.\d+\.\d+", (folder / "VERSION").read_text())
    assert len((folder / "LICENSE").read_text()) > 200


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground"),
    [(text, ground) for text in ("text", "mut", "acc") for ground in ("bg", "card", "raise", "hover")]
    + [("ok", "okb"), ("warn", "warnb"), ("bad", "badb"), ("info", "infob"), ("mut", "muteb"), ("acc", "accsoft")]
    + [("bad", "card"), ("bad", "raise"), ("text", "accsoft")],
)
def test_text_is_readable_on_its_ground_in_both_themes(text: str, ground: str) -> None:
    pairs = re.findall(r"--([a-z0-9]+): light-dark\((#\w+), (#\w+)\)", (ROOT / "static/tokens.css").read_text())
    tokens = {name: colours for name, *colours in pairs}
    for theme in (0, 1):
        bright, dark = sorted((luminance(tokens[text][theme]), luminance(tokens[ground][theme])), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, ("light", "dark")[theme]


def test_values_are_escaped_in_every_tag() -> None:
    hostile = '<img src=x onerror="alert(1)">'
    made = [
        tags.icon("x", label=hostile),
        tags.avatar(hostile),
        tags.status_badge(hostile),
        tags.badge(hostile),
        tags.timeago(None, empty=hostile),
        tags.or_dash(hostile),
    ]
    assert all("<img" not in markup for markup in made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace (Countess)", "AL"),
        ("Amara Okafor", "AO"),
        ("ada", "A"),
        ("ada.lovelace@example.com", "AL"),
        ("ılgaz şahin", "IŞ"),
        ("ßtein", "S"),
        ("", "?"),
        ("🙂", "?"),
        ("田中 浩", "田浩"),
        ("  Ann   van der Berg ", "AB"),
    ],
)
def test_initials_come_from_the_first_and_last_word(name: str, expected: str) -> None:
    assert tags.initials(name) == expected


def test_an_avatar_keeps_its_colour_when_the_name_changes() -> None:
    colours = {tuple(re.findall(r"av\d", tags.avatar(name, "7"))) for name in ("Ada", "Ada Lovelace", "\ud800")}
    assert len(colours) == 1


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=30), "Yesterday"),
        (timedelta(days=48), "3 Oct 2026"),
        (-timedelta(seconds=20), "in a moment"),
        (-timedelta(minutes=5), "in 5 min"),
        (-timedelta(days=30), "20 Dec 2026"),
    ],
)
def test_a_moment_is_told_as_people_say_it(ago: timedelta, expected: str) -> None:
    assert tags.relative(NOW - ago, NOW) == expected


def test_an_account_state_has_words_and_a_colour() -> None:
    assert tags.status_badge("normal") == '<span class="badge ok">Active</span>'
    assert tags.status_badge("scheduled_anonymization_disabled") == (
        '<span class="badge warn">Anonymization scheduled</span>'
    )
    assert tags.status_badge("some_new_state") == '<span class="badge mute">Some new state</span>'


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (4, 4), (5, 10), (37, 40), (41, 50), (51, 100), (12482, 20000)])
def test_the_charts_top_figure_is_round_and_not_below_the_highest_bar(highest: int, top: int) -> None:
    assert tags.round_up(highest) == top


def test_the_charts_highest_bar_reaches_its_share_of_the_height() -> None:
    chart = tags.chart_geometry([(date(2026, 11, 19), 0), (date(2026, 11, 20), 20)])
    assert [bar["height"] for bar in chart["bars"]] == [0, 100]
    assert chart["total"] == 20


def test_a_refused_field_is_tied_to_its_label_hint_and_error() -> None:
    class Form(forms.Form):
        email = forms.EmailField(help_text="Work address.")

    markup = render_to_string("components/field.html", {"field": Form({"email": "nobody"})["email"]})
    assert 'for="id_email"' in markup
    assert 'aria-describedby="id_email_helptext id_email_error"' in markup
    assert 'id="id_email_helptext"' in markup
    assert 'id="id_email_error"' in markup
    assert 'aria-invalid="true"' in markup
    assert 'value="nobody"' in markup


def test_the_sidebar_shows_only_what_the_viewer_may_see() -> None:
    shown = [item.key for section in navigation_for(actor(Permission.ROLES_VIEW)) for item in section.items]
    assert shown == ["overview", "roles"]


@pytest.mark.parametrize(
    ("viewer", "expected"),
    [(actor(Permission.USERS_CREATE), "create"), (actor(), ""), (None, "")],
    ids=["creator", "nobody", "anonymous"],
)
def test_may_answers_for_the_viewers_rights_alone(viewer: Actor | None, expected: str) -> None:
    text = "{% if may.users.create %}create{% endif %}{% if may.users.delete %}delete{% endif %}"
    assert Template(text).render(Context({"may": May(viewer)})) == expected


def asked(**headers: str) -> HttpRequest:
    return RequestFactory().get("/users/add", headers=headers)


def test_a_form_is_a_dialog_only_for_a_page_that_asked_for_one() -> None:
    assert page(asked())["form_layout"] == "form_page.html"
    assert page(asked(**{"HX-Request": "true", "HX-Target": "list"}))["form_layout"] == "form_page.html"
    assert page(asked(**{"HX-Request": "true", "HX-Target": "dialog"}))["form_layout"] == "form_dialog.html"


def test_only_a_known_theme_reaches_the_page() -> None:
    request = asked()
    request.COOKIES["theme"] = 'dark" onload="x'
    assert page(request)["theme"] == ""
    request.COOKIES["theme"] = "dark"
    assert page(request)["theme"] == "dark"


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "503", "csrf"])
def test_an_error_page_stands_without_any_context(name: str) -> None:
    markup = render_to_string(f"errors/{name}.html")
    assert "<h1>" in markup
    assert 'href="/"' in markup
