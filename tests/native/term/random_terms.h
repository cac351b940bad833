// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Terms for tests of properties: drawn from small pools, so that equal ones meet often, and the same term in other clothes.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "term/atom_table.h"
#include "term/binary.h"
#include "term/number.h"
#include "term/term_builder.h"

namespace pyvm::testing {

/// Draws terms of every kind but opaque ones, without NaN.
class RandomTerms {
 public:
  RandomTerms(std::uint64_t seed, TermBuilder& builder) : random_(seed), builder_(builder) {}

  Term draw(int depth) {
    if (depth == 0 || below(3) == 0) return draw_atomic();
    const std::vector<Term> terms = draw_many(depth - 1, below(8) == 0 ? 12 : 4);
    switch (below(8)) {
      case 0:
        return builder_.make_list(terms);
      case 1:
        return builder_.make_dict(pairs_of(terms));
      case 2:
        return builder_.make_set(below(2) == 0 ? BoxKind::Set : BoxKind::FrozenSet, terms);
      case 3:
        return builder_.make_record(draw_class(terms.size()), terms);
      case 4:
        return builder_.make_exception("builtins", below(2) == 0 ? "ValueError" : "KeyError", draw_text());
      case 5:
        return below(2) == 0 ? builder_.make_function("module", draw_text())
                             : builder_.make_enum_member("m", "Color", draw_text());
      default:
        return builder_.make_tuple(terms);
    }
  }

  /// A term equal to `term`: sets and dicts in another order, numbers of another kind where there is one.
  Term disguise(Term term) {
    if (is_number(term)) return disguise_number(term);
    if (!is_container(term)) return term;
    const BoxKind kind = header_kind(header_of(term));
    std::vector<Term> terms;
    for (Word i = 0; i < box_terms(header_of(term)).count; ++i) terms.push_back(disguise(element(term, i)));
    if (kind == BoxKind::Dict) {
      std::vector<TermPair> pairs;
      for (std::size_t i = 0; i < terms.size(); i += 2) pairs.push_back({terms[i], terms[i + 1]});
      std::shuffle(pairs.begin(), pairs.end(), random_);
      return builder_.make_dict(pairs);
    }
    if (is_set(term)) {
      std::shuffle(terms.begin(), terms.end(), random_);
      return builder_.make_set(below(2) == 0 ? BoxKind::Set : BoxKind::FrozenSet, terms);
    }
    Term* slots = nullptr;
    const Term same = builder_.make_container(kind, terms.size(), &slots);
    std::copy(terms.begin(), terms.end(), slots);
    return same;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random_); }

  std::string draw_text() { return std::string(below(2) == 0 ? below(3) : 8 + below(2), static_cast<char>('a' + below(2))); }

  Term draw_class(std::size_t fields) {
    RecordClass shape{"module", below(2) == 0 ? "Point" : "Line", {}};
    for (std::size_t i = 0; i < fields; ++i) shape.fields.push_back("f" + std::to_string(i));
    return intern_record_class(shape);
  }

  Term draw_atomic() {
    static constexpr double kFloats[] = {0.0, -0.0, 1.0, -1.0, 0.5, 9007199254740992.0, 0x1p62, 0x1p64, -0x1p64, 1e300, HUGE_VAL};
    const Word limbs[] = {below(2), below(3)};
    const std::string text = draw_text();
    switch (below(10)) {
      case 0:
      case 1:
        return Term::small(static_cast<std::int64_t>(below(4)) - 1);
      case 2:
        return builder_.make_int((below(2) == 0 ? std::int64_t{1} << 53 : std::int64_t{1} << 62) +
                                 static_cast<std::int64_t>(below(2)));
      case 3:
        return builder_.make_float(kFloats[below(std::size(kFloats))]);
      case 4:
        return builder_.make_big(below(2) == 0, limbs);
      case 5:
        return below(4) == 0 ? Term::none() : below(3) == 0 ? Term::timeout() : Term::boolean(below(2) == 0);
      case 6:
        return *intern_atom(text);
      case 7:
        return below(2) == 0 ? builder_.make_ref(below(3), Pid(1, 1))
                             : Term::pid(Pid(1 + static_cast<std::uint32_t>(below(2)), 1));
      case 8:
        return draw_binary(text);
      default:
        return builder_.make_string(text);
    }
  }

  Term draw_binary(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    if (below(2) == 0) return builder_.make_binary(bytes);
    std::vector<std::byte> whole(1);
    whole.insert(whole.end(), bytes.begin(), bytes.end());
    return builder_.make_shared_binary(SharedBytes::create(whole), 1, bytes.size());
  }

  std::vector<Term> draw_many(int depth, std::uint64_t limit) {
    std::vector<Term> terms;
    for (std::uint64_t count = below(limit); count > 0; --count) terms.push_back(draw(depth));
    return terms;
  }

  std::vector<TermPair> pairs_of(const std::vector<Term>& keys) {
    std::vector<TermPair> pairs;
    for (const Term key : keys) pairs.push_back({key, draw_atomic()});
    return pairs;
  }

  Term disguise_number(Term number) {
    if (is_float(number)) {
      const double value = float_value(number);
      if (below(2) == 0 && value == static_cast<double>(static_cast<int>(value < 4 && value > -4 ? value : 0))) {
        return Term::small(static_cast<std::int64_t>(value));
      }
      return value == 0x1p62 ? builder_.make_int(std::int64_t{1} << 62) : number;
    }
    if (number == Term::small(0) || number == Term::small(1)) {
      return below(2) == 0 ? Term::boolean(number == Term::small(1)) : builder_.make_float(number == Term::small(1) ? 1.0 : 0.0);
    }
    return number;
  }

  std::mt19937_64 random_;
  TermBuilder& builder_;
};

}  // namespace pyvm::testing
