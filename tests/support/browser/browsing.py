"""Actions on the documents page in Chromium."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import Page

from dashboard.documents.parsing import progress
from dashboard.models import Watch

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("#main").dispatchEvent(
      new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def poll() -> None:
    """Polls all watches, as the worker does when beat ticks."""
    for watch in Watch.objects.all():
        Watch.objects.filter(pk=watch.pk).update(next_at=datetime.now(UTC), claimed_until=None)
        progress.poll(watch.pk)


def row(page: Page, name: str):
    return page.locator("#table tbody tr", has=page.get_by_role("link", name=name, exact=True))


DROP_MANY = """names => {
  const data = new DataTransfer();
  for (const name of names) data.items.add(new File(["Some text to find."], name, {type: "text/plain"}));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector("main").dispatchEvent(
      new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def upload_item(page, name):
    return page.locator(".ra-upload-item", has_text=name)


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
