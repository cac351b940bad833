// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Random programs over random subjects, against a matcher that walks the IR as PEP 634 reads. Subjects are made from the
// patterns, with a random part here and there, so that both answers are common. A failure names its seed.
#include <map>
#include <random>

#include "match/ir.h"
#include "term/hash.h"
#include "term/print.h"

namespace pyvm {
namespace {

std::string text(Term term) {
  if (term.is_short_string()) return std::string(term.unchecked_short_view());
  return {reinterpret_cast<const char*>(term.boxed() + 1), arity_of(term)};
}

bool is_instance(Term term, const std::string& name) {
  const auto box = [&](BoxKind kind) { return is_box(term, kind); };
  if (name == "int") return term.is_small() || term.is_bool() || box(BoxKind::Big);
  if (name == "float") return term.is_short_float() || box(BoxKind::Float);
  if (name == "bool") return term.is_bool();
  if (name == "str") return is_string(term);
  if (name == "bytes") return box(BoxKind::Binary) || box(BoxKind::SharedBinary);
  if (name == "tuple") return box(BoxKind::Tuple);
  if (name == "list") return box(BoxKind::List);
  if (name == "dict") return box(BoxKind::Dict);
  if (name == "set") return box(BoxKind::Set);
  if (name == "frozenset") return box(BoxKind::FrozenSet);
  if (name == "Atom") return term.is_atom();
  if (name == "Pid") return term.is_pid();
  return name == "Ref" && box(BoxKind::Ref);
}

constexpr const char* kTypeNames[] = {"int",  "float", "bool", "str",       "bytes", "tuple", "list",
                                      "dict", "set",   "Atom", "frozenset", "Pid",   "Ref"};

/// The rules, one after the other.
class Naive {
 public:
  Naive(std::span<const Term> params, Ir& out) : params_(params), out_(out) {}

  Verdict match(Term ir, Term x) {
    asked_ = false;
    bound.clear();
    if (!accepts(ir, x)) return Verdict::No;
    return asked_ ? Verdict::Ask : Verdict::Yes;
  }

  std::map<std::int64_t, Term> bound;

 private:
  bool accepts(Term ir, Term x) {
    const std::string op = text(element(ir, 0));
    const auto operand = [&](Word i) { return element(ir, i); };
    if (op == "_") return true;
    if (op == "bind") return accepts(operand(2), x) && bind(operand(1), x);
    if (op == "=") return equal(x, operand(1));
    if (op == "is") return x == operand(1);
    if (op == "param") return equal(x, params_[static_cast<std::size_t>(operand(1).unchecked_small())]);
    if (op == "type") {
      return is_instance(x, text(operand(1))) && (operand(2).is_none() || accepts(operand(2), x));
    }
    if (op == "or") return any_of(operand(1), x);
    if (op == "seq") return sequence(operand(1), operand(2), operand(3), x);
    if (op == "map") return mapping(operand(1), operand(2), x);
    if (op == "record") return record(ir, x);
    if (op == "enum" || op == "exc") return named(ir, x, op == "enum" ? BoxKind::EnumMember : BoxKind::Exception);
    asked_ = true;  // "python"
    return bind(operand(1), x);
  }

  bool any_of(Term alternatives, Term x) {
    for (Word i = 0; i < arity_of(alternatives); ++i) {
      const auto bound_before = bound;
      const bool asked_before = asked_;
      if (accepts(element(alternatives, i), x)) return true;
      bound = bound_before;
      asked_ = asked_before;
    }
    return false;
  }

  bool sequence(Term before, Term star, Term after, Term x) {
    if (!is_box(x, BoxKind::Tuple) && !is_box(x, BoxKind::List)) return false;
    const Word size = arity_of(x);
    const Word fixed = arity_of(before) + arity_of(after);
    if (star.is_none() ? size != fixed : size < fixed) return false;
    for (Word i = 0; i < arity_of(before); ++i) {
      if (!accepts(element(before, i), element(x, i))) return false;
    }
    for (Word i = 0; i < arity_of(after); ++i) {
      if (!accepts(element(after, i), element(x, size - arity_of(after) + i))) return false;
    }
    if (star.is_none() || star == Term::small(-1)) return true;
    std::vector<Term> middle;
    for (Word i = arity_of(before); i < size - arity_of(after); ++i) middle.push_back(element(x, i));
    return bind(star, out_.builder.make_list(middle));
  }

  bool mapping(Term pairs, Term rest, Term x) {
    if (!is_box(x, BoxKind::Dict)) return false;
    for (Word i = 0; i < arity_of(pairs); ++i) {
      const Term value = dict_get(x, element(element(pairs, i), 0));
      if (value.is_nothing() || !accepts(element(element(pairs, i), 1), value)) return false;
    }
    if (rest.is_none()) return true;
    std::vector<TermPair> others;
    for (Word i = 0; i < arity_of(x); ++i) {
      bool taken = false;
      for (Word k = 0; k < arity_of(pairs); ++k) taken |= equal(dict_key(x, i), element(element(pairs, k), 0));
      if (!taken) others.push_back({dict_key(x, i), dict_value(x, i)});
    }
    return bind(rest, out_.builder.make_dict(others));
  }

  bool record(Term ir, Term x) {
    if (!is_box(x, BoxKind::Record)) return false;
    const RecordClass& shape = record_class(element(x, 0));
    if (shape.module != text(element(ir, 1)) || shape.qualified_name != text(element(ir, 2))) return false;
    const Term fields = element(ir, 3);
    for (Word i = 0; i < arity_of(fields); ++i) {
      const auto at = std::find(shape.fields.begin(), shape.fields.end(), text(element(element(fields, i), 0)));
      if (at == shape.fields.end()) return false;
      if (!accepts(element(element(fields, i), 1), element(x, 1 + static_cast<Word>(at - shape.fields.begin())))) return false;
    }
    return true;
  }

  static bool named(Term ir, Term x, BoxKind kind) {
    if (!is_box(x, kind)) return false;
    for (Word i = 1; i < arity_of(ir); ++i) {
      if (text(element(ir, i)) != text(element(x, i - 1))) return false;
    }
    return true;
  }

  bool bind(Term slot, Term x) {
    bound[slot.unchecked_small()] = x;
    return true;
  }

  std::span<const Term> params_;
  Ir& out_;
  bool asked_ = false;
};

class Generator : public Ir {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {
    const std::array<std::byte, 3> bytes{std::byte{1}};
    const std::array<Word, 2> limbs{0, 1};
    literals_ = {i(0),
                 i(1),
                 i(7),
                 f(-0.0),
                 f(0.0),
                 f(1.0),
                 f(1.5),
                 f(7.0),
                 f(0x1p64),
                 f(1e300),
                 yes(),
                 no(),
                 none(),
                 s("a"),
                 s("tag"),
                 s("subscribe"),
                 s("subscrib2"),
                 s("subscriber"),
                 s(""),
                 t({}),
                 l({}),
                 t({i(1)}),
                 l({s("tag")}),
                 *intern_atom("ok"),
                 d({}),
                 Term::timeout(),
                 Term::pid(Pid(3, 1)),
                 builder.make_ref(5, Pid(1, 1)),
                 builder.make_big(false, limbs),
                 builder.make_binary(bytes),
                 builder.make_set(BoxKind::Set, std::array{i(1)}),
                 builder.make_set(BoxKind::FrozenSet, std::array{f(1.0)})};
  }

  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  bool one_in(int n) { return below(n) == 0; }
  Term literal() { return literals_[static_cast<std::size_t>(below(static_cast<int>(literals_.size())))]; }

  /// A pattern that binds exactly `slots`. A "python" in it only when `python` (see the header: the last alternatives).
  Term pattern(int depth, std::vector<int> slots, bool python) {
    if (!slots.empty() && (depth == 0 || one_in(4))) {
      const int slot = slots.back();
      slots.pop_back();
      return bind(slot, pattern(depth, slots, python));
    }
    if (depth == 0) return leaf(python);
    switch (below(slots.empty() ? 9 : 6)) {
      case 0:
      case 1:
      case 2:
        return sequence(depth, slots, python);
      case 3:
        return mapping(depth, slots, python);
      case 4:
        return alternatives(depth, slots, python);
      case 5:
        return one_in(2) ? fields(depth, slots, python) : type(type_name(), pattern(depth - 1, slots, python));
      default:
        return leaf(python);
    }
  }

  Term random_term(int depth) {
    if (depth == 0 || one_in(2)) return literal();
    std::vector<Term> parts;
    for (int n = below(4); n > 0; --n) parts.push_back(random_term(depth - 1));
    return one_in(2) ? builder.make_tuple(parts) : builder.make_list(parts);
  }

  /// A subject that fits, but for a random part here and there.
  Term subject(Term ir, std::span<const Term> params) {
    const std::string op = text(element(ir, 0));
    if (one_in(12) || op == "_" || op == "python") return random_term(2);
    if (op == "bind") return subject(element(ir, 2), params);
    if (op == "=" || op == "is") return element(ir, 1);
    if (op == "param") return params[static_cast<std::size_t>(element(ir, 1).unchecked_small())];
    if (op == "type") return element(ir, 2).is_none() ? random_term(1) : subject(element(ir, 2), params);
    if (op == "or")
      return subject(element(element(ir, 1), static_cast<Word>(below(static_cast<int>(arity_of(element(ir, 1)))))), params);
    if (op == "seq") return sequence_for(ir, params);
    if (op == "map") return dict_for(ir, params);
    if (op == "record") return record_for(ir, params);
    const Term qualname = element(ir, 2);
    return op == "enum" ? builder.make_enum_member("shop", text(qualname), text(element(ir, 3)))
                        : builder.make_exception("shop", text(qualname), "text");
  }

 private:
  const char* type_name() { return kTypeNames[below(std::size(kTypeNames))]; }

  Term leaf(bool python) {
    switch (below(python ? 10 : 9)) {
      case 0:
        return any();
      case 1:
        return param(below(3));
      case 2: {
        const Term constants[] = {none(), yes(), no()};
        return is(constants[below(3)]);
      }
      case 3:
        return type(type_name());
      case 4:
        return one_in(2) ? t({s("enum"), s("shop"), s("Size"), s(one_in(2) ? "BIG" : "SMALL")})
                         : t({s("exc"), s("shop"), s(one_in(2) ? "Oops" : "ATooLongName")});
      case 9:
        return this->python(20 + next_python_++);
      default:
        return eq(literal());
    }
  }

  /// `slots` dealt out to `count` parts.
  std::vector<std::vector<int>> deal(const std::vector<int>& slots, std::size_t count) {
    std::vector<std::vector<int>> hands(count);
    for (const int slot : slots) hands[static_cast<std::size_t>(below(static_cast<int>(count)))].push_back(slot);
    return hands;
  }

  Term sequence(int depth, std::vector<int> slots, bool python) {
    Term star = none();
    if (one_in(3)) {
      star = i(-1);
      if (!slots.empty() && one_in(2)) {
        star = i(slots.back());
        slots.pop_back();
      }
    }
    const auto hands = deal(slots, static_cast<std::size_t>(below(4)) + 1);
    const std::size_t split = star.is_none() ? hands.size() : static_cast<std::size_t>(below(static_cast<int>(hands.size()) + 1));
    std::vector<Term> before;
    std::vector<Term> after;
    for (std::size_t n = 0; n < hands.size(); ++n) (n < split ? before : after).push_back(pattern(depth - 1, hands[n], python));
    return t({s("seq"), builder.make_list(before), star, builder.make_list(after)});
  }

  Term mapping(int depth, std::vector<int> slots, bool python) {
    Term rest = none();
    if (!slots.empty() && one_in(2)) {
      rest = i(slots.back());
      slots.pop_back();
    }
    const Term keys[] = {s("op"), i(1), s("a long key"), none()};
    const auto hands = deal(slots, static_cast<std::size_t>(below(3)) + 1);
    std::vector<Term> pairs;
    for (std::size_t n = 0; n < hands.size(); ++n) pairs.push_back(t({keys[n], pattern(depth - 1, hands[n], python)}));
    return t({s("map"), builder.make_list(pairs), rest});
  }

  Term alternatives(int depth, const std::vector<int>& slots, bool python) {
    std::vector<Term> patterns;
    for (int left = below(3); left >= 0; --left) patterns.push_back(pattern(depth - 1, slots, python && left == 0));
    return t({s("or"), builder.make_list(patterns)});
  }

  Term fields(int depth, const std::vector<int>& slots, bool python) {
    const auto hands = deal(slots, static_cast<std::size_t>(below(3)) + 1);
    std::vector<Term> pairs;
    for (std::size_t n = 0; n < hands.size(); ++n)
      pairs.push_back(t({s(std::string(1, "abc"[n])), pattern(depth - 1, hands[n], python)}));
    return t({s("record"), s("shop"), s(one_in(2) ? "Order" : "Customer"), builder.make_list(pairs)});
  }

  Term sequence_for(Term ir, std::span<const Term> params) {
    std::vector<Term> parts;
    for (Word n = 0; n < arity_of(element(ir, 1)); ++n) parts.push_back(subject(element(element(ir, 1), n), params));
    if (!element(ir, 2).is_none()) {
      for (int n = below(3); n > 0; --n) parts.push_back(random_term(1));
    }
    for (Word n = 0; n < arity_of(element(ir, 3)); ++n) parts.push_back(subject(element(element(ir, 3), n), params));
    return one_in(3) ? builder.make_list(parts) : builder.make_tuple(parts);
  }

  Term dict_for(Term ir, std::span<const Term> params) {
    std::vector<TermPair> pairs;
    for (int n = below(12); n > 0; --n) pairs.push_back({i(100 + n), i(n)});
    for (Word n = 0; n < arity_of(element(ir, 1)); ++n) {
      const Term pair = element(element(ir, 1), n);
      pairs.push_back({element(pair, 0), subject(element(pair, 1), params)});
    }
    return builder.make_dict(pairs);
  }

  Term record_for(Term ir, std::span<const Term> params) {
    std::string names;
    std::vector<Term> values;
    for (Word n = 0; n < arity_of(element(ir, 3)); ++n) {
      const Term pair = element(element(ir, 3), n);
      names += text(element(pair, 0));
      values.push_back(subject(element(pair, 1), params));
    }
    if (one_in(3)) {  // a field more, in front
      names.insert(names.begin(), 'z');
      values.insert(values.begin(), none());
    }
    RecordClass shape{"shop", text(element(ir, 2)), {}};
    for (const char name : names) shape.fields.emplace_back(1, name);
    return builder.make_record(intern_record_class(shape), values);
  }

  std::mt19937_64 random_;
  std::vector<Term> literals_;
  int next_python_ = 0;
};

void expect_same(Matcher& run, Generator& make, const std::vector<Term>& cases, Term subject, int first_case,
                 std::span<const Term> params, int counts[3]) {
  Naive naive(params, make);
  MatchResult expected;
  for (int n = first_case; n < static_cast<int>(cases.size()) && expected.verdict == Verdict::No; ++n) {
    const Verdict verdict = naive.match(cases[static_cast<std::size_t>(n)], subject);
    if (verdict != Verdict::No) expected = {n, verdict};
  }
  std::fill(run.bindings.begin(), run.bindings.end(), Term::small(-77));
  const MatchResult result = run(subject, first_case, params);
  ++counts[static_cast<int>(result.verdict)];
  ASSERT_EQ(result.case_index, expected.case_index);
  ASSERT_EQ(result.verdict, expected.verdict);
  if (result.verdict == Verdict::No) return;
  ASSERT_FALSE(quick_reject(*run.program, subject));
  for (std::size_t slot = 0; slot < run.bindings.size(); ++slot) {
    const auto bound = naive.bound.find(static_cast<std::int64_t>(slot));
    const Term wanted = bound == naive.bound.end() ? Term() : bound->second;
    ASSERT_EQ(run.bindings[slot].is_nothing(), wanted.is_nothing()) << "slot " << slot;
    if (wanted.is_nothing()) continue;
    ASSERT_TRUE(equal_exact(run.bindings[slot], wanted)) << "slot " << slot;
  }
}

TEST(PatternRandom, AgreesWithTheRules) {
  int counts[3] = {0, 0, 0};
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Generator make(seed);
    const Term params[] = {make.literal(), make.random_term(2), make.builder.make_ref(5, Pid(1, 1))};
    std::vector<Term> cases;
    const bool tagged = make.one_in(2);  // many programs are sequences with a tag in front
    for (int n = make.one_in(20) ? 80 : 1 + make.below(6); n > 0; --n) {
      std::vector<int> slots;
      for (int slot = make.below(4); slot > 0; --slot) slots.push_back(slot - 1);
      const Term tail = make.pattern(3, slots, true);
      cases.push_back(tagged ? make.seq({make.eq(make.literal()), tail}) : tail);
    }
    const Term ir = make.builder.make_list(cases);
    Matcher run(ir);
    if (run.program == nullptr) FAIL() << "seed " << seed << ": " << print(ir);
    for (int round = 0; round < 60; ++round) {
      const Term from = cases[static_cast<std::size_t>(make.below(static_cast<int>(cases.size())))];
      const Term subject = make.one_in(10) ? make.random_term(3) : make.subject(from, params);
      const int first_case = make.one_in(3) ? make.below(static_cast<int>(cases.size()) + 1) : 0;
      expect_same(run, make, cases, subject, first_case, params, counts);
      if (testing::Test::HasFatalFailure()) {
        FAIL() << "seed " << seed << " first case " << first_case << "\nsubject " << print(subject) << "\nprogram " << print(ir);
      }
    }
  }
  for (const int count : counts) EXPECT_GT(count, 5000) << "every verdict is common";
  RecordProperty("no", counts[0]);
  RecordProperty("yes", counts[1]);
  RecordProperty("ask", counts[2]);
}

}  // namespace
}  // namespace pyvm
