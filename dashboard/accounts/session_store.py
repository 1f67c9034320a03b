"""Sessions: in the database, with a copy in the cache for a minute."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.sessions.backends import cached_db, db
from django.core.cache import BaseCache

# Seconds. Limits how long a copy stays valid that could not be deleted while the cache was down.
COPIED: Final = 60


class SessionStore(cached_db.SessionStore):
    """Django's ``cached_db`` store with short-lived copies.

    Django keeps a copy as long as the session, so a user who signed out during a cache outage would be signed in again.
    """

    _cache: BaseCache
    _session: dict[str, Any]

    def load(self) -> dict[str, Any]:
        copied: dict[str, Any] | None = self._cache.get(self.cache_key)
        if copied is not None:
            return copied
        stored = self._get_session_from_db()  # type: ignore[attr-defined]
        if not stored:
            return {}
        data: dict[str, Any] = self.decode(stored.session_data)
        self._cache.set(self.cache_key, data, min(COPIED, self.get_expiry_age(expiry=stored.expire_date)))
        return data

    def save(self, must_create: bool = False) -> None:
        db.SessionStore.save(self, must_create)
        self._cache.set(self.cache_key, self._session, min(COPIED, self.get_expiry_age()))
