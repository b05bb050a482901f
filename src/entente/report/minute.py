"""The minute of a story: one page to print and sign off, with no script in it and nothing fetched from anywhere.

It tells, in this order, what was agreed, the protected sites, the operations with their standings and decisions, what
was found, what happened when (UTC and date-time group), the state hashes, and how to verify it all. Cells are escaped
in one place, `_cell`, and everything a story says passes through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from entente.geo.interval import dtg, spell
from entente.geo.position import show
from entente.ids import is_hash
from entente.joint.protected_sites import Site
from entente.joint.standard import Minimum, Standard
from entente.report import words
from entente.report.map import banner, document, sentences
from entente.report.story import Story, StoryFinding, StoryPlan

Rows = Iterable[Sequence[str]]


def minute(story: Story) -> str:
    """Return the whole page, in UTF-8 when written."""
    parts = (
        banner(story),
        f"<header><h1>{escape(story.title)}</h1>",
        f'<p class="about">{_span(story.window.start, story.window.end)} · made {_time(story.made_at)}</p></header>',
        sentences(story),
        _section("What was agreed", _agreed(story)),
        _section("Designated areas", _areas(story)),
        _section("Protected sites", _sites(story)),
        _section("Operations", _operations(story)),
        _section("Findings", _findings(story)),
        _section("What happened", _events(story)),
        _section("State", _hashes(story)),
        _section("Verification", _lines(story.verification)),
    )
    return document(story, body=_sheet(story, "\n".join(part for part in parts if part)), style="minute.css")


def _sheet(story: Story, body: str) -> str:
    """The page, and, where others' details are held on terms, a foot that a printer repeats on each sheet."""
    if not story.notices:
        return body
    foot = f"<tfoot><tr><td>{sentences(story)}</td></tr></tfoot>"
    return f'<table class="sheet"><tbody><tr><td>{body}</td></tr></tbody>{foot}</table>'


def _section(title: str, content: str) -> str:
    """A section, or nothing when there is nothing to tell."""
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _agreed(story: Story) -> str:
    return _lines(story.agreed) + (_standard(story.standard) if story.standard else "")


def _standard(standard: Standard) -> str:
    rows = [
        *((f"{first} and {second}", least) for (first, second), least in sorted(standard.pairs.items())),
        *((f"protected site: {words.phrase(kind)}", least) for kind, least in sorted(standard.sites.items())),
        ("any other protected site", standard.site_default),
        ("designated area", standard.area),
    ]
    caption = f"Separation standard {standard.name}: closer than this in all three at once is a finding"
    return _table(
        caption, ("Between", "Across", "In height", "In time"), ((name, *_minimum(least)) for name, least in rows)
    )


def _minimum(least: Minimum) -> tuple[str, str, str]:
    time = f"{least.time_s:g} s" if least.time_s else "same time"
    return f"{words.nautical(least.horizontal_m)} NM", f"{words.feet(least.vertical_m)} ft", time


def _areas(story: Story) -> str:
    rows = (
        (
            area.title,
            words.phrase(area.area_class),
            words.band(area.band),
            words.when(area.interval),
            ", ".join(sorted(area.exempt)),
        )
        for area in story.areas
    )
    return _table("", ("Area", "Class", "Heights", "When", "Without a finding"), rows)


def _sites(story: Story) -> str:
    rows = (
        (
            site.name,
            words.phrase(site.category),
            _where(site),
            ", ".join(filter(None, (site.district, site.country))),
            _until(site, story),
        )
        for site in story.sites
    )
    return _table("", ("Site", "Category", "Position, uncertain by", "Place", "Notification"), rows)


def _where(site: Site) -> str:
    if site.position is None:
        return "place known, position not"
    shown = show(site.position)
    return f"{shown.decimal} · {shown.mgrs} · {site.uncertainty_m:,.0f} m"


def _until(site: Site, story: Story) -> str:
    if site.expires_at is None:
        return words.phrase(site.status)
    ended = site.expires_at <= story.made_at
    return (
        f"{words.phrase(site.status)}; {'expired, still protected, since' if ended else 'until'} {dtg(site.expires_at)}"
    )


def _operations(story: Story) -> str:
    return "\n".join(_operation(held) for held in story.plans)


def _operation(held: StoryPlan) -> str:
    plan = held.plan
    begins = min(volume.interval.start for volume in plan.volumes)
    ends = max(volume.interval.end for volume in plan.volumes)
    about = (held.party, words.phrase(plan.kind), words.phrase(plan.crew), plan.callsign, f"version {held.version}")
    rows = sorted(
        [(s.at, held.party, f"{words.phrase(s.phase)} · {words.phrase(s.standing)}") for s in held.standings]
        + [(d.at, d.party, words.phrase(d.answer) + (f": {d.text}" if d.text else "")) for d in held.decisions],
        key=lambda row: row[0],
    )
    return "\n".join(
        (
            f"<h3>{escape(plan.title)}</h3>",
            f'<p class="soft">{escape(" · ".join(filter(None, about)))} · {_span(begins, ends)}',
            f"<br><code>{escape(plan.id)}</code></p>",
            _table(
                "",
                ("When (UTC)", "Party", "Standing or decision"),
                ((_time(at), party, text) for at, party, text in rows),
            ),
        )
    )


def _findings(story: Story) -> str:
    if not story.findings:
        return "<p>None was made.</p>"
    titles = {held.plan.id: held.plan.callsign or held.plan.title for held in story.plans}
    rows = ((str(number), *_finding(found, titles)) for number, found in enumerate(story.findings, 1))
    return _table(
        "", ("", "Plan", "Comes close to", "How close, of what is required", "When", "Where", "Know", "By"), rows
    )


def _finding(found: StoryFinding, titles: dict[str, str]) -> tuple[str, ...]:
    finding = found.shown
    if finding is None:
        return ("", "", words.CONTACT_US, "", "", "", found.by)
    doubt = f"; {finding.doubt_m:,.0f} m of doubt added" if finding.doubt_m >= 1 else ""
    return (
        titles.get(finding.plan, finding.plan),
        f"{finding.other_title or finding.other} ({words.AGAINST[finding.against]})",
        words.closeness(finding) + doubt,
        words.when(finding.interval),
        "" if finding.place is None else show(finding.place).decimal,
        words.marks_in_words(finding.marks),
        found.by,
    )


def _events(story: Story) -> str:
    rows = (
        (spell(event.at), dtg(event.at), event.party, event.text) for event in sorted(story.events, key=lambda e: e.at)
    )
    return _table("", ("UTC", "Date-time group", "By the clock of", "What"), rows, times=2)


def _hashes(story: Story) -> str:
    caption = "Comparable only between equal rules and equal cuts"
    return _table(
        caption, ("Circle", "Rules", "Cut", "Root"), ((h.circle, h.rules, h.cut, h.root) for h in story.hashes)
    )


def _lines(lines: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>" if lines else ""


def _table(caption: str, headings: Sequence[str], rows: Rows, *, times: int = 0) -> str:
    """A table with `rows` of plain text, or nothing without rows; the first `times` columns are not broken."""
    body = "\n".join("<tr>" + "".join(_cell(text, i < times) for i, text in enumerate(row)) + "</tr>" for row in rows)
    if not body:
        return ""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in headings)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{above}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>'


def _cell(text: str, time: bool) -> str:
    if is_hash(text):
        return f"<td><code>{escape(text)}</code></td>"
    return f'<td class="time">{escape(text)}</td>' if time else f"<td>{escape(text)}</td>"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}Z"


def _span(start: datetime, end: datetime) -> str:
    return f"{dtg(start)} to {dtg(end)}"
