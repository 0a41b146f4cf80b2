"""What an object holds: how many others it keeps alive, for tests that nothing is kept of those who are gone."""

from __future__ import annotations

import gc
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def held(root: object, but: object = None) -> int:
    """How many objects can be reached from one, code left out, and what is reached through `but` alone."""
    seen: dict[int, object] = {id(root): root, id(but): but}
    todo = [root]
    while todo:
        for found in gc.get_referents(todo.pop()):
            if id(found) not in seen and not isinstance(found, _CODE):
                seen[id(found)] = found
                todo.append(found)
    return len(seen)
