// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "match/pattern_code.h"

namespace pyvm {

namespace {

using Op = PatternNode::Op;

constexpr std::size_t kMaxInstructions = 0xffff;

std::int64_t integral(Term number) {
  if (number.is_small()) return number.unchecked_small();
  return number.is_bool() ? number.is_true() : static_cast<std::int64_t>(number.unchecked_short_float());
}

/// A test that needs no box opened: these come first in a sequence, since they are cheap and tell the most.
bool is_word_test(const PatternNode& node) { return node.op == Op::Is || (node.op == Op::Equal && node.literal.is_immediate()); }

int highest_slot(const PatternNode& node) {
  const int bound = node.bound.empty() ? -1 : node.bound.back();
  return node.asked.empty() ? bound : std::max(bound, node.asked.back());
}

std::size_t params_of(const PatternNode& node) {
  std::size_t params = node.op == Op::Param ? node.number + 1 : 0;
  for (const PatternNode& child : node.children) params = std::max(params, params_of(child));
  return params;
}

class Emitter {
 public:
  explicit Emitter(PatternCode& code) : code_(code) {}

  void emit_case(const PatternNode& tree, std::size_t slots) {
    code_.starts.push_back(static_cast<std::uint16_t>(here()));
    labels_ = {0};
    const std::size_t begin = here();
    emit(tree, {0, 0}, 1);
    flush_makers(0);
    emit_accept(tree, slots);
    for (std::size_t at = begin; at < here(); ++at) code_.instructions[at].fail = labels_[code_.instructions[at].fail];
  }

 private:
  using Label = std::uint16_t;
  struct Place {
    std::uint8_t src;
    std::uint16_t index;
  };

  std::size_t here() const { return code_.instructions.size(); }
  Label new_label() {
    labels_.push_back(0);
    return static_cast<Label>(labels_.size() - 1);
  }
  void set_label(Label label) { labels_[label] = static_cast<std::uint16_t>(here()); }

  void add(PatternOp op, Place place, Word word = 0, std::size_t aux = 0) {
    code_.instructions.push_back({op, place.src, place.index, static_cast<std::uint16_t>(aux), fail_, word});
  }

  /// Tests of the operand at `place`; registers from `free` on are free.
  void emit(const PatternNode& node, Place place, std::uint8_t free) {
    switch (node.op) {
      case Op::Any:
        return;
      case Op::Bind:
        emit(node.children[0], place, free);
        return add(PatternOp::Bind, place, 0, node.slot);
      case Op::Equal:
        return node.assured ? void() : emit_equal(node.literal, place);
      case Op::Is:
        return node.assured ? void() : add(PatternOp::Word, place, node.literal.bits());
      case Op::Param:
        return add(PatternOp::Param, place, 0, node.number);
      case Op::Seq:
        return emit_seq(node, place, free);
      case Op::Map:
        return emit_map(node, place, free);
      case Op::Or:
        return emit_or(node, place, free);
      case Op::Type:
        add(PatternOp::Classes, place, node.classes);
        if (node.alias_only) add(PatternOp::Alias, place);
        if (!node.children.empty()) emit(node.children[0], place, free);
        return;
      case Op::Record:
        return emit_record(node, place, free);
      case Op::Enum:
        return emit_names(BoxKind::EnumMember, {2, 1, 0}, node, place);
      case Op::Exception:
        return emit_names(BoxKind::Exception, {1, 0}, node, place);
      case Op::Python:
        add(PatternOp::Ask, place);
        return add(PatternOp::Bind, place, 0, node.slot);
    }
  }

  void emit_equal(Term literal, Place place) {
    const Word word = literal.bits();
    if (literal.is_boxed()) {
      const Word kind = class_bit(header_kind(header_of(literal)));
      if ((kind & kNumberClasses) != 0) return add(PatternOp::Equal, place, word);
      return add(kind == class_bit(BoxKind::String) ? PatternOp::String : PatternOp::Boxed, place, word);
    }
    if ((class_bit(class_of(literal)) & kNumberClasses) == 0) return add(PatternOp::Word, place, word);
    add(PatternOp::Number, place, word, code_.numbers.size());
    code_.numbers.emplace_back(literal);
  }

  void emit_seq(const PatternNode& node, Place place, std::uint8_t free) {
    const std::size_t size = node.children.size();
    if (node.assured) {
      PYVM_ASSERT1(free == 1, "emit_seq: only the subject itself is in its register from the start");
    } else if (node.star) {
      add(PatternOp::SeqStar, place, size, free);
    } else {
      add(PatternOp::Seq, place, make_header(BoxKind::Tuple, size), free);
    }
    if (node.slot >= 0) {
      add(PatternOp::Bind, place, 0, node.slot);
      const auto before = static_cast<std::uint16_t>(node.number);
      makers_.push_back({PatternOp::MakeMiddle, 0, before, static_cast<std::uint16_t>(node.slot), 0, size - node.number});
    }
    emit_elements(node, 0, node.number, free);
    if (node.number == size) return;
    add(PatternOp::Tail, {free, 0}, size - node.number);
    emit_elements(node, node.number, size, free);
  }

  void emit_elements(const PatternNode& node, std::size_t begin, std::size_t end, std::uint8_t reg) {
    for (const bool word_tests : {true, false}) {
      for (std::size_t i = begin; i < end; ++i) {
        const PatternNode& child = node.children[i];
        if (is_word_test(child) == word_tests) emit(child, {reg, static_cast<std::uint16_t>(i - begin)}, reg + 1);
      }
    }
  }

  void emit_map(const PatternNode& node, Place place, std::uint8_t free) {
    add(PatternOp::Dict, place, node.keys.size(), free);
    if (node.slot >= 0) {
      add(PatternOp::Bind, place, 0, node.slot);
      makers_.push_back({PatternOp::MakeRest, 0, static_cast<std::uint16_t>(node.keys.size()),
                         static_cast<std::uint16_t>(node.slot), 0, code_.rest_keys.size()});
      code_.rest_keys.insert(code_.rest_keys.end(), node.keys.begin(), node.keys.end());
    }
    const auto value = static_cast<std::uint8_t>(free + 1);
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      add(PatternOp::Key, {free, 0}, node.keys[i].bits(), value);
      emit(node.children[i], {value, 0}, value + 1);
    }
  }

  void emit_record(const PatternNode& node, Place place, std::uint8_t free) {
    add(PatternOp::Record, place, code_.record_sites.size(), free);
    RecordSite& site = code_.record_sites.emplace_back();
    site.module = node.names[0];
    site.qualified_name = node.names[1];
    const auto value = static_cast<std::uint8_t>(free + 1);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      add(PatternOp::Field, {free, 0}, code_.field_sites.size(), value);
      code_.field_sites.emplace_back().name = node.names[2 + i];
      emit(node.children[i], {value, 0}, value + 1);
    }
  }

  void emit_names(BoxKind kind, std::initializer_list<Word> indices, const PatternNode& node, Place place) {
    add(PatternOp::Named, place, code_.name_sites.size());
    NameSite& site = code_.name_sites.emplace_back();
    site.kind = kind;
    for (const Word index : indices) site.names.emplace_back(index, node.keys[site.names.size()]);
  }

  void emit_or(const PatternNode& node, Place place, std::uint8_t free) {
    for (const int slot : node.asked) add(PatternOp::Clear, {0, 0}, 0, slot);
    const Label outer = fail_;
    const Label end = new_label();
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const bool last = i + 1 == node.children.size();
      const Label next = last ? outer : new_label();
      const std::size_t makers = makers_.size();
      fail_ = next;
      emit(node.children[i], place, free);
      flush_makers(makers);
      fail_ = outer;
      if (last) break;
      fail_ = end;
      add(PatternOp::Jump, {0, 0});
      fail_ = outer;
      set_label(next);
    }
    set_label(end);
  }

  /// What is captured by building comes after all tests of the case, or of the alternative of an "or" that captures it.
  void flush_makers(std::size_t from) {
    code_.instructions.insert(code_.instructions.end(), makers_.begin() + static_cast<std::ptrdiff_t>(from), makers_.end());
    makers_.resize(from);
  }

  void emit_accept(const PatternNode& tree, std::size_t slots) {
    const std::size_t first = code_.unbound.size();
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const int wanted = static_cast<int>(slot);
      if (std::binary_search(tree.bound.begin(), tree.bound.end(), wanted)) continue;
      if (std::binary_search(tree.asked.begin(), tree.asked.end(), wanted)) continue;
      code_.unbound.push_back(static_cast<std::uint16_t>(slot));
    }
    add(PatternOp::Accept, {0, 0}, first, code_.unbound.size() - first);
  }

  PatternCode& code_;
  std::vector<Instruction> makers_;
  std::vector<std::uint16_t> labels_;  // label 0 is instruction 0, which refuses
  Label fail_ = 0;
};

}  // namespace

NumberLiteral::NumberLiteral(Term literal) : words{literal, literal, literal} {
  std::size_t count = 1;
  const auto twin = [&](Term term) {
    if (!term.is_nothing() && term != literal) words[count++] = term;
  };
  if (literal.is_short_float()) {
    const double value = literal.unchecked_short_float();
    boxed = std::abs(value) >= 0x1p62;  // a big integer may have that value; -2^62 alone is small, and then no box equals it
    if (value != std::trunc(value)) return;
    if (boxed && value != -0x1p62) return;
  }
  const std::int64_t value = integral(literal);
  twin(Term::small(value));
  const auto as_float = static_cast<double>(value);
  if (static_cast<std::int64_t>(as_float) == value) twin(Term::try_short_float(as_float));
  if (value == 0 || value == 1) twin(Term::boolean(value == 1));
  boxed = boxed || value == 0;  // -0.0
}

bool emit_case(const PatternNode& tree, std::size_t slots, PatternCode& code) {
  Emitter(code).emit_case(tree, slots);
  return code.instructions.size() <= kMaxInstructions && code.unbound.size() <= 0xffff * 16;
}

PatternProgram::PatternProgram() : code_(std::make_unique<PatternCode>()) {}
PatternProgram::~PatternProgram() = default;

std::variant<std::shared_ptr<const PatternProgram>, PatternError> compile_patterns(Term ir) {
  TermBuilder literals;
  PatternError error;
  std::vector<PatternNode> cases = parse_cases(ir, literals, error.message);
  if (!error.message.empty()) return error;

  const std::shared_ptr<PatternProgram> program(new PatternProgram);
  for (const PatternNode& tree : cases) {
    program->bindings_.push_back(static_cast<std::size_t>(highest_slot(tree) + 1));
    program->max_bindings_ = std::max(program->max_bindings_, program->bindings_.back());
    program->params_ = std::max(program->params_, params_of(tree));
  }
  build_filter(cases, program->filter_);
  PatternCode& code = *program->code_;
  code.instructions.push_back({PatternOp::Refuse});
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (emit_case(cases[i], program->max_bindings_, code)) {
      const bool is_decided = code.instructions[code.starts[i]].op == PatternOp::Accept;
      if (is_decided && i < 63) program->decided_ |= Word{1} << i;
      continue;
    }
    return PatternError{"case " + std::to_string(i) + ": the program is larger than 65,535 instructions"};
  }
  code.literals = literals.take_storage();
  return std::shared_ptr<const PatternProgram>(program);
}

}  // namespace pyvm
