// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Calls of values: closures with defaults and names, classes.
#include <algorithm>

#include "term/atom_table.h"
#include "term/binary.h"
#include "term/change.h"
#include "term/compare.h"
#include "term/copy.h"
#include "term/print.h"
#include "term/sendable.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/classes.h"
#include "vm/exceptions.h"
#include "vm/machine.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

enum class CallableKind : Word { Function = 1, Method = 3, Builtin = 5, BoundFunction = 7 };

CallableKind kind_of(Term closure) { return static_cast<CallableKind>(closure.boxed()[1] & 7); }
template <typename T>
const T& target_of(Term closure) {
  return *reinterpret_cast<const T*>(closure.boxed()[1] & ~Word{7});
}
const Function& function_of(Term closure) { return target_of<Function>(closure); }

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : names.size() > 2 ? ", and " : " and ";
    text += names[i];
  }
  return text;
}

/// What a function, or the constructor of a record, takes.
struct Parameters {
  explicit Parameters(const Function& function)
      : callable(function.qualified_name),
        names(function.parameter_names),
        positional_only(function.positional_only),
        keyword_only(function.keyword_only),
        defaults(function.default_values, function.defaults) {}
  Parameters(std::string callable, std::span<const Term> names, std::span<const Term> defaults)
      : callable(std::move(callable)), names(names), defaults(defaults) {}

  std::string callable;
  std::span<const Term> names;
  std::size_t positional_only = 0;
  std::size_t keyword_only = 0;
  std::span<const Term> defaults;  // of the last ones
  std::size_t hidden = 0;          // `self`, which an error counts
};

/// The arguments of a call in the order of the parameters, as CPython binds them.
class Binding {
 public:
  Binding(Context& context, const Parameters& parameters, std::span<Term> values)
      : context_(context), parameters_(parameters), values_(values) {}

  /// `given`: the positional ones, then one for each name.
  bool bind(std::span<const Term> given, Term names) {
    const std::size_t named = arity_of(names), positional = given.size() - named;
    const std::size_t most = parameters_.names.size() - parameters_.keyword_only;
    if (positional > most) return too_many(positional, most);
    std::fill(values_.begin(), values_.end(), Term());
    std::copy_n(given.begin(), positional, values_.begin());
    for (Word i = 0; i < named; ++i) {
      if (!put(element(names, i), given[positional + i])) return false;
    }
    return fill_in_defaults();
  }

 private:
  bool fail(const std::string& text) {
    context_.raise("TypeError", parameters_.callable + "() " + text);
    return false;
  }

  bool too_many(std::size_t given, std::size_t most) {
    given += parameters_.hidden;
    most += parameters_.hidden;
    const std::size_t optional = parameters_.defaults.size() - std::min(parameters_.defaults.size(), parameters_.keyword_only);
    const std::size_t needed = most - std::min(optional, most);
    const std::string takes =
        needed < most ? "from " + std::to_string(needed) + " to " + std::to_string(most) : std::to_string(most);
    return fail("takes " + takes + " positional argument" + (most == 1 && needed == most ? "" : "s") + " but " +
                std::to_string(given) + (given == 1 ? " was given" : " were given"));
  }

  bool put(Term name, Term value) {
    for (std::size_t i = parameters_.positional_only; i < parameters_.names.size(); ++i) {
      if (!equal(parameters_.names[i], name)) continue;
      if (!values_[i].is_nothing()) return fail("got multiple values for argument '" + std::string(string_view_of(name)) + "'");
      values_[i] = value;
      return true;
    }
    return fail("got an unexpected keyword argument '" + std::string(string_view_of(name)) + "'");
  }

  bool fill_in_defaults() {
    std::vector<std::string> missing, named_missing;
    const std::size_t first_named = values_.size() - parameters_.keyword_only;
    const std::size_t first_default = values_.size() - parameters_.defaults.size();
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].is_nothing() && i >= first_default) values_[i] = parameters_.defaults[i - first_default];
      if (!values_[i].is_nothing()) continue;
      (i < first_named ? missing : named_missing).push_back("'" + std::string(string_view_of(parameters_.names[i])) + "'");
    }
    if (missing.empty() && named_missing.empty()) return true;
    const std::string kind = missing.empty() ? "keyword-only" : "positional";
    if (missing.empty()) missing = named_missing;
    return fail("missing " + std::to_string(missing.size()) + " required " + kind + " argument" +
                (missing.size() == 1 ? "" : "s") + ": " + quoted_list(missing));
  }

  Context& context_;
  const Parameters& parameters_;
  std::span<Term> values_;
};

}  // namespace

Term make_cell(Context& context, Term value) {
  Word* box = context.heap.allocate(2);
  box[0] = make_header(BoxKind::Cell, 1);
  box[1] = value.bits();
  return Term::boxed(box);
}

Term make_function(Context& context, const Function& function, const Term* captures) {
  Word* box = context.heap.allocate(2 + function.captures);
  box[0] = make_header(BoxKind::Closure, 1 + function.captures);
  box[1] = reinterpret_cast<Word>(&function) | 1;
  for (std::size_t i = 0; i < function.captures; ++i) box[2 + i] = captures[i].bits();
  return Term::boxed(box);
}

Term make_bound_method(Context& context, const KnownMethod& method, Term object) {
  Word* box = context.heap.allocate(3);
  box[0] = make_header(BoxKind::Closure, 2);
  box[1] = reinterpret_cast<Word>(&method) | static_cast<Word>(CallableKind::Method);
  box[2] = object.bits();
  return Term::boxed(box);
}

Term make_bound_function(Context& context, const Function& function, Term object) {
  Word* box = context.heap.allocate(3);
  box[0] = make_header(BoxKind::Closure, 2);
  box[1] = reinterpret_cast<Word>(&function) | static_cast<Word>(CallableKind::BoundFunction);
  box[2] = object.bits();
  return Term::boxed(box);
}

std::string_view function_name(Term closure) {
  switch (kind_of(closure)) {
    case CallableKind::Method:
      return target_of<KnownMethod>(closure).method->name;
    case CallableKind::Builtin:
      return target_of<Builtin>(closure).name;
    default:
      return function_of(closure).qualified_name;
  }
}

namespace {

std::string name_of_kind(Term part) {
  if (is_box(part, BoxKind::Closure)) return "the function " + std::string(function_name(part)) + " belongs to its process";
  return "a " + type_name(part) + " belongs to its process";
}

void raise_unsendable(Context& context, Term term, std::string_view root) {
  const std::optional<UnsendablePart> found = find_unsendable(term);
  PYVM_CHECK(found.has_value(), "raise_unsendable: all of it can be sent");
  context.raise("TypeError", std::string(root) + found->place + ": " +
                                 (found->is_cycle ? "it contains itself, and cannot be sent"
                                                  : name_of_kind(found->part) + ", and cannot be sent"));
}

}  // namespace

Signal* make_message(Context& context, Term term, std::string_view root) {
  Signal* message = Signal::try_with_copy(SignalKind::Message, term);
  if (message == nullptr) raise_unsendable(context, term, root);
  return message;
}

bool check_sendable(Context& context, Term term, std::string_view root) {
  term = resolve(term);
  if (!term.is_boxed()) return true;
  if (!is_local_kind(header_kind(header_of(term))) && Copy(term).refused() == Copy::Refusal::None) return true;
  raise_unsendable(context, term, root);
  return false;
}

Term bind_call(Context& context, Term callable, std::span<const Term> arguments, const Function** function) {
  if (!is_box(callable, BoxKind::Closure) || kind_of(callable) != CallableKind::Function)
    return context.raise("TypeError", print(callable) + " is not a function of this module: only those can be spawned here");
  *function = &function_of(callable);
  std::vector<Term> parameters((*function)->parameters);
  const Term no_names = context.heap.make_tuple({});
  if (!Binding(context, Parameters(**function), parameters).bind(arguments, no_names)) return Term();
  for (std::size_t i = 0; i < (*function)->captures; ++i) parameters.push_back(Term::from_bits(callable.boxed()[2 + i]));
  return context.heap.make_tuple(parameters);
}

Term make_record(Context& context, Term type, std::span<const Term> arguments, Term names) {
  const Term class_term = element(type, 2), defaults = element(type, 3), name = element(type, 1);
  std::vector<Term> fields;
  for (const std::string& field : record_class(class_term).fields) fields.push_back(context.heap.make_string(field));
  std::vector<Term> values(fields.size());
  Parameters parameters(std::string(string_view_of(name)) + ".__init__", fields, list_items(defaults));
  parameters.hidden = 1;
  if (!Binding(context, parameters, values).bind(arguments, names)) return Term();
  return context.heap.make_record(class_term, values);
}

namespace {

bool has_parameter(const Function& function, std::string_view name) {
  return std::ranges::any_of(function.parameter_names, [&](const Term& each) { return string_view_of(each) == name; });
}

}  // namespace

bool Machine::put_before_arguments(Context& context, unsigned window, unsigned count, Term first) {
  const std::size_t needed = static_cast<std::size_t>(fp_ - stack_) + window + kLinkWords + count + 1;
  if (!grow_stack(context, needed)) {
    fp_[window] = Term();
    return false;
  }
  Term* arguments = fp_ + window + kLinkWords;
  std::copy_backward(arguments, arguments + count, arguments + count + 1);
  arguments[0] = first;
  return true;
}

void Machine::drop_first_argument(unsigned window, unsigned count) {
  Term* arguments = fp_ + window + kLinkWords;
  std::copy(arguments + 1, arguments + count, arguments);
}

const Function* Machine::prepare_function(Context& context, const Function& function, const Term* captures, unsigned window,
                                          unsigned count, Term names) {
  const std::size_t inputs = std::max<std::size_t>(function.parameters + function.captures, function.registers);
  if (!grow_stack(context, static_cast<std::size_t>(fp_ - stack_) + window + kLinkWords + inputs)) {
    fp_[window] = Term();
    return nullptr;
  }
  Term* first = fp_ + window + kLinkWords;
  const bool has_names = !names.is_nothing() && arity_of(names) != 0;
  if (count != function.parameters || has_names || function.keyword_only != 0) {
    const std::vector<Term> arguments(first, first + count);  // the parameters stand where they are
    const Term given_names = has_names ? names : context.heap.make_tuple({});
    if (!Binding(context, Parameters(function), {first, function.parameters}).bind(arguments, given_names)) {
      fp_[window] = Term();
      return nullptr;
    }
  }
  for (std::size_t i = 0; i < function.captures; ++i) first[function.parameters + i] = captures[i];
  return &function;
}

const Function* Machine::prepare_object(Context& context, unsigned window, unsigned count, Term names) {
  const Term callee = fp_[window];
  if (is_box(callee, BoxKind::Type)) {
    const ClassTable* table = class_of(function_->module, callee);
    if (table == nullptr || table->constructor == nullptr) {
      fp_[window] = call_class(context, callee, {fp_ + window + kLinkWords, count}, names);
      return nullptr;
    }
    if (!put_before_arguments(context, window, count, Term::none())) return nullptr;
    return prepare_function(context, *table->constructor, nullptr, window, count + 1, names);
  }
  const Member* call = is_box(callee, BoxKind::Record) ? find_member(function_->module, callee, "__call__") : nullptr;
  if (call == nullptr || call->kind != MemberKind::Method) {
    fp_[window] = context.raise("TypeError", "'" + type_name(callee) + "' object is not callable");
    return nullptr;
  }
  if (!put_before_arguments(context, window, count, callee)) return nullptr;
  return prepare_function(context, *call->function, nullptr, window, count + 1, names);
}

const Function* Machine::prepare_call(Context& context, unsigned window, unsigned count, Term names) {
  const Term callee = fp_[window];
  if (!is_box(callee, BoxKind::Closure)) return prepare_object(context, window, count, names);
  const std::span<const Term> given(fp_ + window + kLinkWords, count);
  switch (kind_of(callee)) {
    case CallableKind::Method: {
      const KnownMethod& known = target_of<KnownMethod>(callee);
      const Method& method = *known.method;
      fp_[window] = call_with_names(context, method.name, method.signature, method.run, element(callee, 1), given, names);
      return nullptr;
    }
    case CallableKind::Builtin: {
      const Builtin& builtin = target_of<Builtin>(callee);
      fp_[window] = call_with_names(context, builtin.name, builtin.signature, builtin.run, Term(), given, names);
      return nullptr;
    }
    case CallableKind::BoundFunction:
      if (!put_before_arguments(context, window, count, element(callee, 1))) return nullptr;
      return prepare_function(context, function_of(callee), nullptr, window, count + 1, names);
    default:
      return prepare_function(context, function_of(callee), reinterpret_cast<const Term*>(callee.boxed() + 2), window, count,
                              names);
  }
}

const Function* Machine::prepare_method(Context& context, unsigned window, unsigned count, Term name_term) {
  const Term object = resolve(fp_[window + kLinkWords]);
  const Member* member = find_member(function_->module, object, string_view_of(name_term));
  const bool is_class = is_box(object, BoxKind::Type);
  if (member == nullptr || member->kind == MemberKind::Property || member->kind == MemberKind::Constant) {
    const Term found = get_attribute(context, object, name_term, function_->module);
    fp_[window] = found;
    if (found.is_nothing()) return nullptr;
    drop_first_argument(window, count);
    return prepare_call(context, window, count - 1, context.heap.make_tuple({}));
  }
  if (member->kind == MemberKind::Class) {
    if (!is_class) fp_[window + kLinkWords] = class_of(function_->module, object)->type;
  } else if (member->kind == MemberKind::Static || is_class) {
    drop_first_argument(window, count);
    --count;
  }
  return prepare_function(context, *member->function, nullptr, window, count, Term());
}

const Function* Machine::prepare_replace(Context& context, unsigned window, Term names) {
  Term* given = fp_ + window + kLinkWords;
  const Term record = resolve(given[0]);
  fp_[window] = Term();
  if (!is_box(record, BoxKind::Record)) {
    context.raise("TypeError", "replace() should be called on dataclass instances");
    return nullptr;
  }
  const ClassTable* table = class_of(function_->module, record);
  const Function* constructor = table == nullptr ? nullptr : table->constructor;
  const std::vector<std::string>& fields = record_class(element(record, 0)).fields;
  std::vector<Term> values;
  for (Word i = 0; i < fields.size(); ++i) values.push_back(element(record, 1 + i));
  for (Word i = 0; i < arity_of(names); ++i) {
    const Term name_term = element(names, i);
    const std::string name(string_view_of(name_term));
    const auto field = std::ranges::find(fields, name);
    if (field == fields.end()) {
      context.raise("TypeError", record_class(element(record, 0)).qualified_name +
                                     ".__init__() got an unexpected keyword argument '" + name + "'");
      return nullptr;
    }
    if (constructor != nullptr && !has_parameter(*constructor, name)) {
      context.raise("ValueError", "field " + name + " is declared with init=False, it cannot be specified with replace()");
      return nullptr;
    }
    values[static_cast<std::size_t>(field - fields.begin())] = given[1 + i];
  }
  if (constructor == nullptr) {
    fp_[window] = context.heap.make_record(element(record, 0), values);
    return nullptr;
  }
  const std::size_t needed = std::max<std::size_t>(constructor->parameters, constructor->registers);
  if (!grow_stack(context, static_cast<std::size_t>(fp_ - stack_) + window + kLinkWords + needed)) return nullptr;
  given = fp_ + window + kLinkWords;
  given[0] = Term::none();  // `self`
  for (std::size_t i = 1; i < constructor->parameters; ++i) {
    const auto field = std::ranges::find(fields, string_view_of(constructor->parameter_names[i]));
    given[i] = values[static_cast<std::size_t>(field - fields.begin())];
  }
  return constructor;
}

const Function* Machine::prepare_property(Context& context, unsigned window, Term name) {
  const Term object = resolve(fp_[window + kLinkWords]);
  const Member* member = find_member(function_->module, object, string_view_of(name));
  if (member != nullptr && member->kind == MemberKind::Property && !is_box(object, BoxKind::Type))
    return prepare_function(context, *member->function, nullptr, window, 1, Term());
  fp_[window] = get_attribute(context, object, name, function_->module);
  return nullptr;
}

}  // namespace pyvm::vm
