// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Birth and death of processes, and what a waiting one takes.
#include "harness.h"
#include "sched/timers.h"

namespace pyvm::workloads {
namespace {

class Nothing final : public Body {
 public:
  Outcome run(Process&) override { return Outcome::Exit; }
};

/// Spawns with a monitor, `alive` at a time, and receives every DOWN.
class SpawnExit final : public Body {
 public:
  SpawnExit(std::int64_t n, std::int64_t alive, Result& result) : left_(n), alive_(alive), result_(result) {}

  Outcome run(Process& self) override {
    for (;;) {
      if (to_spawn_ == 0 && to_end_ == 0) {
        if (left_ == 0) {
          result_.set(done_);
          return Outcome::Exit;
        }
        to_spawn_ = to_end_ = std::min(left_, alive_);
        left_ -= to_spawn_;
      }
      for (; to_spawn_ > 0; --to_spawn_) {
        if (!self.spend()) return Outcome::Yield;
        want(spawn<Nothing>({.parent = &self, .monitor = true}).error == SpawnError::None, "spawn");
      }
      for (; to_end_ > 0; --to_end_) {
        if (!self.spend()) return Outcome::Yield;
        const Message down = receive(self);
        if (!down) return Outcome::Wait;
        want(is_tagged(down.term(), 5, Term::short_string("DOWN")) && element(down.term(), 4) == reason::normal, "a DOWN");
        ++done_;
      }
    }
  }

 private:
  std::int64_t left_;
  const std::int64_t alive_;
  std::int64_t to_spawn_ = 0;
  std::int64_t to_end_ = 0;
  std::int64_t done_ = 0;
  Result& result_;
};

Answer spawn_exit(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 1'000'000);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<SpawnExit>(nullptr, n, params.get("alive", 10'000), result);
  const std::int64_t done = result.wait();
  want(done == n, "count");
  return {{{"spawns", "spawns/s", static_cast<double>(n) / seconds(t0, result.at_ns())}}, std::to_string(done)};
}

class Idle final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      if (message.term() == word::stop) return Outcome::Exit;
      want(is_tagged(message.term(), 2, word::ping), "a ping");
      send_term(element(message.term(), 1).unchecked_pid(), word::pong);
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
};

/// Spawns n idle processes; after a "go" asks each whether it is there, and ends them all.
class Crowd final : public Body {
 public:
  Crowd(std::int64_t n, std::vector<Pid>& pids, Result& spawned, Result& answered)
      : n_(static_cast<std::size_t>(n)), pids_(pids), spawned_(spawned), answered_(answered) {}

  Outcome run(Process& self) override {
    for (; pids_.size() < n_; pids_.push_back(start<Idle>(&self))) {
      if (!self.spend()) return Outcome::Yield;
    }
    if (!told_) {
      told_ = true;
      spawned_.set(static_cast<std::int64_t>(pids_.size()));
    }
    if (!going_) {
      const Message message = receive(self);
      if (!message) return Outcome::Wait;
      going_ = true;
    }
    for (; asked_ < n_; ++asked_) {
      if (!self.spend()) return Outcome::Yield;
      send_tuple(pids_[asked_], word::ping, self.pid_term());
    }
    for (; pongs_ < n_; ++pongs_) {
      if (!self.spend()) return Outcome::Yield;
      const Message message = receive(self);
      if (!message) return Outcome::Wait;
      want(message.term() == word::pong, "a pong");
    }
    for (; ended_ < n_; ++ended_) {
      if (!self.spend()) return Outcome::Yield;
      send_term(pids_[ended_], word::stop);
    }
    answered_.set(static_cast<std::int64_t>(pongs_));
    return Outcome::Exit;
  }

 private:
  const std::size_t n_;
  std::vector<Pid>& pids_;
  Result& spawned_;
  Result& answered_;
  bool told_ = false;
  bool going_ = false;
  std::size_t asked_ = 0;
  std::size_t pongs_ = 0;
  std::size_t ended_ = 0;
};

Answer spawn_alive(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 200'000);
  std::vector<Pid> pids;
  Result spawned;
  Result answered;
  const double before = rss();
  const std::uint64_t t0 = monotonic_ns();
  pids.reserve(static_cast<std::size_t>(n));
  const Pid crowd = start<Crowd>(nullptr, n, pids, spawned, answered);
  want(spawned.wait() == n, "count");
  sleep_ms(300);
  const double after = rss();
  send_term(crowd, word::go);
  const std::int64_t pongs = answered.wait();
  want(pongs == n, "pongs");
  return {{{"spawns", "spawns/s", static_cast<double>(n) / seconds(t0, spawned.at_ns())},
           {"bytes", "B/process", (after - before) / static_cast<double>(n)}},
          std::to_string(pongs)};
}

/// Spawns n idle processes and starts timers that fire when the measurement is long over.
class Parker final : public Body {
 public:
  Parker(std::int64_t n, std::int64_t timers, Result& parked) : n_(n), timers_(timers), parked_(parked) {}

  Outcome run(Process& self) override {
    for (; n_ > 0; --n_) {
      start<Idle>(nullptr);
      if (!self.spend()) return Outcome::Yield;
    }
    for (; timers_ > 0; --timers_) {
      const std::uint64_t seconds = 600 + static_cast<std::uint64_t>(timers_) % 3000;
      send_later(monotonic_ns() + seconds * 1'000'000'000, self.pid(), make_tuple_message(word::stop));
      if (!self.spend()) return Outcome::Yield;
    }
    parked_.set(0);
    return Outcome::Wait;
  }

 private:
  std::int64_t n_;
  std::int64_t timers_;
  Result& parked_;
};

Answer idle(std::string_view, const Params& params) {
  Result parked;
  start<Parker>(nullptr, params.get("n", 1'000'000), params.get("timers", 100'000), parked);
  parked.wait();
  sleep_ms(1000);
  const std::int64_t s = params.get("seconds", 5);
  const std::uint64_t before = process_cpu_ns();
  sleep_ms(1000 * s);
  const auto spent = static_cast<double>(process_cpu_ns() - before);
  return {{{"idle", "% of a core", 100 * spent / (static_cast<double>(s) * 1e9)}}, "ok"};
}

constexpr Term kFib = Term::short_string("fib");

/// A process for every call of a doubly recursive fib.
class ProcessFib final : public Body {
 public:
  ProcessFib(std::int64_t n, Pid parent) : n_(n), parent_(parent) {}

  Outcome run(Process& self) override {
    if (n_ <= 2) {
      send_tuple(parent_, kFib, integer(1));
      return Outcome::Exit;
    }
    if (!started_) {
      started_ = true;
      start<ProcessFib>(&self, n_ - 1, self.pid());
      start<ProcessFib>(&self, n_ - 2, self.pid());
      self.spend(2);
    }
    while (const Message message = receive(self)) {
      want(is_tagged(message.term(), 2, kFib), "a part");
      sum_ += element(message.term(), 1).unchecked_small();
      self.spend();
      if (++parts_ == 2) {
        send_tuple(parent_, kFib, integer(sum_));
        return Outcome::Exit;
      }
    }
    return Outcome::Wait;
  }

 private:
  const std::int64_t n_;
  const Pid parent_;
  bool started_ = false;
  int parts_ = 0;
  std::int64_t sum_ = 0;
};

class FibMain final : public Body {
 public:
  FibMain(std::int64_t n, Result& result) : n_(n), result_(result) {}

  Outcome run(Process& self) override {
    if (!started_) {
      started_ = true;
      start<ProcessFib>(&self, n_, self.pid());
    }
    const Message message = receive(self);
    if (!message) return Outcome::Wait;
    result_.set(element(message.term(), 1).unchecked_small());
    return Outcome::Exit;
  }

 private:
  const std::int64_t n_;
  Result& result_;
  bool started_ = false;
};

Answer fib(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 25);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<FibMain>(nullptr, n, result);
  const std::int64_t f = result.wait();
  std::int64_t expected = 0;
  for (std::int64_t i = 0, next = 1; i < n; ++i) next += std::exchange(expected, next);
  want(f == expected, "fib");
  return {{{"processes", "processes/s", static_cast<double>(2 * f - 1) / seconds(t0, result.at_ns())}}, std::to_string(f)};
}

}  // namespace

void add_spawning(Table& table) {
  table["spawn_exit"] = spawn_exit;
  table["idle"] = idle;
  table["spawn_alive"] = spawn_alive;
  table["spawn_alive_1m"] = spawn_alive;
  table["fib"] = fib;
}

}  // namespace pyvm::workloads
