"""Sessions in the database that nobody can take over by reading the database: it holds hashes of the keys only."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

#: What fits Django's column: 240 of the 256 bits of SHA-256.
_COLUMN_LENGTH = 40
#: Where a session holds its own id, by which it can be named without its key. It outlives a change of the key.
SESSION_ID = "id"


def stored_key(session_key: str) -> str:
    """What the database holds in place of a session key: its SHA-256, base64url, the first 40 characters."""
    digest = hashlib.sha256(session_key.encode("utf-8", "surrogateescape")).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_COLUMN_LENGTH]


def _moment(data: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromtimestamp(data[name], UTC) if name in data else None


class SessionStore(DatabaseStore):
    """Django's database sessions under ``stored_key``. A key has about 165 bits, so an unsalted hash is enough."""

    @classmethod
    def get_model_class(cls) -> Any:
        from directory.models import AdministratorSession

        return AdministratorSession

    def _get_session_from_db(self) -> Any:
        row = None
        if self.session_key:
            row = self.model.objects.filter(
                session_key=stored_key(self.session_key), expire_date__gt=timezone.now()
            ).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(session_key=stored_key(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        row.administrator_id = data.get(SESSION_KEY)
        if SESSION_ID in data:
            row.id = UUID(data[SESSION_ID])
        row.signed_in_at, row.seen_at = _moment(data, "signed_in_at"), _moment(data, "seen_at")
        row.address, row.user_agent = data.get("address", ""), data.get("user_agent", "")
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self.model.objects.filter(session_key=stored_key(key)).delete()

    # Django's own asynchronous twins of these would store the keys themselves.

    async def _aget_session_from_db(self) -> Any:
        return await sync_to_async(self._get_session_from_db)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        return await sync_to_async(self.create_model_instance)(data)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)
