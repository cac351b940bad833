// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// TimerWheel: the timers of one scheduler thread, its owner. Ticks of 1 ms; start and cancel cost the same however many wait.
//
//   start(node, deadline_ns)      owner        arms an idle node; a deadline already passed is due at the next advance
//   owner_cancel(node)            owner        disarms it now: the node is the caller's again
//   cancel(node)                  any thread   one compare-and-swap decides against firing; the node comes back in on_cancelled
//   advance(now_ns, ...)          owner        gives back cancelled nodes, then fires those due, at most `limit` of them
//   next_deadline_ns()            owner        when advance next has something to do; kNever with nothing armed
//   has_cancelled()               owner        cancelled nodes wait for advance to give them back
//   clear(take)                   owner        disarms and gives away every node; nobody may be cancelling
//
// W1  A node never fires before its deadline: deadlines round up to a tick, and the present rounds down.
// W2  Nodes fire in the order of their ticks; of one tick, in the order started.
// W3  An armed node either fires or is cancelled, once: whoever takes its state from Armed has it. A node that cancel() took must
//     live until on_cancelled; who cancels must know that the node is still the one it means.
// W4  A node lies on the level of the highest digit in which its tick differs from the present tick, in the slot of its own digit
//     there. So no slot of level 1 or above lies in the past, the lowest level with a node holds the earliest, and
//     a slot is dealt out, in order, at the moment the present enters it.
// W5  next_deadline_ns is never later than the earliest deadline. It is earlier only where a slot must be dealt out before:
//     at most once a level, so an idle thread is woken seven times at most for any number of timers that are far away.
// W6  One call of advance does a bounded amount of work: what is left over stays in order, and next_deadline_ns says so.
//
// Legal states: Idle -start-> Armed -advance, owner_cancel-> Idle; Armed -cancel-> Cancelled -advance-> Idle.
// Design: docs/design/timers.md. Source: Varghese and Lauck's hierarchical wheels. Rejected there: a heap, a shared wheel.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/atomic.h"
#include "base/check.h"

namespace pyvm {

enum class TimerState : std::uint8_t {
  Idle,
  Armed,      // in a slot
  Cancelled,  // on the way to on_cancelled; in a slot or not
};

struct TimerLink {
  TimerLink* next = nullptr;
  TimerLink* previous = nullptr;
};

/// To be a base or a member of what is to happen. All fields are the wheel's.
struct TimerNode : TimerLink {
  static constexpr std::uint16_t kNoSlot = 0xffff;

  std::uint64_t tick = 0;               // owner
  TimerNode* next_cancelled = nullptr;  // whoever made it Cancelled, then the owner
  std::uint16_t slot = kNoSlot;         // owner
  Atomic<TimerState> state{TimerState::Idle};
};
static_assert(sizeof(TimerNode) == 40);

enum class [[nodiscard]] CancelResult : std::uint8_t {
  Cancelled,  // it will not fire
  TooLate,    // it fired, is firing, was cancelled before, or was never started
};

class PYVM_EXPORT TimerWheel {
 public:
  static constexpr std::uint64_t kTickNs = 1'000'000;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  explicit TimerWheel(std::uint64_t now_ns);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void start(TimerNode& node, std::uint64_t deadline_ns) {
    PYVM_ASSERT1(node.state.load_relaxed() == TimerState::Idle, "W3: TimerWheel::start: the node is in use");
    node.tick = std::max(tick_not_before(deadline_ns), present_);  // W1
    node.state.store_release(TimerState::Armed);                   // pairs with the compare-and-swap in take
    insert(node);
    ++pending_;
  }

  CancelResult owner_cancel(TimerNode& node) {
    if (!take(node, TimerState::Idle)) return CancelResult::TooLate;
    unlink(node);
    return CancelResult::Cancelled;
  }

  CancelResult cancel(TimerNode& node) {
    if (!take(node, TimerState::Cancelled)) return CancelResult::TooLate;
    node.next_cancelled = cancelled_.load_relaxed();
    // release pairs with the exchange in advance: the owner sees next_cancelled, and what this thread did to the node before.
    while (!cancelled_.compare_exchange_acq_rel(node.next_cancelled, &node)) continue;
    return CancelResult::Cancelled;
  }

  /// Calls on_cancelled(TimerNode&) and fire(TimerNode&); in both the node is idle and the callee's, and every owner's call but
  /// advance and clear is allowed. Returns how many fired.
  template <typename Fire, typename OnCancelled>
  std::size_t advance(std::uint64_t now_ns, Fire&& fire, OnCancelled&& on_cancelled, std::size_t limit) {
    PYVM_ASSERT1(limit > 0, "TimerWheel::advance: a limit of 0 would never end");
    const std::uint64_t target = now_ns / kTickNs;  // W1
    std::size_t moves = limit <= kNever / kMovesPerFire ? limit * kMovesPerFire : limit;
    give_back_cancelled(on_cancelled, moves);
    std::size_t fired = 0;
    do {
      while (TimerNode* node = first_due()) {
        if (fired == limit) return fired;
        __builtin_prefetch(node->next);
        unlink(*node);
        if (!take(*node, TimerState::Idle)) continue;  // cancelled: on its way to on_cancelled
        ++fired;
        fire(*node);
      }
    } while (step_towards(target, moves));
    return fired;
  }

  std::uint64_t next_deadline_ns() const;
  bool has_cancelled() const {
    return given_back_ != nullptr || cancelled_.load_relaxed() != nullptr;
  }  // a look: later is as good

  template <typename Take>
  void clear(Take&& take_node) {
    std::size_t moves = kNever;
    give_back_cancelled(take_node, moves);
    for (TimerLink& slot : slots_) {
      while (slot.next != &slot) {
        auto& node = static_cast<TimerNode&>(*slot.next);
        unlink(node);
        node.state.store_relaxed(TimerState::Idle);
        take_node(node);
      }
    }
    dealing_ = 0;
  }

  /// Owner only. Armed nodes, and cancelled ones that advance has not come across yet.
  std::size_t pending() const { return pending_; }

  /// Owner only. Walks everything: are all nodes where W4 says, and the bits and counts true?
  bool is_consistent() const;

 private:
  // Level 0 has 256 slots of one tick, each further one 64 slots of the whole level below: 50 bits; 2^64 ns are 45 bits of ticks.
  static constexpr unsigned kLevels = 8;
  static constexpr unsigned kLowBits = 8;
  static constexpr unsigned kLevelBits = 6;
  static constexpr unsigned kLowSlots = 1u << kLowBits;
  static constexpr unsigned kLevelSlots = 1u << kLevelBits;
  static constexpr unsigned kSlots = kLowSlots + (kLevels - 1) * kLevelSlots;
  static constexpr unsigned kLowWords = kLowSlots / 64;
  static constexpr std::size_t kMovesPerFire = 8;  // moving a node or giving it back is so much cheaper than what a timer does
  static_assert(kLevelSlots == 64, "a level's bits are one word");

  static std::uint64_t tick_not_before(std::uint64_t ns) { return ns / kTickNs + (ns % kTickNs != 0 ? 1 : 0); }

  static unsigned level_of(std::uint64_t tick, std::uint64_t present) {
    const std::uint64_t differing = tick ^ present;
    if (differing < kLowSlots) return 0;
    const auto highest = static_cast<unsigned>(63 - __builtin_clzll(differing));
    return (highest - kLowBits) / kLevelBits + 1;
  }
  static unsigned shift_of(unsigned level) { return kLowBits + (level - 1) * kLevelBits; }  // levels from 1
  static unsigned slot_of(std::uint64_t tick, unsigned level) {
    if (level == 0) return static_cast<unsigned>(tick) & (kLowSlots - 1);
    return kLowSlots + (level - 1) * kLevelSlots + (static_cast<unsigned>(tick >> shift_of(level)) & (kLevelSlots - 1));
  }

  /// The one step that decides between firing and the two ways to cancel (W3). acq_rel: who takes the node sees what its starter
  /// wrote, and the next start comes after what the taker did.
  static bool take(TimerNode& node, TimerState to) {
    TimerState expected = TimerState::Armed;
    return node.state.compare_exchange_acq_rel(expected, to);
  }

  void insert(TimerNode& node) {
    // What belongs into a slot that is being dealt out goes behind the nodes still there (W2).
    append(node, slot_of(node.tick, std::max(level_of(node.tick, present_), dealing_)));
  }

  void append(TimerNode& node, unsigned slot) {
    TimerLink& end = slots_[slot];
    node.slot = static_cast<std::uint16_t>(slot);
    node.next = &end;
    node.previous = end.previous;
    end.previous->next = &node;
    end.previous = &node;
    occupied_[slot / 64] |= std::uint64_t{1} << slot % 64;
  }

  void remove(TimerNode& node) {
    PYVM_ASSERT1(node.slot < kSlots, "W4: a node to be removed is in a slot");
    node.previous->next = node.next;
    node.next->previous = node.previous;
    if (node.next == node.previous) occupied_[node.slot / 64] &= ~(std::uint64_t{1} << node.slot % 64);  // it was the only one
    node.slot = TimerNode::kNoSlot;
  }

  void unlink(TimerNode& node) {
    remove(node);
    --pending_;
  }

  TimerNode* first_due() {
    TimerLink& end = slots_[slot_of(present_, 0)];
    return end.next == &end ? nullptr : static_cast<TimerNode*>(end.next);
  }

  template <typename OnCancelled>
  void give_back_cancelled(OnCancelled&& on_cancelled, std::size_t& moves) {
    while (moves > 0) {
      if (given_back_ == nullptr) {
        if (cancelled_.load_relaxed() == nullptr) return;    // a look: what comes later is for the next call
        given_back_ = cancelled_.exchange_acq_rel(nullptr);  // pairs with the compare-and-swap in cancel
      }
      TimerNode& node = *given_back_;
      given_back_ = node.next_cancelled;
      if (given_back_ != nullptr) __builtin_prefetch(given_back_);
      if (node.slot != TimerNode::kNoSlot) unlink(node);
      node.state.store_relaxed(TimerState::Idle);
      --moves;
      on_cancelled(node);
    }
  }

  bool step_towards(std::uint64_t target, std::size_t& moves);
  bool deal_out(std::size_t& moves);
  std::uint64_t earliest_slot(unsigned& level) const;

  // Owner only.
  std::uint64_t present_;  // the tick up to which, and partly at which, everything has fired
  std::size_t pending_ = 0;
  unsigned dealing_ = 0;                               // the level whose slot at present_ is being dealt out, or 0
  TimerNode* given_back_ = nullptr;                    // cancelled nodes taken from the list and not given back yet
  std::array<std::uint64_t, kSlots / 64> occupied_{};  // a bit for each slot with nodes
  std::array<TimerLink, kSlots> slots_;                // circular lists

  alignas(64) Atomic<TimerNode*> cancelled_;  // pushed to by any thread, taken whole by the owner
};

}  // namespace pyvm
