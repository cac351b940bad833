// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace pyvm {

namespace {
std::atomic<void (*)()> crash_hook{nullptr};
}

void set_crash_hook(void (*hook)()) { crash_hook.store(hook, std::memory_order_release); }

void check_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "pyvm: internal fault: %s\n  (%s) is false at %s:%d\n", message, condition, file, line);
  // Taken out, so that a fault inside the hook does not run it again.
  if (auto* hook = crash_hook.exchange(nullptr, std::memory_order_acq_rel)) hook();
  std::abort();
}

}  // namespace pyvm
