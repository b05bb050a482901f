"""Columns: which column of a sheet is what, by a table of names in four languages, by HXL tags, or as the desk says.

`FIELDS` is the table: for each field its HXL hashtags and the names that lists give it, folded (`text.folded`), best
first. HXL: the hashtag dictionary 1.1 of hxlstandard.org; a tag matches when its hashtag is the same and it has all
attributes of ours, in any order.

>>> recognised(["Nom du site", "Широта", "خط الطول", "Remarks"])
{'name': 0, 'lat': 1, 'lon': 2, 'note': 3}
>>> tagged(["#loc+name", "#geo +lat", "#geo+lon", "#adm2 +name+fr"])
{'name': 0, 'lat': 1, 'lon': 2, 'district': 3}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from entente import canonical
from entente.errors import Refused
from entente.places.text import folded

_TABLE = """
id: #loc+code #loc+id #meta+id
    id; site id; uid; uuid; code; site code; facility id; facility code; objectid; identifiant; code site; код;
    номер объекта; رمز; المعرف
pcode: #adm4+code #adm3+code #adm2+code #adm1+code
    pcode; p code; place code; admin2pcode; adm2 pcode; admin2 pcode; admin1pcode; adm1 pcode; code lieu
name: #loc+name #loc #org+name+site
    name; site name; facility name; facility; site; place; title; nom; nom du site; nom de la structure;
    nom structure; structure; formation sanitaire; название; наименование; объект; наименование объекта; имя;
    الاسم; اسم المرفق; اسم الموقع; المرفق; اسم
category: #loc+type #loc+category #sector
    category; site category; type; facility type; site type; kind; categorie; type de structure; type structure;
    категория; тип; тип объекта; вид; النوع; نوع المرفق; الفئة
lat: #geo+lat
    lat; latitude; y; lat dd; latitude dd; y coord; coordonnee y; lat n; gps lat; gps latitude; широта; с ш;
    خط العرض; دائرة العرض; العرض
lon: #geo+lon
    lon; long; lng; longitude; x; lon dd; long dd; longitude dd; x coord; coordonnee x; long e; gps lon; gps long;
    gps longitude; долгота; в д; خط الطول; الطول
position: #geo+coord #geo+mgrs
    position; coordinates; coords; mgrs; grid; grid reference; gps; lat lon; latlong; lat long;
    latitude longitude; coordonnees; coordonnees gps; координаты; الاحداثيات; احداثيات
uncertainty_m: #geo+precision #geo+uncertainty
    uncertainty m; uncertainty; accuracy m; radius m; precision m; accuracy; incertitude m; точность м;
    погрешность м; الدقة
datum: #geo+datum
    datum; geodetic datum; crs; srs; coordinate system; systeme de coordonnees; датум; система координат;
    نظام الاحداثيات
position_source: #geo+source #meta+source
    position source; ll source; source of position; coordinate source; gps source; source; source des coordonnees;
    источник координат; источник; المصدر; مصدر الاحداثيات
country: #country+name #country
    country; admin0; adm0; adm0 name; pays; страна; الدولة; البلد; دولة
region: #adm1+name #adm1
    admin1; adm1; adm1 name; admin 1; admin1name; region; province; governorate; state; wilaya; область; регион;
    край; المحافظة; الاقليم; الولاية; المنطقة
district: #adm2+name #adm2
    admin2; adm2; adm2 name; admin 2; admin2name; district; county; cercle; departement; moughataa; locality;
    район; уезд; المديرية; القضاء; المحلية
settlement: #loc+settlement #adm4+name #adm4 #adm3+name #adm3
    settlement; village; town; city; ville; localite; commune; place name; village name; населенный пункт; село;
    город; القرية; المدينة; البلدة
source_grade: #meta+grade
    source grade; grade; reliability; fiabilite; надежность
verifier: #meta+verifier
    verifier; verified by; verifie par; проверил; تحقق منه
method: #meta+method
    verification method; method; methode; способ проверки; طريقة التحقق
confirmed_by: #meta+confirmed+by
    confirmed by; last confirmed by; confirme par; подтвердил; اكد بواسطة
confirmed_at: #date+confirmed #date+updated
    confirmed at; last confirmed; confirmed; verified on; last confirmed at; date de confirmation;
    дата подтверждения; تاريخ التاكيد
expires_at: #date+expires #date+end
    expires at; expires; expiry; valid until; expire le; valable jusqu au; действует до; صالح حتي
consent: #meta+consent
    consent; consent reference; consentement; согласие; الموافقة
day_marks: #loc+marking+day #loc+marking
    day marks; day marking; markings; marking; marquage; маркировка; العلامات
infrared_marks: #loc+marking+infrared #loc+marking+night
    infrared marks; infrared marking; ir marking; night marking; marquage infrarouge; ик маркировка
note: #meta+note #description
    note; notes; remarks; remark; comment; comments; description; remarque; remarques; observations; примечание;
    примечания; ملاحظات; ملاحظة
"""
"""Field: HXL tags; below it the names that lists give it, in English, French, Russian and Arabic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: how HXL tags it, and what lists call it, as written and folded, best first."""

    tags: tuple[tuple[str, frozenset[str]], ...]
    titles: tuple[str, ...]
    names: tuple[str, ...]


def _tag(text: str) -> tuple[str, frozenset[str]]:
    """Return a hashtag and its attributes."""
    head, *attributes = [part.strip().lower() for part in text.split("+")]
    return head, frozenset(attributes)


def _read(text: str) -> dict[str, Field]:
    found = {}
    for block in re.split(r"\n(?=\w)", text.strip()):
        head, _, names = block.partition("\n")
        field, _, tags = head.partition(":")
        titles = tuple(" ".join(name.split()) for name in names.split(";"))
        found[field] = Field(
            tags=tuple(_tag(tag) for tag in tags.split()), titles=titles, names=tuple(map(folded, titles))
        )
    return found


FIELDS: Mapping[str, Field] = _read(_TABLE)
_HXL = re.compile(r"#[A-Za-z][A-Za-z0-9_]*(?:\s*\+\s*[A-Za-z][A-Za-z0-9_]*)*", re.ASCII)
LOOKED_THROUGH = 40
"""Rows at a sheet's top among which its header is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where a sheet's data begin and which column is what.

    `lines` counts what stands above the data: titles, headers, HXL tags. `labels` are the columns' names as written,
    `by` how they were recognised: ``names``, ``tags``, or ``the desk``.
    """

    lines: int
    labels: tuple[str, ...]
    columns: Mapping[str, int]
    by: str

    @property
    def shape(self) -> str:
        """What sheets of one shape have in common: a digest of their columns' names. Mappings are remembered by it."""
        return sha256("\x1f".join(folded(label) for label in self.labels).encode()).hexdigest()[:16]


def recognised(labels: Sequence[str]) -> dict[str, int]:
    """Return the column of each field whose name is known; each column is one field, and the best name wins."""
    folds = [folded(label) for label in labels]
    found: dict[str, int] = {}
    for name, field in FIELDS.items():
        column = next((at for spelt in field.names for at, fold in enumerate(folds) if fold == spelt), None)
        if column is not None and column not in found.values():
            found[name] = column
    return found


def tagged(cells: Sequence[str]) -> dict[str, int]:
    """Return the column of each field that HXL tags name; empty when fewer than two cells are hashtags."""
    tags = {at: _tag(re.sub(r"\s", "", cell)) for at, cell in enumerate(cells) if _HXL.fullmatch(cell.strip())}
    found: dict[str, int] = {}
    if len(tags) < 2:
        return found
    for name, field in FIELDS.items():
        for hashtag, wanted in field.tags:
            fits = [
                (len(attributes), at)
                for at, (head, attributes) in tags.items()
                if head == hashtag
                and wanted <= attributes
                and at not in found.values()
                # `#adm2` alone is the name; with +code it is the code and never the name.
                and ("code" in wanted or "code" not in attributes)
            ]
            if fits:
                found[name] = min(fits)[1]
                break
    return found


def find_header(top: Sequence[Sequence[str]], remembered: Mapping[str, Mapping[str, str]] | None = None) -> Header:
    """Return the header that a sheet's first rows hold: HXL tags, or the row, or two, most of whose names are known.

    `remembered` holds, by a shape, what the desk once said of sheets of that shape: fields with their columns' labels.
    Of two header rows each column is named by the lower, by the upper, or by both together, whichever is known; the
    upper one's merged cells reach to the right.

    Raises:
        Refused: `place.columns`, when there is no column of names; it tells what was found and how to say which it is.
    """
    for at, cells in enumerate(top):
        if tags := tagged(cells):
            labels = _labels(top[at - 1]) if at and any(top[at - 1]) else _labels(cells)
            width = max(len(labels), len(cells))
            padded = tuple(labels) + ("",) * (width - len(labels))
            return Header(lines=at + 1, labels=padded, columns=tags, by="tags")
    options = list(_candidates(top))
    for option in options:
        if remembered and option.shape in remembered:
            return mapped(option, remembered[option.shape])
    best = max(options, key=lambda option: (len(option.columns), -option.lines), default=None)
    if best is None or not best.columns:
        widest = next((row for row in top if sum(map(bool, row)) >= 2), top[0] if top else ())
        lines = list(top).index(widest) + 1 if len(top) else 0
        best = Header(lines=lines, labels=_labels(widest), columns={}, by="names")
    return best


def _candidates(top: Sequence[Sequence[str]]) -> Iterable[Header]:
    for at, cells in enumerate(top[:LOOKED_THROUGH]):
        labels = _labels(cells)
        if sum(map(bool, labels)) < 2 and not recognised(labels):
            continue
        yield Header(lines=at + 1, labels=labels, columns=recognised(labels), by="names")
        if at + 1 < len(top):
            both = _two(cells, top[at + 1])
            columns = recognised(both)
            lower = recognised(_labels(top[at + 1]))
            if len(columns) > max(len(recognised(labels)), len(lower)):
                yield Header(lines=at + 2, labels=both, columns=columns, by="names")


def _two(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """Return one name for each column of a header of two rows."""
    width = max(len(upper), len(lower))
    above: list[str] = []
    for at in range(width):
        here = upper[at] if at < len(upper) else ""
        above.append(here or (above[-1] if above else ""))
    below = [*lower, *[""] * (width - len(lower))]
    known = {name for field in FIELDS.values() for name in field.names}
    names = []
    for over, under in zip(above, below, strict=True):
        options = [under, f"{over} {under}".strip(), over]
        names.append(next((option for option in options if folded(option) in known), f"{over} {under}".strip()))
    return tuple(names)


def _labels(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(canonical.seen(" ".join(cell.split())) for cell in cells)


def mapped(header: Header, said: Mapping[str, str]) -> Header:
    """Return a header with columns as the desk says: each field with its column's title, letter (``C``) or number.

    An empty label takes the field's column away.

    Raises:
        Refused: `place.field`, `place.column`.
    """
    columns = dict(header.columns)
    for field, label in said.items():
        if field not in FIELDS:
            raise Refused("place.field", f"there is no field {field!r}; there are {', '.join(FIELDS)}")
        if not label:
            columns.pop(field, None)
            continue
        at = _column(header.labels, label)
        columns = {name: column for name, column in columns.items() if column != at}
        columns[field] = at
    return Header(lines=header.lines, labels=header.labels, columns=columns, by="the desk" if said else header.by)


def _column(labels: Sequence[str], said: str) -> int:
    fold = folded(said)
    for at, label in enumerate(labels):
        if label == said.strip() or (fold and folded(label) == fold):
            return at
    if said.isascii() and said.isdigit() and 1 <= int(said) <= len(labels):
        return int(said) - 1
    if re.fullmatch("[A-Z]{1,2}", said):
        at = (ord(said[-1]) - 65) + (26 * (ord(said[0]) - 64) if len(said) == 2 else 0)
        if at < len(labels):
            return at
    found = ", ".join(label or f"({at})" for at, label in enumerate(labels, 1))
    raise Refused("place.column", f"there is no column {said!r}; there are {found[:300]}")


def require(header: Header, file: str) -> Header:
    """Return a header that can be read: one with a column of names.

    Raises:
        Refused: `place.columns`.
    """
    if "name" in header.columns or "id" in header.columns:
        return header
    found = ", ".join(label for label in header.labels if label)
    raise Refused(
        "place.columns",
        f"no column of names is recognised among: {found[:300] or 'nothing'}. Say which columns hold what, as "
        "--column name=TITLE --column lat=TITLE --column lon=TITLE; it is remembered for sheets like this one",
        where=f"{file}, row {header.lines}",
    )
