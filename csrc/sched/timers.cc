// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timers.h"

#include <string>

#include "base/clock.h"
#include "base/stable_pool.h"
#include "proc/registry.h"
#include "proc/spawn.h"
#include "sched/runtime.h"

namespace pyvm {

/// One timer. A receive timer has no message; its Timeout carries the process's generation.
struct Timer : TimerNode {
  Atomic<Word> control;  // V1; 0 when free
  // Written before control is set to Armed. Atomic, for who looks through a stale reference reads them and then looks at control again.
  Atomic<Timers*> owner;
  Atomic<std::uint64_t> deadline_ns;
  Atomic<Word> to;  // a pid
  Atomic<Word> generation;
  Atomic<bool> by_name;
  // Of whoever has control.
  Signal* message = nullptr;
  std::string name;

  Timer* next_free = nullptr;
  Atomic<std::uint32_t> next_batch;
  std::uint32_t index = 0;
};

namespace {

constexpr std::size_t kSegmentTimers = 1024;
constexpr std::size_t kSegments = std::size_t{1} << 17;
enum TimerControl : Word { kLeft = 0, kReserved = 1, kArmed = 2, kTaken = 3 };

Atomic<Timer*> segments[kSegments];

using Pool = StablePool<Timer, kSegmentTimers, kSegments>;

Pool& pool() {
  static auto* the_pool = new Pool(segments);  // never destroyed: threads end after main
  return *the_pool;
}

Timer& allocate(Word id, Word state) {
  Timer* timer = pool().allocate();
  PYVM_CHECK(timer != nullptr, "Timers: more than 2^27 timers");
  timer->control.store_release(id * 4 + state);
  return *timer;
}

void release(Timer& timer) {
  if (timer.message != nullptr) std::exchange(timer.message, nullptr)->destroy();
  timer.name.clear();
  timer.owner.store_relaxed(nullptr);
  timer.to.store_relaxed(0);
  timer.generation.store_relaxed(0);  // no process's: who finds it in use again must not take it for its own
  timer.control.store_release(0);
  pool().recycle(timer);
}

/// True for the one caller that may decide about the timer (V1).
bool take_control(Timer& timer, Word id) {
  Word armed = id * 4 + kArmed;
  return timer.control.compare_exchange_acq_rel(armed, id * 4 + kTaken);
}

/// V4. The caller touches the timer no more.
void leave(Timer& timer, Word id) {
  Word taken = id * 4 + kTaken;
  if (!timer.control.compare_exchange_acq_rel(taken, id * 4 + kLeft)) release(timer);
}

void fire(Timer& timer) {
  const Word id = timer.control.load_acquire() / 4;  // stays: nobody releases it before we leave (V4)
  if (!take_control(timer, id)) return leave(timer, id);
  const Pid to = timer.by_name.load_relaxed() ? registry::whereis(timer.name) : Pid::from_value(timer.to.load_relaxed());
  PYVM_RECORD(Scheduler::current()->recorder(), FlightEvent::TimerFired, to.value());
  if (timer.message != nullptr) {
    static_cast<void>(deliver(to, std::exchange(timer.message, nullptr)));
  } else {
    Signal* timeout = Signal::create(SignalKind::Timeout);
    timeout->ref = timer.generation.load_relaxed();
    static_cast<void>(deliver(to, timeout));
  }
  release(timer);
}

Timer* find(TimerRef ref) {
  if (ref.slot == 0 || ref.slot >= pool().end_index()) return nullptr;
  return pool().at(static_cast<std::uint32_t>(ref.slot));
}

/// Arms a timer for a thread that has no wheel.
class ArmBody final : public Body {
 public:
  explicit ArmBody(Timer& timer) : timer_(&timer) {}
  ~ArmBody() override {
    if (timer_ != nullptr) release(*timer_);  // the runtime stops
  }
  Outcome run(Process&) override {
    Scheduler::current()->timers().arm(*std::exchange(timer_, nullptr));
    return Outcome::Exit;
  }

 private:
  Timer* timer_;
};

}  // namespace

Timers::~Timers() {
  wheel_.clear([](TimerNode& node) { release(static_cast<Timer&>(node)); });
}

void Timers::arm(Timer& timer) {
  timer.owner.store_relaxed(this);  // published by control, as is all else
  wheel_.start(timer, timer.deadline_ns.load_relaxed());
  const Word id = timer.control.load_relaxed() / 4;
  Word reserved = id * 4 + kReserved;
  if (timer.control.compare_exchange_acq_rel(reserved, id * 4 + kArmed)) return;  // V3
  static_cast<void>(wheel_.owner_cancel(timer));                                  // cancelled while it was reserved
  release(timer);
}

std::size_t Timers::advance(std::uint64_t now_ns, std::size_t limit) {
  return wheel_.advance(
      now_ns, [](TimerNode& node) { fire(static_cast<Timer&>(node)); },
      [](TimerNode& node) { release(static_cast<Timer&>(node)); }, limit);
}

namespace {

/// The scheduler whose wheel the calling thread may use, or null.
Scheduler* scheduler_with_wheel() {
  Scheduler* mine = Scheduler::current();
  return mine == nullptr || mine->runs_guest() ? nullptr : mine;  // R5
}

/// On a wheel of its own, or on that of some native scheduler. False: the runtime stops, and the timer is released.
bool arm_somewhere(Timer& timer) {
  if (Scheduler* mine = scheduler_with_wheel()) {
    mine->timers().arm(timer);
    return true;
  }
  const EpochGuard guard;  // the runtime does not go meanwhile
  const Runtime* runtime = Runtime::current();
  SpawnError error = SpawnError::None;
  Process* process = runtime == nullptr || runtime->stopping() ? nullptr : prepare_process({}, error);
  if (process == nullptr) {
    release(timer);
    return false;
  }
  emplace_body<ArmBody>(*process, timer);
  static_cast<void>(begin_process(*process, {}));
  return true;
}

}  // namespace

void arm_receive_timer(Process& process) {
  if (process.timer != nullptr) disarm_receive_timer(process);
  const Word id = next_ref_id();
  Timer& timer = allocate(id, kReserved);
  timer.to.store_relaxed(process.pid().value());
  timer.by_name.store_relaxed(false);
  timer.generation.store_relaxed(++process.timer_generation);
  timer.deadline_ns.store_relaxed(process.deadline_ns);
  process.timer = &timer;
  process.timer_until_ns = process.deadline_ns;
  if (!arm_somewhere(timer)) process.timer = nullptr;
  if (Scheduler::current()->runs_guest()) process.unhosted = Scheduler::kGuestPause;
}

void disarm_receive_timer(Process& process) {
  auto& timer = *static_cast<Timer*>(std::exchange(process.timer, nullptr));
  const Word control = timer.control.load_acquire();
  // It may have fired already, and be another's by now: its Timeout is on the way, and its generation will not match.
  const bool ours =
      timer.to.load_relaxed() == process.pid().value() && timer.generation.load_relaxed() == process.timer_generation;
  ++process.timer_generation;
  if (!ours) return;
  static_cast<void>(cancel_later({control / 4, timer.index}));
}

void restart_timer_numbers() { pool().restart(); }

TimerRef reserve_later() {
  const Word id = next_ref_id();
  return {id, allocate(id, kReserved).index};
}

bool start_later(TimerRef ref, std::uint64_t deadline_ns, Pid to, std::string_view name, Signal* message) {
  Timer& timer = *find(ref);
  timer.deadline_ns.store_relaxed(deadline_ns);
  timer.to.store_relaxed(to.value());
  timer.by_name.store_relaxed(!name.empty());
  timer.name = name;
  timer.message = message;
  return arm_somewhere(timer);
}

std::optional<std::uint64_t> cancel_later(TimerRef ref) {
  const EpochGuard guard;  // V5
  Timer* timer = find(ref);
  if (timer == nullptr || Runtime::current() == nullptr) return std::nullopt;
  const std::uint64_t now = monotonic_ns();
  const auto left = [&](std::uint64_t deadline) { return deadline > now ? deadline - now : 0; };
  const std::uint64_t reserved_deadline = timer->deadline_ns.load_relaxed();
  if (Word reserved = ref.id * 4 + kReserved; timer->control.compare_exchange_acq_rel(reserved, ref.id * 4 + kTaken)) {
    return left(reserved_deadline);  // whoever arms it will release it
  }
  if (!take_control(*timer, ref.id)) return std::nullopt;
  const std::uint64_t deadline = timer->deadline_ns.load_relaxed();
  Timers& owner = *timer->owner.load_relaxed();  // ours to read, since we have control (V3)
  Scheduler* mine = Scheduler::current();
  if (mine != nullptr && &owner == &mine->timers()) {
    const CancelResult result = owner.wheel_.owner_cancel(*timer);
    PYVM_ASSERT1(result == CancelResult::Cancelled, "V3: an armed timer is not on its wheel");
    static_cast<void>(result);
    release(*timer);
  } else if (owner.wheel_.cancel(*timer) == CancelResult::TooLate) {
    leave(*timer, ref.id);
  }
  return left(deadline);
}

std::optional<std::uint64_t> read_later(TimerRef ref) {
  Timer* timer = find(ref);
  if (timer == nullptr) return std::nullopt;
  const std::uint64_t deadline = timer->deadline_ns.load_relaxed();
  const bool by_name = timer->by_name.load_relaxed();
  const Pid to = Pid::from_value(timer->to.load_relaxed());
  const Word control = timer->control.load_acquire();
  if (control != ref.id * 4 + kArmed && control != ref.id * 4 + kReserved) return std::nullopt;
  if (!by_name) {
    const EpochGuard guard;
    if (process_table::resolve(to) == nullptr) return std::nullopt;  // nobody left to send it to
  }
  const std::uint64_t now = monotonic_ns();
  return deadline > now ? deadline - now : 0;
}

}  // namespace pyvm
