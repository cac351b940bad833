// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/epoch.h"

#include <chrono>
#include <thread>

namespace pyvm {

namespace epoch_detail {

Atomic<std::uint64_t> global{2};
constinit thread_local Participant* self = nullptr;

namespace {

constexpr std::size_t kCollectEvery = 64;

Atomic<Participant*> participants;

struct LeaveAtThreadEnd {
  ~LeaveAtThreadEnd() { leave_for_good(); }
};

bool try_take(Participant& participant) { return !participant.taken.load_relaxed() && !participant.taken.exchange_acq_rel(true); }

void reclaim(Participant& me, Participant::Bucket& bucket) {
  Retired* node = bucket.first;
  bucket.first = nullptr;
  while (node != nullptr) {
    Retired* next = node->next;
    --me.retired;
    node->reclaim(node);
    node = next;
  }
}

void retire(Participant& me, Retired& node) {
  const std::uint64_t now = global.load_acquire();
  Participant::Bucket& bucket = me.buckets[now % 3];
  if (bucket.epoch != now) {
    PYVM_ASSERT1(bucket.first == nullptr || bucket.epoch + 3 <= now, "E1: a bucket used again too early");
    reclaim(me, bucket);  // it was filled in epoch now - 3 or before
    bucket.epoch = now;
  }
  node.next = bucket.first;
  bucket.first = &node;
  ++me.retired;
}

bool try_advance() {
  std::uint64_t now = global.load_seq_cst();
  for (Participant* other = participants.load_acquire(); other != nullptr; other = other->next) {
    // Sequentially consistent: pairs with the announcement in epoch_enter, see there.
    const std::uint64_t announced = other->announced.load_seq_cst();
    if (announced != 0 && announced != now) return false;  // E2
  }
  return global.compare_exchange_acq_rel(now, now + 1);
}

bool is_due(const Participant::Bucket& bucket, std::uint64_t now) {
  constexpr std::uint64_t kGraceEpochs = 3;  // E1, and as many as there are buckets
  return bucket.epoch + kGraceEpochs <= now;
}

/// What ended threads left (E3), as if the calling thread had retired it now.
void take_over(Participant& me) {
  for (Participant* other = participants.load_acquire(); other != nullptr; other = other->next) {
    if (!try_take(*other)) continue;
    for (Participant::Bucket& bucket : other->buckets) {
      Retired* node = bucket.first;
      bucket.first = nullptr;
      while (node != nullptr) {
        Retired* next = node->next;
        --other->retired;
        retire(me, *node);
        node = next;
      }
    }
    other->taken.store_release(false);  // pairs with the exchange in try_take
  }
}

}  // namespace

void leave_for_good() {
  if (self == nullptr) return;
  self->announced.store_release(0);
  self->depth = 0;
  self->taken.store_release(false);  // pairs with the exchange in try_take: what it retired goes to the next owner (E3)
  self = nullptr;
}

Participant& join() {
  static thread_local LeaveAtThreadEnd at_end;
  static_cast<void>(at_end);
  for (Participant* free = participants.load_acquire(); free != nullptr; free = free->next) {
    if (try_take(*free)) return *(self = free);
  }
  auto* fresh = new Participant;
  fresh->taken.store_relaxed(true);
  Participant* first = participants.load_acquire();
  do {
    fresh->next = first;
  } while (!participants.compare_exchange_acq_rel(first, fresh));
  return *(self = fresh);
}

}  // namespace epoch_detail

void epoch_retire(Retired& node) {
  using namespace epoch_detail;
  Participant& me = *self;
  PYVM_ASSERT1(me.depth > 0, "epoch_retire: outside of a section");
  retire(me, node);
  if (me.retired % kCollectEvery == 0) epoch_collect();  // may hold the epoch back itself until it quiesces
}

void epoch_collect() {
  using namespace epoch_detail;
  Participant& me = *self;
  if (me.retired == 0 || me.collecting) return;  // a reclaim may itself retire
  me.collecting = true;
  try_advance();
  const std::uint64_t now = global.load_acquire();
  for (Participant::Bucket& bucket : me.buckets) {
    if (bucket.first != nullptr && is_due(bucket, now)) reclaim(me, bucket);
  }
  me.collecting = false;
}

void epoch_drain() {
  using namespace epoch_detail;
  Participant& me = participant();
  PYVM_CHECK(me.depth == 0, "epoch_drain: inside of a section, for whose end it would wait");
  const std::uint64_t end = global.load_acquire() + 3;
  for (unsigned waited = 0;; ++waited) {
    {
      const EpochGuard guard;
      take_over(me);
      const std::uint64_t before = global.load_acquire();
      try_advance();
      epoch_collect();
      if (global.load_acquire() >= end && me.retired == 0) return;
      if (global.load_acquire() != before) continue;
    }
    // Another thread is in a section, which lasts for one operation, or for a slice.
    constexpr unsigned kYields = 100;
    if (waited < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
}

std::size_t epoch_pending() { return epoch_detail::participant().retired; }

}  // namespace pyvm
