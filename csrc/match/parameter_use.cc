// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "match/parameter_use.h"

#include <algorithm>
#include <initializer_list>

#include "term/boxed.h"

namespace pyvm {

namespace {

constexpr Term kParam = Term::short_string("param"), kHint = Term::short_string("ref");

/// Whether a pattern of the IR accepts only subjects that contain parameter `index`, by one of these operations.
bool requires_param(Term pattern, std::int64_t index, std::initializer_list<Term> operations) {
  if (!is_tuple(pattern) || arity_of(pattern) == 0) return false;
  const Term op = element(pattern, 0);
  const auto any_of = [&](Term list) {
    for (Word i = 0; i < arity_of(list); ++i) {
      if (requires_param(element(list, i), index, operations)) return true;
    }
    return false;
  };
  const auto any_second_of = [&](Term pairs) {
    for (Word i = 0; i < arity_of(pairs); ++i) {
      if (requires_param(element(element(pairs, i), 1), index, operations)) return true;
    }
    return false;
  };
  if (std::find(operations.begin(), operations.end(), op) != operations.end()) return element(pattern, 1) == Term::small(index);
  if (op == Term::short_string("bind") || op == Term::short_string("type"))
    return requires_param(element(pattern, 2), index, operations);
  if (op == Term::short_string("map")) return any_second_of(element(pattern, 1));
  if (op == Term::short_string("record")) return any_second_of(element(pattern, 3));
  if (op == Term::short_string("seq")) return any_of(element(pattern, 1)) || any_of(element(pattern, 3));
  if (op == Term::short_string("or")) {
    const Term list = element(pattern, 1);
    for (Word i = 0; i < arity_of(list); ++i) {
      if (!requires_param(element(list, i), index, operations)) return false;
    }
    return true;
  }
  return false;
}

/// A case that can only take TIMEOUT says nothing about messages.
bool is_timeout_case(Term pattern) { return is_tuple(pattern, 1) && element(pattern, 0) == Term::short_string("timeout"); }

/// What is to be accepted, without the capture around it.
Term without_bind(Term pattern) {
  while (is_tuple(pattern, 3) && element(pattern, 0) == Term::short_string("bind")) pattern = element(pattern, 2);
  return pattern;
}

}  // namespace

ParameterPlace parameter_place(Term ir) {
  Term only;
  for (Word c = 0; c < arity_of(ir); ++c) {
    if (is_timeout_case(element(ir, c))) continue;
    if (!only.is_nothing()) return {};
    only = without_bind(element(ir, c));
  }
  if (!is_tuple(only, 4) || element(only, 0) != Term::short_string("seq")) return {};
  const Term before = element(only, 1);
  for (Word i = 0; i < arity_of(before); ++i) {
    const Term part = without_bind(element(before, i));
    if (is_tuple(part, 2) && element(part, 0) == kParam) return {static_cast<Word>(element(part, 1).unchecked_small()), i};
  }
  return {};
}

std::vector<ParameterUse> parameter_uses(Term ir, std::size_t parameters) {
  std::vector<ParameterUse> uses;
  for (std::size_t i = 0; i < parameters; ++i) {
    ParameterUse use{true, false};
    const auto index = static_cast<std::int64_t>(i);
    for (Word c = 0; c < arity_of(ir); ++c) {
      const Term pattern = element(ir, c);
      use.required = use.required && (is_timeout_case(pattern) || requires_param(pattern, index, {kParam, kHint}));
      use.hint = use.hint || requires_param(pattern, index, {kHint});  // which stands in no "or"
    }
    uses.push_back(use);
  }
  return uses;
}

}  // namespace pyvm
