"""A portal of its own for the browser: a database that is filled once, behind a threaded server.

The database is another one than that of the other tests, which empty theirs. It is reached by putting a connection to
it in the place of Django's ``default``, in each thread of the server and in the test's own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.test.testcases import QuietWSGIRequestHandler

from tests.write_guard import guarded


class Database:
    """The browser's own database."""

    def __init__(self) -> None:
        name = connection.creation._get_test_db_name()
        self.settings = {**connection.settings_dict, "NAME": f"{name}_browser"}

    def create(self) -> None:
        """Make it anew, with its tables."""
        self.drop()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.settings["NAME"]}"')
        with self.in_place_of_default():
            call_command("migrate", verbosity=0)

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.settings["NAME"]}" WITH (FORCE)')

    def connect(self) -> Any:
        """A connection object of this database; it connects when it is first used."""
        wrapper = type(connections["default"])(self.settings, "default")
        wrapper.inc_thread_sharing()
        return wrapper

    @contextmanager
    def in_place_of_default(self) -> Iterator[None]:
        """Within this, the present thread's ``default`` is this database."""
        before = connections["default"]
        connections["default"] = self.connect()
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = before


class Server:
    """The portal's WSGI application on a free port of the loopback, with the write guard up in every request."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._application = get_wsgi_application()
        self._server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
        self._server.set_app(self._answer)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.url = f"http://localhost:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with self._database.in_place_of_default(), guarded():
            response = self._application(environ, start_response)
            body = b"".join(response)
            response.close()
        return [body]
