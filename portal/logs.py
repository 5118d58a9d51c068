"""The log: JSON, one object a line, on standard error. It says what failed and where, never whom it was about.

Left out are the texts of exceptions (a database names the values that it refuses), query strings, bodies and addresses.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

#: The id of the request being answered, as in the header ``X-Request-Id`` and on error pages; empty outside of one.
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: The id of the job that a worker is at; empty outside of one.
job_id: ContextVar[str] = ContextVar("job_id", default="")

_ROOT = f"{Path(__file__).resolve().parent.parent}/"
_QUERY = re.compile(r"\?\S+")
_ADDRESS = re.compile(r"[^\s@/'\"<>]+@[^\s@/'\"<>]+")


class JsonFormatter(logging.Formatter):
    """One record as one line of JSON: time (UTC), level, logger, message, and what is known of request, job and error.

    ``extra={"facts": {…}}`` adds fields of its own to a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **_request(record),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line |= _exception(record.exc_info[1])
        return json.dumps(line)


def scrubbed(text: str) -> str:
    """``text`` without query strings, and without anything that looks like an e-mail address."""
    return _ADDRESS.sub("[address]", _QUERY.sub("", text))


@contextmanager
def about_job(id: object) -> Iterator[None]:
    """Every line written inside carries this job's id."""
    token = job_id.set(str(id))
    try:
        yield
    finally:
        job_id.reset(token)


def _message(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] and record.name.startswith("django.security"):
        # Django's message is the exception's own text here, and that is whatever the client sent.
        return type(record.exc_info[1]).__name__
    text = record.getMessage()
    path = getattr(getattr(record, "request", None), "path", "")
    if path:
        # Django names the address, which anybody may fill with anything: its pattern stands beside.
        for spelling in (path.encode("unicode_escape").decode("ascii"), path):
            text = text.replace(f": {spelling}", "")
    return scrubbed(text)


def _request(record: logging.LogRecord) -> dict[str, Any]:
    """What the record's request tells. Django logs refusals past the middleware: the id is on the request by then."""
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    known = {
        "request_id": getattr(request, "request_id", "") or request_id.get(),
        "job_id": job_id.get(),
        "method": getattr(request, "method", None),
        "route": f"/{match.route}" if match is not None else None,
        "status": getattr(record, "status_code", None),
    }
    return {name: value for name, value in known.items() if value}


def _exception(error: BaseException) -> dict[str, Any]:
    """Class and frames (``file:line:function``, outermost first), and the classes of what it arose from."""
    origins = [_class(origin) for origin in _origins(error)]
    return {
        "exception": _class(error),
        **({"caused_by": origins} if origins else {}),
        "traceback": _frames(error.__traceback__),
    }


def _origins(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    while (origin := error.__cause__ or error.__context__) is not None and id(origin) not in seen:
        seen.add(id(origin))
        yield origin
        error = origin


def _class(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _frames(traceback: TracebackType | None) -> list[str]:
    places = ((frame.f_code, line) for frame, line in walk_tb(traceback))
    return [f"{code.co_filename.removeprefix(_ROOT)}:{line}:{code.co_qualname}" for code, line in places]
