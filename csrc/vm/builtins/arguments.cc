// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/arguments.h"

#include <cmath>

#include "term/number.h"
#include "term/print.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/numbers.h"
#include "vm/text.h"

namespace pyvm::vm {

std::string quoted(Term string) { return "'" + std::string(string_view_of(string)) + "'"; }

bool read_name(Context& context, const Term& term, std::string_view* name) {
  if (!is_string(term)) {
    context.raise("TypeError", "a name must be a str, not " + type_name(term));
    return false;
  }
  *name = string_view_of(term);
  if (!name->empty() && *name != "undefined") return true;
  context.raise("ValueError", quoted(term) + " cannot be a name");
  return false;
}

bool read_pid(Context& context, Term term, const char* what, Pid* pid) {
  if (!term.is_pid()) {
    context.raise("TypeError", std::string(what) + " must be a Pid, not " + type_name(term));
    return false;
  }
  *pid = term.unchecked_pid();
  return true;
}

bool read_ref(Context& context, Term term, const char* what, RefValue* ref) {
  if (!is_ref(term)) {
    context.raise("TypeError", std::string(what) + " must be a Ref, not " + type_name(term));
    return false;
  }
  *ref = ref_value(term);
  return true;
}

bool read_seconds(Context& context, Term given, const char* what, std::uint64_t* ns) {
  const Term term = plain_value(given);
  constexpr double kMostSeconds = 4294967295.0;  // as in Erlang, 2^32 - 1 milliseconds are legal and more than that are not
  if (!is_number(term) || term.is_bool()) {
    context.raise("TypeError", std::string(what) + " must be a number of seconds, not " + type_name(given));
    return false;
  }
  // A big integer is out of bounds on either side.
  const double seconds = term.is_small()  ? static_cast<double>(term.unchecked_small())
                         : is_float(term) ? float_value(term)
                                          : -1.0;
  if (seconds >= 0.0 && seconds * 1000.0 <= kMostSeconds) {
    *ns = static_cast<std::uint64_t>(std::llround(seconds * 1e9));
    return true;
  }
  const Term shown = repr_of(context, term);
  if (shown.is_nothing()) return false;
  context.raise("ValueError", std::string(what) + " must be between 0 and 4294967.295 seconds, not " +
                                  std::string(string_view_of(shown)) +
                                  (std::string_view(what) == "timeout" ? "; leave it out to wait for ever" : ""));
  return false;
}

bool read_choice(Context& context, Term term, const char* what, std::span<const std::string_view> choices, std::size_t* number) {
  const Term word = plain_value(term);
  std::string listed;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const bool is_none = choices[i].empty();
    if (is_none ? term.is_none() : is_string(word) && string_view_of(word) == choices[i]) {
      *number = i;
      return true;
    }
    listed += i > 0 ? ", " : "";
    listed += is_none ? "None" : "'" + std::string(choices[i]) + "'";
  }
  context.raise("ValueError", std::string(what) + " must be one of " + listed + ", not " + print(term));
  return false;
}

bool read_monitor_alias(Context& context, Term term, AliasMode* mode) {
  constexpr std::string_view kModes[] = {"", "explicit", "explicit_unalias", "reply_demonitor", "demonitor"};
  constexpr AliasMode kMeant[] = {AliasMode::None, AliasMode::Explicit, AliasMode::Explicit, AliasMode::Reply,
                                  AliasMode::Demonitor};
  std::size_t number = 0;
  if (!term.is_nothing() && !read_choice(context, term, "alias", kModes, &number)) return false;
  *mode = kMeant[number];
  return true;
}

bool read_amount(Context& context, Term given, const char* what, std::int64_t most, Word* amount) {
  const Term term = plain_value(given);
  *amount = 0;
  if (is_left_out(term)) return true;
  if (!is_int(term) || term.is_bool()) {
    context.raise("TypeError", std::string(what) + " must be a whole number or None, not " + type_name(given));
    return false;
  }
  const std::int64_t number = clamped_int(term);
  if (number < 1 || number > most) {
    context.raise("ValueError", std::string(what) + " must be between 1 and " + std::to_string(most) + ", not " + print(term));
    return false;
  }
  *amount = static_cast<Word>(number);
  return true;
}

}  // namespace pyvm::vm
