// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The verifier: what I1 promises, checked operand by operand against opcodes.def.
#include "term/atom_table.h"
#include "vm/builtins/lookup.h"
#include "vm/module.h"
#include "vm/spawn.h"

namespace pyvm::vm {

namespace {

constexpr OpcodeInfo kOpcodes[] = {
#define PYVM_OPCODE(name, a, b, c, meaning) {#name, {#a[0], #b[0], #c[0]}},
#include "vm/opcodes.def"
#undef PYVM_OPCODE
};

constexpr std::size_t kMostPlaces = 0xffff;
constexpr const char* kAsksAgain = "the timeout, which is asked for again after a wait, in a register that is emptied";

class Verifier {
 public:
  Verifier(const Module& module, const Function& function) : module_(module), function_(function) {}

  std::string run() {
    for (const Instruction& at : function_.instructions) {
      const auto op = static_cast<std::size_t>(at.op);
      here_ = &at;
      if (op >= std::size(kOpcodes)) {
        fail("no such opcode");
      } else {
        check(kOpcodes[op]);
      }
      if (!wrong_.empty()) {
        const std::string name = op < std::size(kOpcodes) ? std::string(kOpcodes[op].name) : std::to_string(op);
        return "instruction " + std::to_string(&at - function_.code) + ", " + name + ": " + wrong_;
      }
    }
    if (!ends(function_.instructions.back().op)) return "it runs off its end";
    check_tables();
    return wrong_;
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }
  void want(bool holds, const char* what) {
    if (!holds) fail(what);
  }

  void check(const OpcodeInfo& info) {
    const std::uint16_t fields[] = {here_->a, here_->b, here_->c};
    for (int i = 0; i < 3; ++i) check_operand(info.operands[i], fields[i]);
    check_ranges();
    check_taker();
  }

  void check_operand(char kind, std::uint16_t value) {
    switch (kind) {
      case 'R':
      case 'D':
      case 'W':
        want(value < function_.registers, "no such register");
        break;
      case 'X':
        want(value < function_.registers || value == kNoRegister, "no such register");
        break;
      case 'K':
        want(value < constants(), "no such constant");
        break;
      case 'M':
        want(value < constants() && is_string(function_.constants[value]), "no name among the constants");
        break;
      case 'F':
        want(value < module_.functions.size(), "no such function");
        break;
      case 'B':
        want(value < builtin_table().size(), "no such built-in");
        break;
      case 'P':
        want(value < module_.programs.size(), "no such program");
        break;
      case 'J':
        check_target(static_cast<std::int16_t>(value));
        break;
      case 'L':
        check_target(here_->far());
        break;
      default:  // _ N I: any value, or checked below
        break;
    }
  }

  std::size_t constants() const { return static_cast<std::size_t>(function_.default_values - function_.constants); }

  void check_target(std::int64_t jump) {
    const std::int64_t target = here_ - function_.code + 1 + jump;
    want(target >= 0 && target < static_cast<std::int64_t>(function_.instructions.size()), "a jump out of the function");
    want(is_safepoint(here_->op) || target > here_ - function_.code, "a jump backwards that is no safepoint");
  }

  /// Registers side by side: `count` of them from `first` on.
  void want_registers(std::size_t first, std::size_t count) {
    want(first + count <= function_.registers, "more registers than there are");
  }
  void want_window(std::size_t arguments) { want_registers(here_->a, 2 + arguments); }

  void check_ranges() {
    const Instruction& at = *here_;
    switch (at.op) {
      case Opcode::Unset:
        return want_registers(at.a, at.b);
      case Opcode::MakeTuple:
      case Opcode::MakeList:
      case Opcode::MakeSet:
      case Opcode::Join:
        return want_registers(at.b, at.c);
      case Opcode::InPlace:
        return want(at.c >= static_cast<std::uint16_t>(Opcode::Add) && at.c <= static_cast<std::uint16_t>(Opcode::BitXor),
                    "no operator");
      case Opcode::MakeDict:
        return want_registers(at.b, 2u * at.c);
      case Opcode::GetSlice:
        return want_registers(at.c, 3);
      case Opcode::SetSlice:
      case Opcode::DeleteSlice:
        return want_registers(at.b, 3);
      case Opcode::Unpack:
        return want_registers(at.a, at.c);
      case Opcode::UnpackStar:
        return want_registers(at.a, (at.c & 0xffu) + (at.c >> 8) + 1);
      case Opcode::Iterate:
      case Opcode::Next:
      case Opcode::LoopNext:
        return want_registers(at.a, 3);
      case Opcode::IterateRange:
        want_registers(at.b, 3);
        return want_registers(at.a, 3);
      case Opcode::Convert:
        return want(at.c == 'a' || at.c == 'r' || at.c == 's', "no such conversion");
      case Opcode::MakeFunction:
        if (wrong_.empty()) {
          const Function& made = module_.functions[at.b];
          want_registers(at.c, std::size_t{made.captured_defaults} + made.captures);
        }
        return;
      case Opcode::MakeRecord:
        if (wrong_.empty()) check_record(function_.constants[at.b], at.c);
        return;
      case Opcode::GetProperty:
        want_window(at.c);
        return want(at.c == 1, "an attribute of one object");
      case Opcode::Call:
      case Opcode::TailCall:
        want_window(at.c);
        if (wrong_.empty()) {
          const Function& callee = module_.functions[at.b];
          want(callee.captures == 0, "a function with captures is called by its value");
          want(callee.parameters == at.c, "as many arguments are wanted as there are parameters");
        }
        return;
      case Opcode::CallNewest:
      case Opcode::TailCallNewest:
        if (wrong_.empty()) {
          const Function& callee = module_.functions[at.b];
          want_window(callee.parameters);
          want(callee.captures == 0, "a function with captures is called by its value");
          check_qualified_name(at.c, callee.parameters);
        }
        return;
      case Opcode::LoadNewest:
        return check_qualified_name(at.c, kMostPlaces);
      case Opcode::CallValue:
      case Opcode::TailCallValue:
      case Opcode::Replace:
        want_window(at.b);
        if (wrong_.empty()) check_names(function_.constants[at.c], at.b);
        if (wrong_.empty() && at.op == Opcode::Replace)
          want(arity_of(function_.constants[at.c]) + 1 == at.b, "a record and a value for each name");
        return;
      case Opcode::Spawn:
        want_window(at.b);
        want(at.b > 0, "a spawn of nothing");
        return want((at.c & ~(kSpawnLink | kSpawnMonitor)) == 0, "no such option");
      case Opcode::SendTuple:
        return want_registers(at.b, at.c);
      case Opcode::CallSpread:
      case Opcode::TailCallSpread:
        want_window(at.b);
        return want(at.b == 1 || at.b == 2, "a spread has one or two arguments");
      case Opcode::CallBuiltin:
      case Opcode::CallMethod:
        want_window(at.c);
        if (at.op == Opcode::CallMethod) return want(at.c > 0, "a method without an object");
        if (wrong_.empty()) {
          const SignatureShape shape = shape_of(builtin_table()[at.b].signature);
          const std::size_t places = shape.positional + shape.keyword_only;
          want(at.c == places || (at.c > places && shape.has_rest), "a built-in gets an argument for each parameter");
        }
        return;
      case Opcode::RejectMessage:
        if (wrong_.empty()) {
          const Instruction& next = here_[1 + static_cast<std::int16_t>(at.c)];
          want(next.op == Opcode::Receive && next.a == at.a && next.b == at.b,
               "no way back to the Receive that proposed the message");
        }
        [[fallthrough]];
      case Opcode::Receive:
      case Opcode::AcceptMessage:
        if (wrong_.empty()) {
          const PatternProgram& patterns = *module_.programs[at.b].patterns;
          const std::size_t slots = 1 + patterns.params() + patterns.max_bindings();
          want_registers(at.a, slots);
          want(at.op != Opcode::Receive || at.c < at.a || at.c >= at.a + slots, kAsksAgain);
        }
        return;
      case Opcode::ReceiveAny:
        return want(at.a != at.b, kAsksAgain);
      default:
        return;
    }
  }

  /// What is kept must be taken.
  void check_taker() {
    if (!keeps_left(here_->op) && !keeps_right(here_->op)) return;
    if (here_ == &function_.instructions.back()) return fail("nothing takes what it keeps");
    const Instruction &at = *here_, &next = here_[1];
    switch (next.op) {
#define TAKER(name) case Opcode::name:
      PYVM_OPERATOR_TAKERS(TAKER)
      return want(keeps_left(at.op) ? next.b == at.a && next.c != at.a : next.c == at.a && next.b != at.a,
                  "the next instruction does not take what it keeps");
      PYVM_JUMP_TAKERS(TAKER)
#undef TAKER
      return want(keeps_left(at.op) && next.a == at.a && next.b != at.a, "the next instruction does not take what it keeps");
      default:
        return fail("the next instruction does not take what it keeps");
    }
  }

  void check_record(Term type, std::size_t first) {
    const bool is_record = is_box(type, BoxKind::Type) && arity_of(type) > 2 && element(type, 2).is_record_class();
    want(is_record, "no class of records");
    if (is_record) want_registers(first, record_class(element(type, 2)).fields.size());
  }

  void check_qualified_name(std::uint16_t constant, std::size_t parameters) {
    const auto& names = function_.qualified_names;
    const QualifiedName* name = wrong_.empty() && constant < names.size() ? names[constant].get() : nullptr;
    if (name == nullptr) return fail("no qualified name");
    want(name->places.size() <= parameters, "more arguments than parameters");
    for (const std::uint16_t place : name->places) want(place < parameters, "an argument at no parameter");
  }

  void check_names(Term names, std::size_t arguments) {
    if (!is_tuple(names) || arity_of(names) > arguments)
      return fail("its names are no tuple of at most as many as there are arguments");
    for (Word i = 0; i < arity_of(names); ++i) want(is_string(element(names, i)), "a name is no string");
  }

  void check_tables() {
    const std::size_t size = function_.instructions.size();
    for (const Handler& handler : function_.handlers) {
      want(
          handler.begin <= handler.end && handler.end <= size && handler.target < size && handler.exception < function_.registers,
          "a handler out of the function");
      want(handler.target >= handler.end, "a handler before what it handles: a loop without a safepoint");
    }
  }

  const Module& module_;
  const Function& function_;
  const Instruction* here_ = nullptr;
  std::string wrong_;
};

}  // namespace

bool is_safepoint(Opcode op) {
  switch (op) {
    case Opcode::LoopJump:
    case Opcode::LoopIfLess:
    case Opcode::LoopIfLessInt:
    case Opcode::LoopIfGreaterInt:
    case Opcode::LoopNext:
    case Opcode::RejectMessage:  // back to a Receive
      return true;
    default:
      return false;
  }
}

bool keeps_left(Opcode op) {
  return op == Opcode::AddKeepLeft || op == Opcode::SubtractKeepLeft || op == Opcode::MultiplyKeepLeft ||
         op == Opcode::TrueDivideKeepLeft;
}

bool keeps_right(Opcode op) {
  return op == Opcode::AddKeepRight || op == Opcode::SubtractKeepRight || op == Opcode::MultiplyKeepRight ||
         op == Opcode::TrueDivideKeepRight;
}

bool ends(Opcode op) {
  switch (op) {
    case Opcode::Jump:
    case Opcode::LoopJump:
    case Opcode::TailCall:
    case Opcode::TailCallNewest:
    case Opcode::TailCallValue:
    case Opcode::TailCallSpread:
    case Opcode::Return:
    case Opcode::Raise:
    case Opcode::Reraise:
    case Opcode::AssertionFailed:
    case Opcode::RejectMessage:
      return true;
    default:
      return false;
  }
}

std::span<const OpcodeInfo> opcodes() { return kOpcodes; }

std::string verify(const Module& module, const Function& function) { return Verifier(module, function).run(); }

}  // namespace pyvm::vm
