// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Context: what a function of the machine (an operator, a built-in, a method) works with.
//
//   heap           where results are made. Making never collects, so plain terms may be held until the function returns
//   raise(...)     leaves an exception and gives nothing: `return context.raise("TypeError", "...")`
//   charge(n)      the work of `n` elements was done: 1/16 of a reduction each, taken off the slice
//   wait()         gives nothing, without an exception: the process waits, and the same call, with the same arguments, runs again when
//                  anything has come for it. give_way(): when the others have run. Of functions that an instruction calls (V3)
//
// V1  A function that gives nothing has left an exception in `error`, or waits; one that gives a term has not.
// V2  Terms that come in may be forwards (heap.md); change.h has resolve() and what reads through them.
// V3  What waits begins with begins(), which is true the first time; what it must know later it keeps in state(), a register.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "term/term_builder.h"

namespace pyvm {
class Process;
}

namespace pyvm::vm {

class PYVM_EXPORT Context {
 public:
  Context(TermBuilder& heap, Process& process);
  Context(const Context&) = delete;

  /// An exception of builtins, with one argument.
  Term raise(std::string_view kind, std::string_view text) { return raise(heap.make_exception("builtins", kind, text)); }
  Term raise(Term exception) {
    error = exception;
    return Term();
  }
  void charge(std::size_t elements) {
    elements_ += elements;
    if (elements_ < kElementsAReduction) return;
    reductions_left_ -= static_cast<std::int32_t>(std::min(elements_ / kElementsAReduction, kMostReductions));
    elements_ %= kElementsAReduction;
  }

  // Waiting.
  enum class Pause : std::uint8_t { None, Wait, Yield };
  bool begins() {
    if (std::exchange(pause, Pause::None) != Pause::None) return false;
    state() = Term();
    return true;
  }
  Term wait() { return pauses(Pause::Wait); }
  Term give_way() { return pauses(Pause::Yield); }
  Term& state() { return window[1]; }
  bool in_guard() const { return guard != nullptr && *guard; }

  TermBuilder& heap;
  Process& process;
  Term error;
  Term* window = nullptr;       // of the call that runs
  Pause pause = Pause::None;    // what the call that runs asks for, or asked for when it ran before
  const bool* guard = nullptr;  // whether a guard of a receive runs, which may not wait

 private:
  Term pauses(Pause asked) {
    pause = asked;
    return Term();
  }

  static constexpr std::size_t kElementsAReduction = 16;
  static constexpr std::size_t kMostReductions = 1 << 16;
  std::int32_t& reductions_left_;  // of the process
  std::size_t elements_ = 0;
};

/// `arguments` has a term for each parameter of the signature, nothing for one that was left out; those of `*name` follow at the end. In
/// front of those stands the dict of `**name`, which only methods have.
using BuiltinFunction = Term (*)(Context& context, std::span<const Term> arguments);

/// `signature` is Python's, without annotations: "iterable, /, start=0". The text of a default is for readers: the function sees nothing.
struct Builtin {
  std::string_view name;
  std::string_view signature;
  BuiltinFunction run;
  bool (*is_available)() = nullptr;  // null: everywhere
};

/// A method: arguments[0] is the object. `type` is the name of a built-in type: "str", "list", ...
struct Method {
  std::string_view type;
  std::string_view name;
  std::string_view signature;
  BuiltinFunction run;
};

}  // namespace pyvm::vm
