// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Ir: short names for building patterns and subjects in tests. Everything lives as long as the Ir.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>

#include "match/pattern.h"
#include "term/atom_table.h"
#include "term/compare.h"

namespace pyvm {

struct Ir {
  TermBuilder builder;

  using Terms = std::initializer_list<Term>;

  Term s(std::string_view text) { return builder.make_string(text); }
  Term i(std::int64_t value) { return builder.make_int(value); }
  Term f(double value) { return builder.make_float(value); }
  Term t(Terms terms) { return builder.make_tuple({terms.begin(), terms.size()}); }
  Term l(Terms terms) { return builder.make_list({terms.begin(), terms.size()}); }
  Term d(std::initializer_list<TermPair> pairs) { return builder.make_dict({pairs.begin(), pairs.size()}); }
  static Term none() { return Term::none(); }
  static Term yes() { return Term::boolean(true); }
  static Term no() { return Term::boolean(false); }

  Term any() { return t({s("_")}); }
  Term bind(int slot, Term pattern) { return t({s("bind"), i(slot), pattern}); }
  Term bind(int slot) { return bind(slot, any()); }
  Term eq(Term literal) { return t({s("="), literal}); }
  Term is(Term constant) { return t({s("is"), constant}); }
  Term param(int index) { return t({s("param"), i(index)}); }
  Term seq(Terms before) { return t({s("seq"), l(before), none(), l({})}); }
  Term seq(Terms before, int star, Terms after) { return t({s("seq"), l(before), i(star), l(after)}); }
  Term map(Terms keys_and_patterns, Term rest = none()) {
    std::vector<Term> pairs;
    for (const Term* at = keys_and_patterns.begin(); at != keys_and_patterns.end(); at += 2) pairs.push_back(t({at[0], at[1]}));
    return t({s("map"), builder.make_list(pairs), rest});
  }
  Term alt(Terms alternatives) { return t({s("or"), l(alternatives)}); }
  Term type(std::string_view name, Term pattern = none()) { return t({s("type"), s(name), pattern}); }
  Term record(std::string_view qualname, Terms fields_and_patterns) {
    std::vector<Term> pairs;
    for (const Term* at = fields_and_patterns.begin(); at != fields_and_patterns.end(); at += 2)
      pairs.push_back(t({at[0], at[1]}));
    return t({s("record"), s("shop"), s(qualname), builder.make_list(pairs)});
  }
  Term python(int slot) { return t({s("python"), i(slot)}); }

  /// A record of class shop.`qualname` with the fields named by the letters of `fields`.
  Term make_record(std::string_view qualname, std::string_view fields, Terms values) {
    RecordClass shape{"shop", std::string(qualname), {}};
    for (const char letter : fields) shape.fields.emplace_back(1, letter);
    return builder.make_record(intern_record_class(shape), {values.begin(), values.size()});
  }
};

/// A program and the last result, with room for its bindings.
struct Matcher {
  explicit Matcher(Term ir) {
    auto compiled = compile_patterns(ir);
    if (const auto* error = std::get_if<PatternError>(&compiled)) {
      ADD_FAILURE() << error->message;
    } else {
      program = std::get<0>(compiled);
      bindings.resize(program->max_bindings());
    }
  }

  MatchResult operator()(Term subject, int first_case = 0, std::span<const Term> params = {}) {
    if (program == nullptr) return {};
    return run_patterns(*program, subject, first_case, params, bindings, scratch);
  }
  /// The case that accepts, surely or perhaps; -1 when none does.
  int case_of(Term subject, int first_case = 0, std::span<const Term> params = {}) {
    return (*this)(subject, first_case, params).case_index;
  }
  bool accepts(Term subject, std::span<const Term> params = {}) { return (*this)(subject, 0, params).verdict == Verdict::Yes; }

  std::shared_ptr<const PatternProgram> program;
  std::vector<Term> bindings;
  TermBuilder scratch;
};

inline std::string error_of(Term ir) {
  const auto compiled = compile_patterns(ir);
  const auto* error = std::get_if<PatternError>(&compiled);
  return error == nullptr ? "no error" : error->message;
}

}  // namespace pyvm
