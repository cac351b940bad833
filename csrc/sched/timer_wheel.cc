// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "sched/timer_wheel.h"

namespace pyvm {

TimerWheel::TimerWheel(std::uint64_t now_ns) : present_(now_ns / kTickNs) {
  for (TimerLink& slot : slots_) slot.next = slot.previous = &slot;
}

/// The first tick of the earliest slot with nodes, and its level; kNever when all are empty.
std::uint64_t TimerWheel::earliest_slot(unsigned& level) const {
  level = 0;
  const unsigned at = slot_of(present_, 0);
  std::uint64_t word = occupied_[at / 64] & (~std::uint64_t{0} << at % 64);
  for (unsigned index = at / 64;;) {
    if (word != 0) return (present_ & ~std::uint64_t{kLowSlots - 1}) + index * 64 + static_cast<unsigned>(__builtin_ctzll(word));
    if (++index == kLowWords) break;
    word = occupied_[index];
  }
  for (level = 1; level < kLevels; ++level) {
    word = occupied_[kLowWords + level - 1];
    if (word == 0) continue;
    const unsigned shift = shift_of(level);
    const std::uint64_t above = present_ >> shift >> kLevelBits;
    const std::uint64_t digit = static_cast<unsigned>(__builtin_ctzll(word));
    return (above << kLevelBits | digit) << shift;  // W4: no slot of the level lies in the past, so the first bit is the next
  }
  return kNever;
}

/// Goes on to the next slot with nodes, no further than the target; false when this call of advance has nothing more to do.
bool TimerWheel::step_towards(std::uint64_t target, std::size_t& moves) {
  if (dealing_ != 0) return deal_out(moves);
  if (present_ >= target) return false;
  unsigned level = 0;
  const std::uint64_t next = earliest_slot(level);
  if (next > target) {
    present_ = target;  // W4 holds on: no slot begins between, so nothing changes its level
    return false;
  }
  present_ = next;
  if (level == 0) return true;
  dealing_ = level;
  return deal_out(moves);
}

/// Moves the nodes of the slot just entered down to where W4 wants them now. False when it may not finish in this call.
bool TimerWheel::deal_out(std::size_t& moves) {
  const unsigned level = dealing_;
  TimerLink& slot = slots_[slot_of(present_, level)];
  while (slot.next != &slot) {
    if (moves == 0) return false;  // W6
    --moves;
    auto& node = static_cast<TimerNode&>(*slot.next);
    __builtin_prefetch(node.next);
    remove(node);
    const unsigned lower = level_of(node.tick, present_);
    PYVM_ASSERT1(lower < level, "W4: a slot dealt out keeps a node");
    append(node, slot_of(node.tick, lower));
  }
  dealing_ = 0;
  return true;
}

std::uint64_t TimerWheel::next_deadline_ns() const {
  if (dealing_ != 0 || given_back_ != nullptr) return present_ * kTickNs;  // W6
  unsigned level = 0;
  const std::uint64_t tick = earliest_slot(level);
  return tick > kNever / kTickNs ? kNever : tick * kTickNs;
}

bool TimerWheel::is_consistent() const {
  std::size_t count = 0;
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    const TimerLink* end = &slots_[slot];
    const bool bit = (occupied_[slot / 64] >> slot % 64 & 1) != 0;
    if (bit != (end->next != end)) return false;
    for (const TimerLink* link = end->next; link != end; link = link->next) {
      const auto& node = static_cast<const TimerNode&>(*link);
      ++count;
      if (node.slot != slot || node.tick < present_ || link->next->previous != link) return false;
      const unsigned level = level_of(node.tick, present_);
      const bool in_place = slot == slot_of(node.tick, level);
      const bool not_dealt_out = level < dealing_ && slot == slot_of(present_, dealing_);
      if (!in_place && !not_dealt_out) return false;
    }
  }
  return count == pending_;
}

}  // namespace pyvm
