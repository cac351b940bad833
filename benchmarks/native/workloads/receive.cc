// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Selective receive in full mailboxes.
#include "harness.h"

namespace pyvm::workloads {
namespace {

constexpr Term kJunk = Term::short_string("junk");
constexpr Term kTag = Term::short_string("tag");
constexpr Term kHigh = Term::short_string("high");
constexpr Term kLow = Term::short_string("low");

/// Of ("x", i), i.
std::int64_t number_of(Term pair) { return element(pair, 1).unchecked_small(); }

/// (from, ref, x) -> (ref, x)
class EchoRef final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      want(is_tuple(message.term(), 3), "a request");
      const Word reply[] = {make_header(BoxKind::Tuple, 2), element(message.term(), 1).bits(), element(message.term(), 2).bits()};
      send_term(element(message.term(), 0).unchecked_pid(), Term::boxed(reply));
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
};

/// Asks `calls` times with a new reference, with an empty mailbox, then with `preload` messages in it.
class MarkerMain final : public Body {
 public:
  struct Times {
    std::uint64_t empty_from = 0, empty_to = 0, full_from = 0, full_to = 0;
  };

  MarkerMain(std::int64_t preload, std::int64_t calls, Times& times, Result& result)
      : preload_(preload), calls_(calls), times_(times), result_(result) {}

  Outcome run(Process& self) override {
    if (!server_) {
      server_ = start<EchoRef>(&self);
      times_.empty_from = monotonic_ns();
    }
    while (round_ < 2) {
      if (count_ == calls_) {
        ++round_;
        count_ = 0;
        if (round_ == 1) fill(self);
        continue;
      }
      if (ref_ == 0) ask(self);
      const Message reply = receive_if(self, [this](Term term) {
        return is_tuple(term, 2) && is_ref(element(term, 0)) && ref_value(element(term, 0)).id == ref_;
      });
      if (!reply) return Outcome::Wait;
      want(number_of(reply.term()) == count_, "reply");
      ref_ = 0;
      ++count_;
      if (!self.spend(2)) return Outcome::Yield;
    }
    times_.full_to = monotonic_ns();
    self.receive_signals();
    result_.set(self.mailbox.length());
    return Outcome::Exit;
  }

 private:
  void ask(Process& self) {
    ref_ = make_ref(self);
    Signal* request = Signal::create(SignalKind::Message, 7);  // a tuple of 3, and its reference
    SignalBuilder builder(*request);
    const Term ref = builder.make_ref(ref_, self.pid());
    builder.finish(builder.tuple(self.pid_term(), ref, integer(count_)));
    static_cast<void>(deliver(server_, request));
    self.mailbox.begin_at(ref_);
  }

  void fill(Process& self) {
    times_.empty_to = monotonic_ns();
    for (std::int64_t i = 1; i <= preload_; ++i) send_tuple(self.pid(), kJunk, integer(i));
    times_.full_from = monotonic_ns();
  }

  const std::int64_t preload_;
  const std::int64_t calls_;
  Times& times_;
  Result& result_;
  Pid server_;
  Word ref_ = 0;
  std::int64_t count_ = 0;
  int round_ = 0;
};

Answer selective_marker(std::string_view, const Params& params) {
  const std::int64_t preload = params.get("preload", 10'000), calls = params.get("calls", 500'000);
  MarkerMain::Times times;
  Result result;
  start<MarkerMain>(nullptr, preload, calls, times, result);
  want(result.wait() == preload, "junk left");
  const auto n = static_cast<double>(calls);
  return {{{"calls", "calls/s", n / seconds(times.full_from, times.full_to)},
           {"calls_empty_mailbox", "calls/s", n / seconds(times.empty_from, times.empty_to)}},
          std::to_string(calls)};
}

/// The worst case: always the newest message.
class ReverseMain final : public Body {
 public:
  ReverseMain(std::int64_t n, std::int64_t rounds, Result& result) : n_(n), rounds_(rounds), result_(result) {}

  Outcome run(Process& self) override {
    for (;;) {
      if (next_ == 0) {
        if (rounds_-- == 0) break;
        for (std::int64_t i = 1; i <= n_; ++i) send_tuple(self.pid(), kTag, integer(i));
        next_ = n_;
      }
      const Message message =
          receive_if(self, [this](Term term) { return is_tagged(term, 2, kTag) && number_of(term) == next_; });
      want(static_cast<bool>(message), "the newest message");
      --next_;
      ++count_;
      if (!self.spend()) return Outcome::Yield;
    }
    result_.set(count_);
    return Outcome::Exit;
  }

 private:
  const std::int64_t n_;
  std::int64_t rounds_;
  Result& result_;
  std::int64_t next_ = 0;
  std::int64_t count_ = 0;
};

Answer selective_reverse(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 10'000), rounds = params.get("rounds", 5);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<ReverseMain>(nullptr, n, rounds, result);
  const std::int64_t count = result.wait();
  want(count == n * rounds, "count");
  const double s = seconds(t0, result.at_ns());
  const double scans = static_cast<double>(rounds) * static_cast<double>(n) * static_cast<double>(n + 1) / 2;
  return {{{"messages", "messages/s", static_cast<double>(count) / s}, {"scans", "scans/s", scans / s}}, std::to_string(count)};
}

/// Priorities by two receives: one message in a hundred is high.
class PrioMain final : public Body {
 public:
  PrioMain(std::int64_t n, std::int64_t rounds, Result& result) : n_(n), rounds_(rounds), result_(result) {}

  Outcome run(Process& self) override {
    for (;;) {
      if (left_ == 0) {
        want(high_ == (began_ ? n_ / 100 : 0), "high");
        if (rounds_-- == 0) break;
        for (std::int64_t i = 1; i <= n_; ++i) send_tuple(self.pid(), i % 100 == 0 ? kHigh : kLow, integer(i));
        began_ = true;
        left_ = n_;
        high_ = low_ = 0;
      }
      take(self);
      --left_;
      ++count_;
      if (!self.spend()) return Outcome::Yield;
    }
    result_.set(count_);
    return Outcome::Exit;
  }

 private:
  void take(Process& self) {
    if (receive_if(self, [](Term term) { return is_tagged(term, 2, kHigh); })) {
      want(low_ == 0, "high before low");
      ++high_;
      return;
    }
    self.mailbox.rewind();  // the first receive gave up: a receive with a timeout of 0
    want(static_cast<bool>(receive_if(self, [](Term term) { return is_tagged(term, 2, kLow); })), "low");
    ++low_;
  }

  const std::int64_t n_;
  std::int64_t rounds_;
  Result& result_;
  bool began_ = false;
  std::int64_t left_ = 0;
  std::int64_t high_ = 0;
  std::int64_t low_ = 0;
  std::int64_t count_ = 0;
};

Answer selective_prio(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 10'000), rounds = params.get("rounds", 5);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<PrioMain>(nullptr, n, rounds, result);
  const std::int64_t count = result.wait();
  want(count == n * rounds, "count");
  return {{{"messages", "messages/s", static_cast<double>(count) / seconds(t0, result.at_ns())}}, std::to_string(count)};
}

}  // namespace

void add_receive(Table& table) {
  table["selective_marker"] = selective_marker;
  table["selective_reverse"] = selective_reverse;
  table["selective_prio"] = selective_prio;
}

}  // namespace pyvm::workloads
