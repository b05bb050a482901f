"""The form as DOCX: ECMA-376 (Office Open XML), WordprocessingML, transitional.

A few parts of XML are all that a form needs, so they are written here (ADR-0029); python-docx and LibreOffice read
them in the tests. The header repeats EXERCISE, the footer what every page says, the table's first row its columns.

A run is marked right-to-left by its first strong letter, so that an Arabic name stands right in an English form, and a
grid reference in an Arabic one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from entente.joint.act import spell
from entente.report.package.archive import archive
from entente.report.package.document import Document, Line

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WIDTHS = (560, 3340, 3300, 2860)
"""[twentieths of a point] Of the columns of rows; together the width between the margins of A4."""
_STEPS = ("delivered", "opened", "read_back", "relayed", "loaded")


def form(document: Document) -> bytes:
    """Return the form."""
    return archive({name: (_HEAD + text).encode() for name, text in _parts(document)})


def _parts(document: Document) -> Iterator[tuple[str, str]]:
    kinds = {
        "document": "document.main", "styles": "styles", "settings": "settings", "header1": "header",
        "footer1": "footer",
    }  # fmt: skip
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in kinds.items()
    )
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f"{overrides}"
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        "</Types>",
    )
    yield (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_R}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>",
    )
    yield (
        "word/_rels/document.xml.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{part}" Type="{_R}/{kind}" Target="{part}.xml"/>'
            for part, kind in kinds.items()
            if part != "document"
        )
        + "</Relationships>",
    )
    yield "docProps/core.xml", _core(document)
    yield "word/settings.xml", f'<w:settings {_W}><w:zoom w:percent="100"/></w:settings>'
    yield "word/styles.xml", _styles(document)
    yield "word/header1.xml", f"<w:hdr {_W}>{_banner(document)}</w:hdr>"
    yield "word/footer1.xml", f"<w:ftr {_W}>{''.join(_foot(document))}</w:ftr>"
    yield (
        "word/document.xml",
        f'<w:document {_W} xmlns:r="{_R}"><w:body>{"".join(_body(document))}</w:body></w:document>',
    )


def _core(document: Document) -> str:
    made = spell(document.package.made)[:19] + "Z"
    title = escape(" ".join(filter(None, (document.banner, document.word("title"), document.reference))))
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{escape(document.package.sender)}</dc:creator>"
        f"<dc:language>{document.language}</dc:language>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{made}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{made}</dcterms:modified></cp:coreProperties>'
    )


def _styles(document: Document) -> str:
    language = f'<w:lang w:val="{document.language}" w:bidi="{document.language}"/>'
    return (
        f"<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>"
        '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:eastAsia="Arial" w:cs="Arial"/>'
        '<w:sz w:val="18"/><w:szCs w:val="18"/>'
        f'{language}</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="40"/></w:pPr>'
        "</w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/>'
        '<w:pPr><w:keepNext/><w:spacing w:before="60" w:after="120"/></w:pPr>'
        '<w:rPr><w:b/><w:bCs/><w:sz w:val="30"/><w:szCs w:val="30"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>'
        '<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/></w:pPr>'
        '<w:rPr><w:b/><w:bCs/><w:sz w:val="22"/><w:szCs w:val="22"/></w:rPr></w:style></w:styles>'
    )


# -- the page ----------------------------------------------------------------------------------------------------------


def _banner(document: Document) -> str:
    return _paragraph(document, document.banner, bold=True, colour="B00020", centred=True)


def _foot(document: Document) -> Iterator[str]:
    for line in document.foot:
        loud = line in document.sentence
        yield _paragraph(document, line, bold=loud, size=16 if loud else 13)
    before, between, after = document.word("page", "\0", "\0").split("\0")
    words = (_run(_text(part), part, size=13) for part in (before, between, after))
    runs = [next(words), _field("PAGE", 13), next(words), _field("NUMPAGES", 13), next(words)]
    yield _raw(document, "".join(runs), before, centred=True)
    if document.banner:
        yield _banner(document)


def _body(document: Document) -> Iterator[str]:
    yield _paragraph(document, document.label("title"), style="Title")
    yield _table(
        document, (2700, 7360), ((_label(document, k), _value(document, v)) for k, v in document.facts), head=0
    )
    yield _paragraph(document, "", size=8)
    for sentence in document.sentences:
        yield _paragraph(document, sentence, bold=sentence in document.sentence)
    heads = ("number", "name", "position", "status")
    titles = tuple(_paragraph(document, document.label(key), bold=True, size=15) for key in heads)
    if document.lines:
        yield _paragraph(document, "", size=8)
        yield _table(document, _WIDTHS, (titles, *(_cells(document, line) for line in document.lines)), head=1)
    else:
        yield _paragraph(document, document.word("nothing"), bold=True)
    yield _paragraph(document, document.label("acknowledgement"), style="Heading1")
    # What is sent back is one piece of paper: it stands on one page.
    yield _paragraph(document, document.word("acknowledging"), keep=True)
    if document.recipient.acknowledges:
        yield _paragraph(document, f"{document.word('return_to')}: {document.recipient.acknowledges}", keep=True)
    columns = tuple(
        _paragraph(document, document.label(key), bold=True, size=15, keep=True)
        for key in ("step", "time", "unit", "office")
    )
    blank = _paragraph(document, "", keep=True)
    steps = ((_paragraph(document, document.label(step), keep=True), blank, blank, blank) for step in _STEPS)
    yield _table(document, (3060, 2200, 2400, 2400), (columns, *steps), head=1)
    yield _paragraph(document, "")
    yield (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
        '<w:footerReference w:type="default" r:id="footer1"/><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1000" w:right="920" w:bottom="1100" w:left="920" w:header="420" '
        f'w:footer="380" w:gutter="0"/>{"<w:bidi/>" if document.right_to_left else ""}</w:sectPr>'
    )


def _label(document: Document, text: str) -> str:
    return _paragraph(document, text, colour="555555", size=16)


def _value(document: Document, text: str) -> str:
    return _paragraph(document, text, bold=True, size=16)


def _cells(document: Document, line: Line) -> tuple[str, ...]:
    about = [line.category, line.where, line.id]
    if document.several_lists:
        about.append(f"{document.word('list')}: {line.list}")
    name = _paragraph(document, line.name, bold=True) + _paragraph(document, " · ".join(filter(None, about)), size=15)
    at = line.spelt
    place = _paragraph(document, "—")
    if at:
        place = _paragraph(document, f"{at.mgrs}   ± {at.uncertainty_m:,} m", bold=True, size=17)
        place += _paragraph(document, at.decimal, size=15) + _paragraph(document, at.dms, size=15)
    told = [_paragraph(document, line.mark, bold=True, colour="B00020")] if line.mark else []
    told += [_paragraph(document, t, size=15) for t in (line.status, line.marks, line.verified, line.remarks) if t]
    return _paragraph(document, str(line.number)), name, place, "".join(told) or _paragraph(document, "")


# -- pieces ------------------------------------------------------------------------------------------------------------


def _table(document: Document, widths: Sequence[int], rows: Iterable[Sequence[str]], head: int) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    line = 'w:val="single" w:sz="4" w:space="0" w:color="999999"'
    sides = "".join(f"<w:{side} {line}/>" for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    margins = "".join(f'<w:{side} w:w="70" w:type="dxa"/>' for side in ("left", "right"))
    body = "".join(_row(widths, cells, heading=number < head) for number, cells in enumerate(rows))
    return (
        f"<w:tbl><w:tblPr>{'<w:bidiVisual/>' if document.right_to_left else ''}"
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"
    )


def _row(widths: Sequence[int], cells: Sequence[str], *, heading: bool) -> str:
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="EEEEEE"/>' if heading else ""
    drawn = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>{cell}</w:tc>'
        for width, cell in zip(widths, cells, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if heading else ''}</w:trPr>{drawn}</w:tr>"


def _paragraph(
    document: Document, text: str, *, bold: bool = False, size: int = 0, colour: str = "", centred: bool = False,
    style: str = "", keep: bool = False,
) -> str:  # fmt: skip
    run = _run(_text(text), text, bold=bold, size=size, colour=colour)
    return _raw(document, run, text, centred=centred, style=style, keep=keep)


def _raw(
    document: Document, runs: str, text: str, *, centred: bool = False, style: str = "", keep: bool = False
) -> str:
    """Return a paragraph; `keep` holds it on the page of the next.

    What has no right-to-left letter, as a position, runs from the left in every document.
    """
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    right = document.right_to_left
    kept = "<w:keepNext/>" if keep else ""
    bidi = "<w:bidi/>" if right and has_right(text) else ""
    side = "center" if centred else "right" if right and not bidi else ""
    aligned = f'<w:jc w:val="{side}"/>' if side else ""
    return f"<w:p><w:pPr>{named}{kept}{bidi}{aligned}</w:pPr>{runs}</w:p>"


def _run(inside: str, text: str = "", *, bold: bool = False, size: int = 0, colour: str = "") -> str:
    looks = "<w:b/><w:bCs/>" if bold else ""
    looks += f'<w:color w:val="{colour}"/>' if colour else ""
    looks += f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>' if size else ""
    looks += "<w:rtl/>" if starts_right(text) else ""
    return f"<w:r>{f'<w:rPr>{looks}</w:rPr>' if looks else ''}{inside}</w:r>"


def _text(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def _field(code: str, size: int) -> str:
    """Return what Word replaces: a page's number, or their count."""
    inside = (
        '<w:fldChar w:fldCharType="begin"/>', f'<w:instrText xml:space="preserve"> {code} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>', _text("1"), '<w:fldChar w:fldCharType="end"/>',
    )  # fmt: skip
    return "".join(_run(part, size=size) for part in inside)


def has_right(text: str) -> bool:
    """Whether any letter of a text is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def starts_right(text: str) -> bool:
    """Whether a text's first strong letter is written from right to left (UAX #9, P2 and P3)."""
    strong = next((kind for c in text if (kind := unicodedata.bidirectional(c)) in ("L", "R", "AL")), "L")
    return strong != "L"
