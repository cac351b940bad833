// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "harness.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

namespace pyvm::workloads {

void want(bool ok, const char* what) {
  if (ok) [[likely]]
    return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::_Exit(1);  // from any thread
}

void sleep_ms(unsigned ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

std::uint64_t process_cpu_ns() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(spent.tv_nsec);
}

double rss() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) * 1024;
  }
  return 0;
}

double percentile(std::vector<std::int64_t>& values, double q) {
  want(!values.empty(), "a percentile of nothing");
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::int64_t>(q * static_cast<double>(values.size()) + 0.999999) - 1;
  const auto last = static_cast<std::int64_t>(values.size()) - 1;
  return static_cast<double>(values[static_cast<std::size_t>(std::clamp<std::int64_t>(rank, 0, last))]);
}

void Result::set(std::int64_t value) {
  const std::uint64_t now = monotonic_ns();
  {
    const std::lock_guard lock(mutex_);
    value_ = value;
    at_ns_ = now;
    is_set_ = true;
    changed_.notify_one();  // under the lock: the waiter may destroy this as soon as it has it
  }
}

std::int64_t Result::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_set_; });
  return value_;
}

}  // namespace pyvm::workloads
