// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/registry.h"

#include <mutex>

#include "proc/delivery.h"

namespace pyvm::registry {

namespace {

constexpr std::size_t kBuckets = 4096;

struct Entry : Retired {
  std::string name;
  Pid pid;
  Atomic<Entry*> below;  // written under the lock, read by anyone
};

struct Table {
  std::mutex lock;  // writers only
  Atomic<Entry*> buckets[kBuckets];
};

Table& table() {
  static auto* the_table = new Table;  // never destroyed: processes may outlive main
  return *the_table;
}

Atomic<Entry*>& bucket_of(std::string_view name) { return table().buckets[std::hash<std::string_view>{}(name) % kBuckets]; }

Entry* find(std::string_view name) {
  for (Entry* entry = bucket_of(name).load_acquire(); entry != nullptr; entry = entry->below.load_acquire()) {
    if (entry->name == name) return entry;
  }
  return nullptr;
}

bool is_born(const Entry& entry) { return process_table::resolve(entry.pid) != nullptr; }  // N2

std::string name_text(Term name) {
  if (name.is_short_string()) return std::string(name.unchecked_short_view());
  return {reinterpret_cast<const char*>(name.boxed() + 1), arity_of(name)};
}

}  // namespace

Pid whereis(std::string_view name) {
  const EpochGuard guard;  // N1
  const Entry* entry = find(name);
  return entry != nullptr && is_born(*entry) ? entry->pid : Pid();
}

NameResult add_name(std::string_view name, Process& process) {
  if (process.extras().name) return NameResult::ProcessHasName;
  flush_outbox();  // D1
  const EpochGuard guard;
  const std::lock_guard lock(table().lock);
  if (find(name) != nullptr) return NameResult::NameTaken;
  auto* entry = new Entry;
  entry->name = name;
  entry->pid = process.pid();
  Atomic<Entry*>& bucket = bucket_of(name);
  entry->below.store_relaxed(bucket.load_relaxed());
  bucket.store_release(entry);  // pairs with the acquire loads in find
  TermBuilder builder;
  const Term term = builder.make_string(name);
  process.extras().name = OwnedTerm(term, builder.take_storage());
  return NameResult::Added;
}

bool remove_name(Process& process) {
  if (!process.extras_ || !process.extras_->name) return false;
  const std::string name = name_text(process.extras_->name.get());
  process.extras_->name = OwnedTerm();
  const EpochGuard guard;
  Entry* removed = nullptr;
  {
    const std::lock_guard lock(table().lock);
    Atomic<Entry*>* slot = &bucket_of(name);
    while (Entry* entry = slot->load_relaxed()) {
      if (entry->name == name && entry->pid == process.pid()) {
        removed = entry;
        slot->store_release(entry->below.load_relaxed());
        break;
      }
      slot = &entry->below;
    }
  }
  if (removed != nullptr) {
    removed->reclaim = [](Retired* node) { delete static_cast<Entry*>(node); };
    epoch_retire(*removed);
  }
  return removed != nullptr;
}

void for_each_name(const std::function<void(std::string_view, Pid)>& f) {
  const EpochGuard guard;
  for (Atomic<Entry*>& bucket : table().buckets) {
    for (Entry* entry = bucket.load_acquire(); entry != nullptr; entry = entry->below.load_acquire()) {
      if (is_born(*entry)) f(entry->name, entry->pid);
    }
  }
}

}  // namespace pyvm::registry
