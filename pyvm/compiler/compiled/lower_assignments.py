# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Assignments of all forms, and `del`."""

from __future__ import annotations

import ast

from pyvm.compiler.compiled.lower_receive import Receives


class Assignments(Receives):
    """Lowers what binds variables and changes items."""

    def assign(self, target: ast.expr, register: int) -> None:
        """See Core."""
        with self.at(target), self.temporaries():
            match target:
                case ast.Name(name):
                    self.write(name, register)
                case ast.Subscript(container, index):
                    owner = self.value(container)
                    if isinstance(index, ast.Slice):
                        self.emit("SetSlice", owner, self.slice_parts(index), register)
                    else:
                        self.emit("SetItem", owner, self.value(index), register)
                case ast.Attribute(owner, name):
                    self._set_attribute(target, owner, name, register)
                case ast.Tuple(targets) | ast.List(targets):
                    self._unpack(targets, register)

    def _set_attribute(self, node: ast.expr, owner: ast.expr, name: str, register: int) -> None:
        """`self.code = code` in the __init__ of an exception."""
        if not self.makes_exception():
            raise self.error(
                node,
                "an attribute cannot be set in a compiled body, where records do not change:"
                " make another with dataclasses.replace, or use a dict",
            )
        self.emit("SetAttribute", self.value(owner), self.attribute_name(name), register)

    def _unpack(self, targets: list[ast.expr], register: int) -> None:
        if self.is_special("Iterate"):
            register = self.operation("Iterate", [register])
        stars = [i for i, one in enumerate(targets) if isinstance(one, ast.Starred)]
        first = self.push(max(len(targets), 1))
        if stars:
            after = len(targets) - stars[0] - 1
            if max(stars[0], after) > 255:
                raise self.error(targets[0], "more than 255 names beside the `*`: take a slice")
            self.emit("UnpackStar", first, register, stars[0] | after << 8)
        else:
            self.emit("Unpack", first, register, len(targets))
        for place, one in enumerate(targets):
            self.assign(one.value if isinstance(one, ast.Starred) else one, first + place)

    def assign_value(self, targets: list[ast.expr], value: ast.expr) -> None:
        """The statement `targets = value`."""
        match targets, value:
            case [ast.Name(name)], _ if (home := self.plain_variable(name)) is not None:
                self.value(value, home)
            case [ast.Tuple(parts) | ast.List(parts)], ast.Tuple(values) if (
                len(parts) == len(values) and not _has_star(parts) and not _has_star(values)
            ):  # a, b = b, a
                first = self.in_a_row(values)
                for place, part in enumerate(parts):
                    self.assign(part, first + place)
            case _:
                register = self.value(value)
                if len(targets) > 1 and not self.is_temporary(register):
                    register = self.moved(register, self.push())
                for target in targets:
                    self.assign(target, register)

    def augment(self, node: ast.AugAssign) -> None:
        """The statement `target op= value`."""
        match node.target:
            case ast.Name(name):
                home = self.plain_variable(name)
                left = self.value(ast.copy_location(ast.Name(name, ast.Load()), node.target))
                result = self.push() if home is None else home
                if home is not None and left != home:
                    result = left  # `:=` on the right may assign it too
                self.in_place(node.op, left, node.value, result)
                self.write(name, result)
            case ast.Subscript(container, index):
                owner = self.value(container)
                if not self.is_temporary(owner):
                    owner = self.moved(owner, self.push())
                is_special = self.is_special("GetItem")
                if isinstance(index, ast.Slice) and not is_special:
                    what, place = "Slice", self.slice_parts(index)
                else:
                    what, place = "Item", self.value(index, self.push())
                item = self.push()
                if is_special:
                    self.operation("GetItem", [owner, place], item)
                else:
                    self.emit(f"Get{what}", item, owner, place)
                self.in_place(node.op, item, node.value, item)
                self.emit(f"Set{what}", owner, place, item)

    def delete(self, target: ast.expr) -> None:
        """`del` of one target."""
        match target:
            case ast.Name(name):
                self.read(name)
                self.unset(name)
            case ast.Subscript(container, index):
                owner = self.value(container)
                if isinstance(index, ast.Slice):
                    self.emit("DeleteSlice", owner, self.slice_parts(index))
                else:
                    self.emit("DeleteItem", owner, self.value(index))
            case ast.Tuple(targets) | ast.List(targets):
                for one in targets:
                    self.delete(one)


def _has_star(nodes: list[ast.expr]) -> bool:
    return any(isinstance(node, ast.Starred) for node in nodes)
