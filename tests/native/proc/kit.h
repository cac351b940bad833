// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Kit: processes on a real runtime that do what the test's thread asks of them.
//
//   Started runtime(2)              a runtime for as long as it lives
//   spawn_function(options, f)      a process whose body is f(self)
//   Puppet p({.trap_exit = true})   a process that runs what it is given, and otherwise waits
//     p.run(f)                      f(self) runs in it; returns when it has
//     p.receive()                   its oldest message, waited for; what it does not receive stays in its mailbox
//   wait_until(condition)           looks again and again for half a minute
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "base/random.h"
#include "proc/lambda_body.h"
#include "proc/native.h"
#include "sched/runtime.h"
#include "term/compare.h"
#include "term/print.h"

namespace pyvm {

template <typename Condition>
bool wait_until(Condition&& condition) {
  for (int i = 0; i < 30'000; ++i) {
    if (condition()) return true;
    if (i > 50) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::yield();
  }
  return false;
}

class Started {
 public:
  explicit Started(unsigned schedulers = 2) : Started(RuntimeOptions{.native_schedulers = schedulers}) {}
  explicit Started(const RuntimeOptions& options) {
    if (Runtime::start(options) == nullptr) throw std::logic_error("a runtime runs already");
  }
  ~Started() { Runtime::stop(); }
};

inline bool is_alive(Pid pid) {
  const EpochGuard guard;
  return process_table::resolve(pid) != nullptr;
}

inline Spawned spawn_function(const SpawnOptions& options, std::function<Outcome(Process&)> run) {
  return spawn<LambdaBody>(options, std::move(run));
}

inline Outcome exit_with(Process& self, std::string_view reason) {
  self.set_exit(OwnedTerm(Term::short_string(reason)));
  return Outcome::Exit;
}

class Puppet {
 public:
  explicit Puppet(const SpawnOptions& options = {}) : spawned_(spawn<Strings>(options)) {}
  explicit Puppet(const Spawned& spawned) : spawned_(spawned) {}

  /// In `parent`, so that the new one can be linked and monitored from its birth.
  Puppet child(SpawnOptions options) {
    Spawned spawned;
    run([&](Process& self) {
      options.parent = &self;
      spawned = spawn<Strings>(options);
    });
    return Puppet(spawned);
  }

  Pid pid() const { return spawned_.pid; }
  const Spawned& spawned() const { return spawned_; }
  bool is_alive() const { return pyvm::is_alive(pid()); }
  bool ends() const {
    return wait_until([&] { return !is_alive(); });
  }

  /// False when the process ended before f was called.
  bool run(const std::function<void(Process&)>& f) {
    return wait_for([&](Process& self) {
      f(self);
      return true;
    });
  }

  /// Returns when it is over and its signals are received, so that what was sent before has taken effect.
  bool settle() {
    return run([](Process& self) { self.receive_signals(); });
  }

  OwnedTerm receive() {
    OwnedTerm received;
    EXPECT_TRUE(wait_for([&](Process& self) {
      const Message message = receive_if(self, [](Term term) { return !is_task(term); });
      self.mailbox.rewind();
      if (message) received = OwnedTerm(message.term());
      return static_cast<bool>(message);
    })) << "it ended";
    return received;
  }
  std::string receive_text() { return print(receive().get()); }

  /// The messages in its mailbox once all that was sent before has arrived, as text; they are taken.
  std::vector<std::string> receive_all() {
    std::vector<std::string> texts;
    run([&](Process& self) {
      while (const Message message = pyvm::receive(self)) texts.push_back(print(message.term()));
    });
    return texts;
  }

  void exit(std::string_view reason) {
    run([&](Process& self) { self.set_exit(OwnedTerm(Term::short_string(reason))); });
    EXPECT_TRUE(ends());
  }

 private:
  struct Task {
    std::function<bool(Process&)> try_it;  // false: to be tried again when something has come
    Atomic<bool> done;
  };

  static bool is_task(Term term) { return is_tuple(term, 2) && element(term, 0) == Term::short_string("do it"); }

  class Strings final : public Body {
   public:
    Outcome run(Process& self) override {
      for (;;) {
        self.new_messages = false;
        bool progress = false;
        while (!tasks_.empty() && tasks_.front()->try_it(self)) {
          tasks_.front()->done.store_release(true);  // pairs with the look in wait_for
          tasks_.pop_front();
          progress = true;
          if (self.exiting) return Outcome::Exit;
        }
        self.mailbox.rewind();
        while (const Message message = receive_if(self, is_task)) {
          tasks_.push_back(reinterpret_cast<Task*>(element(message.term(), 1).unchecked_small()));
          progress = true;
        }
        self.mailbox.rewind();
        if (!progress && !self.new_messages) return Outcome::Wait;
      }
    }
    const char* name() const override { return "puppet"; }

   private:
    std::deque<Task*> tasks_;
  };

  bool wait_for(std::function<bool(Process&)> try_it) {
    Task task{std::move(try_it), {}};
    const Term address = Term::small(reinterpret_cast<std::int64_t>(&task));
    static_cast<void>(deliver(pid(), make_tuple_message(Term::short_string("do it"), address)));
    const bool over = wait_until([&] { return task.done.load_acquire() || !is_alive(); });
    EXPECT_TRUE(over) << "the puppet did not do it";
    if (!over) std::abort();  // it would use the task later
    return task.done.load_acquire();
  }

  Spawned spawned_;
};

/// ("DOWN", ref, "process", pid, reason), the reason as text; empty when it is not the DOWN of `ref` and `pid`.
inline std::string down_reason(Term term, Word ref, Pid pid) {
  if (!is_tuple(term, 5) || element(term, 0) != Term::short_string("DOWN") || element(term, 2) != Term::short_string("process"))
    return "";
  if (!is_ref(element(term, 1)) || ref_value(element(term, 1)).id != ref || element(term, 3) != Term::pid(pid)) return "";
  return print(element(term, 4));
}

/// ("EXIT", pid, reason), the reason as text; empty when it is not from `pid`.
inline std::string exit_reason(Term term, Pid pid) {
  if (!is_tuple(term, 3) || element(term, 0) != Term::short_string("EXIT") || element(term, 1) != Term::pid(pid)) return "";
  return print(element(term, 2));
}

/// How `puppet` ends: the reason that its watcher is told, as text.
class Watch {
 public:
  explicit Watch(Pid pid) : pid_(pid) {
    watcher_.run([&](Process& self) { ref_ = monitor(self, pid); });
  }
  std::string reason() {
    const OwnedTerm down = watcher_.receive();
    return down_reason(down.get(), ref_, pid_);
  }

 private:
  Pid pid_;
  Word ref_ = 0;
  Puppet watcher_;
};

}  // namespace pyvm
