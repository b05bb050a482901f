"""A package for a recipient without a node, in its own forms: values in, bytes out, the same bytes for the same values.

Every file repeats, on each page, sheet or row, what it is for and how old it is (`document`). Which libraries write
them, and why, is ADR-0029.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entente.picture.recipients import Format
from entente.report.package import docx, pdf, plain, xlsx
from entente.report.package.document import Document

_WRITES: Mapping[Format, tuple[str, Callable[[Document], bytes]]] = {
    Format.PDF: ("form.pdf", pdf.form),
    Format.DOCX: ("form.docx", docx.form),
    Format.XLSX: ("mgrs.xlsx", xlsx.table),
    Format.MGRS: ("mgrs.pdf", pdf.table),
    Format.CSV: ("sites.csv", plain.csv_table),
    Format.KML: ("sites.kml", plain.kml),
    Format.EMAIL: ("email.txt", plain.email),
    Format.LIST: ("list.pdf", pdf.carried),
}


def render(document: Document) -> dict[str, bytes]:
    """Return a package's files by name, one for each format that its recipient takes."""
    package = document.package
    stem = f"{package.recipient.name}-{package.number:03d}"
    chosen = [_WRITES[one] for one in Format if one in package.recipient.formats]
    return {f"{stem}-{name}": write(document) for name, write in chosen}
