// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/exceptions.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "term/binary.h"
#include "term/copy.h"
#include "vm/format.h"
#include "vm/operators.h"

namespace pyvm::vm {

namespace {

struct ClassAndBase {
  std::string_view name;
  std::string_view base;
};

// The tree of CPython 3.11 without warnings and operating system errors below OSError.
constexpr ClassAndBase kClasses[] = {
    {"ArithmeticError", "Exception"},
    {"AssertionError", "Exception"},
    {"AttributeError", "Exception"},
    {"BaseException", ""},
    {"BufferError", "Exception"},
    {"EOFError", "Exception"},
    {"Exception", "BaseException"},
    {"FloatingPointError", "ArithmeticError"},
    {"ImportError", "Exception"},
    {"IndexError", "LookupError"},
    {"KeyError", "LookupError"},
    {"KeyboardInterrupt", "BaseException"},
    {"LookupError", "Exception"},
    {"MemoryError", "Exception"},
    {"NameError", "Exception"},
    {"NotImplementedError", "RuntimeError"},
    {"OSError", "Exception"},
    {"OverflowError", "ArithmeticError"},
    {"RecursionError", "RuntimeError"},
    {"ReferenceError", "Exception"},
    {"RuntimeError", "Exception"},
    {"StopIteration", "Exception"},
    {"SystemError", "Exception"},
    {"SystemExit", "BaseException"},
    {"TimeoutError", "OSError"},
    {"TypeError", "Exception"},
    {"UnboundLocalError", "NameError"},
    {"UnicodeDecodeError", "UnicodeError"},
    {"UnicodeEncodeError", "UnicodeError"},
    {"UnicodeError", "ValueError"},
    {"ValueError", "Exception"},
    {"ZeroDivisionError", "ArithmeticError"},
};
static_assert(std::is_sorted(std::begin(kClasses), std::end(kClasses), [](auto a, auto b) { return a.name < b.name; }));

const ClassAndBase* find_class(std::string_view name) {
  const auto* found =
      std::lower_bound(std::begin(kClasses), std::end(kClasses), name, [](auto& each, auto key) { return each.name < key; });
  return found != std::end(kClasses) && found->name == name ? found : nullptr;
}

bool is_exception_class(Term term) {
  if (!is_box(term, BoxKind::Type)) return false;
  const Term module = element(term, 0), name = element(term, 1);
  return string_view_of(module) != "builtins" || is_builtin_exception(string_view_of(name));
}

}  // namespace

bool is_builtin_exception(std::string_view name) { return find_class(name) != nullptr; }

bool is_builtin_subclass(std::string_view name, std::string_view base) {
  for (const ClassAndBase* at = find_class(name); at != nullptr; at = find_class(at->base)) {
    if (at->name == base) return true;
  }
  return false;
}

namespace {

/// str(exception); what cannot be shown is shown as nothing.
Term text_of(Context& context, std::string_view class_name, std::span<const Term> arguments, Term tuple) {
  if (arguments.empty()) return Term::short_string("");
  Term text;
  if (arguments.size() > 1) {
    text = repr_of(context, tuple);
  } else {
    text = class_name == "KeyError" ? repr_of(context, arguments[0]) : str_of(context, arguments[0]);
  }
  return text.is_nothing() ? Term::short_string("") : text;
}

}  // namespace

Term make_exception_of(Context& context, Term exception_class, std::span<const Term> arguments) {
  const Term tuple = context.heap.make_tuple(arguments);
  const Term name = element(exception_class, 1);
  const Term text = text_of(context, string_view_of(name), arguments, tuple);
  return context.heap.make_exception({element(exception_class, 0), name, tuple, text, context.heap.make_list({})});
}

namespace {

struct DeclaredClasses {
  std::shared_mutex lock;
  std::unordered_map<std::string, std::vector<std::string>> bases;
};

DeclaredClasses& declared() {
  static DeclaredClasses classes;
  return classes;
}

}  // namespace

void declare_exception_class(std::string name, std::vector<std::string> bases) {
  const std::unique_lock lock(declared().lock);
  declared().bases[std::move(name)] = std::move(bases);
}

bool is_declared_subclass(const std::string& name, const std::string& base) {
  const std::shared_lock lock(declared().lock);
  const auto found = declared().bases.find(name);
  return found != declared().bases.end() && std::ranges::find(found->second, base) != found->second.end();
}

Term named_class(Context& context, Term module, Term qualified_name) {
  Word* box = context.heap.allocate(3);
  box[0] = make_header(BoxKind::Type, 2);
  box[1] = module.bits();
  box[2] = qualified_name.bits();
  return Term::boxed(box);
}

Term class_value(Context& context, std::string_view name) {
  return named_class(context, context.heap.make_string("builtins"), context.heap.make_string(name));
}

Term raise_exception(Context& context, std::string_view name, std::span<const Term> arguments) {
  return context.raise(make_exception_of(context, class_value(context, name), arguments));
}

OwnedTerm exit_reason_of(Context& context, Term exception) {
  const ExceptionFields fields = exception_fields(exception);
  Term reason = exception;
  if (string_view_of(fields.qualified_name) == "ProcessExit" && string_view_of(fields.module) == "pyvm.errors" &&
      arity_of(fields.args) > 0)
    reason = resolve(element(fields.args, 0));
  const auto can_be_sent = [](Term term) {
    if (!term.is_boxed()) return true;
    return !is_local_kind(header_kind(header_of(term))) && Copy(term).refused() == Copy::Refusal::None;
  };
  if (can_be_sent(reason)) return OwnedTerm(reason);
  ExceptionFields plain = fields;
  plain.args = context.heap.tuple(fields.text);
  plain.cause = Term::none();
  return OwnedTerm(context.heap.make_exception(plain));
}

void raise_value(Context& context, Term value, Term cause) {
  if (is_exception_class(value)) value = make_exception_of(context, value, {});
  if (!is_box(value, BoxKind::Exception)) {
    context.raise("TypeError", "exceptions must derive from BaseException");
    return;
  }
  if (!cause.is_nothing()) {
    if (is_exception_class(cause)) cause = make_exception_of(context, cause, {});
    if (!cause.is_none() && !is_box(cause, BoxKind::Exception)) {
      context.raise("TypeError", "exception causes must derive from BaseException");
      return;
    }
    ExceptionFields fields = exception_fields(value);
    fields.cause = cause;
    value = context.heap.make_exception(fields);
  }
  context.raise(value);
}

void raise_assertion(Context& context, Term message) {
  raise_exception(context, "AssertionError", {&message, message.is_nothing() ? 0u : 1u});
}

void raise_unbound(Context& context, Term variable) {
  context.raise("UnboundLocalError", "cannot access local variable '" + std::string(string_view_of(variable)) +
                                         "' where it is not associated with a value");
}

}  // namespace pyvm::vm
