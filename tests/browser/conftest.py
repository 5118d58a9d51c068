"""A real browser against a real server: one of each for a whole process, a context of its own for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import portal_data
from tests.browser.server import Database, Server
from tests.browser.watching import Watch
from tests.write_guard import GuardedClient

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Milliseconds to wait for something that should come at once.
PATIENCE = 10_000
DESKTOP = {"width": 1440, "height": 900}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # A file stays in one process, but for axe's long tests. Each process has a browser and a portal of its own.
            if item.path.stem != "test_accessibility":
                item.add_marker(pytest.mark.xdist_group(f"browser {item.path.stem}"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. Without one the tests are skipped, or fail where PORTAL_REQUIRE_BROWSER is 1."""
    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
            pytest.fail("There is no chromium on this machine, and PORTAL_REQUIRE_BROWSER is 1.")
        pytest.skip("There is no chromium on this machine.")
    # Playwright runs an event loop in this thread, and Django would refuse to reach a database beside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def database(chromium: Browser, django_db_modify_db_settings: None, django_db_blocker: Any) -> Iterator[Database]:
    """This process's own database for the browser, filled."""
    with django_db_blocker.unblock():
        database = Database()
        database.create()
        with database.in_place_of_default():
            portal_data.fill()
        yield database
        database.drop()


@pytest.fixture(scope="session")
def portal(database: Database) -> Iterator[Server]:
    """The running portal."""
    server = Server(database)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _portals_database(database: Database, django_db_blocker: Any) -> Iterator[None]:
    """In a test of this folder, models and operations reach the portal's database."""
    with django_db_blocker.unblock(), database.in_place_of_default():
        yield


@pytest.fixture(scope="session")
def sessions(database: Database, django_db_blocker: Any) -> dict[str, GuardedClient]:
    """One signed-in session for each admin role, shared by all tests that do not spoil it."""
    with django_db_blocker.unblock(), database.in_place_of_default():
        return {
            role: portal_data.session_of(portal_data.administrator(role, role or "nobody"))
            for role in ("owner", "auditor", "")
        }


class Doors:
    """Opens pages for one test, and says afterwards what went wrong in any of them.

    Contexts of the shared sessions are kept for the next test, with what they have fetched.
    """

    def __init__(self, browser: Browser, portal: Server, sessions: dict[str, GuardedClient]) -> None:
        self._browser, self._portal, self._sessions = browser, portal, sessions
        self._kept: dict[str, tuple[BrowserContext, Watch]] = {}
        self._own: list[tuple[BrowserContext, Watch]] = []

    def page(self, role: str | None = "owner", session: GuardedClient | None = None, **options: Any) -> Page:
        """A page signed in as ``role`` or by ``session``; ``role=None`` is nobody yet.

        ``options`` are the context's. The page's ``watch`` is where a test says what it expects to go wrong.
        """
        if role is None or session is not None:
            context, watch = self._open(session, options)
            self._own.append((context, watch))
        else:
            key = f"{role} {options}"
            if key not in self._kept:
                self._kept[key] = self._open(self._sessions[role], options)
            context, watch = self._kept[key]
        page = context.new_page()
        page.watch = watch  # type: ignore[attr-defined]
        return page

    def end_test(self) -> list[str]:
        """Close all pages. Returns what went wrong and was not foreseen."""
        for context, _ in [*self._own, *self._kept.values()]:
            for page in context.pages:
                page.close()
        problems = [problem for _, watch in [*self._own, *self._kept.values()] for problem in watch.take()]
        for context, _ in self._own:
            context.close()
        self._own = []
        return problems

    def _open(self, session: GuardedClient | None, options: dict[str, Any]) -> tuple[BrowserContext, Watch]:
        settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "timezone_id": "UTC", "locale": "en-GB"}
        context = self._browser.new_context(base_url=self._portal.url, **{**settings, **options})
        context.set_default_timeout(PATIENCE)
        if session is not None:
            value = session.cookies["session"].value
            context.add_cookies([{"name": "session", "value": value, "url": self._portal.url, "httpOnly": True}])
        return context, Watch(context, self._portal.url)


@pytest.fixture(scope="session")
def all_doors(chromium: Browser, portal: Server, sessions: dict[str, GuardedClient]) -> Doors:
    """What ``doors`` gives to each test."""
    return Doors(chromium, portal, sessions)


@pytest.fixture
def doors(all_doors: Doors) -> Iterator[Doors]:
    """``doors.page(role)``: pages in which nothing may go wrong that the test does not expect."""
    yield all_doors
    assert all_doors.end_test() == []


@pytest.fixture
def page(doors: Doors) -> Page:
    """A page signed in as an owner."""
    return doors.page("owner")


@pytest.fixture
def fresh_session() -> Callable[..., GuardedClient]:
    """``fresh_session("owner")``: a session of an administrator of its own, for a test that spoils it."""

    def make(role: str = "owner") -> GuardedClient:
        return portal_data.session_of(portal_data.administrator(role))

    return make
