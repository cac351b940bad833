// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The mailbox without schedulers: a message pushed, received and taken; scans of a full mailbox; the mark of a reference; and two
// threads at the outer queue.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "base/mpsc_queue.h"
#include "proc/mailbox.h"

namespace pyvm {
namespace {

Signal* make_message(std::int64_t i) {
  Signal* signal = Signal::create(SignalKind::Message, 3);
  signal->words[0] = make_header(BoxKind::Tuple, 2);
  signal->words[1] = Term::short_string("msg").bits();
  signal->words[2] = Term::small(i).bits();
  signal->term = Term::boxed(signal->words);
  return signal;
}

struct Box {
  Mailbox mailbox;
  MpscTail tail{mailbox.outer()};

  ~Box() {
    receive();
    for (Signal* signal = mailbox.release_all(); signal != nullptr;) {
      Signal* next = signal->next_signal();
      signal->destroy();
      signal = next;
    }
  }
  void send(Signal* signal) { static_cast<void>(tail.push(*signal)); }
  void receive() {
    while (Signal* signal = mailbox.pop_outer(tail)) mailbox.append(signal);
  }
  void fill(std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) send(make_message(i));
    receive();
  }
};

/// Allocated, pushed, popped, appended, taken, freed.
void BM_MailboxOneMessage(benchmark::State& state) {
  Box box;
  for (auto _ : state) {
    box.send(make_message(1));
    box.receive();
    box.mailbox.take()->destroy();
  }
}
BENCHMARK(BM_MailboxOneMessage);

void BM_MailboxBatch(benchmark::State& state) {
  Box box;
  for (auto _ : state) {
    box.fill(state.range(0));
    while (box.mailbox.candidate() != nullptr) box.mailbox.take()->destroy();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_MailboxBatch)->Arg(100)->Arg(10'000);

/// Sleeping and the push that finds the mark: what a message to a waiting process adds.
void BM_MailboxSleepAndWake(benchmark::State& state) {
  Box box;
  Signal* message = make_message(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(box.mailbox.try_sleep(box.tail));
    benchmark::DoNotOptimize(box.tail.push(*message));
    benchmark::DoNotOptimize(box.mailbox.pop_outer(box.tail));
  }
  message->destroy();
}
BENCHMARK(BM_MailboxSleepAndWake);

/// A selective receive that looks at every message and takes none.
void BM_MailboxScan(benchmark::State& state) {
  Box box;
  box.fill(state.range(0));
  for (auto _ : state) {
    for (const Signal* s = box.mailbox.candidate(); s != nullptr; s = box.mailbox.candidate()) {
      benchmark::DoNotOptimize(element(s->term, 0) == Term::short_string("other"));
      box.mailbox.skip();
    }
    box.mailbox.rewind();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_MailboxScan)->Arg(100)->Arg(10'000)->Arg(500'000);

/// A reference made, its message received and found behind its mark: the same however many wait.
void BM_MailboxMarkedReceive(benchmark::State& state) {
  Box box;
  box.fill(state.range(0));
  Word ref = 0;
  for (auto _ : state) {
    box.mailbox.mark(++ref);
    Signal* reply = make_message(0);
    reply->ref = ref;
    box.send(reply);
    box.receive();
    box.mailbox.begin_at(ref);
    while (box.mailbox.candidate()->ref != ref) box.mailbox.skip();
    box.mailbox.take()->destroy();
  }
}
BENCHMARK(BM_MailboxMarkedReceive)->Arg(0)->Arg(10'000)->Arg(500'000);

/// One thread pushes, the other receives: what a message costs between two cores.
void BM_OuterQueueTwoThreads(benchmark::State& state) {
  constexpr std::int64_t kBatch = 10'000;
  std::vector<MpscNode> nodes(kBatch);
  MpscQueue queue;
  std::atomic<std::int64_t> round{0};
  std::atomic<bool> stop{false};
  std::thread pusher([&] {
    for (std::int64_t done = 0;;) {
      while (round.load(std::memory_order_acquire) == done) {
        if (stop.load(std::memory_order_relaxed)) return;
      }
      ++done;
      for (MpscNode& node : nodes) static_cast<void>(queue.push(node));
    }
  });
  for (auto _ : state) {
    round.fetch_add(1, std::memory_order_release);
    for (std::int64_t left = kBatch; left > 0;) {
      if (queue.pop() != nullptr) --left;
    }
  }
  stop.store(true);
  pusher.join();
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_OuterQueueTwoThreads)->UseRealTime();

}  // namespace
}  // namespace pyvm
