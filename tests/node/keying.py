"""Short words for parties whose keys change, and what a faulty author writes about its keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import cache
from typing import Any

from tests.node.stories import AGREEMENT, copy, three, utter

from entente import canonical
from entente.feed import card as cards
from entente.feed import root as roots
from entente.feed.root import Root
from entente.ids import PartyId
from entente.joint import staff
from entente.node import command, custody, rotation
from entente.node.custody import NodeKeys, SigningKey
from entente.node.node import Receipt
from entente.testing.coalition import Coalition, Member

Found = tuple[Coalition, str, str, int]
ALL_ROLES = custody.ROLES


@cache
def key(name: str) -> SigningKey:
    """Return a key pair that is always the same within a run: keys are slow to make."""
    return custody.generate(f"a/{name}")


@cache
def node_keys(name: str) -> NodeKeys:
    """Return a node's keys that are always the same within a run."""
    assert name
    return custody.generate_node("localhost")


def document(party: str, keys: Iterable[SigningKey], threshold: int, before: Root | None = None) -> Root:
    """Return a root document of these keys; a first one, or the one after `before`."""
    publics = sorted((key.public for key in keys), key=lambda public: public.fingerprint)
    return Root(
        party=PartyId(party), version=before.version + 1 if before else 1, keys=tuple(publics), threshold=threshold,
        previous=before.pin if before else "",
    )  # fmt: skip


def first(member: Member) -> Root:
    """Return the document for which a member's root key stands."""
    return roots.of_key(member.party, member.root.public)


def signed(root: Root, keys: Iterable[SigningKey]) -> dict[str, str]:
    """Return these keys' signatures under a root document."""
    return custody.sign_together(keys, roots.KIND, root.encode())


def card(member: Member, now: NodeKeys, root: Root, signers: Iterable[SigningKey], number: int = 1) -> dict[str, Any]:
    """Return a card of the second form."""
    body = custody.card_body(root, member.party, member.party.title(), "https://localhost:0", now, number)
    return {**body, "signature": custody.sign_together(signers, cards.KIND, canonical.encode(body))}


def changed(member: Member, roles: Collection[str] = ALL_ROLES, name: str = "new") -> NodeKeys:
    """Return a member's node keys with those of another set in these roles."""
    new = node_keys(name)
    fields = {"log": ("log", "log_pq"), "tls": ("tls_key", "tls_certificate")}
    names = [field for role in roles for field in fields.get(role, (role,))]
    return replace(member.node.keys, **{field: getattr(new, field) for field in names})


def rotate(member: Member, roles: Collection[str] = ALL_ROLES, name: str = "new", number: int = 1) -> list[Receipt]:
    """Let a member change its node's keys in these roles, by its one root key."""
    now = changed(member, roles, name)
    return rotation.tell(member.node, card(member, now, first(member), [member.root], number), now)


def three_of(member: Member, threshold: int = 2) -> tuple[Root, list[SigningKey]]:
    """Return the root document that follows a member's first: three keys, so many of which sign."""
    keys = [key(f"root-{at}") for at in (1, 2, 3)]
    return document(member.party, keys, threshold, first(member)), keys


def take_over(member: Member) -> tuple[Root, list[SigningKey]]:
    """Let a member's root become two of three keys; return it and the keys."""
    root, keys = three_of(member)
    book = member.node.book(AGREEMENT)
    rotation.follow(member.node, book, [(root, signed(root, [member.root, *keys[:2]]))])
    return root, keys


# -- what a faulty author writes ---------------------------------------------------------------------------------------


def certifies(change: Callable[[Member], dict[str, Any]], **how: Any) -> Callable[[], Found]:
    """A card that a node records by itself."""

    def case() -> Found:
        c = three()
        body = {"card": change(c["a"])}
        return c, "a", "all", utter(c["a"], "keys.certify", "keys/a", body, circle="all", machine=True, **how)

    return case


def _card_unsigned(a: Member) -> dict[str, Any]:
    return card(a, changed(a), first(a), [a.officers["senior"]])


def _card_again(a: Member) -> dict[str, Any]:
    return a.card


def _card_with_another_root(a: Member) -> dict[str, Any]:
    root, keys = three_of(a)
    return card(a, changed(a), root, keys[:2])


def _card_with_a_key_of_another_role(a: Member) -> dict[str, Any]:
    now = replace(changed(a), cosigner=a.node.keys.exchange)
    return card(a, now, first(a), [a.root])


def revokes(role: str, key: Callable[[Member], str], since: int = 0, **how: Any) -> Callable[[], Found]:
    """A revocation said by the root, or by another office."""

    def case() -> Found:
        c = three()
        body = {"role": role, "key": key(c["a"]), "since": since}
        return c, "a", "all", utter(c["a"], "keys.revoke", "keys/a", body, circle="all", **({"office": "root"} | how))

    return case


def _watch(a: Member) -> str:
    return a.officers["watch"].public.fingerprint


def log_name(keys: NodeKeys) -> str:
    """Return the name of a node's log key."""
    return cards.publics(keys.public())["log"][0]


def _revoked_officer() -> Found:
    """An officer's key speaks after it was revoked."""
    c = three()
    body = {"role": "officer", "key": _watch(c["a"]), "since": 0}
    utter(c["a"], "keys.revoke", "keys/a", body, circle="all", office="root")
    stop = {"reason": "other", "operation": "", "note": ""}
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/late", stop, office="watch")


def _root_without_the_one_before() -> Found:
    """Two of three new keys sign a document; the key that is to give way does not."""
    c = three()
    root, keys = three_of(c["a"])
    body = {"document": root.plain(), "signatures": signed(root, keys)}
    return c, "a", "all", utter(c["a"], "keys.root", "keys/a", body, circle="all", machine=True)


def _anchors_ahead() -> Found:
    """An anchor over entries that are still to come."""
    c = three()
    book = c["a"].node.book(AGREEMENT)
    body = {"suite": "A1", "size": book.size(book.origin) + 1, "root": "0" * 64, "leaves": "0" * 64, "parts": "0" * 64}
    body |= {"key": "", "signature": ""}
    return c, "a", "all", utter(c["a"], "record.reanchor", "record/a", body, circle="all")


CASES: dict[str, Callable[[], Found]] = {
    "keys.card": certifies(_card_unsigned),
    "keys.current": revokes("log", lambda a: log_name(a.node.keys)),
    "keys.follows": _root_without_the_one_before,
    "keys.number": certifies(_card_again),
    "keys.revoked": _revoked_officer,
    "keys.role": certifies(_card_with_a_key_of_another_role),
    "keys.root": certifies(_card_with_another_root),
    "keys.since": revokes("officer", _watch, since=10_000),
    "keys.too_few": revokes("root", lambda a: a.root.public.fingerprint),
    "record.anchor": lambda: _anchors_ahead(),
    "keys.unknown": revokes("officer", lambda a: "0" * 64),
}


def say_revoked(member: Member, role: str, name: str, since: int, office: str = "root") -> Receipt:
    """Let a member revoke a key of its own as of an entry of its feed."""
    return member.say(command.revoke(AGREEMENT, member.party, role, name, since), office)


def again(coalition: Coalition) -> Coalition:
    """Return the same parties, keys and records, from here on apart."""
    return copy(coalition)


def enrolled(member: Member, officer: str) -> str:
    """Return the fingerprint that an officer is enrolled with."""
    found = staff.enrolment(member.node.book(AGREEMENT).fold("all").now(), officer)
    assert found is not None
    return found.fingerprint
