// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/exceptions.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "term/binary.h"
#include "term/change.h"
#include "term/copy.h"
#include "vm/classes.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/operators.h"
#include "vm/text.h"

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

bool is_key_error(Term module, Term name) {
  if (string_view_of(module) == "builtins") return string_view_of(name) == "KeyError";
  return is_declared_subclass(std::string(string_view_of(module)).append(".").append(string_view_of(name)), "builtins.KeyError");
}

/// str(exception); what cannot be shown is shown as nothing.
Term text_of(Context& context, bool shows_repr, std::span<const Term> arguments, Term tuple) {
  if (arguments.empty()) return Term::short_string("");
  Term text;
  if (arguments.size() > 1) {
    text = repr_of(context, tuple);
  } else {
    text = shows_repr ? repr_of(context, arguments[0]) : str_of(context, arguments[0]);
  }
  return text.is_nothing() ? Term::short_string("") : text;
}

}  // namespace

Term make_exception_of(Context& context, Term exception_class, std::span<const Term> arguments) {
  const Term tuple = context.heap.make_tuple(arguments);
  const Term name = element(exception_class, 1);
  const Term text = text_of(context, is_key_error(element(exception_class, 0), name), arguments, tuple);
  const Term details = context.heap.make_dict(std::span<const Term>());  // notes may be added
  return context.heap.make_exception(
      {element(exception_class, 0), name, tuple, text, context.heap.make_list({}), Term::none(), details});
}

namespace {

struct DeclaredClasses {
  std::shared_mutex lock;
  std::unordered_map<std::string, std::vector<std::string>> bases = {
      // at first those that built-in functions raise
      {"binascii.Error", {"builtins.ValueError", "builtins.Exception", "builtins.BaseException"}},
      {"json.decoder.JSONDecodeError", {"builtins.ValueError", "builtins.Exception", "builtins.BaseException"}},
      {"struct.error", {"builtins.Exception", "builtins.BaseException"}},
      {"zlib.error", {"builtins.Exception", "builtins.BaseException"}},
  };
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
  plain.details = Term();
  return OwnedTerm(context.heap.make_exception(plain));
}

bool set_exception_attribute(Context& context, Term exception, Term name_term, Term value) {
  const std::string_view name = string_view_of(name_term);
  const bool can_change = is_box(exception, BoxKind::Exception) && arity_of(exception) > 6 &&
                          (header_flags(header_of(exception)) & box_flag::kLiteral) == 0;
  if (!can_change) {
    context.raise(
        "AttributeError",
        "an attribute cannot be set in compiled code but where an exception or a record is made, in __init__ or __post_init__");
    return false;
  }
  if (name != "args") {
    dict_set(element(exception, 6), name_term, value, context.heap);
    return true;
  }
  std::vector<Term> arguments;
  if (!collect_items(context, value, arguments)) return false;
  const Term tuple = context.heap.make_tuple(arguments);
  auto* words = const_cast<Word*>(exception.boxed());
  words[3] = tuple.bits();
  words[4] = text_of(context, is_key_error(element(exception, 0), element(exception, 1)), arguments, tuple).bits();
  note_written(words, 2, 4, context.heap);  // it may be old (C4)
  return true;
}

bool add_note(Context& context, Term exception, Term note) {
  if (!is_string(note)) {
    context.raise("TypeError", "note must be a str, not '" + type_name(note) + "'");
    return false;
  }
  const Term key = context.heap.make_string("__notes__"), details = arity_of(exception) > 6 ? element(exception, 6) : Term();
  if (details.is_nothing()) {
    context.raise("TypeError", "a note cannot be added to an exception that came in a message: raise one of your own from it");
    return false;
  }
  Term notes = dict_get(resolve(details), key);
  if (notes.is_nothing()) {
    notes = context.heap.make_list({});
    dict_set(details, key, notes, context.heap);
  }
  list_append(notes, note, context.heap);
  return true;
}

void raise_value(Context& context, Term value, Term cause) {
  const ClassTable* table = is_box(value, BoxKind::Type) ? class_of(nullptr, value) : nullptr;
  if (table != nullptr && !table->constructor.is_nothing()) {
    context.raise("TypeError", "a class with an __init__ of its own is called where it is raised in compiled code");
    return;
  }
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
