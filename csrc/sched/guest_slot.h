// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// GuestSlot: the place of one native process that the python scheduler, its host, has made ready and will run itself.
//
//   put(process)      host      false: it must go to a native scheduler
//   take()            host      the guest, or null
//   crossings()       any       how often the host asked for a place
//   begin_watch()     others    true: the caller watches from now on. Asked by a native scheduler that would sleep
//   has_guest()       any       whether one stands here
//   end_watch()       watcher   the guest that is left, or null: the caller runs it
//
// K1  A guest stands here only while somebody watches. One word says both, so a put that comes behind the end of a watch fails, and who
//     ends the watch takes the guest with it.
// K2  A guest is ready and in no other place (R1); it belongs to who took it out.
// K3  The host alone puts. One watches at a time.
// Design: docs/design/scheduling.md.
#pragma once

#include "base/atomic.h"
#include "proc/process.h"

namespace pyvm {

class GuestSlot {
 public:
  bool put(Process& process) {
    crossings_.store_relaxed(crossings_.load_relaxed() + 1);
    Word expected = kWatched;
    // Release pairs with the acquires of take and end_watch: who takes it finds the process as the host left it.
    return word_.load_relaxed() == kWatched && word_.compare_exchange_acq_rel(expected, bits(process) | kWatched);
  }

  Process* take() {
    Word found = word_.load_relaxed();  // the host sees its own put, and if it is gone by now the exchange fails
    return found > kWatched && word_.compare_exchange_acq_rel(found, kWatched) ? process_of(found) : nullptr;
  }

  std::uint32_t crossings() const { return crossings_.load_relaxed(); }  // a hint

  bool has_guest() const { return word_.load_relaxed() > kWatched; }  // a hint

  bool begin_watch() {
    Word expected = 0;
    return word_.load_relaxed() == 0 && word_.compare_exchange_acq_rel(expected, kWatched);
  }

  Process* end_watch() { return process_of(word_.exchange_acq_rel(0)); }

 private:
  static constexpr Word kWatched = 1;
  static Word bits(const Process& process) { return reinterpret_cast<Word>(&process); }
  static Process* process_of(Word word) { return reinterpret_cast<Process*>(word & ~kWatched); }

  alignas(64) Atomic<Word> word_;    // a process, and in its lowest bit whether somebody watches
  Atomic<std::uint32_t> crossings_;  // written by the host
};

}  // namespace pyvm
