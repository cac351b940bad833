// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/runtime.h"

#include "base/topology.h"
#include "proc/delivery.h"
#include "proc/link_monitor.h"
#include "proc/process_table.h"

namespace pyvm {

Atomic<Runtime*> Runtime::current_;

Runtime::Runtime(const RuntimeOptions& options) : options_(options) {
  const unsigned asked = options.native_schedulers != 0 ? options.native_schedulers : static_cast<unsigned>(usable_threads());
  native_count_ = seeded() ? 0 : asked;
  online_.store_relaxed(native_count_);
  if (seeded()) virtual_clock_.install();  // before the schedulers' wheels look at the time
  for (unsigned i = 0; i < native_count_; ++i) {
    SchedulerHooks& hooks = options.native_hooks != nullptr ? *options.native_hooks : plain_hooks_;
    schedulers_.push_back(std::make_unique<Scheduler>(*this, Group::Native, i, hooks));
  }
  if (options.python_hooks != nullptr) {
    schedulers_.push_back(std::make_unique<Scheduler>(*this, Group::Python, native_count_, *options.python_hooks));
  }
  PYVM_CHECK(!schedulers_.empty(), "Runtime: a seeded run needs the python group");
}

Runtime* Runtime::start(const RuntimeOptions& options) {
  if (current() != nullptr) return nullptr;
  slab_use_huge_pages(true);  // messages lie all over them: docs/design/memory.md
  set_crash_hook([] { dump_flight_recorders(2); });
  if (options.seed && process_table::restart_numbers()) restart_timer_numbers();
  auto* runtime = new Runtime(options);
  current_.store_release(runtime);
  process_table::set_open(true);
  for (const auto& scheduler : runtime->schedulers_) {
    if (!options.threads) break;
    runtime->threads_.emplace_back([raw = scheduler.get()] { raw->run(); });
  }
  return runtime;
}

void Runtime::stop() {
  Runtime* runtime = current();
  if (runtime == nullptr || runtime->stopping_.exchange_acq_rel(true)) return;
  process_table::set_open(false);
  epoch_drain();  // whose birth was not refused is there to be ended, and nobody else will be
  runtime->set_online(runtime->native_count_);
  runtime->end_all_processes();
  for (const auto& scheduler : runtime->schedulers_) scheduler->stop();
  for (std::thread& thread : runtime->threads_) thread.join();
  if (runtime->seeded()) runtime->virtual_clock_.uninstall();
  current_.store_release(nullptr);
  epoch_drain();  // what the threads left: late signals are answered; and nobody uses the runtime any more
  delete runtime;
}

void Runtime::end_all_processes() {
  while (process_table::alive() != 0) {
    {
      const EpochGuard guard;
      process_table::for_each([](Process& process) { send_exit(Pid(), process.pid(), reason::kill); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Runtime::set_online(unsigned count) {
  online_.store_release(std::min(std::max(count, 1u), std::max(native_count_, 1u)));
  for (const auto& scheduler : schedulers_) scheduler->wake();
}

Scheduler& Runtime::choose(const Process& process) {
  if (seeded() || process.line.group == Group::Python) return *schedulers_.back();
  const unsigned online = online_.load_acquire();
  const unsigned home = process.line.home.load_relaxed();
  const unsigned first = home < online ? home : next_choice_.fetch_add_relaxed(1) % online;
  if (asleep_[0].load_relaxed() != 0 && !schedulers_[first]->is_asleep()) {
    for (unsigned i = 0; i < online; ++i) {
      Scheduler& other = *schedulers_[(first + i) % online];
      if (other.is_asleep()) return other;
    }
  }
  return *schedulers_[first];
}

bool Runtime::wake_one(Group group, const Scheduler& but) {
  for (const auto& scheduler : schedulers_) {
    if (scheduler.get() == &but || scheduler->group() != group || scheduler->index() >= online()) continue;
    if (!scheduler->is_asleep()) continue;
    scheduler->wake();
    return true;
  }
  return false;
}

void make_ready(Process& process) {
  Runtime* runtime = Runtime::current();
  PYVM_ASSERT1(runtime != nullptr, "make_ready: no runtime");
  Scheduler* mine = Scheduler::current();
  if (mine != nullptr && (mine->group() == process.line.group || runtime->seeded())) return mine->enqueue(process);
  if (mine != nullptr && mine->host(process)) return;
  runtime->choose(process).inject(process);
}

std::uint64_t process_time_ns() { return monotonic_ns(); }

}  // namespace pyvm
