"""Small wrongs that rules can be given: each changes one thing in one function."""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# Declarations, and what gathers states for a decision: the rules are in the rest.
NO_RULES = {"__init__.py", "messages.py", "refusals.py", "handlers.py"}
LINES_MAX = 300
OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
BOUNDS = {"min": "max", "max": "min"}


class Place(NamedTuple):
    """Where a node stands: in a field of its parent, or in a list there."""

    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


class Mutant(NamedTuple):
    """`lines` are those of the statement, or of its head: who runs them can see the change."""

    file: str
    function: str
    line: int
    lines: tuple[int, int]
    number: int
    before: str
    after: str

    @property
    def group(self) -> str:
        """The stream that the rule is of, or `processes`."""
        parts = Path(self.file).parts
        return parts[2] if parts[1] == "streams" else parts[1]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.function}: {self.before} -> {self.after}"


class Change(NamedTuple):
    place: Place
    old: ast.AST
    new: ast.AST
    statement: ast.stmt
    function: str


def files() -> list[str]:
    streams = (ROOT / "commands" / "streams").glob("*/*.py")
    processes = (ROOT / "commands" / "processes").glob("*.py")
    rules = [file for file in (*streams, *processes) if file.name not in NO_RULES]
    return sorted(str(file.relative_to(ROOT)) for file in rules)


def mutants(file: str) -> list[Mutant]:
    return [
        Mutant(
            file=file,
            function=change.function,
            line=getattr(change.old, "lineno", change.statement.lineno),
            lines=_head(change),
            number=number,
            before=_said(change.old),
            after=_said(change.new),
        )
        for number, change in enumerate(changes(_parsed(file)))
    ]


def mutated(mutant: Mutant) -> ast.Module:
    tree = _parsed(mutant.file)
    for number, change in enumerate(changes(tree)):
        if number == mutant.number:
            change.place.put(ast.copy_location(change.new, change.old))
            return ast.fix_missing_locations(tree)
    raise AssertionError(f"there is no such mutant: {mutant}")


def changes(tree: ast.Module) -> Iterator[Change]:
    """All that can be changed, in an order that stays while the file does."""
    for node in tree.body:
        match node:
            case ast.FunctionDef():
                yield from _in_function(node, node.name)
            case ast.ClassDef():
                for method in node.body:
                    if isinstance(method, ast.FunctionDef):
                        yield from _in_function(method, f"{node.name}.{method.name}")
            case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper():
                place = Place(node, "value", None)
                for inner, found, new in _expression(place, node.value):
                    if isinstance(found, ast.Constant):
                        yield Change(inner, found, new, node, name)
            case _:
                pass


def _in_function(function: ast.FunctionDef, name: str) -> Iterator[Change]:
    for field, index, statement in _statements(function):
        place = Place(field, index[0], index[1])
        for inner, old, new in _of_statement(place, statement):
            yield Change(inner, old, new, statement, name)


def _statements(owner: ast.AST) -> Iterator[tuple[ast.AST, tuple[str, int], ast.stmt]]:
    for field in ("body", "orelse", "cases"):
        for index, statement in enumerate(getattr(owner, field, None) or []):
            if isinstance(statement, ast.stmt):
                yield owner, (field, index), statement
            yield from _statements(statement)


type Found = Iterator[tuple[Place, ast.AST, ast.AST]]


def _of_statement(place: Place, statement: ast.stmt) -> Found:
    if isinstance(statement, ast.Assert):
        return  # Of what cannot be.
    match statement:
        case ast.Raise():
            yield place, statement, ast.Pass()
        case ast.Return() if isinstance(place.parent, ast.If):
            yield place, statement, ast.Pass()
        case ast.AugAssign() | ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"))):
            yield place, statement, ast.Pass()
        case _:
            pass
    if isinstance(statement, ast.AugAssign) and type(statement.op) in OPPOSITE:
        opposite = OPPOSITE[type(statement.op)]()
        yield place, statement, _with(statement, op=opposite)
    if isinstance(statement, ast.If):
        test = Place(statement, "test", None)
        yield test, statement.test, _not(statement.test)
    if isinstance(statement, ast.Match):
        for case in statement.cases:
            if case.guard is not None:
                yield Place(case, "guard", None), case.guard, _not(case.guard)
                yield from _expression(Place(case, "guard", None), case.guard)
    for field, value in ast.iter_fields(statement):
        if field not in {"body", "orelse", "cases", "target", "targets", "annotation", "returns"}:
            yield from _below(statement, field, value)


def _below(parent: ast.AST, field: str, value: object) -> Found:
    several = isinstance(value, list)
    for index, node in enumerate(value if several else [value]):
        if isinstance(node, ast.expr | ast.comprehension | ast.keyword):
            yield from _expression(Place(parent, field, index if several else None), node)


def _expression(place: Place, node: ast.AST) -> Found:
    yield from ((place, node, new) for new in _changed(node))
    if isinstance(node, ast.comprehension):
        for index, condition in enumerate(node.ifs):
            yield Place(node, "ifs", index), condition, _not(condition)
    for field, value in ast.iter_fields(node):
        if field != "target":
            yield from _below(node, field, value)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for index, sign in enumerate(node.ops):
                ops = [*node.ops[:index], OPPOSITE[type(sign)](), *node.ops[index + 1 :]]
                yield _with(node, ops=ops)
        case ast.BoolOp() | ast.BinOp() if type(node.op) in OPPOSITE:
            yield _with(node, op=OPPOSITE[type(node.op)]())
        case ast.UnaryOp(op=ast.USub()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.IfExp():
            yield _with(node, test=_not(node.test))
        case ast.List(ctx=ast.Load()) | ast.Tuple(ctx=ast.Load()):
            for index in range(len(node.elts)):
                yield _with(node, elts=[*node.elts[:index], *node.elts[index + 1 :]])
        case ast.Call(func=ast.Name(id="min" | "max" as bound)):
            yield _with(node, func=ast.Name(BOUNDS[bound], ast.Load()))
        case _:
            pass


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for field, value in fields.items():
        setattr(other, field, value)
    return other


def _not(test: ast.AST) -> ast.AST:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)


def _parsed(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text())


def _head(change: Change) -> tuple[int, int]:
    """Of a statement with others in it only what stands before them; of a constant all lines."""
    statement = change.statement
    if change.function.isupper():
        return 1, LINES_MAX
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not body:
        return statement.lineno, statement.end_lineno or statement.lineno
    first = getattr(body[0], "lineno", None) or body[0].pattern.lineno
    return statement.lineno, max(statement.lineno, first - 1)


def _said(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())
