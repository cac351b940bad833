// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/flight_recorder.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "term/term.h"

namespace pyvm {

namespace {

constexpr std::size_t kMostRecorders = 2048;
constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr const char* kNames[] = {"none", "slice begin", "slice end",        "ready",          "spawn", "injected", "stolen",
                                  "exit", "timer",       "scheduler sleeps", "scheduler wakes"};

Atomic<FlightRecorder*> recorders[kMostRecorders];
struct sigaction previous[std::size(kFatalSignals)];
Atomic<bool> installed;
Atomic<bool> dumped;

/// Text in a buffer of its own, written out when it is full: nothing here allocates or locks.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}
  ~Writer() { flush(); }

  Writer& text(const char* text) {
    for (; *text != 0; ++text) put(*text);
    return *this;
  }
  /// At least `width` characters; filled up on the left with `fill`.
  Writer& number(std::uint64_t value, unsigned width = 0, char fill = ' ') {
    char digits[20];
    unsigned count = 0;
    do digits[count++] = static_cast<char>('0' + value % 10);
    while ((value /= 10) != 0);
    for (unsigned i = count; i < width; ++i) put(fill);
    while (count != 0) put(digits[--count]);
    return *this;
  }

 private:
  void put(char c) {
    if (used_ == sizeof buffer_) flush();
    buffer_[used_++] = c;
  }
  void flush() {
    for (std::size_t done = 0; done < used_;) {
      const ssize_t written = write(fd_, buffer_ + done, used_ - done);
      if (written <= 0) break;  // nobody to tell
      done += static_cast<std::size_t>(written);
    }
    used_ = 0;
  }

  const int fd_;
  std::size_t used_ = 0;
  char buffer_[2048];
};

void on_fatal_signal(int number) {
  if (!dumped.exchange_acq_rel(true)) {
    Writer(2).text("pyvm: fatal signal ").number(static_cast<std::uint64_t>(number)).text("\n");
    dump_flight_recorders(2);
  }
  for (std::size_t i = 0; i < std::size(kFatalSignals); ++i) {
    if (kFatalSignals[i] == number) sigaction(number, &previous[i], nullptr);
  }
  raise(number);  // blocked until this returns, then as if we had not been here
}

}  // namespace

FlightRecorder::Owner FlightRecorder::take(bool python, unsigned index, std::uint64_t now_ns) {
  FlightRecorder* mine = nullptr;
  for (Atomic<FlightRecorder*>& slot : recorders) {
    FlightRecorder* there = slot.load_acquire();
    if (there == nullptr) {
      if (mine == nullptr) mine = new FlightRecorder;
      mine->taken_.store_relaxed(true);
      if (slot.compare_exchange_acq_rel(there, mine)) break;
    } else if (mine == nullptr) {
      bool free = false;
      if (there->taken_.compare_exchange_acq_rel(free, true)) {
        mine = there;
        break;
      }
    }
  }
  PYVM_CHECK(mine != nullptr, "FlightRecorder::take: more schedulers than it has places for");
  mine->next_.store_relaxed(0);
  mine->time_ = 0;
  mine->began_ns_ = now_ns;
  mine->python_.store_relaxed(python);
  mine->index_.store_relaxed(index);
  return Owner(mine);
}

void FlightRecorder::dump(int fd) const {
  Writer out(fd);
  const std::uint64_t end = next_.load_acquire();
  out.text(python_.load_relaxed() ? "python" : "native")
      .text(" scheduler ")
      .number(index_.load_relaxed())
      .text(": ")
      .number(end)
      .text(" events, the last ");
  out.number(std::min<std::uint64_t>(end, kEvents)).text(":\n");
  for (std::uint64_t n = end > kEvents ? end - kEvents : 0; n < end; ++n) {
    const std::uint64_t what = entries_[n % kEvents].what.load_relaxed();
    const std::uint64_t when = entries_[n % kEvents].when.load_relaxed();
    const std::uint64_t kind = what & 0xff;
    if (kind == 0 || kind >= std::size(kNames)) continue;
    const Pid pid = Pid::from_value(what >> 8);
    const auto detail = static_cast<std::uint32_t>(when);
    out.number((when >> 32) / 1'000'000, 6).text(".").number((when >> 32) % 1'000'000, 6, '0').text("  ").text(kNames[kind]);
    if (pid) out.text(" <0.").number(pid.index()).text(".").number(pid.serial()).text(">");
    if (static_cast<FlightEvent>(kind) == FlightEvent::SliceEnd) out.text(", reductions ").number(detail);
    if (static_cast<FlightEvent>(kind) == FlightEvent::Stolen) out.text(" from scheduler ").number(detail);
    out.text("\n");
  }
}

void dump_flight_recorders(int fd) {
  if (!has_flight_recorder()) {
    Writer(fd).text("flight recorder: this build has none; configure with -DPYVM_FLIGHT_RECORDER=ON\n");
    return;
  }
  Writer(fd).text("flight recorder; times in seconds since the start, as of each scheduler's last look at the clock\n");
  for (const Atomic<FlightRecorder*>& slot : recorders) {
    const FlightRecorder* recorder = slot.load_acquire();
    if (recorder == nullptr) break;  // places are taken from the first on and never given up
    if (recorder->taken_.load_acquire()) recorder->dump(fd);
  }
}

void install_crash_handler() {
  if (installed.exchange_acq_rel(true)) return;
  struct sigaction action {};
  action.sa_handler = on_fatal_signal;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kFatalSignals); ++i) sigaction(kFatalSignals[i], &action, &previous[i]);
}

bool has_flight_recorder() {
#ifdef PYVM_FLIGHT_RECORDER
  return true;
#else
  return false;
#endif
}

}  // namespace pyvm
