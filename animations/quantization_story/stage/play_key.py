"""The name of a play in manim's cache: a digest of all that decides its pictures, and of nothing else.

manim's own digest follows attributes only. So it takes in what is kept for speed, which differs from run to run, and it
misses the code of methods, the defaults of functions, and whatever an updater reads through the scene or a module:
changed there, a story would show its old pictures. This one reads the values that a play can reach *and the code that
can run in it*, by one rule for each kind:

- a value is what it holds: arrays by shape and content, sets in any order;
- a number is its first nine digits, and an array of a mobject's looks, in its lists and tuples too, counts to a
  millionth of a frame unit, since what goes on in many steps rounds otherwise than in the one step of a play that is
  found in the cache;
- a function is its bytecode, its closure, its defaults, and the functions, classes and constants that it names;
- a class is its attributes and its bases; of a library it is its name, as are the functions of libraries;
- an object is its class and its state: what pickle would keep of it, without properties that are only cached;
- a scene is those of its attributes that the code in reach names, whatever else happens on it;
- what has no state to tell (threads, locks, weak references, files, the record of a run) is its class.

So results kept for speed belong in a cached property, behind `functools.cache`, or outside what `__getstate__` gives.
"""

import concurrent.futures
import functools
import hashlib
import logging
import sys
import sysconfig
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from operator import is_
from pathlib import Path
from types import CellType, CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import numpy as np
from manim import Camera, Mobject, Scene, ValueTracker, config

from quantization_story.stage.manim_internals import KEPT_BY_MANIM
from quantization_story.stage.run_record import RunRecord

_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented)})
WITHOUT_STATE = (
    concurrent.futures.Future,
    concurrent.futures.Executor,
    threading.Thread,
    weakref.ReferenceType,
    weakref.WeakKeyDictionary,
    weakref.WeakValueDictionary,
    weakref.WeakSet,
    logging.Logger,
    type(config),  # what of it is seen, the camera is told,
    Camera,  # and what that is told the renderer names
    RunRecord,
)
_CACHING = type(functools.cache(len))
_LIBRARIES = tuple({sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")})
_PACKAGE = __name__.partition(".")[0]
_DIGITS = 9
# Of places in the frame, which the eye tells by a thousandth. Fewer digits, fewer of a cloud's places that lie where
# rounding turns, and go the other way by what steps add.
_PLACES = 6

Opened = tuple[str, list[Any]]  # what is told of a value itself, and its parts
Code = tuple[str, frozenset[str]]  # the digest of code with all that it names, and the names in it


class PlayKeys:
    """Names the plays of one rendering; the code, which does not change meanwhile, is read once."""

    def __init__(self) -> None:
        self._code: dict[int, tuple[Any, Code]] = {}

    def key(self, *parts: Any) -> str:
        """The digest of everything that can be reached from the parts."""
        return Reach(parts, self.code).digest

    def code(self, item: Any) -> Code:
        """The code of a class, or of a function that binds no values."""
        if id(item) not in self._code:
            reach = Reach((item,))
            self._code[id(item)] = item, (reach.digest, frozenset(reach.names))
        return self._code[id(item)][1]


class Reach:
    """What can be reached from some values, and its digest.

    met: every value that was met, by its identity, with its number. names: the names in all code that was met.
    known: gives the code of a class or function at once; without it, it is read here.
    """

    def __init__(self, roots: Iterable[Any], known: Callable[[Any], Code] | None = None) -> None:
        self.met: dict[int, tuple[int, Any]] = {}
        self.names: set[str] = set()
        self._known = known
        self._hash = hashlib.sha256()
        self._scenes: list[Scene] = []
        self._follow(roots)
        self._follow_scenes()
        self.digest = self._hash.hexdigest()

    def _follow(self, roots: Iterable[Any]) -> None:
        waiting = [*roots][::-1]
        while waiting:
            value = waiting.pop()
            value = value.item() if isinstance(value, np.generic) else value
            kind = type(value)
            if kind in _PLAIN:
                # A zero has two signs and one meaning.
                self._tell(f"float {value + 0.0:.{_DIGITS}g}" if kind is float else f"{kind.__name__} {value!r}")
            elif kind is np.ndarray and not value.dtype.hasobject:
                self._tell(f"array {value.dtype.str} {value.shape}")
                self._hash.update(np.ascontiguousarray(value + 0.0 if value.dtype.kind == "f" else value))
            elif id(value) in self.met:
                self._tell(f"met {self.met[id(value)][0]}")
            else:
                if kind is not tuple:
                    self.met[id(value)] = len(self.met), value
                told, parts = self._open(value)
                self._tell(f"{told} {len(parts)}")
                waiting.extend(reversed(parts))

    def _tell(self, words: str) -> None:
        self._hash.update(words.encode("utf-8", "surrogatepass") + b"\0")

    def _follow_scenes(self) -> None:
        """Follow what the code in reach names of a scene, until no more names come up."""
        told: set[str] = set()
        while self._scenes and self.names - told:
            fresh = sorted(self.names - told)
            told.update(fresh)
            for scene in self._scenes:
                self._follow(part for name in fresh for part in _of_scene(scene, name))

    def _open(self, value: Any) -> Opened:
        kind = type(value)
        if isinstance(value, FunctionType):
            return self._open_function(value)
        if isinstance(value, type):
            return self._open_class(value)
        if isinstance(value, Scene):
            self._scenes.append(value)
            return "scene", []
        if isinstance(value, WITHOUT_STATE):
            return f"a {kind.__qualname__}", []
        if kind in (list, tuple):
            return kind.__name__, list(value)
        if kind in (set, frozenset):
            return kind.__name__, sorted(Reach((member,)).digest for member in value)
        if isinstance(value, dict | MappingProxyType):
            return kind.__qualname__, [part for pair in list(value.items()) for part in pair]
        if isinstance(value, Enum | ModuleType):
            return f"{kind.__qualname__} {value}", []
        return _open_code(value) or ("object", [kind, *_state(value)])

    def _open_function(self, function: FunctionType) -> Opened:
        bound = [function.__closure__, function.__defaults__, function.__kwdefaults__]
        if not _is_ours(function.__module__):
            return f"function {function.__module__}.{function.__qualname__}", bound
        if self._known is not None and not any(bound):
            return self._open_known(self._known(function))
        names = _names(function.__code__)
        self.names.update(names)
        found: list[Any] = []
        for name in names:
            if name in function.__globals__:
                thing = function.__globals__[name]
                found += [name, thing]
                if isinstance(thing, ModuleType) and _is_ours(thing.__name__):
                    found += [vars(thing)[part] for part in names if part in vars(thing)]
        return "function", [function.__code__, *bound, *found]

    def _open_class(self, kind: type) -> Opened:
        if not _is_ours(kind.__module__):
            return f"class {kind.__module__}.{kind.__qualname__}", []
        if self._known is not None:
            return self._open_known(self._known(kind))
        attributes = [
            part
            for name, value in sorted(vars(kind).items())
            if not name.startswith("__") or isinstance(value, FunctionType | property | staticmethod | classmethod)
            for part in (name, value)
        ]
        return f"class {kind.__qualname__}", [*kind.__bases__, *attributes]

    def _open_known(self, code: Code) -> Opened:
        digest, names = code
        self.names.update(names)
        return f"code {digest}", []


def _open_code(value: Any) -> Opened | None:
    """What functions are made of and wrapped in; None for everything else."""
    kind = type(value)
    if kind is CodeType:
        return "code", [value.co_code, value.co_consts, value.co_names, value.co_exceptiontable, value.co_varnames]
    if kind is CellType:
        return "cell", list(_contents(value))
    if kind is MethodType:
        return "method", [value.__func__, value.__self__]
    if kind is functools.partial:
        return "partial", [value.func, value.args, value.keywords]
    if kind is property:
        return "property", [value.fget, value.fset]
    if kind is functools.cached_property:
        return "property", [value.func, None]
    if kind in (staticmethod, classmethod, _CACHING):
        return kind.__name__, [value.__wrapped__]
    return None


def _contents(cell: CellType) -> Iterator[Any]:
    try:
        yield cell.cell_contents
    except ValueError:  # the name is not bound yet
        return


@functools.cache
def _names(code: CodeType) -> list[str]:
    """The names that a function's code and the functions within it use, in order."""
    inner = [name for constant in code.co_consts if isinstance(constant, CodeType) for name in _names(constant)]
    return sorted({*code.co_names, *inner})


@functools.cache
def _is_ours(module: str | None) -> bool:
    """Whether a module is the story's or its user's, so that its code may change; a library changes by its version."""
    name = module or "__main__"
    file = getattr(sys.modules.get(name), "__file__", None)
    inside = name.partition(".")[0] == _PACKAGE  # which may be installed among the libraries
    return inside or name == "__main__" or (file is not None and not file.startswith(_LIBRARIES))


def _of_scene(scene: Scene, name: str) -> tuple[Any, ...]:
    """What a name stands for on a scene, with the name; nothing if it is none there, or manim's own."""
    if name == "time":
        return name, scene.time
    if name in vars(scene):
        return () if name in KEPT_BY_MANIM else (name, vars(scene)[name])
    owners = [vars(owner) for owner in type(scene).__mro__ if name in vars(owner)]
    return () if hasattr(Scene, name) or not owners else (name, owners[0][name])


def _state(value: Any) -> list[Any]:
    """What an object holds, as names and values."""
    kind: Any = type(value)
    if isinstance(value, Path):
        return [str(value)]
    if hasattr(value, "__dict__") and kind.__getstate__ is object.__getstate__:
        names = sorted(set(vars(value)) - _kept(kind))
        slots = [name for owner in kind.__mro__ for name in getattr(owner, "__slots__", ()) if hasattr(value, name)]
        held = [(name, _to_the_eye(vars(value)[name], value)) for name in names]
        # Where a class is a list besides, its members count as well.
        members = list(value) if isinstance(value, list | tuple) else []
        return [*(part for pair in held for part in pair), *((name, getattr(value, name)) for name in slots), *members]
    try:
        reduced = value.__reduce_ex__(4)
    except TypeError:  # not to be copied: it lives in the machine, as files, locks and generators do
        return []
    return [reduced] if isinstance(reduced, str) else list(reduced[1:])


@functools.cache
def _kept(kind: type) -> frozenset[str]:
    """The attributes that are only kept for speed: properties that are cached, and the number that a copy has."""
    attributes = [pair for owner in kind.__mro__ for pair in vars(owner).items()]
    cached = {name for name, value in attributes if type(value) is functools.cached_property}
    return frozenset({*cached, "original_id"})


def _to_the_eye(held: Any, holder: Any) -> Any:
    """What a mobject holds, without digits that no eye can tell; a tracker's array is a number, not a place.

    So it is with the arrays in its lists and tuples, as with the outlines of the brushes of a painting.
    """
    if not isinstance(holder, Mobject):
        return held
    if isinstance(held, np.ndarray) and held.dtype.kind == "f":
        return held.tolist() if isinstance(holder, ValueTracker) else np.round(held, _PLACES)
    make = getattr(held, "_make", type(held))  # a named tuple takes its members one by one
    if type(held) not in (list, tuple) and not hasattr(held, "_make"):
        return held
    parts = [_to_the_eye(part, holder) for part in held]
    return held if all(map(is_, parts, held)) else make(parts)
