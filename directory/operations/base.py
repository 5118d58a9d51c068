"""What makes a function an operation: one transaction, one permission, at least one audit entry."""

import functools
import inspect
import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, transaction

from directory import audit, permissions
from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, ReauthenticationRequired
from directory.values.permissions import Permission

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger(__name__)

#: SQLSTATE of a deadlock and of a serialization failure: nothing was done, and trying again may succeed.
_RETRIED = {"40P01", "40001"}
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """What the registry knows of one operation."""

    name: str
    permission: Permission | None
    on_object: bool
    reauthenticate: bool
    function: Callable[..., Any]


#: Every operation there is, by dotted name: the matrices of the tests walk it.
OPERATIONS: dict[str, Operation] = {}


@dataclass(slots=True)
class _Unit:
    denied: list[tuple[Actor, str, Forbidden]] = field(default_factory=list)


_unit: ContextVar[_Unit | None] = ContextVar("unit_of_work", default=None)
_depth: ContextVar[int] = ContextVar("operation_depth", default=0)
_unchanged: ContextVar[bool] = ContextVar("unchanged", default=False)


def inside_operation() -> bool:
    """Whether an operation is running in this context. The tests' write guard asks."""
    return _depth.get() > 0


def unchanged() -> None:
    """Said by an operation that found everything as it should be: it writes no entry, and that is right."""
    _unchanged.set(True)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """One transaction around one or many operations.

    The outermost unit is durable: when it ends, its rows are committed. Inside another unit it is a savepoint, so that
    a refused operation leaves the ones before it standing. Refusals are recorded after the outermost unit has ended,
    whichever way it ended.
    """
    if _unit.get() is not None:
        with transaction.atomic():
            yield
        return
    unit = _Unit()
    token = _unit.set(unit)
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        _unit.reset(token)
        for actor, name, error in unit.denied:
            _record_denied(actor, name, error)


def operation(
    *, permission: Permission | None, on_object: bool = False, reauthenticate: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a keyword-only function with a mandatory ``actor`` an operation.

    ``permission`` must be held directory-wide, or, with ``on_object=True``, on the object: then the function itself
    calls ``permissions.require`` or one of the ``get_…`` queries that do, and it is a mistake to end without.
    ``permission=None`` is for what is recorded of people who are not signed in. ``reauthenticate`` demands a proof of
    identity within the last 10 minutes.

    The wrapped function raises ``Forbidden`` (and leaves a ``denied`` entry), ``ReauthenticationRequired``, and what
    the function raises; after any error nothing is changed. Deadlocks are tried again, up to three times in all.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters.values()
        if "actor" not in (p.name for p in parameters) or any(p.kind is not p.KEYWORD_ONLY for p in parameters):
            raise TypeError(f"{function.__qualname__}: an operation takes keyword arguments only, actor among them")
        name = f"{function.__module__.removeprefix('directory.operations.')}.{function.__name__}"

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs["actor"]
            if not isinstance(actor, Actor):
                raise TypeError(f"{name}: actor is {type(actor).__name__}")
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    with unit_of_work():
                        result: R = _run_once(spec, actor, args, kwargs)
                    return result
                except OperationalError as error:
                    if _unit.get() is not None or attempt == _ATTEMPTS or _sqlstate(error) not in _RETRIED:
                        raise
                    # By chance, or those who met in a deadlock would meet again.
                    time.sleep(0.001 * (5 + secrets.randbelow(15)) * attempt)
            raise AssertionError("unreachable")

        spec = Operation(name, permission, on_object, reauthenticate, function)
        OPERATIONS[name] = spec
        return run

    return decorate


def _run_once(spec: Operation, actor: Actor, args: Any, kwargs: Any) -> Any:
    entries, checks = audit.entries_written.get(), permissions.checks_made.get()
    depth = _depth.set(_depth.get() + 1)
    silent = _unchanged.set(False)
    try:
        if spec.permission is not None and not spec.on_object:
            permissions.require(actor, spec.permission)
        if spec.reauthenticate and not actor.reauthenticated:
            raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")
        result = spec.function(*args, **kwargs)
        if spec.permission is not None and permissions.checks_made.get() == checks:
            raise AssertionError(f"{spec.name} ended without checking {spec.permission}")
        if audit.entries_written.get() == entries and not _unchanged.get():
            raise AssertionError(f"{spec.name} ended without an audit entry")
        return result
    except Forbidden as error:
        _note_denied(actor, spec.name, error)
        raise
    finally:
        _unchanged.reset(silent)
        _depth.reset(depth)


def _note_denied(actor: Actor, name: str, error: Forbidden) -> None:
    unit = _unit.get()
    assert unit is not None
    if all(known is not error for _, _, known in unit.denied):
        unit.denied.append((actor, name, error))
        error.recorded = True


def record_refused_read(actor: Actor, name: str, error: Forbidden) -> None:
    """Record a ``Forbidden`` that a query raised outside any operation; doors call it from one place each."""
    _record_denied(actor, name, error)


def _record_denied(actor: Actor, name: str, error: Forbidden) -> None:
    token = _depth.set(_depth.get() + 1)
    try:
        with transaction.atomic():
            audit.record(
                actor,
                audit.Entry(
                    event=audit.Event.OPERATION_DENIED,
                    subject=audit.Subject(kind="operation", id=None, label=""),
                    details={"operation": name, **error.info},
                    outcome=audit.Outcome.DENIED,
                ),
            )
    finally:
        _depth.reset(token)


@contextmanager
def conflicts(by_constraint: dict[str, DirectoryError]) -> Iterator[None]:
    """Turn the database's refusal of a duplicate, by constraint name, into the error given. Others pass unchanged."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name in by_constraint:
            raise by_constraint[name] from error
        raise


def check_version(row: Any, version: str | None) -> None:
    """Refuse a write made on an older sight of ``row``: ``version`` is the ``version_of`` that the writer had seen.

    ``None`` writes regardless. Raises ``Conflict`` with code ``StaleVersion``.
    """
    if version is not None and version != version_of(row):
        raise Conflict("Somebody else changed this in the meantime. Look at it again first.", code="StaleVersion")


def version_of(row: Any) -> str:
    """The version of a row with ``updated_at``, to the microsecond."""
    return str(row.updated_at.isoformat())


def _sqlstate(error: Exception) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)
