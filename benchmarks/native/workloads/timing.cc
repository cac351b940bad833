// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Timers, and what processes that never wait do to others.
#include "harness.h"
#include "sched/timers.h"

namespace pyvm::workloads {
namespace {

constexpr Term kTimer = Term::short_string("t");
constexpr Term kExpect = Term::short_string("expect");

/// Notes how late each ("t", due) comes, until it has as many as ("expect", n) says.
class Collector final : public Body {
 public:
  Collector(std::vector<std::int64_t>& lates, Result& result) : lates_(lates), result_(result) {}

  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      const std::int64_t value = element(message.term(), 1).unchecked_small();
      if (is_tagged(message.term(), 2, kTimer)) {
        lates_.push_back(static_cast<std::int64_t>(monotonic_ns()) - value);
      } else {
        want(is_tagged(message.term(), 2, kExpect), "an expect");
        expected_ = value;
      }
      if (static_cast<std::int64_t>(lates_.size()) == expected_) {
        result_.set(expected_);
        return Outcome::Exit;
      }
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  std::vector<std::int64_t>& lates_;
  Result& result_;
  std::int64_t expected_ = -1;
};

/// Starts timers in batches of 1,000 and cancels every other one of a batch at once.
class Starter final : public Body {
 public:
  Starter(Pid collector, std::int64_t n, std::int64_t max_ms, Result& result)
      : collector_(collector), n_(n), max_ms_(max_ms), left_(n), result_(result) {}

  Outcome run(Process& self) override {
    while (left_ > 0) {
      const auto size = static_cast<std::size_t>(std::min<std::int64_t>(left_, kBatch));
      for (std::size_t i = 0; i < size; ++i) batch_[i] = start_one();
      for (std::size_t i = 0; i + 1 < size; i += 2) {
        if (cancel_later(batch_[i])) ++cancelled_;
      }
      left_ -= static_cast<std::int64_t>(size);
      if (!self.spend(static_cast<std::int32_t>(size + size / 2))) return Outcome::Yield;
    }
    send_tuple(collector_, kExpect, integer(n_ - cancelled_));
    result_.set(cancelled_);
    return Outcome::Exit;
  }

 private:
  static constexpr std::int64_t kBatch = 1000;

  TimerRef start_one() {
    x_ = lcg(x_);
    const std::int64_t ms = static_cast<std::int64_t>(x_ >> 8) % max_ms_ + 1;
    const std::uint64_t due = monotonic_ns() + static_cast<std::uint64_t>(ms) * 1'000'000;
    return send_later(due, collector_, make_tuple_message(kTimer, integer(static_cast<std::int64_t>(due))));
  }

  const Pid collector_;
  const std::int64_t n_;
  const std::int64_t max_ms_;
  std::int64_t left_;
  Result& result_;
  std::uint32_t x_ = 42;
  std::int64_t cancelled_ = 0;
  std::vector<TimerRef> batch_ = std::vector<TimerRef>(kBatch);
};

Answer timers(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 1'000'000);
  std::vector<std::int64_t> lates;
  Result started;
  Result fired;
  const std::uint64_t t0 = monotonic_ns();
  const Pid collector = start<Collector>(nullptr, lates, fired);
  start<Starter>(nullptr, collector, n, params.get("max_ms", 1000), started);
  const std::int64_t cancelled = started.wait();
  const std::int64_t all = fired.wait() + cancelled;
  want(all == n, "fired and cancelled");
  return {{{"timer_ops", "ops/s", static_cast<double>(n + n / 2) / seconds(t0, started.at_ns())},
           {"total", "s", seconds(t0, fired.at_ns())},
           {"late_p50", "ms", percentile(lates, 0.50) / 1e6},
           {"late_p99", "ms", percentile(lates, 0.99) / 1e6},
           {"late_max", "ms", percentile(lates, 1.0) / 1e6}},
          std::to_string(all)};
}

/// A loop without end: one reduction a turn, as compiled code would spend it.
class Busy final : public Body {
 public:
  Outcome run(Process& self) override {
    do {
      count_ = (count_ + 1) & 0xffffff;
      asm volatile("" : "+r"(count_));  // each turn is done, not summed up
    } while (self.spend());
    return Outcome::Yield;
  }

 private:
  std::uint32_t count_ = 0;
};

class FairMain final : public Body {
 public:
  FairMain(std::int64_t pings, std::uint64_t max_ns, std::vector<std::int64_t>& times, Result& result)
      : left_(pings), max_ns_(max_ns), times_(times), result_(result) {}

  Outcome run(Process& self) override {
    if (!ponger_) {
      const Message go = receive(self);
      if (!go) return Outcome::Wait;
      ponger_ = start<Ponger>(&self);
      deadline_ns_ = monotonic_ns() + max_ns_;
      ping(self);
    }
    while (const Message message = receive(self)) {
      want(message.term() == word::pong, "a pong");
      const std::uint64_t now = monotonic_ns();
      times_.push_back(static_cast<std::int64_t>(now - sent_ns_));
      if (--left_ == 0 || now > deadline_ns_) {
        result_.set(0);
        return Outcome::Exit;
      }
      ping(self);
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  void ping(Process& self) {
    sent_ns_ = monotonic_ns();
    send_tuple(ponger_, word::ping, self.pid_term());
  }

  std::int64_t left_;
  const std::uint64_t max_ns_;
  std::vector<std::int64_t>& times_;
  Result& result_;
  Pid ponger_;
  std::uint64_t deadline_ns_ = 0;
  std::uint64_t sent_ns_ = 0;
};

Answer fairness(std::string_view, const Params& params) {
  std::vector<std::int64_t> times;
  Result result;
  for (std::int64_t i = params.get("busy", 100); i > 0; --i) start<Busy>(nullptr);
  const auto max_ns = static_cast<std::uint64_t>(params.get("max_s", 5)) * 1'000'000'000;
  const Pid main = start<FairMain>(nullptr, params.get("pings", 10'000), max_ns, times, result);
  sleep_ms(300);
  send_term(main, word::go);
  result.wait();
  return {{{"p50", "us", percentile(times, 0.50) / 1e3},
           {"p99", "us", percentile(times, 0.99) / 1e3},
           {"max", "us", percentile(times, 1.0) / 1e3},
           {"pings", "pings", static_cast<double>(times.size())}},
          "ok"};
}

}  // namespace

void add_timing(Table& table) {
  table["timers"] = timers;
  table["fairness"] = fairness;
}

}  // namespace pyvm::workloads
