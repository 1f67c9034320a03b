"""What differs between releases of RAGFlow, one module per noun.

Each module has a function ``of(release)`` that returns what the resource of that noun asks: how a request is written
in that release, and how its response is read. Resources, views and templates do not know releases.
"""

from __future__ import annotations
