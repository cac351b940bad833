// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What one timer costs its scheduler, by how many others are armed: started and cancelled, as most timeouts; started and fired.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.h"
#include "sched/timer_wheel.h"

namespace pyvm {
namespace {

constexpr std::uint64_t kMs = TimerWheel::kTickNs;
constexpr std::size_t kAll = 1'000'000'000;
const auto ignore = [](TimerNode&) {};

/// Timers armed for 1 to 61 s, so that the wheel under test is as full as a server's.
std::vector<TimerNode> arm_background(TimerWheel& wheel, std::int64_t count) {
  std::vector<TimerNode> background(static_cast<std::size_t>(count));
  Random random(1);
  for (TimerNode& node : background) wheel.start(node, (1'000 + random.below(60'000)) * kMs);
  return background;
}

void check(bool answer, const char* what) {
  if (answer) return;
  std::fprintf(stderr, "timer_bench: %s\n", what);
  std::abort();
}

void BM_StartAndOwnerCancel(benchmark::State& state) {
  TimerWheel wheel(0);
  auto background = arm_background(wheel, state.range(0));
  TimerNode node;
  std::uint64_t deadline_ms = 0;
  for (auto _ : state) {
    deadline_ms = (deadline_ms + 977) % 30'000;
    wheel.start(node, deadline_ms * kMs);
    benchmark::DoNotOptimize(wheel.owner_cancel(node));
  }
  check(wheel.pending() == background.size(), "a cancelled timer is still pending");
  wheel.clear(ignore);
}
BENCHMARK(BM_StartAndOwnerCancel)->Arg(0)->Arg(100'000);

/// As a process does that moved to another scheduler; here without contention, given back 1,000 at a time.
void BM_StartCancelAndGiveBack(benchmark::State& state) {
  TimerWheel wheel(0);
  std::vector<TimerNode> nodes(1'000);
  std::size_t given_back = 0;
  for (auto _ : state) {
    for (TimerNode& node : nodes) wheel.start(node, 5'000 * kMs);
    for (TimerNode& node : nodes) benchmark::DoNotOptimize(wheel.cancel(node));
    wheel.advance(0, ignore, [&](TimerNode&) { ++given_back; }, kAll);
  }
  state.SetItemsProcessed(state.iterations() * 1'000);
  check(given_back == static_cast<std::size_t>(state.iterations()) * 1'000, "a cancelled timer did not come back");
}
BENCHMARK(BM_StartCancelAndGiveBack);

/// 10,000 timers spread over the given time, then time runs a millisecond at a time until all have fired.
void BM_StartAndFire(benchmark::State& state) {
  constexpr std::size_t kTimers = 10'000;
  const auto spread_ms = static_cast<std::uint64_t>(state.range(0));
  std::vector<TimerNode> nodes(kTimers);
  Random random(2);
  std::vector<std::uint64_t> after_ms;
  for (std::size_t i = 0; i < kTimers; ++i) after_ms.push_back(1 + random.below(spread_ms));
  TimerWheel wheel(0);
  std::uint64_t now_ms = 0;
  std::size_t fired = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < kTimers; ++i) wheel.start(nodes[i], (now_ms + after_ms[i]) * kMs);
    for (const std::uint64_t end_ms = now_ms + spread_ms; now_ms < end_ms;)
      fired += wheel.advance(++now_ms * kMs, ignore, ignore, kAll);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTimers));
  check(fired == static_cast<std::size_t>(state.iterations()) * kTimers, "a timer did not fire");
}
BENCHMARK(BM_StartAndFire)->Arg(100)->Arg(1'000)->Arg(10'000);

/// 300,000 timers of one instant, 1 minute away: dealt out level by level, then fired.
void BM_ManyAtOneInstant(benchmark::State& state) {
  constexpr std::size_t kTimers = 300'000;
  std::vector<TimerNode> nodes(kTimers);
  TimerWheel wheel(0);
  std::uint64_t now_ms = 0;
  for (auto _ : state) {
    for (TimerNode& node : nodes) wheel.start(node, (now_ms + 60'000) * kMs);
    now_ms += 60'000;
    const std::size_t fired = wheel.advance(now_ms * kMs, ignore, ignore, kAll);
    check(fired == kTimers, "a timer did not fire");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTimers));
}
BENCHMARK(BM_ManyAtOneInstant)->Unit(benchmark::kMillisecond);

void BM_AdvanceWithNothingDue(benchmark::State& state) {
  TimerWheel wheel(0);
  auto background = arm_background(wheel, state.range(0));
  std::uint64_t now_ns = 0;
  for (auto _ : state) benchmark::DoNotOptimize(wheel.advance(++now_ns % (999 * kMs), ignore, ignore, kAll));
  wheel.clear(ignore);
}
BENCHMARK(BM_AdvanceWithNothingDue)->Arg(100'000);

void BM_NextDeadline(benchmark::State& state) {
  TimerWheel wheel(0);
  auto background = arm_background(wheel, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(wheel.next_deadline_ns());
  wheel.clear(ignore);
}
BENCHMARK(BM_NextDeadline)->Arg(0)->Arg(100'000);

}  // namespace
}  // namespace pyvm
