// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "match/pattern_code.h"
#include "term/atom_table.h"
#include "term/compare.h"
#include "term/hash.h"

namespace pyvm {

namespace {

constexpr Word kWithoutFlags = ~Word{0xff00};

bool equal_strings(const Word* left, const Word* right) {
  if (((left[0] ^ right[0]) & kWithoutFlags) != 0) return false;
  const Word words = bytes_to_words(header_arity(left[0]));
  for (Word i = 1; i <= words; ++i) {
    if (left[i] != right[i]) return false;  // the padding is zero
  }
  return true;
}

[[gnu::noinline]] bool is_equal_string(Term term, Term string) {
  if (term == string) return true;
  return term.is_boxed() && string.is_boxed() && equal_strings(term.boxed(), string.boxed());
}

bool is_sequence(Term term) { return term.is_boxed() && (class_bit(header_kind(header_of(term))) & kSequenceClasses) != 0; }

/// A tuple or list whose size is that in `tuple_header`.
bool is_sequence_of(Term term, Word tuple_header) {
  static_assert(make_header(BoxKind::List, 0) == make_header(BoxKind::Tuple, 0) + 8);
  return term.is_boxed() && (((header_of(term) & kWithoutFlags) - tuple_header) & ~Word{8}) == 0;
}

[[gnu::noinline]] bool equals_number(Term term, const NumberLiteral& number) {
  if (term == number.words[1] || term == number.words[2]) return true;
  return number.boxed && term.is_boxed() && equal_boxed(term, number.words[0]);
}

bool equals_param(Term term, Term param) {
  if (term.is_boxed() && param.is_boxed()) {
    if (is_ref(term) && is_ref(param)) return ref_value(term) == ref_value(param);
    return equal_boxed(term, param);
  }
  return equal(term, param);
}

[[gnu::noinline]] bool has_class_of(Term term, const RecordSite& site) {
  const Term of = element(term, 0);
  const Word key = Word{of.unchecked_class_index()} << 2;
  Atomic<Word>& entry = site.entries[of.unchecked_class_index() % RecordSite::kEntries];
  const Word known = entry.load_relaxed();  // complete in itself: nothing else is read because of it
  if ((known & ~Word{3}) == key && (known & 3) != 0) return (known & 3) == 2;
  const RecordClass& shape = record_class(of);
  const bool same = shape.qualified_name == site.qualified_name && shape.module == site.module;
  entry.store_relaxed(key | (same ? 2 : 1));
  return same;
}

/// The word before that of the field, or null.
[[gnu::noinline]] const Word* before_field(const Word* record, const FieldSite& site) {
  const Term of = Term::from_bits(record[1]);
  Word known = site.entry.load_relaxed();  // as in has_class_of
  if ((known >> 32) != of.unchecked_class_index() || known == 0) {
    const std::vector<std::string>& fields = record_class(of).fields;
    const auto found = std::find(fields.begin(), fields.end(), site.name);
    const Word place = found == fields.end() ? 1 : 2 + static_cast<Word>(found - fields.begin());
    known = (Word{of.unchecked_class_index()} << 32) | place;
    site.entry.store_relaxed(known);
  }
  const Word place = known & 0xffffffff;
  return place == 1 ? nullptr : record + place - 1;
}

[[gnu::noinline]] bool has_names(Term term, const NameSite& site) {
  if (!is_box(term, site.kind)) return false;
  return std::all_of(site.names.begin(), site.names.end(),
                     [&](const auto& name) { return is_equal_string(element(term, name.first), name.second); });
}

/// Whether `x` is a forward, which `*box` then follows: a test of its kind is worth another try.
[[gnu::noinline]] bool follow(Term x, const Word** box) {
  if (!is_forward(x)) return false;
  *box = resolve(x).boxed();
  return true;
}

[[gnu::noinline]] Term middle(Term sequence_or_forward, Word before, Word after, TermBuilder& scratch) {
  const Term sequence = resolve(sequence_or_forward);
  const Word count = arity_of(sequence) - before - after;
  Term* slots = nullptr;
  const Term list = scratch.make_container(BoxKind::List, count, &slots);
  for (Word i = 0; i < count; ++i) slots[i] = element(sequence, before + i);
  return list;
}

/// All `keys` are in the dict, and no two are equal.
[[gnu::noinline]] Term rest(Term dict_or_forward, std::span<const Term> keys, TermBuilder& scratch) {
  const Term dict = resolve(dict_or_forward);
  Term* slots = nullptr;
  const Term others = scratch.make_container(BoxKind::Dict, live_entries(dict.boxed()) - keys.size(), &slots);
  for (Word i = 0; i < arity_of(dict); ++i) {
    const Term key = dict_key(dict, i);
    if (key.is_nothing() || std::any_of(keys.begin(), keys.end(), [&](Term taken) { return equal(key, taken); })) continue;
    *slots++ = key;
    *slots++ = dict_value(dict, i);
  }
  scratch.seal(others);
  return others;
}

/// One case over one subject. The dispatch loop is one function on purpose.
Verdict run_case(const PatternCode& code, std::uint16_t start, Term subject, std::span<const Term> params,
                 std::span<Term> bindings, TermBuilder& scratch) {
  Word cells[kMaxRegisters + 1];  // cell r + 1 is the operand of register r with index 0 when no box holds it
  const Word* regs[kMaxRegisters];
  cells[1] = subject.bits();
  regs[0] = cells;
  regs[1] = subject.boxed();
  Verdict verdict = Verdict::Yes;
  const Instruction* const first = code.instructions.data();
  const Instruction* at = first + start;
  const auto operand = [&] { return Term::from_bits(regs[at->src][1 + at->index]); };
  // A branch, not a conditional move: the processor goes on with the guess while it waits for x.
  const auto go = [&](bool passed) {
    if (__builtin_expect_with_probability(passed, 1, 0.99)) {
      ++at;
    } else {
      at = first + at->fail;
    }
  };

  while (true) {
    switch (at->op) {
      case PatternOp::Refuse:
        return Verdict::No;
      case PatternOp::Accept:
        for (std::size_t i = 0; i < at->aux; ++i) bindings[code.unbound[at->word + i]] = Term();
        return verdict;
      case PatternOp::Jump:
        go(false);
        break;
      case PatternOp::Word:
        go(operand().bits() == at->word);
        break;
      case PatternOp::Number:
        go(operand().bits() == at->word || equals_number(operand(), code.numbers[at->aux]));
        break;
      case PatternOp::String:
        go(is_equal_string(operand(), Term::from_bits(at->word)));
        break;
      case PatternOp::Boxed:
        go(operand().is_boxed() && equal_boxed(operand(), Term::from_bits(at->word)));
        break;
      case PatternOp::Equal:
        go(equal(operand(), Term::from_bits(at->word)));
        break;
      case PatternOp::Param:
        go(params[at->aux].is_nothing() || equals_param(operand(), params[at->aux]));
        break;
      case PatternOp::Seq:
        regs[at->aux] = operand().boxed();
        go(is_sequence_of(operand(), at->word) ||
           (follow(operand(), &regs[at->aux]) && is_sequence_of(Term::boxed(regs[at->aux]), at->word)));
        break;
      case PatternOp::SeqStar:
        regs[at->aux] = operand().boxed();
        go((is_sequence(operand()) || (follow(operand(), &regs[at->aux]) && is_sequence(Term::boxed(regs[at->aux])))) &&
           header_arity(*regs[at->aux]) >= at->word);
        break;
      case PatternOp::Tail:
        regs[at->src] += header_arity(*regs[at->src]) - at->word;
        ++at;
        break;
      case PatternOp::Bind:
        bindings[at->aux] = operand();
        ++at;
        break;
      case PatternOp::Clear:
        bindings[at->aux] = Term();
        ++at;
        break;
      case PatternOp::Ask:
        verdict = Verdict::Ask;
        ++at;
        break;
      case PatternOp::Classes:
        go(((at->word >> class_of(operand())) & 1) != 0 ||
           (is_forward(operand()) && ((at->word >> class_of(resolve(operand()))) & 1) != 0));
        break;
      case PatternOp::Alias:
        go((header_flags(header_of(operand())) & box_flag::kAlias) != 0);
        break;
      case PatternOp::Dict:
        regs[at->aux] = operand().boxed();
        go((is_box(operand(), BoxKind::Dict) ||
            (follow(operand(), &regs[at->aux]) && is_box(Term::boxed(regs[at->aux]), BoxKind::Dict))) &&
           header_arity(*regs[at->aux]) >= at->word);
        break;
      case PatternOp::Key: {
        const Term value = dict_get(Term::boxed(regs[at->src]), Term::from_bits(at->word));
        cells[at->aux + 1] = value.bits();
        regs[at->aux] = cells + at->aux;
        go(!value.is_nothing());
        break;
      }
      case PatternOp::Record:
        regs[at->aux] = operand().boxed();
        go(is_box(operand(), BoxKind::Record) && has_class_of(operand(), code.record_sites[at->word]));
        break;
      case PatternOp::Field:
        regs[at->aux] = before_field(regs[at->src], code.field_sites[at->word]);
        go(regs[at->aux] != nullptr);
        break;
      case PatternOp::Named:
        go(has_names(operand(), code.name_sites[at->word]));
        break;
      case PatternOp::MakeMiddle:
        bindings[at->aux] = middle(bindings[at->aux], at->index, at->word, scratch);
        ++at;
        break;
      case PatternOp::MakeRest:
        bindings[at->aux] = rest(bindings[at->aux], {code.rest_keys.data() + at->word, at->index}, scratch);
        ++at;
        break;
      default:
        __builtin_unreachable();
    }
  }
}

}  // namespace

MatchResult run_candidates(const PatternProgram& program, Word candidates, Term subject, int first_case,
                           std::span<const Term> params, std::span<Term> bindings, TermBuilder& scratch) {
  PYVM_ASSERT1(bindings.size() >= program.max_bindings(), "run_candidates: fewer bindings than slots");
  PYVM_ASSERT1(params.size() >= program.params(), "run_candidates: fewer params than the patterns name");
  const PatternCode& code = program.code();
  subject = resolve(subject);
  while (candidates != 0) {
    int index = std::countr_zero(candidates);
    if (index == 63) index = std::max(63, first_case);  // bit 63 stays and stands for the cases from first_case on
    if (index >= static_cast<int>(code.starts.size())) break;
    const Verdict verdict = run_case(code, code.starts[static_cast<std::size_t>(index)], subject, params, bindings, scratch);
    if (verdict != Verdict::No) return {index, verdict};
    if (index < 63) {
      candidates &= candidates - 1;
    } else {
      first_case = index + 1;
    }
  }
  return {};
}

}  // namespace pyvm
