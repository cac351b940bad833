// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Epoch: when memory that other threads may still be reading can be reused.
//
// A thread reads shared pointers only inside of a critical section. What is unlinked is retired, and reclaimed once every
// thread that was inside when it was unlinked has left its section or passed a quiescent point.
//
//   EpochGuard guard;         any thread   a critical section for one operation; nests, costs one exchange when outermost
//   epoch_enter/leave()       schedulers   a critical section that lasts for many slices
//   epoch_quiesce()           schedulers   between slices: "I hold nothing"; two loads and rarely a store
//   epoch_quiesce_for(other)  any thread   the same, said for a thread that is kept from going on meanwhile, as by a lock that it needs
//   epoch_retire(node)        inside       reclaim(node) runs later, on this thread, inside a section
//   epoch_collect()           inside       tries to move the epoch on, then reclaims what is due; for the idle and every so often
//   epoch_drain()             outside      waits until all sections open now are over, and reclaims what this thread and those that
//                                          have ended retired; for shutdown
//
// E1  A node retired in epoch e is reclaimed only when the global epoch is at least e + 3. Not e + 2: the unlinking is a plain release
//     store, and may become visible after the retiring thread has read e. It is visible to who has seen that thread announce e + 1,
//     and so to every section begun in e + 2; a section begun before holds the epoch at e + 2 at most.
// E2  The global epoch moves from g to g + 1 only when every thread inside has announced g.
// E3  A thread reclaims what it retired; what a thread leaves behind at its end is taken over by the next one that enters, or drains.
// Source: epoch-based reclamation (Fraser 2004) with quiescent points as in OTP's thread progress.
// Rejected: hazard pointers (a fence a send), a count in each process (two contended atomics a send).
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

struct Retired {
  Retired* next = nullptr;
  void (*reclaim)(Retired*) = nullptr;
};

namespace epoch_detail {

struct Participant {
  alignas(64) Atomic<std::uint64_t> announced;  // 0 outside of every section; written by its thread
  Atomic<bool> taken;
  Participant* next = nullptr;  // never changes once published
  unsigned depth = 0;           // its thread only, as is all below
  struct Bucket {
    Retired* first = nullptr;
    std::uint64_t epoch = 0;
  } buckets[3];
  std::size_t retired = 0;
  bool collecting = false;
};

PYVM_EXPORT Participant& join();
/// The end of the calling thread, or of a fiber that stands for one.
PYVM_EXPORT void leave_for_good();

// Defined in one library: inline and hidden, each shared object would have its own.
PYVM_EXPORT extern constinit thread_local Participant* self __attribute__((tls_model("initial-exec")));
PYVM_EXPORT extern Atomic<std::uint64_t> global;

inline Participant& participant() { return self != nullptr ? *self : join(); }

}  // namespace epoch_detail

inline void epoch_enter() {
  epoch_detail::Participant& me = epoch_detail::participant();
  if (me.depth++ != 0) return;
  // Sequentially consistent: the announcement must be visible before any shared pointer is read in the section, or a thread
  // that moves the epoch on could miss this one (E2).
  me.announced.store_seq_cst(epoch_detail::global.load_seq_cst());
}

inline void epoch_leave() {
  epoch_detail::Participant& me = *epoch_detail::self;
  PYVM_ASSERT1(me.depth > 0, "epoch_leave: no section is open");
  if (--me.depth == 0) me.announced.store_release(0);  // pairs with the acquire in try_advance: reads are over
}

/// Only in the outermost section: the caller holds no shared pointer.
inline void epoch_quiesce() {
  epoch_detail::Participant& me = *epoch_detail::self;
  PYVM_ASSERT1(me.depth == 1, "epoch_quiesce: only in the outermost section");
  const std::uint64_t now = epoch_detail::global.load_acquire();
  if (me.announced.load_relaxed() != now) me.announced.store_release(now);
}

/// `other` cannot go on until the caller lets it, which also orders what both do (E2: an announcement that it sees late only holds the
/// epoch back). Nothing happens when it is in a section inside of its lasting one, or in none.
inline void epoch_quiesce_for(epoch_detail::Participant& other) {
  if (other.depth == 1) other.announced.store_release(epoch_detail::global.load_acquire());
}

PYVM_EXPORT void epoch_retire(Retired& node);
PYVM_EXPORT void epoch_collect();
PYVM_EXPORT void epoch_drain();
/// Nodes this thread has retired and not yet reclaimed.
PYVM_EXPORT std::size_t epoch_pending();

class EpochGuard {
 public:
  EpochGuard() { epoch_enter(); }
  ~EpochGuard() { epoch_leave(); }
  EpochGuard(const EpochGuard&) = delete;
  EpochGuard& operator=(const EpochGuard&) = delete;
};

}  // namespace pyvm
