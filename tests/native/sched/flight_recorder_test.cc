// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/flight_recorder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include "proc/native.h"
#include "sched/runtime.h"

namespace pyvm {
namespace {

/// What `f(fd)` writes.
template <typename F>
std::string written(F&& f) {
  std::FILE* file = std::tmpfile();
  f(fileno(file));
  std::string text(static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END)), 0);
  EXPECT_EQ(pread(fileno(file), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  std::fclose(file);
  return text;
}

std::string dump_of(const FlightRecorder& recorder) {
  return written([&](int fd) { recorder.dump(fd); });
}

std::size_t lines_with(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(FlightRecorder, ShowsEventsWithTimeAndPid) {
  const FlightRecorder::Owner owner = FlightRecorder::take(false, 3, 5'000'000'000);
  FlightRecorder& recorder = *owner;
  recorder.set_time(6'500'001'000);
  recorder.record(FlightEvent::SliceBegin, Pid(17, 2).value());
  recorder.record(FlightEvent::SliceEnd, Pid(17, 2).value(), 4000);
  recorder.record(FlightEvent::Stolen, Pid(1, 1).value(), 5);
  recorder.record(FlightEvent::Sleep);
  EXPECT_EQ(dump_of(recorder),
            "native scheduler 3: 4 events, the last 4:\n"
            "     1.500001  slice begin <0.17.2>\n"
            "     1.500001  slice end <0.17.2>, reductions 4000\n"
            "     1.500001  stolen <0.1.1> from scheduler 5\n"
            "     1.500001  scheduler sleeps\n");
}

TEST(FlightRecorder, KeepsTheLastEvents) {
  const FlightRecorder::Owner owner = FlightRecorder::take(true, 0, 0);
  FlightRecorder& recorder = *owner;
  constexpr std::uint64_t kMore = 3 * FlightRecorder::kEvents + 5;
  for (std::uint64_t i = 1; i <= kMore; ++i) recorder.record(FlightEvent::Ready, i);
  const std::string text = dump_of(recorder);
  EXPECT_EQ(text.rfind("python scheduler 0: 3077 events, the last 1024:\n", 0), 0u);
  EXPECT_EQ(lines_with(text, "ready"), FlightRecorder::kEvents);
  EXPECT_EQ(lines_with(text, "<0." + std::to_string(kMore) + ".0>\n"), 1u);
  EXPECT_EQ(lines_with(text, "<0." + std::to_string(kMore - FlightRecorder::kEvents) + ".0>"), 0u);
}

class Echo final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      if (message.term() == reason::kill) return Outcome::Exit;
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
};

TEST(FlightRecorder, ARuntimeRecordsWhatItsSchedulersDo) {
  if (!has_flight_recorder()) GTEST_SKIP() << "this build has no flight recorder";
  Runtime::start({.native_schedulers = 2});
  const Pid pid = spawn<Echo>({}).pid;
  for (int i = 0; i < 10; ++i) static_cast<void>(send(pid, Term::small(i)));
  static_cast<void>(send_later(monotonic_ns() + 1'000'000, pid, Signal::with_copy(SignalKind::Message, Term::none())));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  static_cast<void>(send(pid, reason::kill));
  while (process_table::alive() != 0) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::string text = written(dump_flight_recorders);
  Runtime::stop();
  const std::string shown = "<0." + std::to_string(pid.index()) + "." + std::to_string(pid.serial()) + ">";
  EXPECT_EQ(lines_with(text, " events, the last "), 2u);
  for (const char* event : {"injected ", "slice begin ", "slice end ", "timer ", "exit "})
    EXPECT_GE(lines_with(text, event + shown), 1u) << text;
  EXPECT_GE(lines_with(text, "scheduler sleeps"), 1u);
  EXPECT_EQ(lines_with(written(dump_flight_recorders), "native"), 0u);  // none is left behind
}

TEST(FlightRecorderDeathTest, AFailedCheckDumps) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Runtime::start({.native_schedulers = 1});
        PYVM_CHECK(1 > 2, "flight_recorder_test: on purpose");
      },
      "on purpose.*flight recorder");
}

TEST(FlightRecorderDeathTest, AFatalSignalDumpsAndStaysFatal) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer has handlers of its own, and ends the process in its way";
#endif
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        Runtime::start({.native_schedulers = 1});
        install_crash_handler();
        raise(SIGFPE);
      },
      // A sanitizer's handler, which comes next, exits in its own way.
      [](int status) { return WIFSIGNALED(status) ? WTERMSIG(status) == SIGFPE : WEXITSTATUS(status) != 0; },
      "fatal signal 8\n(.|\n)*flight recorder");
}

}  // namespace
}  // namespace pyvm
