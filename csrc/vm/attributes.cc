// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Attributes and classes: what an object has besides its methods, and what it is an instance of.
#include <algorithm>
#include <string>

#include "term/atom_table.h"
#include "term/change.h"
#include "term/number.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/enums.h"
#include "vm/exceptions.h"
#include "vm/inline_cache.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

Term no_attribute(Context& context, Term object, std::string_view name) {
  return context.raise("AttributeError", "'" + type_name(object) + "' object has no attribute '" + std::string(name) + "'");
}

/// The value of an entry of a dict with names.
Term attribute_among(Term details, std::string_view name) {
  details = resolve(details);
  for (Word entry = next_entry(details, 0); entry != kNoEntry; entry = next_entry(details, entry + 1)) {
    const Term key = entry_key(details, entry);
    if (string_view_of(key) == name) return element(details, 2 * entry + 1);
  }
  return Term();
}

Term exception_attribute(Term exception, std::string_view name) {
  const ExceptionFields fields = exception_fields(exception);
  if (name == "args") return fields.args;
  if (name == "__cause__") return fields.cause;
  if (!fields.details.is_nothing()) {
    const Term found = attribute_among(fields.details, name);
    if (!found.is_nothing()) return found;
  }
  if (name == "__traceback__") return fields.traceback;
  // StopIteration and ProcessExit keep their first argument under a name of their own.
  const bool has_first = arity_of(fields.args) > 0;
  if (name == "value" && string_view_of(fields.qualified_name) == "StopIteration")
    return has_first ? element(fields.args, 0) : Term::none();
  if (name == "reason" && has_first && string_view_of(fields.module).starts_with("pyvm")) return element(fields.args, 0);
  return Term();
}

/// The number of a field, or of as many as there are.
std::size_t field_number(Term record, std::string_view name) {
  const std::vector<std::string>& fields = record_class(element(record, 0)).fields;
  return static_cast<std::size_t>(std::ranges::find(fields, name) - fields.begin());
}

Term record_field(Term record, std::string_view name) {
  const std::size_t field = field_number(record, name);
  return field < arity_of(record) - 1 ? element(record, 1 + field) : Term();
}

/// The parts of a number that all numbers have.
Term number_attribute(Context& context, Term number, std::string_view name) {
  const Term self = number.is_bool() ? Term::small(number.is_true()) : number;
  if (name == "real") return self;
  if (name == "imag") return is_int(number) ? Term::small(0) : context.heap.make_float(0.0);
  if (is_int(number) && (name == "numerator" || name == "denominator")) return name == "numerator" ? self : Term::small(1);
  return Term();
}

/// Nobody has told what the class has besides its fields.
Term unknown_class(Context& context, Term record, std::string_view name) {
  const std::string& known_as = record_class(element(record, 0)).qualified_name;
  return context.raise("AttributeError", "'" + known_as + "' object has no field '" + std::string(name) +
                                             "', and no compiled function names the class: name it, as in an annotation");
}

Term class_attribute(Context& context, Term type, std::string_view name) {
  if (name == "__qualname__") return element(type, 1);
  if (name == "__module__") return element(type, 0);
  if (name != "__name__") return Term();
  const Term qualified_name = element(type, 1);
  const std::string_view dotted = string_view_of(qualified_name);
  return context.heap.make_string(dotted.substr(dotted.rfind('.') + 1));
}

/// Whether a value that is no exception is of the class of that name of builtins.
bool is_of_builtin(Term object, std::string_view name) {
  if (name == "object") return true;
  if (name == "int") return is_int(object);
  if (name == "bool") return object.is_bool();
  if (name == "float") return is_float(object);
  if (name == "str") return is_string(object);
  if (name == "bytes") return is_binary(object);
  if (name == "tuple") return is_tuple(object);
  if (name == "list") return is_box(object, BoxKind::List);
  if (name == "dict") return is_box(object, BoxKind::Dict);
  if (name == "set") return is_box(object, BoxKind::Set);
  if (name == "frozenset") return is_box(object, BoxKind::FrozenSet);
  if (name == "range") return is_box(object, BoxKind::Range);
  if (name == "slice") return is_box(object, BoxKind::Slice);
  if (name == "NoneType") return object.is_none();
  if (name == "function") return is_box(object, BoxKind::Closure) || is_box(object, BoxKind::Function);
  return name == "type" && is_box(object, BoxKind::Type);
}

bool is_of_pyvm(Term object, std::string_view name) {
  if (name == "Atom") return object.is_atom();
  if (name == "Pid") return object.is_pid();
  if (name == "Ref") return is_ref(object);
  if (name == "Alias") return is_ref(object) && (header_flags(header_of(object)) & box_flag::kAlias) != 0;
  return name == "Function" && is_box(object, BoxKind::Function);
}

bool is_text(Term string, std::string_view text) { return string_view_of(string) == text; }

bool is_named(Term object, Word module, std::string_view class_module, std::string_view class_name) {
  return is_text(element(object, module), class_module) && is_text(element(object, module + 1), class_name);
}

bool is_exception_of(Term exception, std::string_view module, std::string_view name) {
  if (is_named(exception, 0, module, name)) return true;
  const Term own_module = element(exception, 0), own_name = element(exception, 1);
  if (string_view_of(own_module) == "builtins")
    return module == "builtins" && is_builtin_subclass(string_view_of(own_name), name);
  const auto full_name = [](std::string_view of_module, std::string_view of_class) {
    return std::string(of_module) + "." + std::string(of_class);
  };
  if (is_declared_subclass(full_name(string_view_of(own_module), string_view_of(own_name)), full_name(module, name))) return true;
  return module == "builtins" && (name == "BaseException" || (name == "Exception" && string_view_of(own_name) != "ProcessExit"));
}

bool derives_from(Term object, std::string_view module, std::string_view name) {
  const ClassTable* table = class_of(nullptr, object);
  return table != nullptr && table->derives_from(std::string(module).append(".").append(name));
}

/// `names` are those of the built-in types whose instances an abstract class takes.
bool is_one_of_builtins(Term object, Term names) {
  return std::ranges::any_of(list_items(names), [&](Term name) { return is_of_builtin(object, string_view_of(name)); });
}

bool is_of_class(Term object, Term type) {
  const Term module_term = element(type, 0), name_term = element(type, 1);
  const std::string_view module = string_view_of(module_term), name = string_view_of(name_term);
  if (is_box(object, BoxKind::Exception))
    return is_exception_of(object, module, name) || (module == "builtins" && name == "object");
  if (is_box(object, BoxKind::Record)) {
    const RecordClass& shape = record_class(element(object, 0));
    if (shape.module == module && shape.qualified_name == name) return true;
    return (module == "builtins" && name == "object") || derives_from(object, module, name);
  }
  if (is_box(object, BoxKind::EnumMember) && is_named(object, 0, module, name)) return true;
  if (is_box(object, BoxKind::EnumMember) && derives_from(object, module, name)) return true;
  if (arity_of(type) == 3) return is_one_of_builtins(object, element(type, 2));
  return module == "builtins" ? is_of_builtin(object, name) : module.starts_with("pyvm") && is_of_pyvm(object, name);
}

constexpr int kMostNestedClasses = 100;

/// Yes or No for a class or a tuple of classes, Raised (without an error) for anything else.
template <typename IsOf>
Answer any_class(Term classes, const IsOf& is_of, int depth = 0) {
  if (is_box(classes, BoxKind::Type)) return answer(is_of(classes));
  if (!is_tuple(classes) || depth == kMostNestedClasses) return Answer::Raised;
  for (Word i = 0; i < arity_of(classes); ++i) {
    const Answer found = any_class(element(classes, i), is_of, depth + 1);
    if (found != Answer::No) return found;
  }
  return Answer::No;
}

Term member_value(Context& context, const Module* module, Term object, std::string_view name) {
  const bool is_class = is_box(object, BoxKind::Type);
  const Member* member = find_member(module, object, name);
  if (member == nullptr) return Term();
  switch (member->kind) {
    case MemberKind::Constant:
    case MemberKind::Static:
      return member->value;
    case MemberKind::Class:
      return make_bound_function(context, *member->function, is_class ? object : class_of(module, object)->type);
    case MemberKind::Method:
      return is_class ? member->value : make_bound_function(context, *member->function, object);
    default:
      return context.raise("TypeError", "a property is read by its name, with a dot, in compiled code: " + std::string(name));
  }
}

}  // namespace

Term get_attribute(Context& context, Term object, Term name_term, const Module* module) {
  object = resolve(object);
  const std::string_view name = string_view_of(name_term);
  Term found;
  if (is_box(object, BoxKind::Record)) found = record_field(object, name);
  if (is_box(object, BoxKind::Exception)) found = exception_attribute(object, name);
  if (const Term number = plain_value(object); is_number(number)) found = number_attribute(context, number, name);
  if (is_box(object, BoxKind::EnumMember) && (name == "name" || name == "_name_")) found = enum_name(context, object);
  if (is_box(object, BoxKind::EnumMember) && (name == "value" || name == "_value_")) found = enum_value(object);
  if ((is_box(object, BoxKind::Range) || is_box(object, BoxKind::Slice)) && (name == "start" || name == "stop" || name == "step"))
    found = element(object, name == "start" ? 0 : name == "stop" ? 1 : 2);
  if (is_box(object, BoxKind::Type)) found = class_attribute(context, object, name);
  if (found.is_nothing()) found = member_value(context, module, object, name);
  if (found.is_nothing() && !context.error.is_nothing()) return found;
  if (found.is_nothing() && name == "__class__") found = class_of_value(context, object, module);
  if (!found.is_nothing()) return found;
  if (is_box(object, BoxKind::Record) && class_of(module, object) == nullptr) return unknown_class(context, object, name);
  const Term value = is_box(object, BoxKind::Type) ? object : plain_value(object);
  const KnownMethod* method = find_method(value, name);
  return method == nullptr ? no_attribute(context, object, name) : make_bound_method(context, *method, value);
}

Term get_attribute(Context& context, Term object, const Function& function, unsigned name) {
  const Term name_term = function.constants[name];
  if (is_box(object, BoxKind::Record)) {
    const std::size_t field = field_number(object, string_view_of(name_term));
    if (field < arity_of(object) - 1) {
      remember_field(function, name, object, field);
      return element(object, 1 + field);
    }
  }
  return get_attribute(context, object, name_term, function.module);
}

bool set_attribute(Context& context, Term object, Term name, Term value) {
  const bool is_own = is_box(object, BoxKind::Record) && (header_flags(header_of(object)) & box_flag::kLiteral) == 0;
  const std::size_t field = is_own ? field_number(object, string_view_of(name)) : 0;
  if (!is_own || field == arity_of(object) - 1) return set_exception_attribute(context, object, name, value);
  auto* words = const_cast<Word*>(object.boxed());
  words[2 + field] = value.bits();
  note_written(words, 1 + field, 2 + field, context.heap);  // it may be old (C4)
  return true;
}

Term get_special(Context& context, const Function& function, Term object, unsigned number) {
  object = resolve(object);
  const Term name_term = function.constants[number];
  const std::string_view name = string_view_of(name_term);
  if (name.starts_with('<')) {
    if (!is_box(object, BoxKind::Record)) return Term::none();
    if (name == "<values>")
      return context.heap.make_tuple({reinterpret_cast<const Term*>(object.boxed() + 2), arity_of(object) - 1});
    std::vector<Term> names;
    for (const std::string& field : record_class(element(object, 0)).fields) names.push_back(context.heap.make_string(field));
    return context.heap.make_tuple(names);
  }
  if (is_box(object, BoxKind::Type)) return Term::none();
  const Member* member = find_member(function.module, object, name);
  if (member == nullptr || member->kind != MemberKind::Method) return Term::none();
  remember_member(function, number, member);
  return member->value;
}

Term class_of_value(Context& context, Term object, const Module* module) {
  object = resolve(object);
  if (is_box(object, BoxKind::Type)) return class_value(context, "type");
  if (const ClassTable* table = class_of(module, object)) return table->type;
  if (is_box(object, BoxKind::Record)) {
    const RecordClass& shape = record_class(element(object, 0));
    return named_class(context, context.heap.make_string(shape.module), context.heap.make_string(shape.qualified_name));
  }
  if (is_box(object, BoxKind::Exception) || is_box(object, BoxKind::EnumMember))
    return named_class(context, element(object, 0), element(object, 1));
  const std::string name = type_name(object);
  for (const std::string_view of_pyvm : {"Atom", "Pid", "Ref", "Alias"}) {
    if (name == of_pyvm) return named_class(context, context.heap.make_string("pyvm"), context.heap.make_string(name));
  }
  return class_value(context, name);
}

Answer is_instance(Context& context, Term object, Term classes) {
  object = resolve(object);
  const Answer found = any_class(classes, [&](Term type) { return is_of_class(object, type); });
  if (found == Answer::Raised) context.raise("TypeError", "isinstance() arg 2 must be a type, a tuple of types, or a union");
  return found;
}

Answer is_exception(Context& context, Term exception, Term classes) {
  const Answer found = any_class(classes, [&](Term type) { return is_of_class(exception, type); });
  if (found == Answer::Raised)
    context.raise("TypeError", "catching classes that do not inherit from BaseException is not allowed");
  return found;
}

}  // namespace pyvm::vm
