"""`python -m ragflow_admin.standin.parsing`: the parsing process, started and ended by the server."""

from __future__ import annotations

import django

django.setup()

from ragflow_admin.standin.parsing.process import main  # noqa: E402 - needs the set-up above

main()
