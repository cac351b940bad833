// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/hand.h"

#include <algorithm>

#include "proc/ready.h"

namespace pyvm {

void make_ready(Process& process) {
  EXPECT_EQ(std::count(hand::ready.begin(), hand::ready.end(), &process), 0) << "M3: made ready twice";
  hand::ready.push_back(&process);
}
void arm_receive_timer(Process&) {}
void disarm_receive_timer(Process& process) { process.timer = nullptr; }
std::uint64_t process_time_ns() { return 0; }

namespace hand {

std::vector<Process*> ready;
int slept = 0;

void run_one() {
  if (ready.empty()) return systematic::yield_point();
  Process& process = *ready.front();
  ready.erase(ready.begin());
  current_process = &process;
  process.reductions_left = 100;
  process.receive_signals();
  for (;;) {
    if (process.exiting) {
      current_process = nullptr;
      return end_process(process);
    }
    if (!process.new_messages && !process.yielded) {
      process.forget_places();
      const bool sleeps = process.mailbox.try_sleep(process.line.tail);
      if (sleeps) {
        ++slept;
        break;
      }
      process.receive_signals();
      continue;
    }
    process.new_messages = process.yielded = false;
    const Outcome outcome = process.body->run(process);
    flush_outbox();
    if (outcome == Outcome::Exit && !process.exiting) process.set_exit(OwnedTerm(reason::normal));
    if (outcome == Outcome::Yield && !process.exiting) {
      process.yielded = true;
      ready.push_back(&process);
      break;
    }
  }
  current_process = nullptr;
}

void expect_nothing_left() {
  epoch_drain();
  EXPECT_TRUE(ready.empty());
  EXPECT_EQ(process_table::alive(), 0u);
}

}  // namespace hand
}  // namespace pyvm
