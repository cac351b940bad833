// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a second scheduler gives: the same independent work on one and on all.
#include "harness.h"
#include "sched/runtime.h"

namespace pyvm::workloads {
namespace {

constexpr Term kPart = Term::short_string("f");

__attribute__((noinline)) std::int64_t fib(std::int64_t n) { return n <= 2 ? 1 : fib(n - 1) + fib(n - 2); }

/// fib(n) in pieces of a few microseconds, so that a slice stays one.
class FibInPieces final : public Body {
 public:
  FibInPieces(std::int64_t n, Pid main) : main_(main) { open_.push_back(n); }

  Outcome run(Process& self) override {
    while (!open_.empty()) {
      const std::int64_t n = open_.back();
      open_.pop_back();
      if (n > kPiece) {
        open_.push_back(n - 1);
        open_.push_back(n - 2);
        continue;
      }
      const std::int64_t value = fib(n);
      sum_ += value;
      if (!self.spend(static_cast<std::int32_t>(2 * value - 1))) return Outcome::Yield;  // a reduction for each call
    }
    send_tuple(main_, kPart, integer(sum_));
    return Outcome::Exit;
  }

 private:
  static constexpr std::int64_t kPiece = 16;  // 1,973 calls

  const Pid main_;
  std::vector<std::int64_t> open_;
  std::int64_t sum_ = 0;
};

class ComputeMain final : public Body {
 public:
  ComputeMain(std::int64_t n, std::int64_t procs, Result& result) : n_(n), procs_(procs), left_(procs), result_(result) {}

  Outcome run(Process& self) override {
    for (; procs_ > 0; --procs_) start<FibInPieces>(&self, n_, self.pid());
    while (const Message message = receive(self)) {
      want(is_tagged(message.term(), 2, kPart), "a part");
      sum_ += element(message.term(), 1).unchecked_small();
      if (--left_ == 0) {
        result_.set(sum_);
        return Outcome::Exit;
      }
    }
    return Outcome::Wait;
  }

 private:
  const std::int64_t n_;
  std::int64_t procs_;
  std::int64_t left_;
  Result& result_;
  std::int64_t sum_ = 0;
};

struct Timed {
  std::int64_t sum;
  double seconds;
};

Timed compute(unsigned online, std::int64_t n, std::int64_t procs) {
  Runtime::current()->set_online(online);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<ComputeMain>(nullptr, n, procs, result);
  const std::int64_t sum = result.wait();
  return {sum, seconds(t0, result.at_ns())};
}

Answer compute_par(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 32), procs = params.get("procs", 64);
  const Timed one = compute(1, n, procs);
  const Timed all = compute(Runtime::current()->native_count(), n, procs);
  want(one.sum == all.sum && one.sum == procs * fib(n), "sum");
  const auto calls = static_cast<double>(2 * all.sum - procs);
  return {{{"speedup", "x", one.seconds / all.seconds},
           {"calls", "calls/s", calls / all.seconds},
           {"calls_one_scheduler", "calls/s", calls / one.seconds}},
          std::to_string(all.sum)};
}

}  // namespace

void add_compute(Table& table) { table["compute_par"] = compute_par; }

}  // namespace pyvm::workloads
