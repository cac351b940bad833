// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Many processes that talk to many.
#include "harness.h"

namespace pyvm::workloads {
namespace {

constexpr Term kPeers = Term::short_string("peers");
constexpr Term kMeet = Term::short_string("meet");
constexpr Term kChange = Term::short_string("change");
constexpr Term kExit = Term::short_string("exit");
constexpr Term kCount = Term::short_string("count");

/// ("peers", (pid, ...)) to each of them: everyone gets a copy.
void tell_peers(const std::vector<Pid>& pids) {
  TermBuilder builder;
  std::vector<Term> terms;
  for (const Pid pid : pids) terms.push_back(Term::pid(pid));
  const Term message = builder.tuple(kPeers, builder.make_tuple(terms));
  for (const Pid pid : pids) send_term(pid, message);
}

/// After each "go": pings all others, answers their pings, and says "done" when all pings and pongs are in.
class Everyone final : public Body {
 public:
  explicit Everyone(Pid main) : main_(main) {}

  Outcome run(Process& self) override {
    if (!peers_) {
      peers_ = receive(self);
      if (!peers_) return Outcome::Wait;
      want(is_tagged(peers_.term(), 2, kPeers), "the peers");
    }
    const Term peers = element(peers_.term(), 1);
    const Word n = arity_of(peers);
    for (;;) {
      if (!going_) {
        const Message go = receive_if(self, [](Term term) { return term == word::go; });
        if (!go) return Outcome::Wait;
        going_ = true;
        asked_ = 0;
        pings_ = pongs_ = n - 1;
      }
      for (; asked_ < n; ++asked_) {
        if (element(peers, asked_) == self.pid_term()) continue;
        if (!self.spend()) return Outcome::Yield;
        send_tuple(element(peers, asked_).unchecked_pid(), word::ping, self.pid_term());
      }
      while (pings_ + pongs_ > 0) {
        if (!self.spend()) return Outcome::Yield;
        const Message message = receive_if(self, [](Term term) { return is_tuple(term, 2); });
        if (!message) return Outcome::Wait;
        if (element(message.term(), 0) == word::ping) {
          send_tuple(element(message.term(), 1).unchecked_pid(), word::pong, self.pid_term());
          self.spend();
          --pings_;
        } else {
          want(element(message.term(), 0) == word::pong, "a pong");
          --pongs_;
        }
      }
      going_ = false;
      send_term(main_, word::done);
    }
  }

 private:
  const Pid main_;
  Message peers_;
  bool going_ = false;
  Word asked_ = 0;
  Word pings_ = 0;
  Word pongs_ = 0;
};

/// Sends "go" to all and waits for as many "done", `rounds` times.
class Rounds final : public Body {
 public:
  Rounds(const std::vector<Pid>& pids, std::int64_t rounds, Result& result) : pids_(pids), left_(rounds), result_(result) {}

  Outcome run(Process& self) override {
    for (; left_ > 0; --left_) {
      if (done_ == 0) {
        for (; told_ < pids_.size(); ++told_) {
          if (!self.spend()) return Outcome::Yield;
          send_term(pids_[told_], word::go);
        }
      }
      for (; done_ < pids_.size(); ++done_) {
        const Message message = receive(self);
        if (!message) return Outcome::Wait;
        want(message.term() == word::done, "a done");
        self.spend();
      }
      told_ = done_ = 0;
    }
    result_.set(0);
    return Outcome::Exit;
  }

 private:
  const std::vector<Pid>& pids_;
  std::int64_t left_;
  Result& result_;
  std::size_t told_ = 0;
  std::size_t done_ = 0;
};

/// Spawns `n` of Everyone as their main process, and then does the rounds.
class AllToAll final : public Body {
 public:
  AllToAll(std::int64_t n, std::int64_t rounds, std::vector<Pid>& pids, Result& ready, Result& result)
      : n_(n), pids_(pids), ready_(ready), rounds_(pids, rounds, result) {}

  Outcome run(Process& self) override {
    if (pids_.empty()) {
      for (std::int64_t i = 0; i < n_; ++i) pids_.push_back(start<Everyone>(&self, self.pid()));
      tell_peers(pids_);
      ready_.set(0);
    }
    if (!going_) {
      const Message go = receive(self);
      if (!go) return Outcome::Wait;
      going_ = true;
    }
    return rounds_.run(self);
  }

 private:
  const std::int64_t n_;
  std::vector<Pid>& pids_;
  Result& ready_;
  Rounds rounds_;
  bool going_ = false;
};

Answer all_to_all(std::string_view, const Params& params) {
  const std::int64_t n = params.get("procs", 500), rounds = params.get("rounds", 10);
  std::vector<Pid> pids;
  Result ready;
  Result result;
  const Pid main = start<AllToAll>(nullptr, n, rounds, pids, ready, result);
  ready.wait();
  sleep_ms(200);
  const std::uint64_t t0 = monotonic_ns();
  send_term(main, word::go);
  result.wait();
  const std::int64_t messages = 2 * n * (n - 1) * rounds;
  return {{{"messages", "messages/s", static_cast<double>(messages) / seconds(t0, result.at_ns())}}, std::to_string(messages)};
}

/// Counts `n` times "done".
class DoneCounter final : public Body {
 public:
  DoneCounter(std::int64_t n, Result& result) : left_(n), result_(result) {}

  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      want(message.term() == word::done, "a done");
      if (--left_ == 0) {
        result_.set(0);
        return Outcome::Exit;
      }
      self.spend();
    }
    return Outcome::Wait;
  }

 private:
  std::int64_t left_;
  Result& result_;
};

/// Savina "big": pings one of the peers drawn at random whenever it has been answered, and answers whoever pings it.
class BigActor final : public Body {
 public:
  BigActor(Pid main, std::int64_t pings, std::uint32_t seed) : main_(main), left_(pings), x_(seed) {}

  Outcome run(Process& self) override {
    if (!peers_) {
      // A ping may come before the peers do.
      peers_ = receive_if(self, [](Term term) { return is_tagged(term, 2, kPeers); });
      if (!peers_) return Outcome::Wait;
      ping(self);
    }
    while (const Message message = receive(self)) {
      const Term term = message.term();
      if (is_tagged(term, 2, word::ping)) {
        send_term(element(term, 1).unchecked_pid(), word::pong);
      } else if (term == word::pong) {
        if (--left_ == 0) {
          send_term(main_, word::done);
        } else {
          ping(self);
        }
      } else {
        want(term == word::stop, "a stop");
        return Outcome::Exit;
      }
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  void ping(Process& self) {
    x_ = lcg(x_);
    const Term peers = element(peers_.term(), 1);
    send_tuple(element(peers, (x_ >> 8) % arity_of(peers)).unchecked_pid(), word::ping, self.pid_term());
  }

  const Pid main_;
  std::int64_t left_;
  std::uint32_t x_;
  Message peers_;
};

Answer big(std::string_view, const Params& params) {
  const std::int64_t pings = params.get("pings", 20'000), actors = params.get("actors", 120);
  Result result;
  const Pid main = start<DoneCounter>(nullptr, actors, result);
  std::vector<Pid> pids;
  for (std::int64_t i = 1; i <= actors; ++i) {
    pids.push_back(start<BigActor>(nullptr, main, pings, static_cast<std::uint32_t>(i * 7919 + 1)));
  }
  const std::uint64_t t0 = monotonic_ns();
  tell_peers(pids);
  result.wait();
  const std::int64_t messages = 2 * actors * pings;
  for (const Pid pid : pids) send_term(pid, word::stop);
  return {{{"messages", "messages/s", static_cast<double>(messages) / seconds(t0, result.at_ns())}}, std::to_string(messages)};
}

/// Savina "chameneos": pairs two; the first of them will tell the second its new colour.
class Mall final : public Body {
 public:
  Mall(std::int64_t meetings, std::int64_t creatures, Result& result) : left_(meetings), here_(creatures), result_(result) {}

  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      const Term term = message.term();
      if (is_tagged(term, 3, kMeet)) {
        meet(element(term, 1), element(term, 2));
      } else {
        want(is_tagged(term, 2, kCount), "a count");
        sum_ += element(term, 1).unchecked_small();
        if (--here_ == 0) {
          result_.set(sum_);
          return Outcome::Exit;
        }
      }
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  void meet(Term colour, Term pid) {
    if (left_ == 0) {
      send_term(pid.unchecked_pid(), kExit);
    } else if (!waiting_) {
      waiting_ = pid.unchecked_pid();
    } else {
      send_tuple(std::exchange(waiting_, Pid()), kMeet, colour, pid);
      --left_;
    }
  }

  std::int64_t left_;
  std::int64_t here_;
  Result& result_;
  Pid waiting_;
  std::int64_t sum_ = 0;
};

class Creature final : public Body {
 public:
  Creature(Pid mall, std::int64_t colour) : mall_(mall), colour_(colour) {}

  Outcome run(Process& self) override {
    if (!began_) {
      began_ = true;
      go_to_mall(self);
    }
    while (const Message message = receive(self)) {
      const Term term = message.term();
      if (term == kExit) {
        send_tuple(mall_, kCount, integer(meetings_));
        return Outcome::Exit;
      }
      ++meetings_;
      const std::int64_t other = element(term, 1).unchecked_small();
      if (is_tagged(term, 3, kMeet)) {
        colour_ = colour_ == other ? other : 3 - colour_ - other;
        send_tuple(element(term, 2).unchecked_pid(), kChange, integer(colour_));
      } else {
        want(is_tagged(term, 2, kChange), "a change");
        colour_ = other;
      }
      go_to_mall(self);
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  void go_to_mall(Process& self) { send_tuple(mall_, kMeet, integer(colour_), self.pid_term()); }

  const Pid mall_;
  std::int64_t colour_;
  bool began_ = false;
  std::int64_t meetings_ = 0;
};

Answer chameneos(std::string_view, const Params& params) {
  const std::int64_t n = params.get("chameneos", 100), meetings = params.get("meetings", 1'000'000);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  const Pid mall = start<Mall>(nullptr, meetings, n, result);
  for (std::int64_t i = 0; i < n; ++i) start<Creature>(nullptr, mall, i % 3);
  const std::int64_t sum = result.wait();
  want(sum == 2 * meetings, "meetings");
  return {{{"meetings", "meetings/s", static_cast<double>(meetings) / seconds(t0, result.at_ns())}}, std::to_string(sum)};
}

}  // namespace

void add_crowds(Table& table) {
  table["all_to_all"] = all_to_all;
  table["big"] = big;
  table["chameneos"] = chameneos;
}

}  // namespace pyvm::workloads
