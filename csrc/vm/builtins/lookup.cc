// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/lookup.h"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>
#include <vector>

#include "term/change.h"
#include "term/hash.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/enums.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

std::vector<Builtin> all_builtins() {
  std::vector<Builtin> all;
  for (const auto& functions :
       {value_functions(), text_functions(), process_functions(), process_state_functions(), spawn_functions(),
        waiting_functions(), number_functions(), math_float_functions(), math_int_functions(), random_functions(),
        time_functions(), json_read_functions(), json_write_functions(), base64_functions(), struct_functions(),
        checksum_functions(), compression_functions(), hash_functions()})
    all.insert(all.end(), functions.begin(), functions.end());
  std::ranges::sort(all, {}, &Builtin::name);
  return all;
}

constexpr std::string_view kTypes[] = {"str",       "bytes", "list",  "tuple", "dict",  "set",
                                       "frozenset", "int",   "float", "Pid",   "range", "slice"};
static_assert(std::size(kTypes) == kMethodTypes);

std::size_t type_number(std::string_view type) {
  return static_cast<std::size_t>(std::ranges::find(kTypes, type) - std::begin(kTypes));
}

constexpr std::array<std::uint8_t, 32> kTypeOfKind = [] {
  std::array<std::uint8_t, 32> types{};
  types.fill(kMethodTypes);
  const auto put = [&](BoxKind kind, std::uint8_t type) { types[static_cast<std::size_t>(kind)] = type; };
  put(BoxKind::String, 0);
  put(BoxKind::Binary, 1);
  put(BoxKind::SharedBinary, 1);
  put(BoxKind::List, 2);
  put(BoxKind::Tuple, 3);
  put(BoxKind::Dict, 4);
  put(BoxKind::Set, 5);
  put(BoxKind::FrozenSet, 6);
  put(BoxKind::Big, 7);
  put(BoxKind::Float, 8);
  put(BoxKind::Range, 10);
  put(BoxKind::Slice, 11);
  return types;
}();

/// Its place in kTypes, or kMethodTypes for what has no methods.
inline std::size_t type_number(Term object) {
  if (object.is_boxed()) return kTypeOfKind[static_cast<std::size_t>(header_kind(header_of(object)))];
  if (object.is_short_string()) return 0;
  if (object.is_small() || object.is_bool()) return 7;
  if (object.is_short_float()) return 8;
  return object.is_pid() ? 9 : kMethodTypes;
}

using MethodSets = std::unordered_map<std::string_view, MethodSet>;

MethodSets all_methods() {
  MethodSets all;
  for (const auto& methods : {container_methods(), str_methods(), bytes_methods(), number_methods(), pid_methods()}) {
    for (const Method& method : methods) {
      const std::size_t type = type_number(method.type);
      PYVM_CHECK(type < kMethodTypes, "all_methods: a method of an unknown type");
      all[method.name].of_type[type] = {&method, shape_of(method.signature)};
    }
  }
  return all;
}

Term wrong_count(Context& context, std::string_view name, const SignatureShape& shape, std::size_t given) {
  const std::string function = std::string(name) + "()";
  if (shape.positional == 0)
    return context.raise("TypeError", function + " takes no arguments (" + std::to_string(given) + " given)");
  const bool exact = shape.required == shape.positional;
  const std::size_t bound = given < shape.required ? shape.required : shape.positional;
  const std::string wanted = exact ? "exactly " : given < shape.required ? "at least " : "at most ";
  return context.raise("TypeError", function + " takes " + wanted + (exact && bound == 1 ? "one" : std::to_string(bound)) +
                                        " argument" + (bound == 1 ? "" : "s") + " (" + std::to_string(given) + " given)");
}

}  // namespace

std::span<const Builtin> builtin_table() {
  static const std::vector<Builtin> all = all_builtins();
  return all;
}

const Builtin* find_builtin(std::string_view name) {
  const auto found = std::ranges::lower_bound(builtin_table(), name, {}, &Builtin::name);
  return found != builtin_table().end() && found->name == name ? &*found : nullptr;
}

namespace {

/// The parameters before `*` and those behind it, as they fill the places of the arguments; those before `/` have no names.
std::vector<std::string_view> parameter_names(std::string_view signature) {
  std::vector<std::string_view> names;
  while (!signature.empty()) {
    const std::size_t comma = signature.find(", ");
    const std::string_view parameter = signature.substr(0, comma);
    signature.remove_prefix(comma == std::string_view::npos ? signature.size() : comma + 2);
    if (parameter == "/") {
      std::ranges::fill(names, std::string_view());
    } else if (!parameter.starts_with("*")) {
      names.push_back(parameter.substr(0, parameter.find('=')));
    }
  }
  return names;
}

}  // namespace

SignatureShape shape_of(std::string_view signature) {
  SignatureShape shape;
  bool keywords = false;
  while (!signature.empty()) {
    const std::size_t comma = signature.find(", ");
    const std::string_view parameter = signature.substr(0, comma);
    signature.remove_prefix(comma == std::string_view::npos ? signature.size() : comma + 2);
    if (parameter == "/") continue;
    if (parameter.starts_with("**")) {
      shape.has_names = true;
      ++shape.keyword_only;
    } else if (parameter.starts_with("*")) {
      shape.has_rest = parameter.size() > 1;
      keywords = true;
    } else if (keywords) {
      ++shape.keyword_only;
    } else {
      ++shape.positional;
      if (parameter.find('=') == std::string_view::npos) ++shape.required;
    }
  }
  return shape;
}

Term call_with_positions(Context& context, std::string_view name, const SignatureShape& shape, BuiltinFunction run, Term first,
                         std::span<const Term> arguments) {
  if (arguments.size() < shape.required || (!shape.has_rest && arguments.size() > shape.positional))
    return wrong_count(context, name, shape, arguments.size());
  constexpr std::size_t kFew = 8;
  const bool has_first = !first.is_nothing();
  const std::size_t rest = arguments.size() > shape.positional ? arguments.size() - shape.positional : 0;
  const std::size_t size = has_first + shape.positional + shape.keyword_only + rest;
  Term few[kFew];
  std::vector<Term> many;
  std::span<Term> slots(few, std::min(size, kFew));
  if (size > kFew) {
    many.resize(size);
    slots = many;
  }
  if (has_first) slots[0] = first;
  const std::span<Term> places = slots.subspan(has_first);
  std::copy_n(arguments.begin(), arguments.size() - rest, places.begin());
  std::copy_n(arguments.end() - static_cast<std::ptrdiff_t>(rest), rest, places.end() - static_cast<std::ptrdiff_t>(rest));
  return run_builtin(context, run, slots);
}

const MethodSet* find_methods(std::string_view name) {
  static const MethodSets all = all_methods();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : &found->second;
}

const KnownMethod* find_method(Term object, std::string_view name) {
  const MethodSet* methods = find_methods(name);
  const std::size_t type = type_number(resolve(object));
  if (methods == nullptr || type == kMethodTypes || methods->of_type[type].method == nullptr) return nullptr;
  return &methods->of_type[type];
}

namespace {

/// Methods of containers with optional arguments say it in other words than those of texts, as in CPython.
bool fits_container(Context& context, const Method& method, const SignatureShape& shape, std::size_t given) {
  const bool is_container = method.type != "str" && method.type != "bytes" && shape.required != shape.positional;
  if (!is_container || shape.has_rest || shape.keyword_only != 0) return true;
  if (given >= shape.required && given <= shape.positional) return true;
  const std::size_t bound = given < shape.required ? shape.required : shape.positional;
  context.raise("TypeError", std::string(method.name) + " expected at " + (given < shape.required ? "least " : "most ") +
                                 std::to_string(bound) + (bound == 1 ? " argument" : " arguments") + ", got " +
                                 std::to_string(given));
  return false;
}

bool is_type_error(Term error) {
  if (!is_box(error, BoxKind::Exception)) return false;
  const Term name = element(error, 1);
  return string_view_of(name) == "TypeError";
}

/// The arguments that are members of an IntEnum or StrEnum. What has an iterator among its arguments may have taken from it: none.
std::vector<std::size_t> members_among(std::span<const Term> arguments) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Term one = resolve(arguments[i]);
    if (is_box(one, BoxKind::Iterator)) return {};
    if (is_box(one, BoxKind::EnumMember) && plain_value(one) != one) members.push_back(i);
  }
  return members;
}

}  // namespace

Term call_method(Context& context, const MethodSet* methods, Term name, std::span<Term> arguments) {
  const Term object = resolve(arguments[0]);
  const std::size_t type = type_number(object);
  const KnownMethod* known = methods == nullptr || type == kMethodTypes ? nullptr : &methods->of_type[type];
  if (known == nullptr || known->method == nullptr)
    return context.raise("AttributeError",
                         "'" + type_name(object) + "' object has no attribute '" + std::string(string_view_of(name)) + "'");
  const SignatureShape& shape = known->shape;
  if (arguments.size() - 1 == shape.positional && shape.keyword_only == 0)
    return run_builtin(context, known->method->run, arguments);
  if (!fits_container(context, *known->method, shape, arguments.size() - 1)) return Term();
  return call_with_positions(context, known->method->name, shape, known->method->run, object, arguments.subspan(1));
}

Term run_with_values(Context& context, BuiltinFunction run, std::span<Term> arguments) {
  constexpr std::size_t kMostMembers = 6;
  if (context.pause != Context::Pause::None || !is_type_error(context.error)) return Term();
  const std::vector<std::size_t> members = members_among(arguments);
  if (members.empty() || members.size() > kMostMembers) return Term();
  const Term refused = context.error;
  const std::vector<Term> given(arguments.begin(), arguments.end());
  const unsigned all = (1u << members.size()) - 1;
  for (std::size_t count = 1; count <= members.size(); ++count) {
    for (unsigned chosen = 1; chosen <= all; ++chosen) {
      if (static_cast<std::size_t>(std::popcount(chosen)) != count) continue;
      std::ranges::copy(given, arguments.begin());
      for (std::size_t i = 0; i < members.size(); ++i) {
        if ((chosen >> i & 1) != 0) arguments[members[i]] = plain_value(resolve(given[members[i]]));
      }
      context.error = Term();
      const Term made = run(context, arguments);
      if (!made.is_nothing() || context.pause != Context::Pause::None || !is_type_error(context.error)) return made;
    }
  }
  context.error = refused;
  return Term();
}

Term call_with_names(Context& context, std::string_view name, std::string_view signature, BuiltinFunction run, Term first,
                     std::span<const Term> arguments, Term names) {
  const SignatureShape shape = shape_of(signature);
  const std::size_t named = arity_of(names), given = arguments.size() - named;
  if (named == 0) return call_with_positions(context, name, shape, run, first, arguments);
  if (given > shape.positional && !shape.has_rest) return wrong_count(context, name, shape, given);
  const std::vector<std::string_view> parameters = parameter_names(signature);
  const std::size_t at_places = std::min(given, shape.positional);
  std::vector<Term> places(shape.positional + shape.keyword_only), further;
  std::copy_n(arguments.begin(), at_places, places.begin());
  for (std::size_t i = 0; i < named; ++i) {
    const Term keyword = element(names, i);
    const auto found = std::ranges::find(parameters, string_view_of(keyword));
    if (found == parameters.end() && shape.has_names) {
      further.push_back(keyword);
      further.push_back(arguments[given + i]);
      continue;
    }
    const std::string function = std::string(name) + "()", quoted = "'" + std::string(string_view_of(keyword)) + "'";
    if (found == parameters.end()) return context.raise("TypeError", quoted + " is an invalid keyword argument for " + function);
    const auto place = static_cast<std::size_t>(found - parameters.begin());
    if (!places[place].is_nothing())
      return context.raise("TypeError", "argument for " + function + " given by name (" + quoted + ") and position (" +
                                            std::to_string(place + 1) + ")");
    places[place] = arguments[given + i];
  }
  for (std::size_t i = 0; i < shape.required; ++i) {
    if (places[i].is_nothing()) return wrong_count(context, name, shape, given);
  }
  if (!further.empty()) places.back() = context.heap.make_dict(std::span<const Term>(further));
  places.insert(places.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at_places),
                arguments.begin() + static_cast<std::ptrdiff_t>(given));
  if (!first.is_nothing()) places.insert(places.begin(), first);
  return run_builtin(context, run, places);
}

namespace {

/// dict(iterable, a=1)
Term dict_with_names(Context& context, const Builtin& builtin, std::span<const Term> arguments, Term names) {
  const std::size_t positional = arguments.size() - arity_of(names);
  const SignatureShape shape = shape_of(builtin.signature);
  const Term made = call_with_positions(context, builtin.name, shape, builtin.run, Term(), arguments.first(positional));
  for (Word i = 0; !made.is_nothing() && i < arity_of(names); ++i)
    dict_set(made, element(names, i), arguments[positional + i], context.heap);
  return made;
}

}  // namespace

Term call_class(Context& context, Term type, std::span<const Term> arguments, Term names) {
  const Term module = element(type, 0), name_term = element(type, 1);
  const std::string_view name = string_view_of(name_term);
  if (arity_of(type) > 2 && element(type, 2).is_record_class()) return make_record(context, type, arguments, names);
  if (arity_of(type) == 4 && arguments.size() == 1) {  // an enum
    const Term member = check_hashable(context, arguments[0]) ? dict_get(element(type, 3), resolve(arguments[0])) : Term();
    if (!member.is_nothing()) return member;
    const Term combined = flag_of_value(context, type, arguments[0]);
    if (!combined.is_nothing()) return combined;
    const Term shown = repr_of(context, arguments[0]);
    if (shown.is_nothing()) return shown;
    return context.raise("ValueError", std::string(string_view_of(shown)) + " is not a valid " + std::string(name));
  }
  if (string_view_of(module) == "builtins") {
    if (is_builtin_exception(name) && arity_of(names) == 0) return make_exception_of(context, type, arguments);
    if (is_builtin_exception(name)) return context.raise("TypeError", std::string(name) + "() takes no keyword arguments");
    const Builtin* builtin = find_builtin(name);
    if (builtin != nullptr && name == "dict") return dict_with_names(context, *builtin, arguments, names);
    if (builtin != nullptr) return call_with_names(context, name, builtin->signature, builtin->run, Term(), arguments, names);
  }
  const std::string full_name = std::string(string_view_of(module)) + "." + std::string(name);
  if (is_declared_subclass(full_name, "builtins.BaseException") && arity_of(names) == 0)
    return make_exception_of(context, type, arguments);
  return context.raise("TypeError", "class " + std::string(name) + " cannot be called as a value in compiled code");
}

}  // namespace pyvm::vm
