"""What is served as static files: ours, and folders of the packages of package.json."""

from __future__ import annotations

from pathlib import Path
from typing import Final

# The name below /static/, and the folder in node_modules
PACKAGES: Final = (
    ("inter", "@fontsource-variable/inter/files"),
    ("cytoscape", "cytoscape/dist"),
    # The build for browsers that are not of this year.
    ("pdfjs", "pdfjs-dist/legacy/build"),
    # Decoders of scans, and the character tables and fonts that a PDF may name without bringing them
    ("pdfjs/wasm", "pdfjs-dist/wasm"),
    ("pdfjs/cmaps", "pdfjs-dist/cmaps"),
    ("pdfjs/standard_fonts", "pdfjs-dist/standard_fonts"),
)
# What no page asks for: of the packages' folders, `manage.py prepare` leaves it out.
UNUSED: Final = [
    *("*.map", "*.mts", "*.wasm", "*[!n].mjs", "pdf.sandbox.*", "pdf.renderer.*", "cytoscape.*.js"),
    *("inter-[!l]*", "inter-latin-[!w]*", "*-italic.*", "*/ext/*", "htm*-4.*"),
]


def folders(ours: Path, packages: Path) -> list[Path | tuple[str, Path]]:
    """The value of STATICFILES_DIRS. Where there are no packages, as in an image, they were collected before."""
    if not packages.is_dir():
        return [ours]
    return [ours, *((name, packages / folder) for name, folder in PACKAGES)]
