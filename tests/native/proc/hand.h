// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Hand: processes run by the fibers of a systematic test, without schedulers. hand_sys.cc has what sched defines otherwise.
//
//   run_one()                 runs a ready process until it sleeps, yields or ends; a switching point when none is ready
//   run_until(condition)      inside of a section that lasts, as a scheduler does
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "proc/fibers.h"
#include "proc/lambda_body.h"
#include "proc/native.h"

namespace pyvm::hand {

extern std::vector<Process*> ready;
extern int slept;

void run_one();

template <typename Condition>
void run_until(Condition&& condition) {
  epoch_enter();
  while (!condition()) {
    epoch_quiesce();
    run_one();
    epoch_collect();
  }
  epoch_leave();
}

/// Everything that was retired is reclaimed, and no process is left; between two seeds.
void expect_nothing_left();

inline Pid spawn_function(const SpawnOptions& options, std::function<Outcome(Process&)> run) {
  return spawn<LambdaBody>(options, std::move(run)).pid;
}

}  // namespace pyvm::hand
