// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What this machine can do where nobody schedules, guards or isolates: plain C++, the room above every system here.
//
//   ring, threadring, pingpong   state machines in an array, called one after the other by a loop; a message is an assignment
//   counting, fan_in_1           one intrusive queue with an atomic exchange a push, used by one thread
//   payload_tuple                the bytes of the payload copied there and back
//   compute_par                  as many threads as there are hardware threads, and one
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

std::map<std::string, std::int64_t> params;

std::int64_t param(const char* key, std::int64_t otherwise) {
  const auto found = params.find(key);
  return found == params.end() ? otherwise : found->second;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double seconds_since(std::int64_t t0) { return static_cast<double>(now_ns() - t0) / 1e9; }

void want(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

template <typename T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

struct Answer {
  std::string metrics;  // JSON, without the brackets
  std::int64_t check;
};

std::string metric(const char* name, const char* unit, double value) {
  char text[160];
  std::snprintf(text, sizeof text, "[\"%s\",\"%s\",%.6f]", name, unit, value);
  return text;
}

class Node {
 public:
  virtual ~Node() = default;
  /// The node to call next, or none: the message was the last.
  virtual Node* receive() = 0;
  std::int64_t message = 0;
};

class RingNode final : public Node {
 public:
  Node* receive() override {
    if (message == 0) return nullptr;
    next->message = message - 1;
    return next;
  }
  Node* next = nullptr;
};

Answer hop(std::int64_t procs, std::int64_t hops, const char* name, const char* unit, std::int64_t per) {
  std::vector<RingNode> nodes(static_cast<std::size_t>(procs));
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].next = &nodes[(i + 1) % nodes.size()];
  Node* node = &nodes[0];
  Node* last = node;
  node->message = hops;
  const std::int64_t t0 = now_ns();
  while (node != nullptr) {
    last = node;
    node = node->receive();
    keep(node);
  }
  const double s = seconds_since(t0);
  const std::int64_t id = static_cast<RingNode*>(last) - nodes.data() + 1;
  want(id == hops % procs + 1, "the node it ended at");
  return {metric(name, unit, static_cast<double>(hops / per) / s), per == 1 ? id : hops / per};
}

struct Message {
  std::atomic<Message*> next{nullptr};
  std::int64_t value = 0;
};

Answer queue(std::int64_t n, bool sum) {
  std::vector<Message> pool(1 << 16);
  Message stub;
  std::atomic<Message*> tail{&stub};
  Message* head = &stub;
  std::int64_t total = 0;
  const std::int64_t t0 = now_ns();
  for (std::int64_t i = 1; i <= n; ++i) {
    Message& message = pool[static_cast<std::size_t>(i) & 0xffff];
    message.value = sum ? i : 1;
    message.next.store(nullptr, std::memory_order_relaxed);
    tail.exchange(&message, std::memory_order_acq_rel)->next.store(&message, std::memory_order_release);
    head = head->next.load(std::memory_order_acquire);
    total += head->value;
  }
  const double s = seconds_since(t0);
  return {metric("messages", "messages/s", static_cast<double>(n) / s), total};
}

Answer copy_payload(std::int64_t n) {
  std::vector<char> here(1792, 7), there(here.size());  // the words of the payload of payload_tuple
  const std::int64_t t0 = now_ns();
  for (std::int64_t i = 0; i < n; ++i) {
    std::memcpy(there.data(), here.data(), here.size());
    keep(there.data());
    std::memcpy(here.data(), there.data(), here.size());
    keep(here.data());
  }
  return {metric("round_trips", "round trips/s", static_cast<double>(n) / seconds_since(t0)), n};
}

__attribute__((noinline)) std::int64_t fib(std::int64_t n) { return n <= 2 ? 1 : fib(n - 1) + fib(n - 2); }

std::int64_t fib_in_threads(unsigned count, std::int64_t n, std::int64_t procs) {
  std::atomic<std::int64_t> left{procs}, sum{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      while (left.fetch_sub(1) > 0) sum.fetch_add(fib(n));
    });
  }
  for (std::thread& thread : threads) thread.join();
  return sum.load();
}

Answer compute_par() {
  const std::int64_t n = param("n", 32), procs = param("procs", 64);
  std::int64_t t0 = now_ns();
  const std::int64_t sum = fib_in_threads(1, n, procs);
  const double one = seconds_since(t0);
  t0 = now_ns();
  want(fib_in_threads(std::max(1u, std::thread::hardware_concurrency()), n, procs) == sum, "sum");
  const double many = seconds_since(t0);
  const auto calls = static_cast<double>(2 * sum - procs);
  return {metric("speedup", "x", one / many) + "," + metric("calls", "calls/s", calls / many) + "," +
              metric("calls_one_scheduler", "calls/s", calls / one),
          sum};
}

Answer run(const std::string& name) {
  if (name == "ring" || name == "threadring") return hop(param("procs", 1000), param("hops", 5'000'000), "hops", "hops/s", 1);
  if (name == "pingpong") return hop(2, 2 * param("n", 2'000'000), "round_trips", "round trips/s", 2);
  if (name == "counting") return queue(param("n", 5'000'000), false);
  if (name == "fan_in_1") return queue(param("each", 2'000'000), true);
  if (name == "payload_tuple") return copy_payload(param("n", 500'000));
  if (name == "compute_par") return compute_par();
  std::fprintf(stderr, "no such workload: %s\n", name.c_str());
  std::exit(2);
}

}  // namespace

int main(int count, char** arguments) {
  want(count > 1, "usage: limits WORKLOAD key=number ...");
  std::string shown;
  for (int i = 2; i < count; ++i) {
    const std::string pair = arguments[i];
    const auto equals = pair.find('=');
    want(equals != std::string::npos, "a parameter is not key=number");
    params[pair.substr(0, equals)] = std::atoll(pair.c_str() + equals + 1);
    shown += (i > 2 ? ",\"" : "\"") + pair.substr(0, equals) + "\":" + pair.substr(equals + 1);
  }
  const Answer answer = run(arguments[1]);
  std::printf("{\"workload\":\"%s\",\"params\":{%s},\"metrics\":[%s],\"check\":\"%lld\"}\n", arguments[1], shown.c_str(),
              answer.metrics.c_str(), static_cast<long long>(answer.check));
}
