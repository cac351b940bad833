// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/epoch.h"

namespace pyvm {

namespace epoch_detail {

Atomic<std::uint64_t> global{2};
constinit thread_local Participant* self = nullptr;

namespace {

constexpr std::size_t kCollectEvery = 64;

Atomic<Participant*> participants;

struct LeaveAtThreadEnd {
  ~LeaveAtThreadEnd() {
    if (self == nullptr) return;
    self->announced.store_release(0);
    self->depth = 0;
    self->taken.store_release(false);  // pairs with the exchange in join: what it retired goes to the next owner (E3)
    self = nullptr;
  }
};

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

bool try_advance() {
  std::uint64_t now = global.load_seq_cst();
  for (Participant* other = participants.load_acquire(); other != nullptr; other = other->next) {
    // Sequentially consistent: pairs with the announcement in epoch_enter, see there.
    const std::uint64_t announced = other->announced.load_seq_cst();
    if (announced != 0 && announced != now) return false;  // E2
  }
  return global.compare_exchange_acq_rel(now, now + 1);
}

}  // namespace

Participant& join() {
  static thread_local LeaveAtThreadEnd at_end;
  static_cast<void>(at_end);
  for (Participant* free = participants.load_acquire(); free != nullptr; free = free->next) {
    if (!free->taken.load_relaxed() && !free->taken.exchange_acq_rel(true)) return *(self = free);
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
  const std::uint64_t now = global.load_seq_cst();  // after the caller's unlinking
  Participant::Bucket& bucket = me.buckets[now % 3];
  if (bucket.epoch != now) {
    reclaim(me, bucket);  // E1: it was filled in epoch now - 3 or before
    bucket.epoch = now;
  }
  node.next = bucket.first;
  bucket.first = &node;
  if (++me.retired % kCollectEvery == 0) epoch_collect();  // may hold the epoch back itself until it quiesces
}

void epoch_collect() {
  using namespace epoch_detail;
  Participant& me = *self;
  if (me.retired == 0 || me.collecting) return;  // a reclaim may itself retire
  me.collecting = true;
  try_advance();
  const std::uint64_t now = global.load_acquire();
  for (Participant::Bucket& bucket : me.buckets) {
    if (bucket.first != nullptr && bucket.epoch + 2 <= now) reclaim(me, bucket);  // E1
  }
  me.collecting = false;
}

std::size_t epoch_pending() { return epoch_detail::participant().retired; }

}  // namespace pyvm
