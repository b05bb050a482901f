"""Options that commands share, and the decorator that gives them: a command's function sees a `Desk` and its own alone.

    @app.command()
    @at_desk("entente operation withdraw water-1 --yes", speaks=True)
    def withdraw(desk: Desk, subject: Subject) -> None: ...

`at_desk` replaces the `desk` parameter with the shared options, opens the home, and closes it whatever happens. A
parameter whose type is a dataclass stands for its fields, each an option: what several commands ask is one class.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, get_type_hints

import typer

from entente.cli.desk import PASSPHRASE, Desk

P = ParamSpec("P")
EXAMPLES: dict[str, str] = {}
"""Each command's example by the name of its function, for the tests that run them all."""

HomeOption = Annotated[Path, typer.Option("--home", envvar="ENTENTE_HOME", help="The node's home.", show_default=".")]
AgreementOption = Annotated[
    str, typer.Option("--agreement", metavar="ID", help="The agreement; needed when the node keeps several.")
]
CircleOption = Annotated[str, typer.Option("--circle", metavar="CIRCLE", help="The circle; else the one it stands in.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LabelOption = Annotated[str, typer.Option("--as", metavar="LABEL", help="Who speaks; else who may, by the roster.")]
OfficeOption = Annotated[str, typer.Option("--office", metavar="OFFICE", help="In which office.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help=f"Else {PASSPHRASE} is read, or you are asked."),
]
LanguageOption = Annotated[
    str,
    typer.Option(
        "--language",
        metavar="CODE",
        envvar="ENTENTE_LANGUAGE",
        help="The language that it is signed in: en, ru, ar.",
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Sign without asking; the text is shown all the same.")]

_READS: list[tuple[str, Any, Any]] = [("home", HomeOption, Path())]
_LISTS: list[tuple[str, Any, Any]] = [
    ("agreement", AgreementOption, ""),
    ("circle", CircleOption, ""),
    ("as_json", JsonOption, False),
]
_ASKS: list[tuple[str, Any, Any]] = [
    ("agreement", AgreementOption, ""),
    ("circle", CircleOption, ""),
    ("yes", YesOption, False),
]
_SPEAKS: list[tuple[str, Any, Any]] = [
    *_ASKS,
    ("label", LabelOption, ""),
    ("office", OfficeOption, ""),
    ("passphrase_file", PassphraseOption, None),
    ("language", LanguageOption, "en"),
]


def at_desk(
    example: str, *, lists: bool = False, asks: bool = False, speaks: bool = False
) -> Callable[[Callable[Concatenate[Desk, P], None]], Callable[..., None]]:
    """Give a command the shared options: of what lists, of what asks for a yes, and of what an officer says."""
    every = [*_READS, *(_LISTS if lists else []), *(_ASKS if asks else []), *(_SPEAKS if speaks else [])]

    def wrap(function: Callable[Concatenate[Desk, P], None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        parameters = list(inspect.signature(function).parameters.values())[1:]
        classes = [(p.name, hints[p.name]) for p in parameters if is_dataclass(hints[p.name])]
        own = [one for p in parameters for one in _options(p, hints[p.name])]
        # A command's own option of that name is another thing: a recipient's language is not the signer's.
        shared = [one for one in every if one[0] not in {p.name for p in own}]

        @functools.wraps(function)
        def run(**given: Any) -> None:
            options = {name: given.pop(name) for name, _, _ in shared}
            made = {name: kind(**{one.name: given.pop(one.name) for one in fields(kind)}) for name, kind in classes}
            with _opened(options) as desk:
                function(desk, **given, **made)  # type: ignore[call-arg]

        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, kind, default in shared
        ]
        run.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in [*own, *added]}
        return with_example(example)(run)

    return wrap


def _options(parameter: inspect.Parameter, kind: Any) -> list[inspect.Parameter]:
    """Return the options that a parameter stands for: itself, or each field of its class."""
    if not is_dataclass(kind):
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kind)]
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            one.name, inspect.Parameter.KEYWORD_ONLY, annotation=hints[one.name],
            default=one.default if one.default_factory is MISSING else one.default_factory(),
        )
        for one in fields(kind)
    ]  # fmt: skip


def with_example(example: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an example to a command's help, and to those that the tests run."""

    def wrap(function: Callable[..., None]) -> Callable[..., None]:
        EXAMPLES[f"{function.__module__}.{function.__name__}"] = example
        paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
        whole = [" ".join(paragraph.split()) for paragraph in paragraphs]
        function.__doc__ = "\n\n".join([*whole, f"\b\nExample:\n  {example}"])
        # What `functools.wraps` left would hand Typer the unextended signature.
        function.__dict__.pop("__wrapped__", None)
        return function

    return wrap


@contextmanager
def _opened(options: Mapping[str, Any]) -> Iterator[Desk]:
    desk = Desk(options)
    try:
        yield desk
    finally:
        desk.close()
