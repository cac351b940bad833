// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Harness of the native workloads: parameters in, one line of JSON out. The runtime is up while a workload runs, except where it says
// that it starts its own.
//
//   Params::get(key, otherwise)     a parameter of the command line
//   Answer{metrics, check}          what a workload gives; `check` must be what every other system gives
//   Result::set(value)              a body, once: wakes the main thread, and notes the time
//   Result::wait()                  the main thread
//   want(ok, what)                  ends the program when an answer is wrong
//
// Bodies follow the Erlang programs in benchmarks/peers/otp: the same messages, checked by the receiver, one reduction for each
// message sent or received.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "proc/native.h"

namespace pyvm::workloads {

class Params {
 public:
  void set(std::string key, std::int64_t value) { values_[std::move(key)] = value; }
  std::int64_t get(const std::string& key, std::int64_t otherwise) const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  const std::map<std::string, std::int64_t>& all() const { return values_; }

 private:
  std::map<std::string, std::int64_t> values_;
};

struct Metric {
  const char* name;
  const char* unit;
  double value;
};

struct Answer {
  std::vector<Metric> metrics;
  std::string check;
};

using Run = Answer (*)(std::string_view name, const Params& params);
using Table = std::map<std::string_view, Run>;

// By topic; each adds its workloads.
void add_spawning(Table& table);
void add_messages(Table& table);
void add_crowds(Table& table);
void add_receive(Table& table);
void add_calls(Table& table);
void add_timing(Table& table);
void add_compute(Table& table);

void want(bool ok, const char* what);
void sleep_ms(unsigned ms);
/// Bytes of memory this system process holds.
double rss();
/// Processor time of all threads of this program.
std::uint64_t process_cpu_ns();
inline double seconds(std::uint64_t from_ns, std::uint64_t to_ns) { return static_cast<double>(to_ns - from_ns) / 1e9; }

/// The generator of every system; values are x >> 8.
inline std::uint32_t lcg(std::uint32_t x) { return (x * 1103515245u + 12345u) & 0x7fffffffu; }

/// Sorts `values`.
double percentile(std::vector<std::int64_t>& values, double q);

/// What a body tells the main thread.
class Result {
 public:
  void set(std::int64_t value);
  std::int64_t wait();
  /// When set was called.
  std::uint64_t at_ns() const { return at_ns_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
  std::int64_t value_ = 0;
  std::uint64_t at_ns_ = 0;
};

// Words that messages are made of.
namespace word {
inline constexpr Term go = Term::short_string("go");
inline constexpr Term ping = Term::short_string("ping");
inline constexpr Term pong = Term::short_string("pong");
inline constexpr Term stop = Term::short_string("stop");
inline constexpr Term done = Term::short_string("done");
inline constexpr Term next = Term::short_string("next");
}  // namespace word

/// A tuple of `arity` that begins with `tag`.
inline bool is_tagged(Term term, Word arity, Term tag) { return is_tuple(term, arity) && element(term, 0) == tag; }
inline Term integer(std::int64_t value) { return Term::small(value); }

/// A message that is a tuple of immediates.
template <typename... Terms>
void send_tuple(Pid to, Terms... elements) {
  static_cast<void>(deliver(to, make_tuple_message(elements...)));
}
inline void send_term(Pid to, Term term) { static_cast<void>(send(to, term)); }

/// The pid of a new process; there is always room for it.
template <typename B, typename... Args>
Pid start(Process* parent, Args&&... args) {
  const Spawned spawned = spawn<B>({.parent = parent}, std::forward<Args>(args)...);
  want(spawned.error == SpawnError::None, "spawn");
  return spawned.pid;
}

/// Answers each ("ping", pid) with "pong", for ever.
class Ponger final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      want(is_tagged(message.term(), 2, word::ping), "a ping");
      send_term(element(message.term(), 1).unchecked_pid(), word::pong);
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
};

}  // namespace pyvm::workloads
