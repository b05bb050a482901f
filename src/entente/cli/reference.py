"""Reference pages, made from the commands and the code themselves: ``python -m entente.cli.reference``.

`docs/reference/cli.md` lists every command with its options and example; `docs/reference/errors.md` every stable code
with its class, exit code and sentence. A test fails when a page is not what this makes of the code.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer.main

import entente
from entente import errors
from entente.cli import exits
from entente.cli.main import app
from entente.joint.verdict import SENTENCES

FOLDER = Path("docs/reference")
MADE = "<!-- Made by `python -m entente.cli.reference`; change the code, not this page. -->\n"
CODE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
CLASSES = {kind.__name__: kind for kind in exits.CODES}


def pages() -> dict[str, str]:
    """Return each page's text by its file's name."""
    return {"cli.md": cli_page(), "errors.md": errors_page()}


# -- commands ----------------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Return the page of commands."""
    root: Any = typer.main.get_command(app)
    table = "".join(f"| {code} | {kind.__name__} | {_first(kind.__doc__)} |\n" for kind, code in exits.CODES.items())
    head = (
        f"# Commands\n\n{MADE}\nEvery error is one line on standard error, `error: sentence [code]`; the codes are in "
        "[errors](errors.md).\n\n| Exit code | Class | Meaning |\n|---|---|---|\n"
        f"| 0 | | done |\n| 1 | | something was found (`screen`), or an expectation did not hold (`exercise run`) |\n"
        f"| {exits.USAGE} | | the command line itself was not understood |\n{table}"
        f"| {exits.INTERRUPTED} | | interrupted |\n"
    )
    return head + "".join(_command(name, command) for name, command in _walk("entente", root))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word in sorted(inner):
        yield from _walk(f"{name} {word}", inner[word])


def _command(name: str, command: Any) -> str:
    text, _, example = (command.help or "").partition("\b\nExample:\n")
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = " ".join(_argument(p) for p in arguments)
    parts = [f"\n## {name}\n\n{text.strip()}\n", f"\n    {name} {words}".rstrip() + " [OPTIONS]\n"]
    if example:
        parts.append(f"\nExample:\n\n    {example.strip()}\n")
    rows = [(_argument(p), p.help) for p in arguments] + [(_option(p), p.help) for p in options]
    lines = (f"| `{_cell(left)}` | {_cell(right or '')} |\n" for left, right in rows)
    parts.append("\n| | |\n|---|---|\n" + "".join(lines))
    return "".join(parts)


def _argument(param: Any) -> str:
    return str(param.metavar or param.name.upper())


def _option(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or 'VALUE'}"


def _first(text: str | None) -> str:
    return (text or "").partition("\n")[0].rstrip(".")


# -- errors ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """One code as one module raises it; what an f-string fills in is shown as an ellipsis."""

    code: str
    kind: str
    sentence: str
    module: str


def errors_page() -> str:
    """Return the page of codes."""
    rows = sorted({*_verdicts(), *_all_raised()})
    lines = [
        f"| `{r.code}` | {r.kind} | {exits.CODES[CLASSES[r.kind]]} | {_cell(r.sentence)} | {r.module} |\n" for r in rows
    ]
    codes = len({row.code for row in rows})
    return (
        f"# Error codes\n\n{MADE}\n{codes} codes. An ellipsis stands for what is filled in. A code keeps its meaning; "
        "its sentence may be put better.\n\n"
        "| Code | Class | Exit | Sentence | Raised in |\n|---|---|---|---|---|\n" + "".join(lines)
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _verdicts() -> Iterator[Raised]:
    for code, sentence in SENTENCES.items():
        yield Raised(code, errors.Refused.__name__, sentence, "joint.verdict")


def _all_raised() -> Iterator[Raised]:
    source = Path(entente.__file__).parent
    for path in sorted(source.rglob("*.py")):
        module = ".".join(path.relative_to(source).with_suffix("").parts)
        if module == "errors":
            continue  # only the examples in its docstring
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for code, kind, sentence in _codes(node):
                yield Raised(code, kind, sentence, module)


def _codes(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield what a piece of code raises, or what a table of (code, sentence) would have it raise."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), sentence, *_]) if name in CLASSES:
            yield code, name, _text(sentence)
        case ast.Call(func=ast.Name(id="number"), args=[_, what, _, _, ast.Constant(value=str(code))]):
            yield code, "Malformed", f"{_text(what)} … lies outside … to …"
        case ast.Tuple(elts=[ast.Constant(value=str(code)), ast.Constant(value=str(sentence))]) if CODE.fullmatch(code):
            yield code, "Unavailable", f"the record …: {sentence}"
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                match key, value:
                    case ast.Constant(value=str(code)), ast.Tuple(elts=[_, sentence]) if CODE.fullmatch(code):
                        yield code, "Malformed", _text(sentence)


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
    return "…"


def main() -> int:
    """Write the pages below the folder one stands in."""
    for name, text in pages().items():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
