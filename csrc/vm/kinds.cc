// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// A register's state is a set of kinds, a join is a union, so that the search for states that hold on all ways ends: sets only grow.
#include "vm/kinds.h"

#include <algorithm>
#include <map>
#include <optional>

#include "term/atom_table.h"
#include "vm/builtins/lookup.h"

namespace pyvm::vm {

namespace {

using Kinds = std::uint16_t;
using Registers = std::vector<Kinds>;

enum : Kinds {
  kNothing = 1 << 0,
  kOther = 1 << 1,  // a value of which no more is known
  kString = 1 << 2,
  kList = 1 << 3,  // these three are no literals: they may be changed
  kSet = 1 << 4,
  kDict = 1 << 5,
  kException = 1 << 6,
  kCase = 1 << 7,  // the number of a case, by Receive
  kCell = 1 << 8,
  kState0 = 1 << 9,  // the three words of an iteration
  kState1 = 1 << 10,
  kState2 = 1 << 11,
  kLeft = 1 << 12,  // what other functions left: behind the inputs of a new frame, and above the result of a call
};
constexpr Kinds kValue = kOther | kString | kList | kSet | kDict | kException | kCase;
constexpr Kinds kVariable = kValue | kNothing;
constexpr std::size_t kMostStates = std::size_t{1} << 26;  // registers, of all blocks of a function

const char* name_of(Kinds kinds) {
  switch (kinds) {
    case kValue:
      return "value";
    case kVariable:
      return "value or nothing";
    case kString:
      return "string";
    case kList:
      return "list of its own";
    case kSet:
      return "set of its own";
    case kSet | kDict:
      return "set or dict of its own";
    case kException:
      return "exception";
    case kCase:
      return "case of a receive";
    case kCell:
      return "cell";
    case kVariable | kCell:
      return "value, nothing or cell";
    default:
      return "state of an iteration";
  }
}

/// Registers that an instruction writes, and what they hold then.
struct Written {
  std::size_t first;
  std::size_t count;
  Kinds kinds;
};

/// What the functions of a module know of one another: what is in the captures of each.
using Captures = std::vector<Registers>;

class Flow {
 public:
  Flow(const Module& module, const Function& function, Captures& captures)
      : module_(module),
        function_(function),
        captures_(captures),
        begins_(function.instructions.size()),
        handler_at_(function.instructions.size(), nullptr) {}

  /// Functions whose captures have grown.
  const std::vector<std::size_t>& grown() const { return grown_; }

  std::string run() {
    find_blocks();
    Registers entry(function_.registers, kLeft);
    std::fill_n(entry.begin(), function_.parameters, kValue);
    const Registers& known = captures_[static_cast<std::size_t>(&function_ - module_.functions.data())];
    std::ranges::copy(known, entry.begin() + function_.parameters);
    if (blocks_ * entry.size() > kMostStates) return "it is too large to be checked";
    reach(0, entry);
    while (!open_.empty() && wrong_.empty()) {
      const std::size_t begin = open_.back();
      open_.pop_back();
      in_line_[begin] = false;
      run_block(begin);
    }
    return wrong_;
  }

 private:
  void find_blocks() {
    const std::size_t size = function_.instructions.size();
    begins_[0] = true;
    for (std::size_t at = 0; at < size; ++at) {
      const std::optional<std::size_t> target = target_of(at);
      if (target) begins_[*target] = true;
    }
    for (auto handler = function_.handlers.rbegin(); handler != function_.handlers.rend(); ++handler) {  // the innermost last
      begins_[handler->target] = true;
      std::fill(handler_at_.begin() + handler->begin, handler_at_.begin() + handler->end, &*handler);
    }
    blocks_ = static_cast<std::size_t>(std::ranges::count(begins_, true));
    in_line_.resize(size);
  }

  std::optional<std::size_t> target_of(std::size_t at) const {
    const Instruction& instruction = function_.code[at];
    const OpcodeInfo& info = opcodes()[static_cast<std::size_t>(instruction.op)];
    for (const char operand : info.operands) {
      if (operand == 'J') return at + 1 + static_cast<std::size_t>(std::int64_t{static_cast<std::int16_t>(instruction.c)});
      if (operand == 'L') return at + 1 + static_cast<std::size_t>(std::int64_t{instruction.far()});
    }
    return std::nullopt;
  }

  void reach(std::size_t block, const Registers& state) {
    const auto [found, is_new] = states_.try_emplace(block, state);
    bool grew = is_new;
    for (std::size_t i = 0; !is_new && i < state.size(); ++i) {
      const Kinds joined = found->second[i] | state[i];
      grew = grew || joined != found->second[i];
      found->second[i] = joined;
    }
    if (!grew || in_line_[block]) return;
    in_line_[block] = true;
    open_.push_back(block);
  }

  void run_block(std::size_t begin) {
    state_ = states_.at(begin);
    for (at_ = begin; wrong_.empty(); ++at_) {
      here_ = &function_.code[at_];
      written_.clear();
      const bool goes_on = !ends(here_->op);
      branches_apart_ = false;
      step();
      if (!wrong_.empty()) return;
      pass_on();
      if (handler_at_[at_] != nullptr && may_raise(here_->op)) reach_handler();
      for (const Written& each : written_)
        std::fill_n(state_.begin() + static_cast<std::ptrdiff_t>(each.first), each.count, each.kinds);
      if (const auto target = target_of(at_)) reach(*target, branches_apart_ ? branch_ : state_);
      if (!goes_on) return;
      if (begins_[at_ + 1]) return reach(at_ + 1, state_);
    }
  }

  /// What an instruction keeps for the next one is in its register only if it is no float.
  void pass_on() {
    if (at_ > 0 && keeps(at_ - 1)) state_[here_[-1].a] = kLeft;
    if (keeps(at_) && begins_[at_ + 1])
      wrong_ =
          "instruction " + std::to_string(at_) + ": a jump leads behind it, but it keeps its result for the next instruction";
  }
  bool keeps(std::size_t at) const { return keeps_left(function_.code[at].op) || keeps_right(function_.code[at].op); }

  /// Where an exception goes on: what was to be written may be or not.
  void reach_handler() {
    Registers state = state_;
    for (const Written& each : written_) {
      for (std::size_t i = each.first; i < each.first + each.count; ++i) state[i] |= each.kinds;
    }
    state[handler_at_[at_]->exception] = kException;
    reach(handler_at_[at_]->target, state);
  }

  static bool may_raise(Opcode op) {
    switch (op) {
      case Opcode::Move:
      case Opcode::LoadConst:
      case Opcode::LoadInt:
      case Opcode::LoadNone:
      case Opcode::LoadTrue:
      case Opcode::LoadFalse:
      case Opcode::Unset:
      case Opcode::Jump:
      case Opcode::LoopJump:
      case Opcode::MakeCell:
      case Opcode::GetCell:
      case Opcode::SetCell:
        return false;
      default:
        return true;
    }
  }

  void want(std::size_t first, std::size_t count, Kinds allowed) {
    for (std::size_t i = first; i < first + count; ++i) {
      if ((state_[i] & ~allowed) == 0 || !wrong_.empty()) continue;
      const OpcodeInfo& info = opcodes()[static_cast<std::size_t>(here_->op)];
      wrong_ = "instruction " + std::to_string(at_) + ", " + std::string(info.name) + ": register " + std::to_string(i) +
               " may hold no " + name_of(allowed);
    }
  }
  void want(std::size_t reg, Kinds allowed) { want(reg, 1, allowed); }
  void write(std::size_t first, std::size_t count, Kinds kinds) { written_.push_back({first, count, kinds}); }
  void write(std::size_t reg, Kinds kinds) { write(reg, 1, kinds); }

  /// R[a] is the result; what is above it is not kept.
  void call() {
    write(here_->a, kOther);
    write(here_->a + 1u, function_.registers - here_->a - 1u, kLeft);
  }

  /// By the operands alone: what is read is a value, what is written is one.
  void step_plainly() {
    const OpcodeInfo& info = opcodes()[static_cast<std::size_t>(here_->op)];
    const std::uint16_t fields[] = {here_->a, here_->b, here_->c};
    for (int i = 0; i < 3; ++i) {
      if (info.operands[i] == 'R' || (info.operands[i] == 'X' && fields[i] != kNoRegister)) want(fields[i], kValue);
      if (info.operands[i] == 'D') write(fields[i], kOther);
    }
  }

  void step() {
    const Instruction& at = *here_;
    switch (at.op) {
      case Opcode::Move:
        want(at.b, kVariable | kCell);
        return write(at.a, state_[at.b]);
      case Opcode::LoadConst:
        return write(at.a, is_string(function_.constants[at.b]) ? kString : kOther);
      case Opcode::LoadNewest:
        return write(at.a, kOther);
      case Opcode::Unset:
        return write(at.a, at.b, kNothing);
      case Opcode::CheckSet:
        want(at.a, kVariable);
        return write(at.a, state_[at.a] & kValue);
      case Opcode::JumpIfSet:
        want(at.a, kVariable);
        branch_ = state_;
        branch_[at.a] &= kValue;
        branches_apart_ = true;
        return write(at.a, kNothing);
      case Opcode::InPlace:
        want(at.a, kValue);
        want(at.b, kValue);
        return write(at.a, kOther);
      default:
        return step_containers();
    }
  }

  void step_containers() {
    const Instruction& at = *here_;
    switch (at.op) {
      case Opcode::MakeTuple:
        want(at.b, at.c, kValue);
        return write(at.a, kOther);
      case Opcode::MakeRecord:
        want(at.c, record_class(element(function_.constants[at.b], 2)).fields.size(), kValue);
        return write(at.a, kOther);
      case Opcode::MakeList:
        want(at.b, at.c, kValue);
        return write(at.a, kList);
      case Opcode::MakeSet:
        want(at.b, at.c, kValue);
        return write(at.a, kSet);
      case Opcode::MakeDict:
        want(at.b, 2u * at.c, kValue);
        return write(at.a, kDict);
      case Opcode::Append:
      case Opcode::Extend:
        want(at.a, kList);
        return want(at.b, kValue);
      case Opcode::AddToSet:
        want(at.a, kSet);
        return want(at.b, kValue);
      case Opcode::Update:
        want(at.a, kSet | kDict);
        return want(at.b, kValue);
      case Opcode::ListToTuple:
        want(at.b, kList);
        return write(at.a, kOther);
      case Opcode::GetSlice:
        want(at.b, kValue);
        want(at.c, 3, kValue);
        return write(at.a, kOther);
      case Opcode::SetSlice:
        want(at.a, kValue);
        want(at.b, 3, kValue);
        return want(at.c, kValue);
      case Opcode::DeleteSlice:
        want(at.a, kValue);
        return want(at.b, 3, kValue);
      case Opcode::Unpack:
        want(at.b, kValue);
        return write(at.a, at.c, kOther);
      case Opcode::UnpackStar:
        want(at.b, kValue);
        write(at.a, (at.c & 0xffu) + (at.c >> 8) + 1, kOther);
        return write(at.a + (at.c & 0xffu), kList);
      case Opcode::Format:
        want(at.b, kValue);
        if (at.c != kNoRegister) want(at.c, kString);
        return write(at.a, kString);
      case Opcode::Convert:
        want(at.b, kValue);
        return write(at.a, kString);
      case Opcode::Join:
        want(at.b, at.c, kValue);  // what a record's own __str__ gave may be no string: asked when it runs
        return write(at.a, kString);
      case Opcode::GetKey:
        want(at.b, kValue);
        want(at.c, kValue);
        return write(at.a, kVariable & ~kCase);
      default:
        return step_control();
    }
  }

  void step_control() {
    const Instruction& at = *here_;
    switch (at.op) {
      case Opcode::IterateRange:
        want(at.b, 3, kValue);
        return write_state();
      case Opcode::Iterate:
        want(at.b, kValue);
        return write_state();
      case Opcode::Next:
        want_state();
        branch_ = state_;  // there is no next: nothing is written
        branches_apart_ = true;
        return write(at.b, kOther);
      case Opcode::LoopNext:
        want_state();
        branch_ = state_;
        branch_[at.b] = kOther;  // there is a next
        branches_apart_ = true;
        return;
      case Opcode::MakeCell:
        want(at.b, kVariable);
        return write(at.a, kCell);
      case Opcode::GetCell:
        want(at.b, kCell);
        return write(at.a, kVariable & ~kCase);
      case Opcode::SetCell:
        want(at.a, kCell);
        return want(at.b, kVariable);
      case Opcode::MakeFunction:
        capture();
        return write(at.a, kOther);
      case Opcode::Reraise:
        return want(at.a, kException);
      default:
        return step_calls();
    }
  }

  void want_state() {
    want(here_->a, kState0);
    want(here_->a + 1u, kState1);
    want(here_->a + 2u, kState2);
  }
  void write_state() {
    write(here_->a, kState0);
    write(here_->a + 1u, kState1);
    write(here_->a + 2u, kState2);
  }

  void capture() {
    Registers& known = captures_[here_->b];
    const std::size_t defaults = module_.functions[here_->b].captured_defaults, first = here_->c + defaults;
    want(here_->c, defaults, kVariable);  // nothing where a keyword has none
    want(first, known.size(), kVariable | kCell);
    bool grew = false;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const Kinds joined = known[i] | (state_[first + i] & ~kCase) | ((state_[first + i] & kCase) != 0 ? kOther : 0);
      grew = grew || joined != known[i];
      known[i] = joined;
    }
    if (grew) grown_.push_back(here_->b);
  }

  void step_calls() {
    const Instruction& at = *here_;
    const std::size_t first = at.a + 2u;
    switch (at.op) {
      case Opcode::TailCall:
      case Opcode::Call:
        want(first, at.c, kValue);
        return call();
      case Opcode::TailCallNewest:
      case Opcode::CallNewest:
        want(first, module_.functions[at.b].parameters, kValue);
        return call();
      case Opcode::TailCallValue:
      case Opcode::CallValue:
        want(at.a, kValue);
        want(first, at.b, kValue);
        return call();
      case Opcode::TailCallSpread:
      case Opcode::CallSpread:
        want(at.a, kValue);
        want(first, kValue);
        if (at.b == 2) want(first + 1, kDict);
        return call();
      case Opcode::MergeNames:
        want(at.a, kDict);
        want(at.b, kValue);
        return want(at.c, kValue);
      case Opcode::CallMethod:
      case Opcode::GetProperty:
        want(first, at.c, kValue);
        return call();
      case Opcode::Replace:
      case Opcode::Spawn:
        want(first, at.b, kValue);
        return call();
      case Opcode::SendTuple:
        want(at.a, kValue);
        return want(at.b, at.c, kValue);
      case Opcode::CallBuiltin: {  // those that may be left out may be nothing
        const SignatureShape shape = shape_of(builtin_table()[at.b].signature);
        const std::size_t places = shape.positional + shape.keyword_only;
        want(first, shape.required, kValue);
        want(first + shape.required, places - shape.required, kVariable);
        want(first + places, at.c - places, kValue);
        return call();
      }
      case Opcode::Return:
        return want(at.a, kValue);
      case Opcode::Receive: {
        const PatternProgram& patterns = *module_.programs[at.b].patterns;
        want(at.a + 1u, patterns.params(), kValue);
        if (at.c != kNoRegister) want(at.c, kValue);
        write(at.a, kNothing);  // while it waits, and where it then raises
        write(at.a + 1u + patterns.params(), patterns.max_bindings(), kNothing);
        write(at.a, kCase);
        return write(at.a + 1u + patterns.params(), patterns.max_bindings(), kOther);
      }
      case Opcode::ReceiveAny:
        if (at.b != kNoRegister) want(at.b, kValue);
        write(at.a, kNothing);
        return write(at.a, kOther);
      case Opcode::AcceptMessage:
      case Opcode::RejectMessage:
        return want(at.a, kCase);
      default:
        return step_plainly();
    }
  }

  const Module& module_;
  const Function& function_;
  Captures& captures_;
  std::vector<bool> begins_;                // by instruction: a block does
  std::vector<const Handler*> handler_at_;  // by instruction: the innermost
  std::size_t blocks_ = 0;
  std::map<std::size_t, Registers> states_;  // by block: where it begins
  std::vector<std::size_t> open_;
  std::vector<bool> in_line_;
  std::vector<std::size_t> grown_;
  std::string wrong_;

  // The instruction that runs.
  std::size_t at_ = 0;
  const Instruction* here_ = nullptr;
  Registers state_;
  std::vector<Written> written_;
  bool branches_apart_ = false;  // its jump has a state of its own
  Registers branch_;
};

}  // namespace

std::string check_kinds(const Module& module) {
  Captures captures;
  for (const Function& function : module.functions) captures.emplace_back(function.captures, Kinds{0});
  std::vector<bool> is_open(module.functions.size(), true);
  for (bool any = true; any;) {
    any = false;
    for (std::size_t i = 0; i < module.functions.size(); ++i) {
      if (!is_open[i]) continue;
      is_open[i] = false;
      Flow flow(module, module.functions[i], captures);
      const std::string wrong = flow.run();
      if (!wrong.empty()) return "function '" + module.functions[i].qualified_name + "': " + wrong;
      for (const std::size_t grown : flow.grown()) is_open[grown] = any = true;
    }
  }
  return {};
}

}  // namespace pyvm::vm
