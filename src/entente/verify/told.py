"""What a home tells: a timeline in UTC, who knew what when, and the state at a moment.

Every time is its author's clock; no clock is common, and none is trusted. What orders acts of different parties is what
they cite: who cites an entry held it. So "who knew" is read from the other parties' own feeds, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from entente.errors import Refused
from entente.ids import AgreementId, Origin, feed_of, party_of
from entente.joint.act import Act, moment, spell
from entente.joint.branches import Branches
from entente.joint.rules import Event
from entente.verify import words
from entente.verify.home import Book, Held, Home, called
from entente.verify.report import utc

Row = dict[str, Any]


def timeline(home: Home, subjects: Sequence[str] = ()) -> list[Row]:
    """Return every entry, by its author's clock; only those about `subjects`, when some are named."""
    rows = [
        row
        for name, book in home.books.items()
        for held in book.feeds.values()
        for row in _entries(home, name, held)
        if not subjects or row["subject"] in subjects
    ]
    rows += [row for held in home.own.values() for row in _lines(held)] if not subjects else []
    return sorted(rows, key=lambda row: (row["at"], row["feed"], row["entry"]))


def _entries(home: Home, name: AgreementId, held: Held) -> Iterator[Row]:
    events = home.events(name)
    for seq in range(held.start, len(held.times)):
        act, event = held.acts.get(seq), events.get((held.origin, seq))
        row: Row = {"at": utc(held.times[seq]), "feed": called(held.origin), "entry": seq}
        row |= {"circle": held.circles[seq] or "", "by": "", "verb": "", "subject": "", "verdict": "", "details": []}
        if isinstance(act, Act):
            said, signer = act.statement, act.statement.signer
            row |= {"at": utc(act.at), "verb": said.verb, "subject": str(said.subject), "body": said.body}
            row["by"] = f"{signer.officer}, {signer.office}" if signer else f"{act.party}'s node"
            row["verdict"] = (event.code or "valid") if event else "waits for what it cites"
            row["details"] = [
                {"name": d.name, "held": d.data is not None, "released": list(d.released)}
                for d in held.details.get(seq, ())
            ]
        elif isinstance(act, str):
            row["verdict"] = act
        else:
            row["verdict"] = "not for us" if held.circles[seq] is None else "not here"
        yield row


def _lines(held: Held) -> Iterator[Row]:
    """Yield what the party noted in its own record: refusals, releases, disclosures."""
    for seq, line in sorted(held.lines.items()):
        facts = line.get("facts", {}) if isinstance(line, dict) else {}
        told = ", ".join(f"{key} {value}" for key, value in facts.items())
        yield {
            "at": _noted_at(line, held.times[seq]), "feed": held.origin, "entry": seq, "circle": "", "by": "own record",
            "verb": str(line.get("what", "")) if isinstance(line, dict) else "", "subject": told, "verdict": "",
            "details": [],
        }  # fmt: skip


def _noted_at(line: Any, leaf_t: int) -> str:
    try:
        return utc(moment(line["at"]))
    except (KeyError, TypeError, ValueError):
        return utc(leaf_t)


def subjects(home: Home, name: str) -> list[str]:
    """Return the subjects that a name means: whole, or by its last words.

    Raises:
        Refused: `home.subject`.
    """
    every = {str(e.act.statement.subject) for agreement in home.books for e in home.events(agreement).values()}
    found = sorted(one for one in every if one == name or one.endswith(f"/{name}"))
    if not found:
        raise Refused("home.subject", f"nothing here is about {name!r}; there are {', '.join(sorted(every)[:8])}")
    return found


# -- who knew what when ------------------------------------------------------------------------------------------------


def known(home: Home, about: Sequence[str]) -> list[Row]:
    """Return, for each entry about these subjects, which party is shown to have held it, since when by its own clock.

    A party is shown to have held an entry by the first act in its own feed that cites it, or that acknowledges its
    feed so far. Details of it that a decision's signer had opened are named by that decision.
    """
    rows = []
    for name, book in home.books.items():
        events = home.events(name)
        for (origin, seq), event in sorted(events.items()):
            if str(event.act.statement.subject) in about:
                rows.append(
                    {
                        "feed": origin, "entry": seq, "verb": event.verb, "at": utc(event.act.at),
                        "verdict": event.code or "valid",
                        "known": [_by(home, book, name, other, origin, seq) for other in _others(book, origin)],
                    }
                )  # fmt: skip
    return rows


def _others(book: Book, origin: Origin) -> list[Origin]:
    return [other for other in sorted(book.feeds) if other != origin]


def _by(home: Home, book: Book, name: AgreementId, other: Origin, origin: Origin, seq: int) -> Row:
    party = party_of(other)
    row: Row = {"party": party, "here": party == home.party, "since": "", "shown_by": "", "opened": []}
    events = home.events(name)
    digests = {detail.digest: detail.name for detail in book.feeds[origin].details.get(seq, ())}
    for at in range(len(book.feeds[other].times)):
        event = events.get((other, at))
        if event is None or not _cites(home.ledgers[name].branches, event, origin, seq):
            continue
        if not row["since"]:
            row |= {"since": utc(event.act.at), "shown_by": f"{party} {at} ({event.verb})"}
        opened = event.act.statement.body.get("opened", ())
        row["opened"] += [
            {"detail": digests[one], "at": utc(event.act.at), "shown_by": f"{party} {at}"}
            for one in opened
            if one in digests
        ]
    return row


def _cites(branches: Branches, event: Event, origin: Origin, seq: int) -> bool:
    """Whether an act shows that its author held an entry. A void one does too: it stands in its author's own feed."""
    signer = event.act.statement.signer
    heads = (*event.act.seen, *(signer.seen if signer else ()))
    shown = (branches.holding(head) for head in heads if head.size > seq and head.origin == feed_of(origin))
    return any(name is not None and branches.chain(name, seq + 1)[-1][0] == origin for name in shown)


# -- the state at a moment ---------------------------------------------------------------------------------------------


def state(home: Home, at: datetime, about: Sequence[str] = ()) -> list[Row]:
    """Return each circle's state when every feed is taken as far as its author dated it at or before `at`.

    Hash and cut are of the whole state; of its rows, those `about` some subjects are told, where some are named.
    """
    rows = []
    for name, book in sorted(home.books.items()):
        ledger = book.fold(at.timestamp())
        for circle, fold in sorted(ledger.folds.items()):
            rows.append(
                {
                    "agreement": name, "circle": circle, "at": spell(at), "hash": fold.digest(),
                    "cut": [[head.origin, head.size, head.root] for head in fold.cut_heads()],
                    "rows": {name: row for name, row in fold.rows().items() if not about or name in about},
                }
            )  # fmt: skip
    return rows


# -- for people --------------------------------------------------------------------------------------------------------


def places(home: Home) -> dict[str, str]:
    """Return what entries are called, by their leaf's hash."""
    return {
        leaf: f"{called(origin)} {seq}"
        for ledger in home.ledgers.values()
        for origin, feed in ledger.feeds.items()
        for seq, leaf in enumerate(feed.leaves)
    }


def written_timeline(rows: Sequence[Row], named: Mapping[str, str]) -> Iterator[str]:
    """Yield the timeline: a line an entry, and below it what it said."""
    for row in rows:
        rest = [part for part in (row["by"], row["circle"] and f"circle {row['circle']}", row["verdict"]) if part]
        yield f"{row['at']}  {row['feed']} {row['entry']}  ({'; '.join(rest)})"
        if "body" in row:
            yield f"    {row['subject']}: {words.said(row['verb'], row['body'], named)}"
        elif row["verb"]:
            yield f"    {row['verb']}: {row['subject']}"


def written_knowledge(rows: Sequence[Row]) -> Iterator[str]:
    """Yield who knew of what, entry by entry."""
    for row in rows:
        yield f"{row['feed']} {row['entry']}: {row['verb']} at {row['at']} by its author's clock ({row['verdict']})"
        for one in row["known"]:
            if not one["since"] and one["here"]:
                yield f"    {one['party']} holds it: it is on this disk. Nothing here shows since when"
            elif one["since"]:
                yield f"    {one['party']} held it by {one['since']}, by its own clock: shown by {one['shown_by']}"
            else:
                yield f"    {one['party']}: nothing here shows that it held it"
            for opened in one["opened"]:
                yield (
                    f"    {one['party']}'s signer had opened its {opened['detail']} by {opened['at']}: shown by "
                    + (opened["shown_by"])
                )


def written_state(rows: Sequence[Row], named: Mapping[str, str]) -> Iterator[str]:
    """Yield the state, subject by subject."""
    for row in rows:
        if not row["rows"]:
            continue
        yield f"{row['agreement']}, circle {row['circle']}, at {row['at']} by each author's clock; state {row['hash']}"
        for origin, size, _ in row["cut"]:
            yield f"    as far as {origin} {size}"
        for subject, value in sorted(row["rows"].items()):
            yield from (f"    {line}" for line in words.stands(subject, value, named))
