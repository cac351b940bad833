// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// MpscQueue: an intrusive queue that many threads push to and one thread, the owner, pops from and may sleep on.
//
//   push(node)       any thread   one exchange, then one store that links it; the result says who must wake the owner
//   pop()            owner        the oldest node, or nothing: empty, or a push is between its two steps
//   try_sleep()      owner        marks the queue sleeping; fails if anything was pushed, linked or not
//   cancel_sleep()   owner        takes the mark back; fails if a push has found it (its wake-up is on the way)
//
// Q1  Nodes pushed by one thread are popped in the order pushed.
// Q2  Of the pushes after a successful try_sleep exactly one, the first, finds the mark and owes a wake-up.
// Q3  A popped node is the caller's alone: no later push writes to it.
// Q4  The stub is in the queue exactly when head_ is the stub; the sleeping mark is only ever on the stub.
//
// Source: Vyukov's intrusive MPSC queue; the mark in the tail's lowest bit makes "is it empty" and "who wakes" one exchange.
// Rejected: a stack with reversal (a compare-and-swap loop under contention); a state word beside the queue (two atomics a push).
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

struct MpscNode {
  Atomic<MpscNode*> next;
};

enum class [[nodiscard]] PushResult : std::uint8_t {
  Queued,   // the owner is awake and will find it
  OweWake,  // the caller must wake the owner
};

class MpscQueue {
 public:
  MpscQueue() : tail_(bits(&stub_)), head_(&stub_) {}

  PushResult push(MpscNode& node) {
    node.next.store_relaxed(nullptr);  // published by the exchange below
    // acq_rel: release pairs with the tail load and exchanges of pop, try_sleep and other pushes; acquire orders the link store
    // after the previous node's own initialisation.
    const std::uintptr_t previous = tail_.exchange_acq_rel(bits(&node));
    unchecked_node(previous)->next.store_release(&node);  // pairs with the acquire loads of `next` in pop
    return (previous & kSleeping) != 0 ? PushResult::OweWake : PushResult::Queued;
  }

  MpscNode* pop() {
    MpscNode* node = head_;
    MpscNode* next = node->next.load_acquire();  // pairs with the release store in push
    if (node == &stub_) {
      if (next == nullptr) return nullptr;
      head_ = node = next;
      next = node->next.load_acquire();
    }
    if (next == nullptr) {
      if (put_stub_behind(node)) return node;
      next = node->next.load_acquire();  // a push came after `node`; it may not have linked yet
      if (next == nullptr) return nullptr;
    }
    head_ = next;
    return node;
  }

  [[nodiscard]] bool try_sleep() {
    if (head_ != &stub_) return false;
    std::uintptr_t expected = bits(&stub_);
    return tail_.compare_exchange_acq_rel(expected, bits(&stub_) | kSleeping);  // pairs with the exchange in push (Q2)
  }

  [[nodiscard]] bool cancel_sleep() {
    std::uintptr_t expected = bits(&stub_) | kSleeping;
    return tail_.compare_exchange_acq_rel(expected, bits(&stub_));
  }

 private:
  static constexpr std::uintptr_t kSleeping = 1;

  static std::uintptr_t bits(MpscNode* node) { return reinterpret_cast<std::uintptr_t>(node); }
  static MpscNode* unchecked_node(std::uintptr_t tail) { return reinterpret_cast<MpscNode*>(tail & ~kSleeping); }

  /// Lets go of the last node by making the stub the tail in its place; fails when something was pushed behind the node.
  bool put_stub_behind(MpscNode* node) {
    PYVM_ASSERT1(head_ == node, "Q4: the stub may enter only behind the head");
    stub_.next.store_relaxed(nullptr);  // Q4: the stub is out of the queue, so no push can be writing to it
    std::uintptr_t expected = bits(node);
    if (!tail_.compare_exchange_acq_rel(expected, bits(&stub_))) return false;
    head_ = &stub_;
    return true;  // Q3: no push saw `node` as its predecessor, and none can now
  }

  Atomic<std::uintptr_t> tail_;         // written by every pusher
  alignas(64) MpscNode* head_;          // owner only
  MpscNode stub_;                       // linked by the first push after the owner emptied the queue
};

}  // namespace pyvm
