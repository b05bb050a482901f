"""The desk that every command works at: the home it opens, how things are found, and how an officer says something.

An officer is shown the exact text that is signed and asked; only then is a key unlocked. Nothing is said in part: what
can fail is tried first.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from entente.cli.files import read_text
from entente.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from entente.ids import Hash, SubjectId
    from entente.joint.plan import Plan
    from entente.joint.state import CircleFold
    from entente.node.book import Book
    from entente.node.command import Command
    from entente.node.custody import SigningKey
    from entente.node.drafting import Draft
    from entente.node.home import Home
    from entente.node.node import Node, Receipt
    from entente.node.watch import Flight
    from entente.picture.board import ReleaseRow

PASSPHRASE = "ENTENTE_PASSPHRASE"


class Desk:
    """A home opened for one command, with what the shared options said."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.path: Path = options["home"]
        self.json: bool = options.get("as_json", False)
        self._agreement: str = options.get("agreement", "")
        self._circle: str = options.get("circle", "")
        self._label: str = options.get("label", "")
        self._office: str = options.get("office", "")
        self._passphrase_file: Path | None = options.get("passphrase_file")
        self._yes: bool = options.get("yes", False)
        self._language: str = options.get("language", "en")
        self._keys: dict[str, SigningKey] = {}

    @property
    def passphrase_file(self) -> Path | None:
        """Where passphrases are read from, when a file was named."""
        return self._passphrase_file

    def unlock_with(self, file: Path | None) -> None:
        """Take passphrases from a file that the command names by itself."""
        self._passphrase_file = file

    @functools.cached_property
    def home(self) -> Home:
        """The home's settings."""
        from entente.node import home

        return home.read(self.path)

    @functools.cached_property
    def node(self) -> Node:
        """The node, opened on first use."""
        from entente.node.opening import open_node

        return open_node(self.home)

    def close(self) -> None:
        """Let go of the record, when it was opened."""
        if "node" in self.__dict__:
            self.node.close()

    @functools.cached_property
    def now(self) -> datetime:
        """The home's time, read once for each command."""
        return self.home.clock().now()

    # -- finding things ------------------------------------------------------------------------------------------------

    @functools.cached_property
    def book(self) -> Book:
        """The agreement that was named, or the only one.

        Raises:
            Refused: `cli.agreement`, `agreement.not_held`.
        """
        self.node.catch_up()
        held = sorted(self.node.books)
        if self._agreement or len(held) == 1:
            return self.node.book(self._agreement or held[0])
        nothing = "this node keeps none yet; docs/guides/first-agreement.md brings one into force"
        listed = f"this node keeps {', '.join(held)}; choose with --agreement" if held else nothing
        raise Refused("cli.agreement", f"no agreement was named, and {listed}")

    def choose(self, agreement: str) -> None:
        """Take the agreement that a command names by itself."""
        self._agreement = agreement

    def folds(self) -> list[CircleFold]:
        """Return the folds of the circle that was named, or of all of ours."""
        return [self.book.fold(self._circle)] if self._circle else list(self.book.ledger.folds.values())

    def circle(self, default: str) -> str:
        """Return the circle that was named, or `default`."""
        return self.book.fold(self._circle or default).name

    def only_circle(self) -> str:
        """Return the circle that was named, empty when none was."""
        return self.book.fold(self._circle).name if self._circle else ""

    def find(self, kind: str, name: str) -> tuple[CircleFold, SubjectId]:
        """Return the subject of a kind that a name means, whole or by its last words, and the fold it stands in.

        Raises:
            Refused: `cli.subject`, when there is none such, or more than one.
        """
        from entente.picture.board import said_in

        every = [(fold, subject) for fold in self.folds() for subject in said_in(fold, f"{kind}/")]
        exact = [found for found in every if found[1] in (name, f"{kind}/{name}")]
        found = exact or [one for one in every if one[1].endswith(f"/{name}")]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"{subject} in {fold.name}" for fold, subject in found)
            raise Refused("cli.subject", f"{name!r} may mean {listed}; name it whole, or give --circle")
        known = ", ".join(subject for _, subject in every[:5]) or "none"
        raise Refused("cli.subject", f"there is no {kind} {name!r} here; there is {known}")

    def plans(self) -> dict[Hash, Plan]:
        """Return the plans released to us and opened, by the leaf of their version."""
        return {
            flight.version.leaf: flight.plan
            for flight in self.node.watch.flights.values()
            if flight.plan is not None
            and not self.sealed(self.node.books[flight.agreement].fold(flight.circle), flight.subject)
        }

    def names(self, flight: Flight) -> list[str]:
        """Return what a flight is called, callsign first; nothing when it was not opened yet."""
        if flight.plan is None or self.sealed(self.node.books[flight.agreement].fold(flight.circle), flight.subject):
            return []
        return [name for name in (flight.plan.callsign, flight.plan.title) if name]

    def called(self, flight: Flight) -> str:
        """Return one name of a flight, or its subject, and that it is not opened yet."""
        if flight.plan is None or not self.sealed(
            self.node.books[flight.agreement].fold(flight.circle), flight.subject
        ):
            return next(iter(self.names(flight)), flight.subject)
        return f"not opened yet: entente operation open {flight.subject}"

    def sealed(self, fold: CircleFold, item: SubjectId) -> bool:
        """Whether an item was given to us on terms that were not acknowledged yet."""
        from entente.node import terms

        return terms.sealed(fold, item, self.node.party)

    def released(self, fold: CircleFold, item: SubjectId) -> list[ReleaseRow]:
        """Return the terms on which an item is held: by us, or by everyone, when it is ours."""
        from entente.picture import board

        return board.release_rows(fold, item, self.node.party, self.now)

    def opened(self, item: SubjectId, what: str, reader: str) -> None:
        """Note in our own record that somebody here looked at what another party gave us."""
        import getpass

        if item.split("/")[1] != self.node.party:
            self.node.journal("opened", item=item, detail=what, by=reader or "not stated", account=getpass.getuser())

    def parties(self, names: Sequence[str]) -> list[str]:
        """Return `names` when each is another party of the agreement.

        Raises:
            Refused: `cli.party`.
        """
        others = set(self.book.first.parties) - {self.node.party}
        if unknown := [name for name in names if name not in others]:
            raise Refused("cli.party", f"{unknown[0]!r} is no other party here; there are {', '.join(sorted(others))}")
        return list(names)

    # -- saying --------------------------------------------------------------------------------------------------------

    def say(self, *commands: Command) -> list[Receipt]:
        """Show what is to be signed, ask, sign, and say it; all or none.

        Raises:
            Refused: a verdict's code, `cli.speaker`, `cli.unconfirmed`, `custody.*`.
        """
        drafts = self._drafts(commands)
        signed = self._signed(drafts)
        receipts = self.node.say_all(signed)
        self.told(receipts)
        return receipts

    def say_stop(self, command: Command) -> None:
        """Say a STOP: its frame first."""
        from entente.node import carry

        [(draft, signature)] = self._signed(self._drafts([command]))
        assert signature is not None, "a STOP is an officer's"
        self.told([carry.send_stop(self.node, draft, signature)])

    def say_as_root(self, command: Command) -> None:
        """Say something with the party's root key, which certifies and enrols; it is told, and not asked about."""
        from entente.cli import signing
        from entente.feed import suite

        owner = f"{self.node.party}/root"
        draft = self.node.draft(command, officer=owner, office="root")
        signer = draft.statement.signer
        assert signer is not None, "a draft names its signer"
        if signer.suite == suite.SUITE:
            self.told([self.node.say(draft, self.key(owner).sign(suite.STATEMENT, draft.message))])
        else:
            self.told(signing.say_together(self, draft))

    def _drafts(self, commands: Sequence[Command]) -> list[Draft]:
        officer, office = self.speaker(*(command.verb for command in commands))
        return [
            self.node.draft(command, officer=officer, office=office, language=self._language) for command in commands
        ]

    def _signed(self, drafts: Sequence[Draft]) -> list[tuple[Draft, Mapping[str, str] | None]]:
        from entente.feed import suite

        signer = drafts[0].statement.signer
        assert signer is not None, "an officer's draft names its signer"
        for draft in drafts:
            typer.echo(draft.text)
            typer.echo("")
        self.ask(f"Sign {'this' if len(drafts) == 1 else f'these {len(drafts)}'} as {signer.officer}, {signer.office}?")
        key = self.key(signer.officer)
        return [(draft, key.sign(suite.STATEMENT, draft.message)) for draft in drafts]

    def ask(self, question: str) -> None:
        """Ask for a yes, unless it was given with the command.

        Raises:
            Refused: `cli.unconfirmed`.
        """
        if self._yes:
            return
        if not sys.stdin.isatty():
            raise Refused("cli.unconfirmed", "nobody is there to confirm it; add --yes to sign without being asked")
        if not typer.confirm(question):
            raise Refused("cli.unconfirmed", "it was not confirmed, and nothing was said")

    def told(self, receipts: Sequence[Receipt]) -> None:
        """Print where statements came to stand."""
        from entente.geo.interval import dtg

        for receipt in receipts:
            typer.echo(f"Said: {receipt.subject}, entry {receipt.seq} of {receipt.origin}, {dtg(receipt.at)}.")

    def speaker(self, *verbs: str) -> tuple[str, str]:
        """Return who says all of these, in which office: as the options say, else the first on the roster who may.

        Raises:
            Refused: `cli.speaker`.
        """
        from entente.joint import authority

        replaced = self.book.current(self.now).authority
        allowed = frozenset.intersection(*(authority.offices(verb, replaced) for verb in verbs))
        if found := self._on_roster(allowed, self._label, self._office):
            return found
        if self._label and self._office:
            return f"{self.node.party}/{self._label}", self._office
        who = f"{self._label!r} holds no office" if self._label else "nobody on the roster holds an office"
        offices = self._office or ", ".join(sorted(allowed))
        raise Refused(
            "cli.speaker", f"{who} that may say {' and '.join(sorted(set(verbs)))} ({offices}); see: entente staff list"
        )

    def officer(self, allowed: Collection[str], label: str | None = None) -> tuple[str, str]:
        """Return an officer of ours in one of these offices: the one labelled, else as the options say, else the first.

        Raises:
            Refused: `cli.speaker`.
        """
        wanted = self._label if label is None else label
        if found := self._on_roster(allowed, wanted, ""):
            return found
        offices = ", ".join(sorted(allowed))
        if wanted:
            raise Refused("cli.speaker", f"{wanted!r} holds none of the offices {offices}; see: entente staff list")
        enrol = f"entente staff enrol LABEL --office {sorted(allowed)[-1]}"
        raise Refused(
            "cli.speaker", f"nobody on the roster holds one of the offices {offices}; enrol somebody: {enrol}"
        )

    def _on_roster(self, allowed: Collection[str], label: str, office: str) -> tuple[str, str] | None:
        from entente.cli import roster

        for officer in roster.read(self.home.path):
            for term in officer.offices:
                if (term.office == office if office else term.office in allowed) and label in ("", officer.label):
                    return f"{self.node.party}/{officer.label}", term.office
        return None

    # -- keys ----------------------------------------------------------------------------------------------------------

    def key(self, owner: str) -> SigningKey:
        """Return an officer's or the root's key, unlocked once.

        Raises:
            Refused: `cli.passphrase`, `custody.*`.
        """
        from entente.cli import roster
        from entente.feed.passkey import Passkey
        from entente.node import custody

        if owner not in self._keys:
            label = owner.partition("/")[2]
            listed = next((o for o in roster.read(self.home.path) if o.label == label), None)
            path = Path(listed.key_file) if listed and listed.key_file else self.home.key_path(owner)
            _, public, protected = custody.public_half(path)
            if isinstance(public, Passkey):
                raise Refused("custody.passkey", f"{owner} signs with a passkey; say it on the page at {public.origin}")
            passphrase = ask_passphrase(self._passphrase_file, f"Passphrase of {owner}") if protected else ""
            self._keys[owner] = custody.load(path, passphrase)
        return self._keys[owner]


def ask_passphrase(file: Path | None, question: str, *, new: bool = False) -> str:
    """Return a passphrase: a file's first line, else the environment's, else what is typed unseen.

    Raises:
        Refused: `cli.passphrase`, when there is no way to get one.
    """
    if file is not None:
        return read_text(file).partition("\n")[0].rstrip("\r")
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    if not sys.stdin.isatty():
        raise Refused("cli.passphrase", f"a passphrase is needed; give --passphrase-file, or set {PASSPHRASE}")
    return str(typer.prompt(question, hide_input=True, confirmation_prompt=new))


def new_passphrase(file: Path | None, question: str, *, exercise: bool) -> str:
    """Return a passphrase for a new key; in an exercise it is empty unless one is given.

    Raises:
        Refused: as `ask_passphrase`.
    """
    if exercise and file is None and PASSPHRASE not in os.environ:
        return ""
    return ask_passphrase(file, question, new=True)
