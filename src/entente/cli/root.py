"""`entente root`: which keys are the party's root, how many of them sign, and signing apart by carried files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk, ask_passphrase, new_passphrase
from entente.cli.files import read_bytes, write_file
from entente.cli.options import PassphraseOption, YesOption, at_desk, with_example
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.feed.root import Root
    from entente.feed.suite import PublicKey
    from entente.node.custody import SigningKey
    from entente.node.orders import Order

app = typer.Typer(no_args_is_help=True, help="The party's root: its keys, how many of them sign, and signing apart.")
Keys = Annotated[int, typer.Option("--keys", min=0, max=5, help="So many new keys are made in this home.")]
Publics = Annotated[
    list[Path], typer.Option("--public", metavar="FILE", help="The public half of a key made elsewhere; once for each.")
]
Threshold = Annotated[int, typer.Option("--threshold", min=1, max=5, help="How many of them have to sign.")]
RootPassphrase = Annotated[
    Path | None, typer.Option("--root-passphrase-file", metavar="FILE", help="Else you are asked for each key.")
]
OrderFile = Annotated[Path, typer.Argument(metavar="ORDER", help="What is to be signed: a file ending in .order.json.")]


@app.command()
@with_example("entente root key north --label root-4 --out root-4.key.json")
def key(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="The party's short name.")],
    out: Annotated[Path, typer.Option(help="The key file; its public half is written beside it.")],
    label: Annotated[str, typer.Option(help="What the key is called.")] = "root",
    exercise: Annotated[bool, typer.Option(help="An exercise's key may lack a passphrase.")] = False,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Make a root key, on any machine: no home and no network is needed. Hand over the public half alone."""
    from entente.ids import name
    from entente.node import custody, orders

    owner = f"{name(party, 'party')}/{name(label, 'label')}"
    made = custody.generate(owner)
    custody.save(made, out, new_passphrase(passphrase_file, f"New passphrase for {owner}", exercise=exercise))
    public = out.with_name(f"{out.name.removesuffix('.json').removesuffix('.key')}.public.json")
    write_file(public, orders.spell_public(owner, made.public))
    show.facts([("key", str(out)), ("public half", str(public)), ("fingerprint", made.public.fingerprint)])


@app.command("show")
@at_desk("entente root show")
def show_(desk: Desk, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the root in force: its keys, how many of them sign, and the fingerprint that is read out to the others."""
    root = desk.home.root()
    if as_json:
        show.print_json({"fingerprint": root.pin, "document": root.plain(), "card": desk.home.card_number()})
        return
    show.banner(desk.home.exercise)
    show.facts(
        [
            ("party", root.party),
            ("version", str(root.version)),
            ("signatures", f"{root.threshold} of {len(root.keys)}"),
            *((f"key {at}", one.fingerprint) for at, one in enumerate(root.keys, 1)),
            ("fingerprint", root.pin),
        ]
    )
    typer.echo("Read the fingerprint out, face to face or by voice; agreements pin it.")


@app.command()
@at_desk("entente root init --threshold 2 --keys 3")
def init(
    desk: Desk,
    threshold: Threshold = 2,
    keys: Keys = 0,
    public: Publics = [],  # noqa: B006 (Typer copies it)
    passphrase_file: PassphraseOption = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Make the root several keys instead of one, before any agreement is kept here.

    Best made apart, each with `entente root key` by the person who holds it; then give their public halves. With --keys
    they are made in this home, to be moved to their holders afterwards.
    """
    if desk.node.books:
        raise Refused("root.pinned", "an agreement pins this root already; change it with: entente root rotate")
    desk.unlock_with(root_passphrase_file)
    _retire(desk.home.key_path(f"{desk.home.party}/root"))
    made = _make(desk, keys, 1, passphrase_file)
    _change(desk, None, [*[one.public for one in made], *_publics(desk, public)], threshold)


@app.command()
@at_desk("entente root rotate --threshold 2 --keys 3")
def rotate(
    desk: Desk,
    threshold: Threshold = 1,
    keys: Keys = 0,
    public: Publics = [],  # noqa: B006 (Typer copies it)
    keep: Annotated[
        list[str], typer.Option("--keep", metavar="FINGERPRINT", help="A key that stays, by its first digits.")
    ] = [],  # noqa: B006 (Typer copies it)
    passphrase_file: PassphraseOption = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Replace the root's keys, or how many of them sign. Enough keys of the root before and of the new one sign it.

    Every agreement that has begun is told by an entry; nobody has to sign anything anew. When not all keys lie here,
    an order is written: sign it where they are (entente root sign), then entente root finish.
    """
    desk.unlock_with(root_passphrase_file)
    before = desk.home.root()
    made = _make(desk, keys, before.version + 1, passphrase_file)
    kept = [_kept(before, digits) for digits in keep]
    _change(desk, before, [*kept, *[one.public for one in made], *_publics(desk, public)], threshold)


@app.command()
@at_desk("entente root revoke log --since 24 --yes", asks=True)
def revoke(
    desk: Desk,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="log, cosigner, exchange, seal, tls, or root.")],
    since: Annotated[int, typer.Option(min=0, help="The entry of our feed from which on what it signed is void.")],
    key: Annotated[str, typer.Option("--key", metavar="FINGERPRINT", help="A root key's, by its first digits.")] = "",
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Revoke a key of our node that has been replaced, or one of several root keys, as of an entry of our feed.

    What was signed before that entry stays valid. An officer's key: entente staff revoke.
    """
    from entente.joint.keys import NODE, Role
    from entente.node import command, rotation

    desk.unlock_with(root_passphrase_file)
    if role not in (*NODE, Role.ROOT):
        raise Refused("root.role", f"there is no role {role!r}; there are {', '.join((*NODE, Role.ROOT))}")
    book = desk.book
    if role == Role.ROOT:
        name = _kept(rotation.in_force(desk.node, book), key).fingerprint
    else:
        name = rotation.replaced(desk.node, book, role)
    desk.ask(f"Revoke the {role} key {name[:16]}… as of entry {since} of {book.origin}?")
    desk.say_as_root(command.revoke(book.id, desk.home.party, role, name, since))


@app.command()
@with_example("entente root sign north.order.json --key-file root-2.key.json --yes")
def sign(
    order: OrderFile,
    key_file: Annotated[Path, typer.Option(help="Your root key.")],
    yes: YesOption = False,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Read what an order says, and sign it with one root key: on any machine, without a home and without a network."""
    from entente.cli import signing
    from entente.node import custody, orders

    what = orders.read(read_bytes(order))
    signing.print_words(what)
    owner, _, protected = custody.public_half(key_file)
    if owner.partition("/")[0] != what.party:
        raise Refused("root.other", f"the key is {owner}'s, and the order is for the root of {what.party}")
    if not yes and not typer.confirm(f"Sign this with {owner}?"):
        raise Refused("cli.unconfirmed", "it was not confirmed, and nothing was signed")
    unlocked = custody.load(key_file, ask_passphrase(passphrase_file, f"Passphrase of {owner}") if protected else "")
    typer.echo(f"Signed: carry {signing.write_signed(what, unlocked, order)} back.")


@app.command()
@at_desk("entente root finish north.order.json --signed north.1a2b3c4d.signed.json")
def finish(
    desk: Desk,
    order: OrderFile,
    signed: Annotated[
        list[Path], typer.Option("--signed", metavar="FILE", help="What signing wrote; once for each key.")
    ],
) -> None:
    """Put together what was signed apart, and tell it: a root document, a card of the node's, or a statement."""
    from entente.node import orders

    what = orders.read(read_bytes(order))
    if what.party != desk.home.party:
        raise Refused("root.other", f"the order is for the root of {what.party}, and this is {desk.home.party}'s home")
    _finish(desk, what, orders.gather(what, [read_bytes(path) for path in signed]))


def change_card(desk: Desk, order: Order) -> None:
    """Have an order for a card signed by the keys that lie here and tell it, or leave it to be signed elsewhere."""
    _sign(desk, order, desk.home.root())


# -- how ---------------------------------------------------------------------------------------------------------------


def _retire(path: Path) -> None:
    """Give the key file of the root that was never pinned another name: it signs nothing any more."""
    if path.exists():
        path.rename(path.with_name("root.unused.old.json"))


def _make(desk: Desk, count: int, version: int, passphrase_file: Path | None) -> list[SigningKey]:
    """Make root keys in this home, each in a file of its own."""
    from entente.node import custody

    made = []
    for at in range(1, count + 1):
        owner = f"{desk.home.party}/root-{version}-{at}"
        one = custody.generate(owner)
        passphrase = new_passphrase(passphrase_file, f"New passphrase for {owner}", exercise=desk.home.exercise)
        custody.save(one, desk.home.key_path(owner), passphrase)
        made.append(one)
    return made


def _publics(desk: Desk, paths: list[Path]) -> list[PublicKey]:
    from entente.node import orders

    return [orders.read_public(read_bytes(path), desk.home.party) for path in paths]


def _kept(root: Root, digits: str) -> PublicKey:
    found = [key for key in root.keys if key.fingerprint.startswith(digits)]
    if len(found) != 1:
        listed = ", ".join(key.fingerprint[:12] for key in root.keys)
        raise Refused("root.keep", f"{digits!r} means no one key of the root; they are {listed}")
    return found[0]


def _change(desk: Desk, before: Root | None, keys: list[PublicKey], threshold: int) -> None:
    """Draw up the document and the card that names it, and have both signed."""
    import json

    from entente.feed.root import Root
    from entente.node import custody, orders

    if len(keys) < max(threshold, 1 if before else 2):
        raise Refused("root.keys", f"{len(keys)} keys were named, of which {threshold} are to sign; name more of them")
    new = Root(
        party=desk.home.party, version=before.version + 1 if before else 1,
        keys=tuple(sorted(keys, key=lambda key: key.fingerprint)), threshold=threshold,
        previous=before.pin if before else "",
    )  # fmt: skip
    held = json.loads(desk.home.card())
    body = custody.card_body(
        new, held["party"], held["name"], held["url"], desk.home.node_keys(), desk.home.card_number() + 1
    )
    _sign(desk, orders.Order(party=desk.home.party, document=new, card=body), before or new)


def _sign(desk: Desk, order: Order, before: Root) -> None:
    """Sign an order with the keys that lie here; finish it when they are enough, else write it for the others."""
    from entente.cli import signing
    from entente.errors import Untrusted
    from entente.node import orders

    signing.print_words(order)
    documents = [before, *([order.document] if order.document else [])]
    keys = signing.here(desk, signing.prints(*documents))
    try:
        signatures = orders.gather(order, [order.sign(key) for key in keys])
        orders.completed(order, before, signatures)
    except Untrusted:
        signing.write_order(order, keys, max(document.threshold for document in documents))
    _finish(desk, order, signatures)


def _finish(desk: Desk, order: Order, signatures: dict[str, dict[str, str]]) -> None:
    from entente.node import orders, rotation

    home = desk.home
    if order.statement is not None:
        draft = order.draft()
        root = rotation.in_force(desk.node, desk.node.book_naming(draft.statement.agreement))
        valid = {key: text for key, text in signatures["statement"].items() if root.key(key)}
        desk.told([desk.node.say(draft, valid)])
        return
    before = home.root()
    under, card = orders.completed(order, before, signatures)
    assert card is not None, "an order without a statement has a card"
    if card["number"] <= home.card_number():
        raise Refused("root.stale", f"card {card['number']} is not newer than ours; draw up what is to be signed anew")
    if order.document is not None and order.document.version > 1:
        home.keep_root(order.document, under)
    keys = home.new_keys(card["number"])
    if keys.public() != card["keys"]:
        raise Refused("root.stale", "the keys in the card are not in this home; draw up what is to be signed anew")
    home.keep_card(card)
    receipts = rotation.tell(desk.node, card, keys, home.root_steps())
    desk.told(receipts)
    if order.document is not None:
        typer.echo(f"The root is version {order.document.version}. Fingerprint to read out: {order.document.pin}")
    typer.echo(f"Card {card['number']} is ours now: {home.path / 'card.json'}. Hand it to whoever agrees with us anew.")
    if receipts:
        typer.echo("The others hear of it with the next bundle or exchange. A node that serves: start it again.")
