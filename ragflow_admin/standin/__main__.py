"""`python -m ragflow_admin.standin`."""

from __future__ import annotations

import os
import sys

from ragflow_admin.standin.serve import main, options_of, surroundings

options = options_of(sys.argv[1:])
needed = surroundings(options)
if any(os.environ.get(name) != value for name, value in needed.items()):
    # Importing the package has already configured Django with other settings: start over with our own.
    os.environ.update(needed)
    os.execv(sys.executable, [sys.executable, "-m", "ragflow_admin.standin", *sys.argv[1:]])  # noqa: S606

sys.exit(main(options))
