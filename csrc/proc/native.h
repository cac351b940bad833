// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Native: what the author of a native body includes. A body is a class with a run() that does a slice of work:
//
//   class Echo final : public pyvm::Body {
//    public:
//     pyvm::Outcome run(pyvm::Process& self) override {
//       while (pyvm::Message message = pyvm::receive(self)) {           // oldest first
//         const pyvm::Term from = pyvm::element(message.term(), 0);      // ("ping", pid) would be checked with is_tuple first
//         pyvm::send(from.unchecked_pid(), pyvm::Term::short_string("pong"));
//         if (!self.spend()) return pyvm::Outcome::Yield;                // the slice is over: others run, then run() again
//       }
//       return pyvm::Outcome::Wait;                                      // run() again when something has come
//     }
//   };
//
//   receive(self)                    the oldest message, or an empty one when there is none (return Wait then)
//   receive_if(self, accepts)        the oldest message that accepts(Term) takes; the others keep their order. Called again after
//                                    Wait it looks at what is new only: for another condition, self.mailbox.rewind() first
//   receive_reply(self, ref)         the message that came by alias `ref`, or the DOWN of monitor `ref`: O(1) for a ref just made
//   reply(to, term)                  a copy to the pid or alias that a request carried
//   send(pid, term)                  a copy; make_tuple_message(...) + deliver(pid, signal) builds in place
//   self.set_deadline(ns)            run() is called with self.timed_out when it passes; clear_deadline() after the receive
//   self.set_exit(OwnedTerm(r))      then return Outcome::Exit
//   spawn<B>({.parent = &self}, ...) spawn.h; link, monitor, demonitor, make_alias, make_ref: link_monitor.h
//   send_later(...)                  sched/timers.h
//
// run() must not block its thread, keeps its state in members (terms as OwnedTerm), and returns Wait only when it has looked at every
// message (the functions here do). Python reaches a body through a NativeFactory, which native_factory<B>("name") makes:
//
//   const pyvm::NativeFactory counter = pyvm::native_factory<Counter>("example.counter");
//   PYVM_NATIVE_MODULE(_example, counter)                              // python/native_module.h; or a py::capsule of it in pybind11
//
// Guide: docs/native-bodies.md.
#pragma once

#include "proc/spawn.h"

namespace pyvm {

/// A message that its receiver has taken. Move-only; its terms live as long as it does.
class Message {
 public:
  Message() = default;
  explicit Message(Signal* signal) : signal_(signal) {}
  Message(Message&& other) noexcept : signal_(std::exchange(other.signal_, nullptr)) {}
  Message& operator=(Message&& other) noexcept {
    std::swap(signal_, other.signal_);
    return *this;
  }
  ~Message() {
    if (signal_ != nullptr) signal_->destroy();
  }

  explicit operator bool() const { return signal_ != nullptr; }
  Term term() const { return signal_->term; }
  const Signal& signal() const { return *signal_; }
  /// The caller owns it: to deliver it to another process as it is.
  Signal* release() { return std::exchange(signal_, nullptr); }

 private:
  Signal* signal_ = nullptr;
};

inline Message receive(Process& self) { return Message(self.take_first()); }

template <typename Accepts>
Message receive_if(Process& self, Accepts&& accepts) {
  while (Signal* message = self.next_message()) {
    if (accepts(message->term)) return Message(self.take_message());
    self.mailbox.skip();
    --self.reductions_left;
  }
  return Message();
}

/// `first` on the first try after making `ref`: the scan then begins at its mark.
inline Message receive_reply(Process& self, Word ref, bool first) {
  if (first) self.mailbox.begin_at(ref);
  while (Signal* message = self.next_message()) {
    if (message->ref == ref) return Message(self.take_message());
    self.mailbox.skip();
  }
  return Message();
}

/// Sends a copy of `message` to a pid or a reference; what is neither is ignored, as a sender's mistake is not the receiver's.
inline void reply(Term to, Term message) {
  if (to.is_pid()) {
    static_cast<void>(send(to.unchecked_pid(), message));
  } else if (is_ref(to)) {
    static_cast<void>(send_to_alias(to, Signal::with_copy(SignalKind::Message, message)));
  }
}

/// How Python makes a native body: `make` puts it in the process, or says in `error` what is wrong with the arguments (a tuple). It is
/// called with the GIL and keeps it, so that the runtime does not stop meanwhile.
struct NativeFactory {
  const char* name;
  bool (*make)(Process& process, Term arguments, std::string& error);
};

/// The name of the capsule a native module gives to Python; pyvm.native(capsule) makes it spawnable.
inline constexpr const char* kNativeFactoryCapsule = "pyvm.NativeFactory";

/// The factory of bodies of class B, by what B has:
///   static const char* refuse(Term arguments); B(Term arguments)   `arguments` is the tuple that spawn was given; refuse says what is
///                                                                  wrong with it, or gives null, and only then is B made
///   B()                                                            takes no arguments
template <typename B>
constexpr NativeFactory native_factory(const char* name) {
  return {name, [](Process& process, Term arguments, std::string& error) {
            const char* why = nullptr;
            if constexpr (std::is_constructible_v<B, Term>) {
              why = B::refuse(arguments);
              if (why == nullptr) emplace_body<B>(process, arguments);
            } else {
              if (arity_of(arguments) != 0) why = "it takes no arguments";
              if (why == nullptr) emplace_body<B>(process);
            }
            if (why != nullptr) error = why;
            return why == nullptr;
          }};
}

}  // namespace pyvm
