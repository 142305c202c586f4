"""What sentences a module can say: each f-string and text of it as a template, found in its syntax tree.

A template keeps the words and names what is put in: `{low:.1%}` is written as in the source, so that what was put in
can be found in a finished sentence, and written as its language writes it. What depends on a condition makes templates
of its own, because no language but English composes its sentences as English does.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

MOST = 16
"""How many templates one expression makes at most; beyond, its parts are templates of their own."""

_MADE = {"len": "count", "sum": "count"}


@dataclass(frozen=True)
class Slot:
    """Where a value is put in; `nouns` are what is counted, where the number decides the word."""

    name: str
    spec: str = ""
    nouns: tuple[str, str] | None = None


Text = tuple[str | Slot, ...]


@dataclass(frozen=True)
class Template:
    """One sentence or part of one, in the singular, and in the plural where it counts."""

    text: str
    plural: str = ""


def find_templates(tree: ast.Module, functions: Sequence[str] = ()) -> Iterator[Template]:
    """Yield each template of a module once, in the order of its source; of some functions alone where any are named."""
    texts = _Finder(tree).find(functions)
    return iter(dict.fromkeys(made for text in texts for made in _write(text) if _is_sentence(made)))


def find_titles(tree: ast.Module) -> Iterator[Template]:
    """Yield what a module calls things: the argument `title`, and what it says to hold, by an id with a dot in it."""
    finder = _Finder(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "title":
            yield from finder.write(node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                first = value.elts[0] if isinstance(value, ast.Tuple) else value  # a title, and what goes with it
                if isinstance(key, ast.JoinedStr) or isinstance(value, ast.Tuple) or _is_dotted(key):
                    yield from (made for made in finder.write(first) if " " in made.text and "\\" not in made.text)


def _is_dotted(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and bool(re.fullmatch(r"[a-z-]+\.[a-z-]+", str(key.value)))


def _is_sentence(made: Template) -> bool:
    """Tell a sentence from an id, and from what an empty text would leave of one."""
    words = re.sub(r"\{[^}]*\}", "1", made.text)
    return " " in made.text and any(c.isalpha() for c in words) and not re.search(r"[\s:][.:]|:\s*$|\\", words)


def _write(text: Text) -> Iterator[Template]:
    """Yield a text as a template; of several countings in it one stays, and the others are templates of their own."""
    counted = [part for part in text if isinstance(part, Slot) and part.nouns]
    for other in counted[1:]:
        yield from _write((other,))
    if not any(char.isalpha() for part in text if isinstance(part, str) for char in part) and not counted:
        return
    names = Counter[str]()
    written = ["", ""]
    for part in text:
        if isinstance(part, str):
            shown = part.replace("{", "{{").replace("}", "}}")
            written = [shape + shown for shape in written]
            continue
        names[part.name] += 1
        name = part.name if names[part.name] == 1 else f"{part.name}{names[part.name]}"
        slot = f"{{{name}:{part.spec}}}" if part.spec else f"{{{name}}}"
        nouns = part.nouns if part.nouns and part is counted[0] else None
        written = [f"{written[i]}{slot} {nouns[i]}" if nouns else written[i] + slot for i in (0, 1)]
    yield Template(written[0], written[1] if counted else "")


@dataclass
class _Scope:
    """What names stand for in one function: every text that is assigned to them."""

    names: dict[str, list[ast.expr]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


class _Finder:
    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._module = _assigned(tree.body)
        self._functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
        self._inlined = set[str]()
        self._open = list[str]()

    def find(self, functions: Sequence[str]) -> list[Text]:
        """Return every text of the module: of its functions first, or of those alone that are named."""
        told = {name: list(self._of_function(f)) for name, f in self._functions.items() if name != "_count"}
        if functions:
            return [text for name in functions for text in told.get(name, ())]
        left = [text for name, texts in told.items() if name not in self._inlined for text in texts]
        return [*left, *self._of_nodes(self._tree.body, _Scope())]

    def write(self, node: ast.expr) -> Iterator[Template]:
        """Yield what an expression outside of sentences can say."""
        for text in self._texts(node, _Scope()) or ():
            yield from _write(text)

    def _of_function(self, function: ast.FunctionDef) -> Iterator[Text]:
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        scope = _Scope(_assigned(body))
        roots = list(_roots(body))
        found = [(root, self._texts(root, scope)) for root in roots]
        values = {id(value): name for name, held in scope.names.items() for value in held}
        for root, texts in found:
            if values.get(id(root)) not in scope.used:
                yield from self._said(root, texts)

    def _of_nodes(self, nodes: Iterable[ast.stmt], scope: _Scope) -> Iterator[Text]:
        for root in _roots(nodes):
            yield from self._said(root, self._texts(root, scope))

    def _said(self, root: ast.expr, texts: list[Text] | None) -> Iterator[Text]:
        """Pass on what is a sentence or a phrase: a word alone is an id as a rule, and is told elsewhere."""
        bare = isinstance(root, ast.Constant)
        for text in texts or ():
            if not bare or " " in str(text[0] if text else ""):
                yield text

    def _texts(self, node: ast.expr, scope: _Scope) -> list[Text] | None:
        """Return every text that an expression can be, or None where it is no text that is known here."""
        texts: list[Text] | None = None
        match node:
            case ast.Constant(value=str(value)):
                texts = [(value,)]
            case ast.JoinedStr(values=values):
                texts = self._join([self._piece(value, scope) for value in values])
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                texts = self._added(left, right, scope)
            case ast.IfExp(body=body, orelse=other):
                texts = self._either([body, other], scope)
            case ast.BoolOp(op=ast.Or(), values=values) | ast.Subscript(value=ast.Dict(values=values)):
                texts = self._either(values, scope)
            case ast.Name(id=name):
                texts = self._named(name, scope)
            case ast.Call():
                texts = self._called(node, scope)
        return texts

    def _added(self, left: ast.expr, right: ast.expr, scope: _Scope) -> list[Text] | None:
        told = [(node, self._texts(node, scope)) for node in (left, right)]
        if all(texts is None for _, texts in told):
            return None
        return self._join([texts if texts is not None else [(_slot(node),)] for node, texts in told])

    def _either(self, nodes: Sequence[ast.expr], scope: _Scope) -> list[Text] | None:
        told = [(node, self._texts(node, scope)) for node in nodes]
        if all(texts is None for _, texts in told):
            return None
        return [text for node, texts in told for text in (texts if texts is not None else [(_slot(node),)])]

    def _named(self, name: str, scope: _Scope) -> list[Text] | None:
        held = scope.names.get(name) or self._module.get(name)
        if not held or name in self._open:
            return None
        self._open.append(name)
        told = [self._texts(node, scope) for node in held]
        self._open.pop()
        if any(texts is None for texts in told):
            return None
        every = [text for texts in told for text in texts or ()]
        said = [text for text in every if text != ("",)] if len(held) > 1 else every
        if name in scope.names and any(_has_words(text) for text in said):
            scope.used.add(name)
        return said

    def _called(self, call: ast.Call, scope: _Scope) -> list[Text] | None:
        match call:
            case ast.Call(func=ast.Name(id="_count"), args=[_, ast.Constant(value=str(noun))]):
                return [(Slot("count", nouns=(noun, f"{noun}s")),)]
            case ast.Call(func=ast.Attribute(attr="format", value=held), args=args):
                texts = self._texts(held, scope)
                return texts and [_filled(text, [_slot(arg) for arg in args]) for text in texts]
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and name not in self._open:
                function = self._functions[name]
                self._open.append(name)
                inner = _Scope(_assigned(function.body))
                returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and n.value]
                texts = self._either(returns, inner) if returns else None
                self._open.pop()
                if texts and any(_has_words(text) for text in texts):
                    self._inlined.add(name)
                    return texts
        return None

    def _piece(self, node: ast.expr, scope: _Scope) -> list[Text]:
        match node:
            case ast.FormattedValue(value=value, format_spec=None, conversion=-1):
                texts = self._texts(value, scope)
                return texts if texts and any(_has_words(text) for text in texts) else [(_slot(value),)]
            case ast.FormattedValue(value=value, format_spec=ast.JoinedStr(values=[ast.Constant(value=spec)])):
                return [(_slot(value, str(spec)),)]
            case ast.FormattedValue(value=value):
                return [(_slot(value),)]
        return self._texts(node, scope) or [()]

    def _join(self, parts: Sequence[list[Text]]) -> list[Text]:
        """Return every way in which parts follow each other; where they are many, the most varied part is left open."""
        held = list(parts)
        while _size(held) > MOST:
            most = max(range(len(held)), key=lambda i: len(held[i]))
            held[most] = [(Slot("part"),)]
        return [tuple(_merge(piece for text in way for piece in text)) for way in product(*held)]


def _size(parts: Sequence[list[Text]]) -> int:
    size = 1
    for part in parts:
        size *= len(part)
    return size


def _merge(pieces: Iterable[str | Slot]) -> Iterator[str | Slot]:
    held = ""
    for piece in pieces:
        if isinstance(piece, str):
            held += piece
            continue
        if held:
            yield held
        held = ""
        yield piece
    if held:
        yield held


def _filled(text: Text, slots: list[Slot]) -> Text:
    parts = list[str | Slot]()
    for part in text:
        if isinstance(part, str) and "{}" in part:
            before, _, after = part.partition("{}")
            parts += [before, replace(slots[0]), after]
        else:
            parts.append(part)
    return tuple(_merge(parts))


def _has_words(text: Text) -> bool:
    return any(isinstance(part, str) and any(c.isalpha() for c in part) for part in text) or any(
        isinstance(part, Slot) and part.nouns for part in text
    )


def _slot(node: ast.expr, spec: str = "") -> Slot:
    """Return the place of a value, named after what the source calls it."""
    return Slot(_name(node), spec)


def _name(node: ast.expr) -> str:
    name = "value"
    match node:
        case ast.Name(id=held):
            name = held.strip("_").lower()
        case ast.Attribute(attr=attr, value=ast.Attribute(attr=of)) if attr in {"id", "name", "version", "index"}:
            name = attr if of in {"record", "ref", "system"} else f"{of}_{attr}"
        case ast.Attribute(attr=attr):
            name = attr
        case ast.Call():
            name = _call_name(node)
        case ast.Subscript(value=value):
            name = _name(value)
        case ast.BinOp():
            inner = next((n for n in ast.walk(node) if isinstance(n, ast.Attribute)), None)
            name = _name(inner) if inner else name
    return name


def _call_name(call: ast.Call) -> str:
    match call:
        case ast.Call(func=ast.Name(id=name)):
            return _MADE.get(name, name.strip("_"))
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.Name(id=name)]):
            return name
    attr = call.func.attr if isinstance(call.func, ast.Attribute) else "value"
    return "list" if attr == "join" else attr


def _assigned(body: Sequence[ast.stmt]) -> dict[str, list[ast.expr]]:
    """Return what is assigned to each name, also by going through a tuple that is written out."""
    held: dict[str, list[ast.expr]] = {}
    for node in (inner for statement in body for inner in ast.walk(statement)):
        for target, value in _pairs(node):
            for name, its in _unpack(target, value):
                held.setdefault(name, []).append(its)
    return held


def _pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target of an assignment or a loop with its value; a value that is not known is None there."""
    match node:
        case ast.Assign(targets=[target], value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case (
            ast.For(target=target, iter=ast.Tuple(elts=items))
            | ast.comprehension(target=target, iter=ast.Tuple(elts=items))
        ):
            yield from ((target, item) for item in items)
        case ast.For(target=target) | ast.comprehension(target=target) | ast.AugAssign(target=target):
            yield target, ast.Constant(value=None)


def _unpack(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, its in zip(targets, values, strict=True):
                yield from _unpack(one, its)
        case ast.Tuple(elts=targets), _:
            for one in targets:
                yield from _unpack(one, ast.Constant(value=None))


def _roots(body: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Yield the largest expressions that may be text, without what is no message: errors, comparisons, keys."""
    for node in body:
        yield from _roots_of(node)


_SILENT = (
    ast.Raise, ast.Compare, ast.arguments, ast.Slice, ast.Import, ast.ImportFrom, ast.FunctionDef,
)  # fmt: skip
"""Where no message is: errors, comparisons; and functions, each of which is looked at for itself."""


def _roots_of(node: ast.AST) -> Iterator[ast.expr]:
    inner: Iterable[ast.AST] = ast.iter_child_nodes(node)
    match node:
        case (
            ast.Expr(value=ast.Constant()) | ast.Call(func=ast.Attribute(attr="find" | "get" | "partition" | "replace"))
        ):
            return
        case ast.IfExp(body=body, orelse=ast.List() as other) | ast.IfExp(body=ast.List() as body, orelse=other):
            inner = [body, other]  # texts of a list, each for itself
        case (
            ast.BinOp(op=ast.Add())
            | ast.BoolOp(op=ast.Or(), values=[_, ast.Constant()])
            | ast.Constant(value=str())
            | ast.IfExp()
            | ast.JoinedStr()
            | ast.Subscript(value=ast.Dict())
        ):
            yield node
            # What a place holds may say more: a list of phrases.
            inner = [n.elt for n in ast.walk(node) if isinstance(n, ast.GeneratorExp | ast.ListComp)]
        case ast.Dict(values=values):
            inner = values
    if not isinstance(node, _SILENT):
        yield from _roots(inner)
