"""The answer that everything succeeded, for any path."""

from __future__ import annotations

from tests.support.ragflow.fake_upstream import Reply

OK = Reply({"code": 0})
ANY = ".*"
