"""Runs a completion, and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final

from dashboard.ragflow import RAGFlow, errors
from dashboard.ragflow.completions.completions import Target
from dashboard.ragflow.completions.reading import Completion
from dashboard.ragflow.dialects.completions import Wanted

# Characters of the raw answer that a page shows, and that are kept of it.
LONGEST: Final = 200_000


@dataclass
class Run:
    """A completion as far as it has come. Times are in seconds. ``error`` is why there is no regular answer."""

    streamed: bool
    completion: Completion = field(default_factory=Completion)
    error: errors.RAGFlowError | None = None
    seconds: float = 0.0
    first: float | None = None
    events: int = 0
    raw: str = ""
    is_cut: bool = False

    @property
    def failure(self) -> str:
        """Why it failed, in RAGFlow's or the model's words; "" if it did not."""
        return self.error.message if self.error else self.completion.failure

    @property
    def status(self) -> int | None:
        """The HTTP status of the response; None without one."""
        return self.error.status if self.error else 200

    @property
    def code(self) -> int | None:
        """RAGFlow's code of an error."""
        return self.error.code if self.error else None

    def keep(self, raw: str) -> None:
        """Keep what came, up to ``LONGEST``."""
        left = LONGEST - len(self.raw)
        self.raw += raw[:left]
        self.is_cut = self.is_cut or len(raw) > left


def follow(run: Run, ragflow: RAGFlow, target: Target, wanted: Wanted) -> Generator[list[str]]:
    """Run it: the events of each read as they came. At the end, ``run`` has everything.

    An answer that is not streamed has no events. Closing the generator stops the answer. Errors of RAGFlow become part
    of the run.
    """
    started = time.monotonic()
    try:
        if wanted.stream:
            with ragflow.completions.stream(target, wanted) as stream:
                for chunks in stream:
                    if run.first is None and any(chunk.text or chunk.reasoning for chunk in chunks):
                        run.first = time.monotonic() - started
                    run.events += len(chunks)
                    run.keep("".join(f"data: {chunk.raw}\n\n" for chunk in chunks))
                    yield [chunk.raw for chunk in chunks]
            run.completion = stream.completion
        else:
            run.completion, body = ragflow.completions.ask(target, wanted)
            run.keep(body.decode("utf-8", "replace"))
    except errors.RAGFlowError as error:
        run.error = error
    run.seconds = time.monotonic() - started


def whole(ragflow: RAGFlow, target: Target, wanted: Wanted) -> Run:
    """Run it to its end."""
    run = Run(streamed=wanted.stream)
    for _events in follow(run, ragflow, target, wanted):
        pass
    return run
