"""What a pickle would do, found without unpickling it: its opcodes are followed, and each global is looked up.

The stack, its marks and the memo are kept exactly as CPython's unpickler keeps them (Modules/_pickle.c, protocols 0
to 5), with stand-ins for the objects: a scanner that guesses at them is led astray by a memoised or a popped name. What
the list does not name is suspicious, however harmless it may be, and so is whatever else runs: a call of something
that the stream computes, attributes set on a class or a function, a name that is not written out.

joblib writes the bytes of arrays between opcodes; they are stepped over, as joblib does it.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from accord.weights.allowed import is_allowed
from accord.weights.pickle_values import (
    ITEMS,
    OPAQUE,
    READERS,
    Dict,
    Global,
    Items,
    Made,
    Opaque,
    PickleError,
    few,
    item_size,
    read_name_line,
    read_number_line,
    read_signed,
    read_unsigned,
)
from accord.weights.stream import Stream

_T = TypeVar("_T")
_MOST_FINDINGS = 100
_PYTHON_3 = 3
"""The protocol from which on Python 3 names its own modules."""
_HIGHEST = 5


@dataclass(frozen=True)
class Danger:
    """Something that may run when a file is loaded: what, and at which byte."""

    offset: int
    what: str


_WRAPPER = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
_RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules of Python 2 that protocols 0 to 2 name, as far as the list has them (_compat_pickle)."""


class Unpickling:
    """One pickle, followed from a stream's position to its STOP."""

    def __init__(self, stream: Stream, *, persistent: bool = False) -> None:
        self._in = stream
        self._persistent = persistent
        """Whether the loader knows persistent ids, as torch does."""
        self._stack: list[object] = []
        self._marks: list[int] = []
        self._fence = 0
        self._memo: dict[int, object] = {}
        self._frame_end = 0
        self._protocol = 0
        self._at = stream.offset
        self._start = stream.offset
        self._wrong = ""
        self.dangers: list[Danger] = []
        self.globals: set[str] = set()
        self.calls = 0
        self.result: object = None

    def follow(self) -> None:
        """Read to STOP; what was found stays in the attributes also when PickleError or StreamError is raised."""
        stream = self._in
        codes: dict[int, Callable[[], object]] = {
            code: partial(self._value, reader) for code, reader in READERS.items()
        }
        codes |= {code: partial(getattr(self, name), *given) for code, (name, given) in _OPCODES.items()}
        while True:
            self._at = stream.offset
            code = stream.byte()
            if code == _STOP:
                self.result = self._pop()
                if self._wrong:
                    raise PickleError(self._wrong)
                break
            if code in _PLAIN and (count := stream.run(_RUN, self._frame_end)):
                self._stack.extend([OPAQUE] * count)
            elif code in codes:
                codes[code]()
            else:
                raise PickleError(f"an unknown opcode {code:#04x} at byte {self._at}")
            if self._frame_end and stream.offset >= self._frame_end:
                if stream.offset > self._frame_end:
                    self._blame(f"an opcode at byte {self._at} that crosses the end of its frame")
                self._frame_end = 0

    def _read(self, reader: Callable[[Stream], _T]) -> _T:
        try:
            return reader(self._in)
        except PickleError as error:
            raise PickleError(f"{error} at byte {self._at}") from error

    def _value(self, reader: Callable[[Stream], object]) -> None:
        self._stack.append(self._read(reader))

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _pop(self) -> object:
        if len(self._stack) <= self._fence:
            raise PickleError(f"nothing on the stack at byte {self._at}")
        return self._stack.pop()

    def _top(self) -> object:
        if len(self._stack) <= self._fence:
            raise PickleError(f"nothing on the stack at byte {self._at}")
        return self._stack[-1]

    def _mark(self) -> None:
        self._fence = len(self._stack)
        self._marks.append(self._fence)

    def _pop_mark(self) -> list[object]:
        if not self._marks:
            raise PickleError(f"no mark at byte {self._at}")
        place = self._marks.pop()
        items = self._stack[place:]
        del self._stack[place:]
        self._fence = self._marks[-1] if self._marks else 0
        return items

    def _pop_one(self) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._pop_mark()
        else:
            self._pop()

    def _blame(self, what: str) -> None:
        """Keep what is wrong, and go on: of CPython's two unpicklers, one or both do not mind."""
        self._wrong = self._wrong or what

    def _danger(self, what: str) -> None:
        if len(self.dangers) < _MOST_FINDINGS and all(d.what != what for d in self.dangers):
            self.dangers.append(Danger(self._at, what))

    def _find(self, module: str, name: str) -> Global:
        if self._protocol < _PYTHON_3:
            module = _RENAMED.get(module, module)
        found = Global(module, name)
        text = str(found)
        if len(self.globals) < 10 * _MOST_FINDINGS:
            self.globals.add(text)
        if not is_allowed(module, name):
            self._danger(text)
        return found

    def _call(self, callee: object, args: object) -> object:
        self.calls += 1
        if not isinstance(callee, Global):
            self._danger("a call of something that the stream computes")
            return OPAQUE
        return Made(callee, args)

    def _global(self) -> None:
        module, name = self._read(read_name_line), self._read(read_name_line)
        self._push(self._find(module, name))

    def _inst(self) -> None:
        module, name = self._read(read_name_line), self._read(read_name_line)
        found = self._find(module, name)
        self._push(self._call(found, few(self._pop_mark())))

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        if isinstance(name, str) and isinstance(module, str):
            self._push(self._find(module, name))
        else:
            self._danger("a global whose name is not written out")
            self._push(OPAQUE)

    def _extension(self, size: int) -> None:
        self._danger(f"copyreg extension {read_signed(self._in, size)}")
        self._push(OPAQUE)

    def _reduce(self) -> None:
        args, callee = self._pop(), self._pop()
        self._push(self._call(callee, args))

    def _new_object(self, pops: int) -> None:
        for _ in range(pops):
            self._pop()
        args, kind = self._pop(), self._pop()
        self._push(self._call(kind, args))

    def _object(self) -> None:
        items = self._pop_mark()
        if not items:
            raise PickleError(f"nothing to call at byte {self._at}")
        self._push(self._call(items[0], few(items[1:])))

    def _build(self) -> None:
        state, made = self._pop(), self._top()
        if isinstance(made, Made):
            made.state = state
            if made.by == _WRAPPER:
                self._skip_array(made)
        elif not isinstance(made, Opaque | Dict):
            self._danger("attributes set on a class or a function")
        elif isinstance(made, Opaque):
            self._danger("attributes set on something that the stream computes")

    def _persistent_line(self) -> None:
        self._in.line(0)
        self._ask()

    def _persistent_pop(self) -> None:
        self._pop()
        self._ask()

    def _ask(self) -> None:
        if not self._persistent:
            self._danger("a persistent id, which the loader's own code looks up")
        self._push(OPAQUE)

    def _put(self, reader: Callable[[Stream], int]) -> None:
        index = self._read(reader)
        # A pickler numbers what it has written; CPython's makes room for the largest number at once.
        if index < 0 or index > self._at - self._start + 1:
            raise PickleError(f"memo number {index} at byte {self._at}")
        self._memo[index] = self._top()

    def _get(self, reader: Callable[[Stream], int]) -> None:
        index = self._read(reader)
        if index not in self._memo:
            raise PickleError(f"memo number {index} at byte {self._at}, which was never set")
        self._push(self._memo[index])

    def _memoize(self) -> None:
        self._memo[len(self._memo)] = self._top()

    def _tuple(self, size: int) -> None:
        items = [self._pop() for _ in range(size)]
        self._push(tuple(reversed(items)))

    def _tuple_of_mark(self) -> None:
        self._push(few(self._pop_mark()))

    def _collect(self) -> None:
        self._pop_mark()
        self._push(ITEMS)

    def _new_dict(self) -> None:
        self._push(Dict())

    def _dict_of_mark(self) -> None:
        made = Dict()
        made.fill(self._pop_mark())
        self._push(made)

    def _set_items(self, items: list[object]) -> None:
        if len(items) % 2:
            raise PickleError(f"a key without its value at byte {self._at}")
        target = self._top()
        if isinstance(target, Dict):
            target.fill(items)
        else:
            self._target(target)

    def _set_marked(self) -> None:
        self._set_items(self._pop_mark())

    def _set_item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _append(self) -> None:
        self._pop()
        self._target(self._top())

    def _append_mark(self) -> None:
        self._pop_mark()
        self._target(self._top())

    def _target(self, target: object) -> None:
        """Look at what items are put into: of a list, a set or what an allowed class made it is known what happens."""
        if not isinstance(target, Items | Dict | Made):
            self._danger("items put into something that the stream computes")

    def _frame(self) -> None:
        length = read_unsigned(self._in, 8)
        if self._frame_end:
            self._blame(f"a frame within a frame at byte {self._at}")
        if not self._in.has(length):
            self._blame(f"a frame at byte {self._at} that is longer than the file")
            length = 0
        self._frame_end = self._in.offset + length if length else 0

    def _proto(self) -> None:
        self._protocol = self._in.byte()
        if self._protocol > _HIGHEST:
            raise PickleError(f"protocol {self._protocol}")

    def _duplicate(self) -> None:
        self._push(self._top())

    def _skip_array(self, wrapper: Made) -> None:
        """Step over the array that follows a NumpyArrayWrapper (joblib/numpy_pickle.py, read_array)."""
        state = wrapper.state
        if not isinstance(state, Dict):
            raise PickleError(f"a joblib array at byte {self._at} without its shape")
        if self._frame_end not in {0, self._in.offset}:
            raise PickleError(f"a joblib array at byte {self._at} inside of a frame")
        self._frame_end = 0
        shape, dtype = state.get("shape"), state.get("dtype")
        size = item_size(dtype)
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape) or size is None:
            raise PickleError(f"a joblib array at byte {self._at} whose size cannot be told")
        if size == 0:  # objects: a pickle of its own
            nested = Unpickling(self._in, persistent=self._persistent)
            nested.dangers, nested.globals = self.dangers, self.globals
            nested.follow()
            return
        if state.get("numpy_array_alignment_bytes") is not None:
            self._in.skip(self._in.byte())
        self._in.skip(math.prod(shape) * size)


_STOP = ord(".")
_PLAIN = frozenset(b"GJKMN\x88\x89")
_ITEM = rb"G.{8}|J.{4}|K.|M..|[N\x88\x89]"
_RUN = (re.compile(rb"(?:%b){32,}" % _ITEM, re.DOTALL), re.compile(_ITEM, re.DOTALL))
"""Many numbers in a row, which a list of them is made of, and one: no shape or state of an array is as long."""
_OPCODES: Mapping[int, tuple[str, tuple[object, ...]]] = {
    ord("("): ("_mark", ()),
    ord("0"): ("_pop_one", ()),
    ord("1"): ("_pop_mark", ()),
    ord("2"): ("_duplicate", ()),
    ord("N"): ("_push", (OPAQUE,)),
    ord("P"): ("_persistent_line", ()),
    ord("Q"): ("_persistent_pop", ()),
    ord("R"): ("_reduce", ()),
    ord("a"): ("_append", ()),
    ord("b"): ("_build", ()),
    ord("c"): ("_global", ()),
    ord("d"): ("_dict_of_mark", ()),
    ord("}"): ("_new_dict", ()),
    ord("e"): ("_append_mark", ()),
    ord("g"): ("_get", (read_number_line,)),
    ord("h"): ("_get", (Stream.byte,)),
    ord("i"): ("_inst", ()),
    ord("j"): ("_get", (partial(read_unsigned, size=4),)),
    ord("l"): ("_collect", ()),
    ord("]"): ("_push", (ITEMS,)),
    ord("o"): ("_object", ()),
    ord("p"): ("_put", (read_number_line,)),
    ord("q"): ("_put", (Stream.byte,)),
    ord("r"): ("_put", (partial(read_unsigned, size=4),)),
    ord("s"): ("_set_item", ()),
    ord("t"): ("_tuple_of_mark", ()),
    ord(")"): ("_push", ((),)),
    ord("u"): ("_set_marked", ()),
    0x80: ("_proto", ()),
    0x81: ("_new_object", (0,)),
    0x82: ("_extension", (1,)),
    0x83: ("_extension", (2,)),
    0x84: ("_extension", (4,)),
    0x85: ("_tuple", (1,)),
    0x86: ("_tuple", (2,)),
    0x87: ("_tuple", (3,)),
    0x88: ("_push", (OPAQUE,)),
    0x89: ("_push", (OPAQUE,)),
    0x8F: ("_push", (ITEMS,)),
    0x90: ("_append_mark", ()),
    0x91: ("_collect", ()),
    0x92: ("_new_object", (1,)),
    0x93: ("_stack_global", ()),
    0x94: ("_memoize", ()),
    0x95: ("_frame", ()),
    0x97: ("_push", (OPAQUE,)),
    0x98: ("_top", ()),
}
"""What handles each opcode that does more than bring a value, but STOP, and with which arguments."""
