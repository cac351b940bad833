// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/scheduler.h"

#include <algorithm>

#include "base/clock.h"
#include "base/stress.h"
#include "proc/delivery.h"
#include "proc/spawn.h"
#include "sched/runtime.h"

namespace pyvm {

namespace {

constexpr std::size_t kTimersAtOnce = 256;
constexpr Word kSeededRefs = Word{1} << 40;  // a seeded run's references are numbered from here
constexpr std::uint32_t kNoHome = ~0u;
constexpr std::int32_t kGuestReductions = 400;  // some microseconds
constexpr std::uint64_t kNapNs = 100'000;
constexpr int kQuietNaps = 10;
#ifdef PYVM_SYSTEMATIC
constexpr std::uint64_t kSpinNs = 0;  // real time is nothing to fibers
constexpr int kLooksAtOnce = 1;
#else
constexpr std::uint64_t kSpinNs = 40'000;  // about what waking a sleeping core costs; docs/design/scheduling.md
constexpr int kLooksAtOnce = 32;
#endif

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

std::uint64_t seed_for(const Runtime& runtime, [[maybe_unused]] unsigned index) {
#ifdef PYVM_SYSTEMATIC
  return index + (runtime.seeded() ? *runtime.options().seed : 0);  // the fibers' seed alone decides
#else
  return runtime.seeded() ? *runtime.options().seed : random_seed();
#endif
}

void add(Atomic<std::uint64_t>& counter, std::uint64_t n) { counter.store_relaxed(counter.load_relaxed() + n); }

}  // namespace

constinit thread_local Scheduler* Scheduler::current_ = nullptr;

Scheduler::Scheduler(Runtime& runtime, Group group, unsigned index, SchedulerHooks& hooks)
    : runtime_(runtime),
      hooks_(hooks),
      group_(group),
      index_(index),
      timers_(monotonic_ns()),
      random_(seed_for(runtime, index)),
      recorder_(FlightRecorder::take(group == Group::Python, index, monotonic_ns())) {}

SchedulerStatistics Scheduler::statistics() const {
  return {slices_.load_relaxed(), reductions_.load_relaxed(), stolen_.load_relaxed(), sleeps_.load_relaxed()};
}

bool Scheduler::is_online() const { return group_ == Group::Python || index_ < runtime_.online(); }

void Scheduler::run() {
  current_ = this;
  hooks_.thread_begins();
  epoch_enter();
  if (runtime_.seeded()) number_refs_from(kSeededRefs, 2 * kSeededRefs);
  while (!stopping_.load_acquire()) {
    epoch_quiesce();
    if (until_housekeeping_-- == 0) housekeep();
    if (!injected_.looks_empty()) drain_injected();
    if (Process* process = pick()) {
      run_process(*process);
    } else {
      idle();
    }
  }
  for (int i = 0; i < 4; ++i) {  // two epochs on, everything is due; the other threads may need a moment for it
    epoch_quiesce();
    epoch_collect();
  }
  epoch_leave();
  slab_flush();
  hooks_.thread_ends();
  current_ = nullptr;
}

void Scheduler::enqueue(Process& process) {
  if (sleeping_) wake();  // by what its hooks run while it sleeps
  PYVM_RECORD(*recorder_, process.line.home.load_relaxed() == kNoHome ? FlightEvent::Spawn : FlightEvent::Ready,
              process.pid().value());
  if (runtime_.seeded()) return seeded_.push_back(&process);
  switch (process.line.priority.load_relaxed()) {  // the owner's own write, or ordered by whoever gave us the process
    case Priority::Normal:
      if (next_ == nullptr && !stress::kSteal) {
        next_ = &process;
      } else {
        normal_.push(&process);
      }
      return;
    case Priority::Low:
      return low_.push(&process);
    default:
      return high_.push(&process);
  }
}

void Scheduler::inject(Process& process) {
  if (injected_.push(process.injection) == PushResult::OweWake) wake();
}

bool Scheduler::runs_guest() const {
  return current_process != nullptr && current_process->line.group != group_ && !runtime_.seeded();
}

bool Scheduler::host(Process& process) {
  const bool by_own = current_process != nullptr && current_process->line.group == group_;
  // A birth is work for another core.
  if (!by_own || process.line.home.load_relaxed() == kNoHome || process.line.priority.load_relaxed() != Priority::Normal)
    return false;
  if (!process.body->may_be_guest()) return false;
  if (process.unhosted == 0) return runtime_.guests().put(process);
  --process.unhosted;
  return false;
}

void Scheduler::wake() {
  // R2: pairs with the exchange in sleep().
  if (state_.exchange_acq_rel(kWoken) == kSleeping) hooks_.wake(state_);
}

void Scheduler::drain_injected() {
  while (MpscNode* node = injected_.pop()) {
    auto* process = reinterpret_cast<Process*>(reinterpret_cast<std::byte*>(node) - offsetof(Process, injection));
    PYVM_RECORD(*recorder_, FlightEvent::Injected, process->pid().value());
    if (runtime_.seeded() || process->line.priority.load_relaxed() != Priority::Normal) {
      enqueue(*process);
    } else {
      normal_.push(process);
    }
  }
  if (runtime_.seeded()) until_housekeeping_ = kHousekeepEvery;  // so that it does not matter when the first process came
}

Process* Scheduler::pick_seeded() {
  if (seeded_.empty()) return nullptr;
  std::swap(seeded_[random_.below(seeded_.size())], seeded_.back());
  Process* process = seeded_.back();
  seeded_.pop_back();
  return process;
}

Process* Scheduler::pick() {
  if (runtime_.seeded()) return pick_seeded();
  if (group_ == Group::Python) {
    if (Process* guest = runtime_.guests().take()) return guest;
  }
  if (!is_online()) [[unlikely]] {
    give_away_all();
    return nullptr;
  }
  if (high_.size() != 0) {
    if (Process* process = high_.take()) return process;
  }
  if (stress::steal_first(random_)) {
    if (Process* process = steal()) return process;
  }
  if (low_.size() != 0 && ++normal_since_low_ >= kLowEvery) {
    normal_since_low_ = 0;
    if (Process* process = low_.take()) return process;
  }
  if (next_ != nullptr && (next_used_++ < kNextBudget || normal_.size() == 0)) {
    Process* process = next_;
    next_ = nullptr;
    return process;
  }
  next_used_ = 0;
  if (Process* process = normal_.take()) {
    if (const Process* following = normal_.peek()) Process::fetch(following);
    return process;
  }
  backlog_slices_ = 0;
  if (next_ != nullptr) {
    Process* process = next_;
    next_ = nullptr;
    return process;
  }
  if (Process* process = low_.take()) return process;
  return steal();
}

Process* Scheduler::steal() {
  if (group_ != Group::Native) return nullptr;
  auto& all = runtime_.schedulers();
  const unsigned count = runtime_.native_count();
  const unsigned first = static_cast<unsigned>(random_.below(count));
  for (unsigned i = 0; i < count; ++i) {
    Scheduler& victim = *all[(first + i) % count];
    if (&victim == this) continue;
    Process* taken = victim.normal_.take();
    if (taken == nullptr) taken = victim.low_.take();
    if (taken == nullptr) continue;
    const std::size_t more = std::min<std::size_t>(victim.normal_.size() / 2, kStealMost);
    std::uint64_t stolen = 1;
    for (std::size_t n = 0; n < more; ++n, ++stolen) {
      Process* another = victim.normal_.take();
      if (another == nullptr) break;
      normal_.push(another);
    }
    add(stolen_, stolen);
    PYVM_RECORD(*recorder_, FlightEvent::Stolen, taken->pid().value(), victim.index_);
    return taken;
  }
  return nullptr;
}

void Scheduler::run_process(Process& process) {
  current_process = &process;
  process.line.home.store_relaxed(index_);
  [[maybe_unused]] const Word pid = process.pid().value();
  [[maybe_unused]] const std::uint64_t before = reductions_.load_relaxed();
  PYVM_RECORD(*recorder_, FlightEvent::SliceBegin, pid);
  const bool is_guest = runs_guest();
  const Next next = run_slice(process, is_guest ? kGuestReductions : kSliceReductions);
  PYVM_RECORD(*recorder_, FlightEvent::SliceEnd, pid, static_cast<std::uint32_t>(reductions_.load_relaxed() - before));
  current_process = nullptr;
  if (next == Next::Ended) {
    PYVM_RECORD(*recorder_, FlightEvent::Exit, pid);
    flush_outbox();
    end_process(process);
  } else if (next == Next::Ready) {
    // A slice used up: behind the others, never the next slot.
    if (is_guest) {
      process.unhosted = kGuestPause;
      runtime_.choose(process).inject(process);
    } else if (runtime_.seeded() || process.line.priority.load_relaxed() != Priority::Normal) {
      enqueue(process);
    } else {
      normal_.push(&process);
    }
    until_housekeeping_ = std::min(until_housekeeping_, 2u);
    backlog_slices_ = kBacklogSlices;  // as long as many short ones
  }
  note_backlog();
}

Scheduler::Next Scheduler::run_slice(Process& process, std::int32_t reductions) {
  add(slices_, 1);
  process.reductions_left = stress::slice_reductions(random_, reductions);
  process.receive_for_slice();
  for (;;) {
    if (process.exiting) return Next::Ended;
    const bool runnable = process.new_messages || process.yielded || process.timed_out || process.wakes != nullptr;
    if (!runnable || process.suspend_count != 0) {
      if (process.line.pressure.load_relaxed() != 0) process.line.pressure.store_relaxed(0);
      process.forget_places();
      flush_outbox();                                                         // D1: of an inspection that ran here
      if (process.mailbox.try_sleep(process.line.tail)) return Next::Sleeps;  // R4
      process.receive_signals();  // all of it: the body may not be looking at messages
      if (!process.spend()) return used_up(process);
      continue;
    }
    if (process.reductions_left <= 0) return used_up(process);
    process.yielded = false;
    process.new_messages = false;
    const std::int32_t before = process.reductions_left;
    const Outcome outcome = process.body->run(process);
    flush_outbox();  // D1
    const auto spent = static_cast<std::uint64_t>(std::max(before - process.reductions_left, 1));
    process.reductions_total += spent;
    if (spent == 1) --process.reductions_left;  // a body that counts nothing still ends its slice
    add(reductions_, spent);
    if (outcome == Outcome::Exit && !process.exiting) process.set_exit(OwnedTerm(reason::normal));
    if (outcome == Outcome::Wait) {
      process.new_messages = false;  // Y2: it has looked at them
    } else if (outcome == Outcome::Yield) {
      process.yielded = true;
      if (process.line.urgent.load_relaxed()) process.receive_signals();
      if (process.exiting) return Next::Ended;
      if (process.suspend_count == 0) return used_up(process);
    }
  }
}

Scheduler::Next Scheduler::used_up(Process& process) {
  // It has more to do than a slice. While messages wait, senders pay for each: twice as much each time, until it keeps up and sleeps.
  constexpr std::uint32_t kLeast = 15, kMost = 255;
  if (process.mailbox.length() != 0 || !process.mailbox.outer().looks_empty()) {
    const std::uint32_t pressure = std::min(2 * process.line.pressure.load_relaxed() + kLeast, kMost);
    process.line.pressure.store_relaxed(static_cast<std::uint8_t>(pressure));
  }
  return Next::Ready;
}

void Scheduler::note_backlog() {
  if (group_ != Group::Native || runtime_.asleep(group_).load_relaxed() == 0) return;  // advisory: R3 is a matter of speed
  if (normal_.size() == 0 && low_.size() == 0) {
    backlog_slices_ = 0;
  } else if (stress::kSteal || ++backlog_slices_ >= kBacklogSlices) {
    backlog_slices_ = 0;
    runtime_.wake_one(group_, *this);
  }
}

void Scheduler::housekeep() {
  until_housekeeping_ = kHousekeepEvery;
  const std::uint64_t now = monotonic_ns();
  recorder_->set_time(now);
  if (timers_.is_due(now)) timers_.advance(now, kTimersAtOnce);
  epoch_collect();
  hooks_.poll();
}

void Scheduler::give_away_all() {
  if (Process* process = std::exchange(next_, nullptr)) normal_.push(process);
  for (ChaseLevDeque<Process>* queue : {&high_, &normal_, &low_}) {
    while (Process* process = queue->take()) runtime_.choose(*process).inject(*process);
  }
}

bool Scheduler::has_work() const {
  if (group_ != Group::Native || !is_online()) return false;
  for (const auto& other : runtime_.schedulers()) {
    if (other->group_ == group_ && (other->normal_.size() != 0 || other->low_.size() != 0)) return true;
  }
  return false;
}

void Scheduler::idle() {
  housekeep();
  slab_flush();
  if (runtime_.seeded()) {
    if (!seeded_.empty() || !injected_.looks_empty()) return;
    const std::uint64_t next = timers_.next_deadline_ns();
    if (next != kForever && !hooks_.awaits_outside()) {
      runtime_.virtual_clock().advance_to(next);
      timers_.advance(next, kTimersAtOnce);
      return;
    }
    return sleep();
  }
  // Spin a little: what comes soon must not pay for waking a core (R3). The epoch section is left, so nobody waits for us.
  const auto found = [&] {
    return next_ != nullptr || !injected_.looks_empty() || high_.size() != 0 || normal_.size() != 0 || has_work();
  };
  if (found()) return;
  if (group_ == Group::Native && is_online()) {
    epoch_leave();
    const std::uint64_t until = monotonic_ns() + kSpinNs;
    bool come = false;
    do {
      for (int i = 0; i < kLooksAtOnce && !come; ++i) {
        relax();
        come = !injected_.looks_empty() || stopping_.load_relaxed();
      }
      come = come || found();
    } while (!come && monotonic_ns() < until);
    epoch_enter();
    if (come) return;
  }
  sleep();
}

/// The sleep itself. One native scheduler watches meanwhile over the guest of the python scheduler, if that has had any lately (R5).
void Scheduler::doze(std::uint64_t until_ns) {
  const auto nap = [&](std::uint64_t most_ns) {  // false: it is over
    const std::uint64_t now = monotonic_ns();
    const std::uint64_t left = until_ns == kForever ? kForever : until_ns - std::min(now, until_ns);
    if (left != 0) hooks_.sleep(state_, kSleeping, std::min(left, most_ns));
    return left > most_ns && state_.load_relaxed() == kSleeping;
  };
  GuestSlot& guests = runtime_.guests();
  if (group_ == Group::Native && guests.crossings() != crossings_ && guests.begin_watch()) {
    for (int quiet = 0; quiet < kQuietNaps;) {
      if (!nap(kNapNs)) break;
      const std::uint32_t crossings = guests.crossings();
      quiet = std::exchange(crossings_, crossings) == crossings ? quiet + 1 : 0;
      if (quiet != 0 && guests.has_guest()) break;
    }
    crossings_ = guests.crossings();
    if (Process* guest = guests.end_watch()) return normal_.push(guest);
    if (state_.load_relaxed() != kSleeping) return;
  }
  nap(kForever);
}

void Scheduler::sleep() {
  while (epoch_pending() != 0 && injected_.looks_empty()) {  // memory must not wait for the next message
    const std::size_t before = epoch_pending();
    epoch_quiesce();
    epoch_collect();
    if (epoch_pending() == before) break;
  }
  // What a reclamation made ready.
  if (next_ != nullptr || high_.size() != 0 || normal_.size() != 0 || low_.size() != 0 || !seeded_.empty()) return;
  if (!injected_.try_sleep()) return;
  // R2: the exchange is before the looks below; pairs with the exchange in wake().
  const bool woken = state_.exchange_acq_rel(kSleeping) == kWoken;
  runtime_.asleep(group_).fetch_add_acq_rel(1);
  if (!woken && !stopping_.load_seq_cst() && !has_work()) {
    const std::uint64_t now = monotonic_ns();
    std::uint64_t next = runtime_.seeded() ? kForever : timers_.next_deadline_ns();
    if (epoch_pending() != 0) next = std::min(next, now + 1'000'000);  // others hold the epoch back: look again soon
    if (next > now) {
      add(sleeps_, 1);
      epoch_leave();
      PYVM_RECORD(*recorder_, FlightEvent::Sleep);
      sleeping_ = true;
      doze(next);
      sleeping_ = false;
      recorder_->set_time(monotonic_ns());
      PYVM_RECORD(*recorder_, FlightEvent::Wake);
      epoch_enter();
    }
  }
  runtime_.asleep(group_).fetch_add_acq_rel(static_cast<std::uint32_t>(-1));
  // An exchange, not a store: it may take away the kWoken of a wake() that came late, and must then see what that was called for.
  state_.exchange_acq_rel(kAwake);
  static_cast<void>(injected_.cancel_sleep());  // if a push has found the mark, its wake() finds us awake: harmless
  until_housekeeping_ = 0;
}

}  // namespace pyvm
