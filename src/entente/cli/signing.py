"""Signing as the root: with the keys that lie here when these are enough, else by an order carried to the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from entente import canonical
from entente.cli.desk import Desk, ask_passphrase
from entente.cli.files import write_file
from entente.errors import Refused
from entente.feed import card as cards
from entente.feed import suite
from entente.feed.root import Root
from entente.node import custody, orders, rotation
from entente.node.custody import SigningKey
from entente.node.home import Home
from entente.node.orders import Order

if TYPE_CHECKING:
    from entente.node.drafting import Draft
    from entente.node.node import Receipt

ORDER = ".order.json"


def here(desk: Desk, wanted: Collection[str]) -> list[SigningKey]:
    """Return the root keys among `wanted`, by fingerprint, whose files lie in the home, unlocked."""
    found = []
    for path in sorted(desk.home.keys.glob("root*.key.json")):
        owner, public, protected = custody.public_half(path)
        if public.fingerprint in wanted:
            question = f"Passphrase of {owner} ({path.name})"
            found.append(custody.load(path, ask_passphrase(desk.passphrase_file, question) if protected else ""))
    return found


def prints(*documents: Root) -> set[str]:
    """Return the fingerprints of all keys of these documents."""
    return {key.fingerprint for document in documents for key in document.keys}


def enough(desk: Desk) -> list[SigningKey]:
    """Return as many root keys as it takes, all of which must lie here.

    Raises:
        Refused: `root.elsewhere`.
    """
    root = desk.home.root()
    found = here(desk, prints(root))[: root.threshold]
    if len(found) < root.threshold:
        raise Refused(
            "root.elsewhere", f"{root.threshold} keys of the root are needed in this home, in its folder keys"
        )
    return found


def statement_by(keys: Sequence[SigningKey]) -> Callable[[bytes], dict[str, str]]:
    """Return what signs a statement as the root that these keys are: one alone, or several together (KEY-5)."""

    def sign(message: bytes) -> dict[str, str]:
        if len(keys) == 1:
            return keys[0].sign(suite.STATEMENT, message)
        return custody.sign_together(keys, suite.STATEMENT, message)

    return sign


def renew(home: Home, keys: Sequence[SigningKey]) -> None:
    """Give a home new node keys and a card that lists them, though the old ones are gone."""
    held, number = json.loads(home.card()), home.card_number() + 1
    fresh = custody.generate_node(home.host)
    custody.save_node(fresh, home.keys / f"node-{number}")
    body = custody.card_body(home.root(), held["party"], held["name"], held["url"], fresh, number)
    home.keep_card({**body, "signature": custody.sign_together(keys, cards.KIND, canonical.encode(body))})


def say_together(desk: Desk, draft: Draft) -> list[Receipt]:
    """Say a statement with as many root keys as it takes, or write the order for those that lie elsewhere.

    Raises:
        Refused: `root.order`: nothing was said; it says what is to be signed, by how many, and where the file is.
    """
    root = rotation.in_force(desk.node, desk.node.book_naming(draft.statement.agreement))
    keys = here(desk, prints(root))[: root.threshold]
    if len(keys) < root.threshold:
        write_order(orders.of_draft(desk.node.party, draft), keys, root.threshold)
    return [desk.node.say(draft, custody.sign_together(keys, suite.STATEMENT, draft.message))]


def write_order(order: Order, keys: Collection[SigningKey], needed: int) -> None:
    """Write an order with the signatures that could be made here, and say what is lacking.

    Raises:
        Refused: `root.order`, always.
    """
    path = Path(f"{order.party}-{order.digest[:8]}{ORDER}")
    write_file(path, order.encode())
    made = [write_signed(order, key, path) for key in keys]
    listed = "".join(f" --signed {one}" for one in made)
    raise Refused(
        "root.order",
        f"{needed - len(made)} more of the root's keys must sign; carry {path} to each, sign it there (entente root "
        f"sign {path} --key-file FILE), and bring back what that writes: entente root finish {path}{listed} "
        "--signed FILE",
    )


def write_signed(order: Order, key: SigningKey, beside: Path) -> Path:
    """Write one key's signatures under an order, and return the file."""
    path = beside.with_name(f"{beside.name.removesuffix(ORDER)}.{key.public.fingerprint[:8]}.signed.json")
    write_file(path, order.sign(key))
    return path


def print_words(order: Order) -> None:
    """Print what an order says."""
    for line in order.words():
        typer.echo(line)
