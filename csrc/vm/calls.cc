// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Calls of values: closures with defaults and names, classes.
#include <algorithm>

#include "proc/delivery.h"
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
#include "vm/format.h"
#include "vm/inline_cache.h"
#include "vm/items.h"
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

/// What a closure has besides its function: the defaults that were computed, then what it captures.
const Term* captures_of(Term closure) { return reinterpret_cast<const Term*>(closure.boxed() + 2); }

/// What a function, or the constructor of a record, takes.
struct Parameters {
  explicit Parameters(Term closure)
      : callable(function_of(closure).qualified_name),
        names(function_of(closure).parameter_names),
        positional_only(function_of(closure).positional_only),
        keyword_only(function_of(closure).keyword_only),
        takes_rest(function_of(closure).takes_rest),
        takes_names(function_of(closure).takes_names),
        defaults(function_of(closure).captured_defaults != 0 ? captures_of(closure) : function_of(closure).default_values,
                 function_of(closure).defaults) {}
  Parameters(std::string constructor, std::span<const Term> names, std::span<const Term> defaults)
      : callable(std::move(constructor)), names(names), defaults(defaults), objects(1) {}

  std::string callable;
  std::span<const Term> names;
  std::size_t positional_only = 0;
  std::size_t keyword_only = 0;
  bool takes_rest = false;         // *args
  bool takes_names = false;        // **kwargs
  std::span<const Term> defaults;  // of the last ones; nothing for one without
  std::size_t objects = 0;         // 1 of a method, whose texts count its object
};

/// The arguments of a call in the order of the parameters, as CPython binds them.
class Binding {
 public:
  Binding(Context& context, const Parameters& parameters, std::span<Term> values)
      : context_(context), parameters_(parameters), values_(values) {}

  /// `given`: the positional ones, then one for each name.
  bool bind(std::span<const Term> given, Term names) {
    const std::size_t named = arity_of(names), positional = given.size() - named;
    const std::size_t most = parameters_.names.size() - parameters_.keyword_only, placed = std::min(positional, most);
    std::fill(values_.begin(), values_.end(), Term());
    std::copy_n(given.begin(), placed, values_.begin());
    for (Word i = 0; i < named; ++i) {
      if (!put(names, i, given[positional + i])) return false;
    }
    if (positional > most && !parameters_.takes_rest) return too_many(positional, most);
    if (!fill_in_defaults(most)) return false;
    auto behind = values_.begin() + static_cast<std::ptrdiff_t>(parameters_.names.size());
    if (parameters_.takes_rest) *behind++ = context_.heap.make_tuple(given.subspan(placed, positional - placed));
    if (parameters_.takes_names) *behind = context_.heap.make_dict(std::span<const Term>(further_));
    return true;
  }

 private:
  bool fail(const std::string& text) {
    context_.raise("TypeError", parameters_.callable + "() " + text);
    return false;
  }

  bool too_many(std::size_t given, std::size_t most) {
    const auto arguments = [](std::size_t count) { return count == 1 ? " argument" : " arguments"; };
    const std::size_t optional = most - std::min(most, parameters_.names.size() - parameters_.defaults.size());
    const std::size_t all = most + parameters_.objects, in_all = given + parameters_.objects;
    const std::string takes =
        optional != 0 ? "from " + std::to_string(all - optional) + " to " + std::to_string(all) : std::to_string(all);
    const auto by_name = static_cast<std::size_t>(
        std::ranges::count_if(values_.subspan(most, parameters_.keyword_only), [](Term value) { return !value.is_nothing(); }));
    std::string also;
    if (by_name != 0)
      also = std::string(" positional") + arguments(in_all) + " (and " + std::to_string(by_name) + " keyword-only" +
             arguments(by_name) + ")";
    return fail("takes " + takes + " positional" + arguments(optional != 0 ? 2 : all) + " but " + std::to_string(in_all) + also +
                (in_all == 1 && by_name == 0 ? " was given" : " were given"));
  }

  static std::string quoted(Term name) { return "'" + std::string(string_view_of(name)) + "'"; }

  /// The place of a parameter that may be named, or how many parameters there are.
  std::size_t place_of(Term name, std::size_t from) const {
    const auto found = std::find_if(parameters_.names.begin() + static_cast<std::ptrdiff_t>(from), parameters_.names.end(),
                                    [&](Term each) { return equal(each, name); });
    return static_cast<std::size_t>(found - parameters_.names.begin());
  }

  bool put(Term names, Word index, Term value) {
    const Term name = element(names, index);
    const std::size_t place = place_of(name, parameters_.positional_only);
    if (place < parameters_.names.size()) {
      if (!values_[place].is_nothing()) return fail("got multiple values for argument " + quoted(name));
      values_[place] = value;
      return true;
    }
    if (!parameters_.takes_names) return unexpected(names, name);
    further_.push_back(name);
    further_.push_back(value);
    return true;
  }

  bool unexpected(Term names, Term name) {
    std::string by_place_only;
    for (Word i = 0; i < arity_of(names); ++i) {
      if (place_of(element(names, i), 0) >= parameters_.positional_only) continue;
      const Term wrong = element(names, i);
      by_place_only += (by_place_only.empty() ? "" : ", ") + std::string(string_view_of(wrong));
    }
    if (by_place_only.empty()) return fail("got an unexpected keyword argument " + quoted(name));
    return fail("got some positional-only arguments passed as keyword arguments: '" + by_place_only + "'");
  }

  bool fill_in_defaults(std::size_t most) {
    const std::size_t first_default = parameters_.names.size() - parameters_.defaults.size();
    for (std::size_t i = first_default; i < parameters_.names.size(); ++i) {
      if (values_[i].is_nothing()) values_[i] = parameters_.defaults[i - first_default];
    }
    return check_missing(0, most, "positional") && check_missing(most, parameters_.names.size(), "keyword-only");
  }

  bool check_missing(std::size_t begin, std::size_t end, const char* kind) {
    std::vector<std::string> missing;
    for (std::size_t i = begin; i < end; ++i) {
      if (values_[i].is_nothing()) missing.push_back(quoted(parameters_.names[i]));
    }
    if (missing.empty()) return true;
    return fail("missing " + std::to_string(missing.size()) + " required " + kind + " argument" +
                (missing.size() == 1 ? "" : "s") + ": " + quoted_list(missing));
  }

  Context& context_;
  const Parameters& parameters_;
  std::span<Term> values_;     // one for each name, then *args and **kwargs
  std::vector<Term> further_;  // of **kwargs: names and values
};

}  // namespace

Term make_cell(Context& context, Term value) {
  Word* box = context.heap.allocate(2);
  box[0] = make_header(BoxKind::Cell, 1);
  box[1] = value.bits();
  return Term::boxed(box);
}

Term make_function(Context& context, const Function& function, const Term* captures) {
  const std::size_t count = std::size_t{function.captured_defaults} + function.captures;
  Word* box = context.heap.allocate(2 + count);
  box[0] = make_header(BoxKind::Closure, 1 + count);
  box[1] = reinterpret_cast<Word>(&function) | 1;
  for (std::size_t i = 0; i < count; ++i) box[2 + i] = captures[i].bits();
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

bool send_result(Context& context, Term value) {
  if (!check_sendable(context, value, "result")) return false;
  const Process& process = context.process;
  const Term ref = context.heap.make_ref(process.extras_->result_ref, process.parent);
  static_cast<void>(send(process.parent, context.heap.tuple(ref, value)));
  return true;
}

bool check_sendable(Context& context, Term term, std::string_view root) {
  term = resolve(term);
  if (!term.is_boxed()) return true;
  if (is_tuple(term) && std::ranges::none_of(list_items(term), &Term::is_boxed)) return true;
  if (!is_local_kind(header_kind(header_of(term))) && Copy(term).refused() == Copy::Refusal::None) return true;
  raise_unsendable(context, term, root);
  return false;
}

const Function* function_taking(Term callable, std::size_t arguments) {
  if (!is_box(callable, BoxKind::Closure) || kind_of(callable) != CallableKind::Function) return nullptr;
  const Function& function = function_of(callable);
  return arguments == function.parameters && function.captures == 0 && function.binds_by_place() ? &function : nullptr;
}

Term bind_call(Context& context, Term callable, std::span<const Term> arguments, const Function** function) {
  if (!is_box(callable, BoxKind::Closure) || kind_of(callable) != CallableKind::Function)
    return context.raise("TypeError", print(callable) + " is not a function of this module: only those can be spawned here");
  *function = &function_of(callable);
  if (function_taking(callable, arguments.size()) != nullptr) return context.heap.make_tuple(arguments);
  std::vector<Term> parameters((*function)->parameters);
  const Term no_names = context.heap.make_tuple({});
  if (!Binding(context, Parameters(callable), parameters).bind(arguments, no_names)) return Term();
  const Term* captures = captures_of(callable) + (*function)->captured_defaults;
  parameters.insert(parameters.end(), captures, captures + (*function)->captures);
  return context.heap.make_tuple(parameters);
}

Term make_record(Context& context, Term type, std::span<const Term> arguments, Term names) {
  const Term class_term = element(type, 2), defaults = element(type, 3), name = element(type, 1);
  std::vector<Term> fields;
  for (const std::string& field : record_class(class_term).fields) fields.push_back(context.heap.make_string(field));
  std::vector<Term> values(fields.size());
  const Parameters parameters(std::string(string_view_of(name)) + ".__init__", fields, list_items(defaults));
  if (!Binding(context, parameters, values).bind(arguments, names)) return Term();
  return context.heap.make_record(class_term, values);
}

namespace {

/// The names of arguments of which none has one.
Term no_names() {
  static constexpr Word kEmpty[] = {make_header(BoxKind::Tuple, 0, box_flag::kLiteral)};
  return Term::boxed(kEmpty);
}

bool has_parameter(const Function& function, std::string_view name) {
  return std::ranges::any_of(function.parameter_names, [&](const Term& each) { return string_view_of(each) == name; });
}

/// A call of what is no function of the language.
Term call_native(Context& context, Term callee, std::span<const Term> given, Term names) {
  if (is_box(callee, BoxKind::Type)) return call_class(context, callee, given, names);
  if (!is_box(callee, BoxKind::Closure))
    return context.raise("TypeError", "'" + std::string(type_name(callee)) + "' object is not callable");
  if (kind_of(callee) == CallableKind::Method) {
    const Method& method = *target_of<KnownMethod>(callee).method;
    const bool is_by_place = method.signature.empty() || method.signature.ends_with(", /");
    if (is_by_place && arity_of(names) != 0)
      return context.raise("TypeError",
                           std::string(method.type) + "." + std::string(method.name) + "() takes no keyword arguments");
    return call_with_names(context, method.name, method.signature, method.run, element(callee, 1), given, names);
  }
  const Builtin& builtin = target_of<Builtin>(callee);
  return call_with_names(context, builtin.name, builtin.signature, builtin.run, Term(), given, names);
}

bool is_function(Term callee) { return is_box(callee, BoxKind::Closure) && kind_of(callee) == CallableKind::Function; }

/// What runs when an object is called: a function, and what it gets before the arguments, which is nothing for a mere function.
struct Runnable {
  Term function;
  Term first;
};

/// The function is nothing for what is called natively.
Runnable runnable_of(const Module* module, Term callee) {
  if (is_function(callee)) return {callee, Term()};
  if (is_box(callee, BoxKind::Closure))
    return kind_of(callee) == CallableKind::BoundFunction ? Runnable{callee, element(callee, 1)} : Runnable{};
  if (is_box(callee, BoxKind::Type)) {
    const ClassTable* table = class_of(module, callee);
    return table == nullptr || table->constructor.is_nothing() ? Runnable{} : Runnable{table->constructor, Term::none()};
  }
  const Member* call = is_box(callee, BoxKind::Record) ? find_member(module, callee, "__call__") : nullptr;
  return call == nullptr || call->kind != MemberKind::Method ? Runnable{} : Runnable{call->value, callee};
}

/// What a call with stars calls it: "module.f()", "list.append()", "len()".
std::string callable_text(Context& context, Term callee) {
  const auto with_module = [](std::string_view module, std::string_view name) {
    return (module == "builtins" ? "" : std::string(module) + ".") + std::string(name) + "()";
  };
  const bool is_bound = is_box(callee, BoxKind::Closure) && kind_of(callee) == CallableKind::BoundFunction;
  if (is_bound || is_function(callee)) return with_module(function_of(callee).source->module, function_of(callee).qualified_name);
  if (is_box(callee, BoxKind::Type)) {
    const Term module = element(callee, 0), name = element(callee, 1);
    return with_module(string_view_of(module), string_view_of(name));
  }
  if (!is_box(callee, BoxKind::Closure)) {
    const Term text = str_of(context, callee);
    return text.is_nothing() ? "" : std::string(string_view_of(text));
  }
  if (kind_of(callee) == CallableKind::Builtin) return std::string(target_of<Builtin>(callee).name) + "()";
  const Method& method = *target_of<KnownMethod>(callee).method;
  return std::string(method.type) + "." + std::string(method.name) + "()";
}

/// Adds what the iterable behind `*` gives.
bool spread_items(Context& context, Term callee, Term iterable, std::vector<Term>& given) {
  Term state[3];
  if (!iterate(context, iterable, state)) {
    context.raise("TypeError",
                  callable_text(context, callee) + " argument after * must be an iterable, not " + type_name(iterable));
    return false;
  }
  return collect_items(context, iterable, given);
}

/// Adds the values of the dict behind `**`; `names` gets a tuple of its keys.
bool spread_names(Context& context, Term dict, std::vector<Term>& given, Term* names) {
  const std::vector<Term> keys = entries_of(dict);
  for (const Term key : keys) {
    if (!is_string(key)) {
      context.raise("TypeError", "keywords must be strings");
      return false;
    }
    given.push_back(dict_get(resolve(dict), key));
  }
  *names = context.heap.make_tuple(keys);
  return true;
}

}  // namespace

bool merge_names(Context& context, Term names, Term more, Term callee) {
  more = resolve(more);
  if (!is_box(more, BoxKind::Dict)) {
    context.raise("TypeError", callable_text(context, callee) + " argument after ** must be a mapping, not " + type_name(more));
    return false;
  }
  for (const Term key : entries_of(more)) {
    if (!dict_get(resolve(names), key).is_nothing()) {
      const Term text = str_of(context, key);
      if (text.is_nothing()) return false;
      context.raise("TypeError", callable_text(context, callee) + " got multiple values for keyword argument '" +
                                     std::string(string_view_of(text)) + "'");
      return false;
    }
    dict_set(names, key, dict_get(more, key), context.heap);
  }
  context.charge(size_of(more));
  return true;
}

Term* Machine::make_room(Context& context, const Function& function, unsigned window) {
  if (grow_stack(context, static_cast<std::size_t>(fp_ - stack_) + window + kLinkWords + function.registers))
    return fp_ + window + kLinkWords;
  fp_[window] = Term();
  return nullptr;
}

bool Machine::put_before_arguments(Context& context, unsigned window, unsigned count, Term first) {
  if (!grow_stack(context, static_cast<std::size_t>(fp_ - stack_) + window + kLinkWords + count + 1)) {
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

const Function* Machine::prepare_function(Context& context, Term closure, unsigned window, unsigned count, Term names) {
  const Function& function = function_of(closure);
  Term* first = make_room(context, function, window);
  if (first == nullptr) return nullptr;
  if (count != function.parameters || arity_of(names) != 0 || !function.binds_by_place()) {
    const std::vector<Term> arguments(first, first + count);  // the parameters stand where they are
    if (!Binding(context, Parameters(closure), {first, function.parameters}).bind(arguments, names)) {
      fp_[window] = Term();
      return nullptr;
    }
  }
  std::copy_n(captures_of(closure) + function.captured_defaults, function.captures, first + function.parameters);
  return &function;
}

const Function* Machine::prepare_call(Context& context, unsigned window, unsigned count, Term names) {
  const Term callee = fp_[window];
  const Runnable runnable = runnable_of(function_->module, callee);
  if (runnable.function.is_nothing()) {
    const Term result = call_native(context, callee, {fp_ + window + kLinkWords, count}, names);
    if (context.pause == Context::Pause::None) fp_[window] = result;  // what waits is called again
    return nullptr;
  }
  if (runnable.first.is_nothing()) return prepare_function(context, runnable.function, window, count, names);
  if (!put_before_arguments(context, window, count, runnable.first)) return nullptr;
  return prepare_function(context, runnable.function, window, count + 1, names);
}

const Function* Machine::prepare_newest(Context& context, unsigned window, const QualifiedName& name, const Meaning& meaning) {
  const Function* function = meaning.code == nullptr ? nullptr : &meaning.code->functions[0];
  if (function != nullptr && name.in_place && function->binds_by_place() && function->parameters == name.places.size())
    return function;
  Term* arguments = fp_ + window + kLinkWords;
  std::vector<Term> given;
  for (const std::uint16_t place : name.places) given.push_back(arguments[place]);
  fp_[window] = newest_value(context, name, meaning);
  if (fp_[window].is_nothing()) return nullptr;
  std::ranges::copy(given, arguments);
  return prepare_function(context, fp_[window], window, static_cast<unsigned>(given.size()), name.names);
}

Term newest_value(Context& context, const QualifiedName& name, const Meaning& meaning) {
  if (meaning.code != nullptr) return meaning.code->first_function;
  return context.raise("AttributeError", "module '" + name.entry->module + "' has no attribute '" + name.entry->name + "'");
}

const Function* Machine::prepare_spread(Context& context, unsigned window, bool named) {
  const Term callee = fp_[window], *arguments = fp_ + window + kLinkWords;
  const Runnable runnable = runnable_of(function_->module, callee);
  std::vector<Term> given;
  if (!runnable.first.is_nothing()) given.push_back(runnable.first);
  Term names = context.heap.make_tuple({});
  const bool good =
      spread_items(context, callee, arguments[0], given) && (!named || spread_names(context, arguments[1], given, &names));
  if (!good || runnable.function.is_nothing()) {
    const Term result = good ? call_native(context, callee, given, names) : Term();
    if (context.pause == Context::Pause::None) {
      fp_[window] = result;
    } else {  // it is called again, with what an iterator gave
      fp_[window + kLinkWords] = context.heap.make_tuple(std::span<const Term>(given).first(given.size() - arity_of(names)));
    }
    return nullptr;
  }
  const Function& function = function_of(runnable.function);
  Term* first = make_room(context, function, window);
  if (first == nullptr) return nullptr;
  if (!Binding(context, Parameters(runnable.function), {first, function.parameters}).bind(given, names)) {
    fp_[window] = Term();
    return nullptr;
  }
  std::copy_n(captures_of(runnable.function) + function.captured_defaults, function.captures, first + function.parameters);
  return &function;
}

const Function* Machine::prepare_method(Context& context, unsigned window, unsigned count, unsigned name) {
  const Term object = resolve(fp_[window + kLinkWords]), name_term = function_->constants[name];
  const Member* member = find_member(function_->module, object, string_view_of(name_term));
  const bool is_class = is_box(object, BoxKind::Type);
  if (member == nullptr && is_box(object, BoxKind::Exception) && count == 2 && string_view_of(name_term) == "add_note") {
    fp_[window] = add_note(context, object, fp_[window + kLinkWords + 1]) ? Term::none() : Term();
    return nullptr;
  }
  if (member == nullptr || member->kind == MemberKind::Property || member->kind == MemberKind::Constant) {
    const Term found = get_attribute(context, object, name_term, function_->module);
    fp_[window] = found;
    if (found.is_nothing()) return nullptr;
    drop_first_argument(window, count);
    const Function* function = prepare_call(context, window, count - 1, no_names());
    if (context.pause != Context::Pause::None) static_cast<void>(put_before_arguments(context, window, count - 1, object));
    return function;
  }
  if (!is_class) remember_member(*function_, name, member);
  if (member->kind == MemberKind::Class) {
    if (!is_class) fp_[window + kLinkWords] = class_of(function_->module, object)->type;
  } else if (member->kind == MemberKind::Static || is_class) {
    drop_first_argument(window, count);
    --count;
  }
  return prepare_function(context, member->value, window, count, no_names());
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
  const bool has_constructor = table != nullptr && !table->constructor.is_nothing();
  const Function* constructor = has_constructor ? &function_of(table->constructor) : nullptr;
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

const Function* Machine::prepare_property(Context& context, unsigned window, unsigned name) {
  const Term object = resolve(fp_[window + kLinkWords]), name_term = function_->constants[name];
  const Member* member = find_member(function_->module, object, string_view_of(name_term));
  if (member != nullptr && member->kind == MemberKind::Property && !is_box(object, BoxKind::Type)) {
    remember_member(*function_, name, member);
    return prepare_function(context, member->value, window, 1, no_names());
  }
  fp_[window] = get_attribute(context, object, *function_, name);
  return nullptr;
}

}  // namespace pyvm::vm
