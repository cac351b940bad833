// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Birth and death on one scheduler, measured from inside of it: the benchmark's loop is a process, run by its runtime.
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <mutex>

#include "proc/native.h"
#include "sched/runtime.h"

namespace pyvm {
namespace {

class Nothing final : public Body {
 public:
  Outcome run(Process&) override { return Outcome::Exit; }
};

class Latch {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

/// Spawns `n` processes that end at once and, with a monitor, waits for each DOWN; without, gives way so that they run.
class Spawner final : public Body {
 public:
  Spawner(std::int64_t n, bool monitor, Latch& done) : left_(n), monitor_(monitor), done_(done) {}

  Outcome run(Process& self) override {
    for (; left_ > 0; --left_) {
      if (!self.spend()) return Outcome::Yield;
      if (spawn<Nothing>({.parent = &self, .monitor = monitor_}).error != SpawnError::None) break;
      if (monitor_) ++downs_;
    }
    while (downs_ > 0) {
      const Message down = receive(self);
      if (!down) return Outcome::Wait;
      --downs_;
    }
    done_.open();
    return Outcome::Exit;
  }

 private:
  std::int64_t left_;
  const bool monitor_;
  Latch& done_;
  std::int64_t downs_ = 0;
};

void run_spawner(benchmark::State& state, bool monitor) {
  constexpr std::int64_t kProcesses = 10'000;
  Runtime::start({.native_schedulers = 1});
  for (auto _ : state) {
    Latch done;
    if (spawn<Spawner>({}, kProcesses, monitor, done).error != SpawnError::None) state.SkipWithError("no room for a process");
    done.wait();
  }
  Runtime::stop();
  state.SetItemsProcessed(state.iterations() * kProcesses);
}

void BM_SpawnAndEnd(benchmark::State& state) { run_spawner(state, false); }
BENCHMARK(BM_SpawnAndEnd)->UseRealTime();

void BM_SpawnMonitorDown(benchmark::State& state) { run_spawner(state, true); }
BENCHMARK(BM_SpawnMonitorDown)->UseRealTime();

/// Without a scheduler: a process taken from the table and given back.
void BM_TableAllocateRecycle(benchmark::State& state) {
  for (auto _ : state) {
    Process* process = process_table::allocate();
    benchmark::DoNotOptimize(process);
    process_table::recycle(*process);
  }
}
BENCHMARK(BM_TableAllocateRecycle);

void BM_TableResolve(benchmark::State& state) {
  Process* process = process_table::allocate();
  process_table::publish(*process);
  const Pid pid = process->pid();
  const EpochGuard guard;
  for (auto _ : state) benchmark::DoNotOptimize(process_table::resolve(pid));
  process_table::unpublish(*process);
  process_table::recycle(*process);
}
BENCHMARK(BM_TableResolve);

}  // namespace
}  // namespace pyvm
