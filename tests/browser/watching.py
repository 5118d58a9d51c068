"""What must not happen on any page: errors, refused policies, foreign requests, dialogs of the browser."""

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response

#: Chromium and htmx write such a line for every answer of 400 and above: the answer itself is what is looked at.
_ECHOES = ("Failed to load resource", "Response Status Error Code ")
#: A request given up because another took its place, or because the page was left.
_GIVEN_UP = "net::ERR_ABORTED"
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`));
"""


class Watch:
    """Collects what went wrong in a browser context; whatever a test has not foreseen fails it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.problems: list[str] = []
        self.requests: list[Request] = []
        self.statuses: set[int] = set()
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.on("dialog", self._dialog)

    def expect(self, *statuses: int) -> None:
        """Answers of these statuses are what the test is about."""
        self.statuses |= set(statuses)

    def take(self) -> list[str]:
        """What went wrong and was not foreseen; the next test begins anew."""
        foreseen = tuple(f"{status} " for status in self.statuses)
        problems = [problem for problem in self.problems if not problem.startswith(foreseen)]
        self.problems, self.requests, self.statuses = [], [], set()
        return problems

    def paths(self, beginning: str) -> list[str]:
        """The addresses asked for so far that begin so, without host."""
        asked = (urlsplit(request.url) for request in self.requests)
        paths = (f"{url.path}?{url.query}" if url.query else url.path for url in asked)
        return [path for path in paths if path.startswith(beginning)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_ECHOES):
            self.problems.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.netloc != self._host:
            self.problems.append(f"foreign request: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != _GIVEN_UP:
            self.problems.append(f"failed request: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()
