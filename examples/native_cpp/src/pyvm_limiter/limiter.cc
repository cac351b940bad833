// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Limiter: a token bucket. spawn(limiter, tokens a second, most tokens at once)
//
//   ("take", n, reply_to)             "ok" to reply_to when n tokens are there and taken; in the order of arrival.
//                                     ("error", text) when they never will be
//   ("rate", per_second, burst)       from now on
//   ("status", reply_to)              (tokens, requests served, whether one waits)
//   "stop"                            ends normally
//   anything else                     is dropped
//
// While a take waits for tokens, later ones stay in the mailbox: a selective receive. Nobody polls; the wait is a receive deadline.
#include <algorithm>

#include "base/clock.h"
#include "proc/native.h"
#include "python/native_module.h"
#include "term/number.h"

namespace {

using pyvm::element;
using pyvm::Outcome;
using pyvm::Term;

/// An int or float of a message that is above zero; otherwise 0.
double positive(Term term) {
  if (term.is_small()) return std::max(static_cast<double>(term.unchecked_small()), 0.0);
  return pyvm::is_float(term) && pyvm::float_value(term) > 0 ? pyvm::float_value(term) : 0.0;
}

bool is_tagged(Term term, const char* tag, pyvm::Word arity) {
  return pyvm::is_tuple(term, arity) && element(term, 0) == Term::short_string(tag);
}

class Limiter final : public pyvm::Body {
 public:
  static const char* refuse(Term arguments) {
    if (pyvm::arity_of(arguments) != 2) return "arguments are tokens a second and most tokens at once";
    return positive(element(arguments, 0)) == 0 || positive(element(arguments, 1)) == 0 ? "both arguments must be numbers above 0"
                                                                                        : nullptr;
  }
  explicit Limiter(Term arguments)
      : per_second_(positive(element(arguments, 0))),
        burst_(positive(element(arguments, 1))),
        tokens_(burst_),
        filled_ns_(pyvm::monotonic_ns()) {}

  Outcome run(pyvm::Process& self) override {
    fill();
    serve_waiting(self);
    const auto accepts = [this](Term message) { return wanted_ == 0 || !is_tagged(message, "take", 3); };
    while (const pyvm::Message message = pyvm::receive_if(self, accepts)) {
      if (message.term() == Term::short_string("stop")) return Outcome::Exit;
      handle(self, message.term());
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
  const char* name() const override { return "pyvm_limiter.limiter"; }

 private:
  void handle(pyvm::Process& self, Term message) {
    if (is_tagged(message, "take", 3)) {
      take(self, positive(element(message, 1)), element(message, 2));
    } else if (is_tagged(message, "rate", 3) && positive(element(message, 1)) != 0 && positive(element(message, 2)) != 0) {
      fill();
      per_second_ = positive(element(message, 1));
      burst_ = positive(element(message, 2));
      tokens_ = std::min(tokens_, burst_);
      if (wanted_ > burst_) refuse_take(self, waiting_.get());
      serve_waiting(self);
    } else if (is_tagged(message, "status", 2)) {
      fill();
      pyvm::TermBuilder builder;
      pyvm::reply(element(message, 1),
                  builder.tuple(builder.make_float(tokens_), Term::small(served_), Term::boolean(wanted_ != 0)));
    }
  }

  void take(pyvm::Process& self, double n, Term reply_to) {
    if (n == 0 || n > burst_) return refuse_take(self, reply_to);
    wanted_ = n;
    waiting_ = pyvm::OwnedTerm(reply_to);
    fill();
    serve_waiting(self);
  }

  void refuse_take(pyvm::Process& self, Term reply_to) {
    pyvm::TermBuilder builder;
    pyvm::reply(reply_to,
                builder.tuple(Term::short_string("error"), builder.make_string("take: more than 0 and at most the burst")));
    wanted_ = 0;
    self.mailbox.rewind();
  }

  /// Serves the take that waits, or sets the deadline at which there will be enough for it.
  void serve_waiting(pyvm::Process& self) {
    if (wanted_ == 0) return;
    self.clear_deadline();
    constexpr double kEnough = 1e-9;  // what rounding may cost
    if (tokens_ + kEnough < wanted_) {
      self.set_deadline(filled_ns_ + static_cast<std::uint64_t>((wanted_ - tokens_) / per_second_ * 1e9) + 1);
      return;
    }
    tokens_ = std::max(tokens_ - wanted_, 0.0);
    wanted_ = 0;
    ++served_;
    pyvm::reply(waiting_.get(), Term::short_string("ok"));
    waiting_ = pyvm::OwnedTerm();
    self.mailbox.rewind();  // takes that were passed over are acceptable again
  }

  void fill() {
    const std::uint64_t now = pyvm::monotonic_ns();
    tokens_ = std::min(burst_, tokens_ + static_cast<double>(now - filled_ns_) * 1e-9 * per_second_);
    filled_ns_ = now;
  }

  double per_second_, burst_, tokens_;
  std::uint64_t filled_ns_;
  std::int64_t served_ = 0;
  double wanted_ = 0;        // tokens of the take that waits; 0: none does
  pyvm::OwnedTerm waiting_;  // whom it answers
};

const pyvm::NativeFactory limiter = pyvm::native_factory<Limiter>("pyvm_limiter.limiter");

}  // namespace

PYVM_NATIVE_MODULE(_native, limiter)
