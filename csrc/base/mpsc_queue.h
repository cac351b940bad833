// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// MpscQueue: an intrusive queue that many threads push to and one thread, the owner, pops from and may sleep on.
//
//   push(first, last)   any thread   a chain of nodes: one exchange, then one store that links it; the result says who must wake
//   pop()               owner        the oldest node, or nothing: empty, or a push is between its two steps
//   try_sleep()         owner        marks the queue sleeping; fails if anything was pushed, linked or not
//   cancel_sleep()      owner        takes the mark back; fails if a push has found it (its wake-up is on the way)
//
// The queue is two halves, so that a user may lay them on different cache lines: MpscTail, which pushers write, and MpscHead,
// which is the owner's. MpscQueue is both with a line between them.
//
// Q1  Nodes pushed by one thread are popped in the order pushed; a chain stays together.
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

class MpscHead;

class MpscTail {
 public:
  explicit MpscTail(MpscHead& head);

  PushResult push(MpscNode& node) { return push(node, node); }

  /// Pushes first..last, already linked to each other by relaxed stores.
  PushResult push(MpscNode& first, MpscNode& last) {
    last.next.store_relaxed(nullptr);  // published by the exchange below
    // acq_rel: release pairs with the tail load and exchanges of pop, try_sleep and other pushes; acquire orders the link store
    // after the previous node's own initialisation.
    const std::uintptr_t previous = bits_.exchange_acq_rel(reinterpret_cast<std::uintptr_t>(&last));
    reinterpret_cast<MpscNode*>(previous & ~kSleeping)->next.store_release(&first);  // pairs with the loads of `next` in pop
    return (previous & kSleeping) != 0 ? PushResult::OweWake : PushResult::Queued;
  }

 private:
  friend class MpscHead;
  static constexpr std::uintptr_t kSleeping = 1;
  Atomic<std::uintptr_t> bits_;  // written by every pusher
};

class MpscHead {
 public:
  MpscHead() = default;
  MpscHead(const MpscHead&) = delete;
  MpscHead& operator=(const MpscHead&) = delete;

  MpscNode* pop(MpscTail& tail) {
    MpscNode* node = head_;
    MpscNode* next = node->next.load_acquire();  // pairs with the release store in push
    if (node == &stub_) {
      if (next == nullptr) return nullptr;
      head_ = node = next;
      next = node->next.load_acquire();
    }
    if (next == nullptr) {
      if (put_stub_behind(node, tail)) return node;
      next = node->next.load_acquire();  // a push came after `node`; it may not have linked yet
      if (next == nullptr) return nullptr;
    }
    __builtin_prefetch(next);
    head_ = next;
    return node;
  }

  /// Owner: nothing was pushed since the queue was emptied. One relaxed load: what it misses, try_sleep finds.
  bool looks_empty() const { return head_ == &stub_ && stub_.next.load_relaxed() == nullptr; }

  /// Owner: the node that pop() gives next, or null.
  const MpscNode* first() const { return head_ == &stub_ ? stub_.next.load_acquire() : head_; }  // pairs with the store in push

  /// Owner: the node pushed last, linked or not; null when the queue is empty.
  const MpscNode* last(const MpscTail& tail) const {
    const std::uintptr_t last = tail.bits_.load_acquire() & ~MpscTail::kSleeping;  // acquire: not before what tells of a push
    return last == bits(&stub_) ? nullptr : reinterpret_cast<const MpscNode*>(last);
  }

  [[nodiscard]] bool try_sleep(MpscTail& tail) {
    if (head_ != &stub_) return false;
    std::uintptr_t expected = bits(&stub_);
    return tail.bits_.compare_exchange_acq_rel(expected, bits(&stub_) | MpscTail::kSleeping);  // pairs with push (Q2)
  }

  [[nodiscard]] bool cancel_sleep(MpscTail& tail) {
    std::uintptr_t expected = bits(&stub_) | MpscTail::kSleeping;
    return tail.bits_.compare_exchange_acq_rel(expected, bits(&stub_));
  }

 private:
  friend class MpscTail;
  static std::uintptr_t bits(const MpscNode* node) { return reinterpret_cast<std::uintptr_t>(node); }

  /// Lets go of the last node by making the stub the tail in its place; fails when something was pushed behind the node.
  bool put_stub_behind(MpscNode* node, MpscTail& tail) {
    PYVM_ASSERT1(head_ == node, "Q4: the stub may enter only behind the head");
    stub_.next.store_relaxed(nullptr);  // Q4: the stub is out of the queue, so no push can be writing to it
    std::uintptr_t expected = bits(node);
    if (!tail.bits_.compare_exchange_acq_rel(expected, bits(&stub_))) return false;
    head_ = &stub_;
    return true;  // Q3: no push saw `node` as its predecessor, and none can now
  }

  MpscNode* head_ = &stub_;  // owner only
  MpscNode stub_;            // linked by the first push after the owner emptied the queue
};

inline MpscTail::MpscTail(MpscHead& head) : bits_(MpscHead::bits(&head.stub_)) {}

class MpscQueue {
 public:
  PushResult push(MpscNode& node) { return tail_.push(node); }
  PushResult push(MpscNode& first, MpscNode& last) { return tail_.push(first, last); }
  MpscNode* pop() { return head_.pop(tail_); }
  bool looks_empty() const { return head_.looks_empty(); }
  [[nodiscard]] bool try_sleep() { return head_.try_sleep(tail_); }
  [[nodiscard]] bool cancel_sleep() { return head_.cancel_sleep(tail_); }

 private:
  MpscHead head_;
  alignas(64) MpscTail tail_{head_};
};

}  // namespace pyvm
