# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""gdb's eyes for pyvm: terms and pids as Python shows them, and the processes of a stopped runtime.

    (gdb) source tools/pyvm_gdb.py
    (gdb) print some_term              every pyvm::Term, pyvm::Pid and pyvm::OwnedTerm is decoded
    (gdb) pyvm term EXPRESSION         a word that holds a term
    (gdb) pyvm processes [LIMIT]       pid, state, mailbox, relations and body of each live process
    (gdb) pyvm mailbox PID             its messages, oldest first, then signals it has not received yet

Reads memory only and calls nothing, so it works on core dumps. Needs a build with debug information
(`-DCMAKE_BUILD_TYPE=RelWithDebInfo`).
Layouts: csrc/term/term.h, csrc/term/boxed.h, csrc/proc/process.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import gdb
import gdb.printing

MAX_DEPTH = 8
MAX_ELEMENTS = 32
MAX_BYTES = 200
PID_INDEX_BITS = 27
WORD = (1 << 64) - 1
CONSTANTS = {0: "None", 1: "False", 2: "True", 3: "TIMEOUT"}
BRACKETS = {7: ("(", ")"), 8: ("[", "]"), 10: ("{", "}"), 11: ("frozenset({", "})")}
FLOAT, BIG, STRING, BINARY, SHARED_BINARY, OPAQUE = range(1, 7)
DICT, RECORD, REF, FUNCTION, ENUM_MEMBER, EXCEPTION = 9, 12, 13, 14, 15, 16


def words_at(address: int, count: int) -> tuple[int, ...]:
    """Reads `count` 64-bit words."""
    memory = gdb.selected_inferior().read_memory(address, 8 * count)
    return struct.unpack(f"={count}Q", bytes(memory))


def bytes_at(address: int, size: int) -> bytes:
    """Reads at most MAX_BYTES bytes."""
    return bytes(gdb.selected_inferior().read_memory(address, min(size, MAX_BYTES)))


def atomic(value: Any) -> int:
    """What a pyvm::Atomic of a word or pointer holds."""
    inner = value["value_"]
    fields = [field.name for field in inner.type.strip_typedefs().fields()]
    return int(inner["_M_b"]["_M_p"] if "_M_b" in fields else inner["_M_i"])


def show_pid(value: int) -> str:
    """A pid as <0.index.serial>."""
    return f"<0.{value & ((1 << PID_INDEX_BITS) - 1)}.{value >> PID_INDEX_BITS}>"


def short_float(bits: int) -> float:
    """Undoes the rotation of Term::try_short_float."""
    if bits == 2:
        return 0.0
    raw = (((bits >> 3) | (bits << 61)) - (1 << 60)) & WORD
    return float(struct.unpack("=d", struct.pack("=Q", raw))[0])


def show_term(bits: int, depth: int = 0) -> str:
    """A term as Python's repr would show it, cut short where it is deep or long."""
    if bits & 1:
        return str((bits - (1 << 64) if bits >> 63 else bits) >> 1)
    if bits & 3 == 2:
        return repr(short_float(bits))
    if bits & 7 == 4:
        return show_immediate((bits >> 3) & 31, bits >> 8)
    if bits == 0:
        return "<no term>"
    if bits & 7:
        return f"<not a term: {bits:#x}>"
    return "..." if depth >= MAX_DEPTH else show_box(bits, depth + 1)


def show_immediate(kind: int, payload: int) -> str:
    """Constants, atoms, pids, record classes and short strings."""
    if 16 <= kind <= 23:
        text = payload.to_bytes(7, "little")[: kind - 16]
        return repr(text.decode("utf-8", "backslashreplace"))
    shown = {
        0: CONSTANTS.get(payload, f"<constant {payload}>"),
        1: f"Atom#{payload}",
        2: show_pid(payload),
        3: f"<record class {payload}>",
    }
    return shown.get(kind, f"<immediate kind {kind}: {payload:#x}>")


def show_elements(address: int, count: int, depth: int) -> str:
    """Terms side by side, with a comma after a lone one left to the caller."""
    shown = [show_term(word, depth) for word in words_at(address, min(count, MAX_ELEMENTS))]
    return ", ".join([*shown, "..."] if count > MAX_ELEMENTS else shown)


def show_dict(address: int, count: int, depth: int) -> str:
    """Pairs in insertion order."""
    words = words_at(address, 2 * min(count, MAX_ELEMENTS))
    pairs = [
        f"{show_term(key, depth)}: {show_term(value, depth)}"
        for key, value in zip(words[::2], words[1::2], strict=True)
    ]
    return "{" + ", ".join([*pairs, "..."] if count > MAX_ELEMENTS else pairs) + "}"


def show_box(address: int, depth: int) -> str:
    """A boxed term, by the kind in its header."""
    (header,) = words_at(address, 1)
    if header & 7 != 6:
        return f"<no header at {address:#x}: {header:#x}>"
    kind, flags, arity, first = (header >> 3) & 31, (header >> 8) & 0xFF, header >> 16, address + 8
    if kind in BRACKETS:
        opening, closing = BRACKETS[kind]
        comma = "," if (kind, arity) == (7, 1) else ""
        return opening + show_elements(first, arity, depth) + comma + closing
    if kind == DICT:
        return show_dict(first, arity, depth)
    if kind == FLOAT:
        return repr(struct.unpack("=d", bytes_at(first, 8))[0])
    if kind == BIG:
        magnitude = sum(limb << (64 * i) for i, limb in enumerate(words_at(first, min(arity, 64))))
        return f"{'-' if flags & 2 else ''}{magnitude}" + ("..." if arity > 64 else "")
    if kind in (STRING, BINARY):
        return show_bytes(bytes_at(first, arity), arity, kind == STRING)
    if kind == SHARED_BINARY:
        return f"<shared binary of {arity} bytes>"
    if kind == OPAQUE:
        return f"<opaque {words_at(first, 3)[2]}>"
    if kind == REF:
        number, maker = words_at(first, 2)
        return f"#{'Alias' if flags & 2 else 'Ref'}<{show_pid(maker)[1:-1]}.{number}>"
    names = {RECORD: "Record", FUNCTION: "Function", ENUM_MEMBER: "Enum", EXCEPTION: "Exception"}
    return f"{names.get(kind, f'<kind {kind}>')}({show_elements(first, arity, depth)})"


def show_bytes(content: bytes, size: int, is_text: bool) -> str:
    """A string or bytes, cut where reading stopped."""
    shown = repr(content.decode("utf-8", "backslashreplace") if is_text else content)
    return shown + ("..." if size > MAX_BYTES else "")


class TermPrinter:
    """Prints a pyvm::Term."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def to_string(self) -> str:
        """The decoded term."""
        return show_term(int(self.value["bits_"]))


class PidPrinter:
    """Prints a pyvm::Pid."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def to_string(self) -> str:
        """The pid as Python shows it."""
        return show_pid(int(self.value["value_"]))


class OwnedTermPrinter:
    """Prints a pyvm::OwnedTerm as the term it owns."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def to_string(self) -> str:
        """The decoded term."""
        return show_term(int(self.value["term_"]["bits_"]))


def variable(name: str) -> Any:
    """A global of libpyvm, whatever language the selected frame is in."""
    symbol = gdb.lookup_global_symbol(name)
    if symbol is None:
        raise gdb.GdbError(f"no {name}: is libpyvm loaded with debug information?")
    return symbol.value()


def live_processes() -> Iterator[Any]:
    """Each process whose pid resolves."""
    segments = variable("pyvm::process_table::detail::segments")
    count = segments.type.range()[1] + 1
    size = (1 << PID_INDEX_BITS) // count
    process_pointer = gdb.lookup_type("pyvm::Process").pointer()
    for i in range(count):
        address = atomic(segments[i])
        if address == 0:
            return
        segment = gdb.Value(address).cast(process_pointer)
        for j in range(size):
            if atomic(segment[j]["line"]["pid"]) != 0:
                yield segment[j]


def running_processes() -> dict[int, int]:
    """Address of the process each thread runs, with the thread's number."""
    current = gdb.lookup_global_symbol("pyvm::current_process")
    chosen = gdb.selected_thread()
    running: dict[int, int] = {}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        try:
            running[int(current.value())] = thread.num
        except gdb.error:
            continue  # a thread that has not touched its thread-locals yet
    if chosen is not None:
        chosen.switch()
    return running


def state_of(process: Any, running: dict[int, int]) -> str:
    """The states of csrc/proc/process.h, in a word."""
    if (thread := running.get(int(process.address))) is not None:
        return f"running({thread})"
    if bool(process["exiting"]):
        return "exiting"
    if int(process["suspend_count"]) > 0:
        return "suspended"
    return "waiting" if atomic(process["line"]["tail"]["bits_"]) & 1 else "ready"


def body_of(process: Any) -> str:
    """The dynamic type of the body, or the name it goes by where that says more."""
    body = process["body"]
    if int(body) == 0:
        return "none"
    kind = body.dereference().dynamic_type
    typed = body.cast(kind.pointer())
    if kind.name == "pyvm::FunctionBody":
        return str(typed["functions_"]["name"].string())
    if kind.name == "pyvm::python::CoroutineBody":
        return f"coroutine {ascii_of(int(typed['name_']))}"
    return str(kind.name)


def ascii_of(address: int) -> str:
    """A Python str object; shown where it is ASCII, as names are."""
    kind = gdb.lookup_type("PyASCIIObject")
    text = gdb.Value(address).cast(kind.pointer())
    if not int(text["state"]["ascii"]):
        return "(a name that is not ASCII)"
    return bytes_at(address + kind.sizeof, int(text["length"])).decode("ascii")


def find_process(text: str) -> Any:
    """The live process of that pid, written <0.index.serial> or index."""
    parts = text.strip().strip("<>").split(".")
    try:
        index = int(parts[1] if len(parts) == 3 else parts[0])
        serial = int(parts[2]) if len(parts) == 3 else None
    except (ValueError, IndexError) as error:
        raise gdb.GdbError("a pid is <0.index.serial>, or just the index") from error
    for process in live_processes():
        if int(process["index"]) == index and serial in (None, int(process["serial"])):
            return process
    raise gdb.GdbError(f"no live process has the pid {text}")


def show_signal(signal: Any) -> str:
    """What was sent: the message itself, or the kind of the signal and its term."""
    kind = str(signal["kind"]).rpartition("::")[2]
    term = int(signal["term"]["bits_"])
    if kind == "Message":
        return show_term(term)
    if kind in ("Link", "Unlink", "Exit", "LinkExit", "Suspend", "Resume", "Blocked"):
        kind += f" from {show_pid(int(signal['ref']))}"
    return f"[{kind}]" if term == 0 else f"[{kind}] {show_term(term)}"


def not_received(process: Any) -> Iterator[Any]:
    """The signals in the outer queue, oldest first (csrc/base/mpsc_queue.h)."""
    queue = process["mailbox"]["outer_"]
    node = int(queue["head_"])
    node_pointer = gdb.lookup_type("pyvm::MpscNode").pointer()
    signal_pointer = gdb.lookup_type("pyvm::Signal").pointer()
    while node != 0:
        at = gdb.Value(node).cast(node_pointer)
        if node != int(queue["stub_"].address):
            yield at.cast(signal_pointer).dereference()
        node = atomic(at["next"])


class PyvmCommand(gdb.Command):
    """What a stopped pyvm runtime holds; see the subcommands."""

    def __init__(self) -> None:
        super().__init__("pyvm", gdb.COMMAND_DATA, prefix=True)


class TermCommand(gdb.Command):
    """Decode a word that holds a term: pyvm term EXPRESSION."""

    def __init__(self) -> None:
        super().__init__("pyvm term", gdb.COMMAND_DATA)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Prints the term."""
        value = gdb.parse_and_eval(argument)
        is_struct = value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT
        print(show_term(int(value["bits_"] if is_struct else value) & WORD))


def flat_map_size(flat_map: gdb.Value) -> int:
    """The entries of a FlatMap: none, the one in it, or those of its table, as `value_` counts."""
    bits = int(flat_map["bits_"])
    return bits & 1 if bits == 0 or bits & 1 else int(flat_map["value_"]) & 0xFFFFFFFF


class ProcessesCommand(gdb.Command):
    """List the live processes: pyvm processes [LIMIT], 100 unless told."""

    def __init__(self) -> None:
        super().__init__("pyvm processes", gdb.COMMAND_DATA)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Prints one line a process."""
        limit = int(argument) if argument.strip() else 100
        running = running_processes()
        print("pid               state        mailbox  links monitors watched  body")
        alive = 0
        for alive, process in enumerate(live_processes(), 1):
            if alive > limit:
                continue
            counts = [flat_map_size(process[name]) for name in ("links", "refs", "monitored_by")]
            pid = show_pid(atomic(process["line"]["pid"]))
            length = int(process["mailbox"]["length_"])
            print(
                f"{pid:<18}{state_of(process, running):<12}{length:>8}"
                f"{counts[0]:>7}{counts[1]:>9}{counts[2]:>8}  {body_of(process)}"
            )
        print(f"{alive} alive" + (f", {limit} shown" if alive > limit else ""))


class MailboxCommand(gdb.Command):
    """Show what was sent to a process and is not taken yet: pyvm mailbox PID."""

    def __init__(self) -> None:
        super().__init__("pyvm mailbox", gdb.COMMAND_DATA)

    def invoke(self, argument: str, _from_tty: bool) -> None:
        """Prints one message a line."""
        signal_pointer = gdb.lookup_type("pyvm::Signal").pointer()
        process = find_process(argument)
        message = process["mailbox"]["first_"]
        while int(message) != 0:
            print(show_signal(message))
            message = gdb.Value(atomic(message["next"])).cast(signal_pointer)
        for number, signal in enumerate(not_received(process)):
            if number == 0:
                print("not received yet:")
            print(show_signal(signal))


def register() -> None:
    """Installs the printers and the commands."""
    printers = gdb.printing.RegexpCollectionPrettyPrinter("pyvm")
    printers.add_printer("Term", "^pyvm::Term$", TermPrinter)
    printers.add_printer("Pid", "^pyvm::Pid$", PidPrinter)
    printers.add_printer("OwnedTerm", "^pyvm::OwnedTerm$", OwnedTermPrinter)
    gdb.printing.register_pretty_printer(gdb.current_objfile(), printers, replace=True)
    for command in (PyvmCommand, TermCommand, ProcessesCommand, MailboxCommand):
        command()


register()
