// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Fibers: systematic::run with fibers that stand for threads: an epoch participant, a current process and an outbox for each.
#pragma once

#include <functional>
#include <vector>

#include "base/systematic.h"
#include "proc/delivery.h"

namespace pyvm {

inline void run_fibers_as_threads(std::uint64_t seed, std::vector<std::function<void()>> fibers) {
  const auto keep = [](auto& variable) { systematic::keep_for_each(reinterpret_cast<void**>(&variable)); };
  keep(epoch_detail::self);
  keep(current_process);
  keep(outbox.to);
  keep(outbox.first);
  keep(outbox.last);
  keep(outbox.size);
  for (auto& fiber : fibers) {
    fiber = [body = std::move(fiber)] {
      body();
      epoch_detail::leave_for_good();
    };
  }
  systematic::run(seed, fibers);
}

}  // namespace pyvm
