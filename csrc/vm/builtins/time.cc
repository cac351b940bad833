// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// time: the runtime's clocks, so that a seeded run sees its own time.
#include "base/clock.h"
#include "vm/builtins/tables.h"

namespace pyvm::vm {

namespace {

using Clock = std::uint64_t (*)();

template <Clock kClock>
Term run_seconds(Context& context, std::span<const Term>) {
  return context.heap.make_float(static_cast<double>(kClock()) / 1e9);
}
template <Clock kClock>
Term run_ns(Context& context, std::span<const Term>) {
  return context.heap.make_uint(kClock());
}

constexpr Builtin kFunctions[] = {
    {"time.monotonic", "", run_seconds<monotonic_ns>},
    {"time.monotonic_ns", "", run_ns<monotonic_ns>},
    {"time.perf_counter", "", run_seconds<monotonic_ns>},
    {"time.perf_counter_ns", "", run_ns<monotonic_ns>},
    {"time.time", "", run_seconds<wall_ns>},
    {"time.time_ns", "", run_ns<wall_ns>},
};

}  // namespace

std::span<const Builtin> time_functions() { return kFunctions; }

}  // namespace pyvm::vm
