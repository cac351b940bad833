// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Messages from one process to another: how fast they go, one at a time and in streams, and with something in them.
#include "harness.h"

#include <cstring>

namespace pyvm::workloads {
namespace {

/// Learns its neighbour from ("next", pid), then passes on each number less one, until it is 0.
class RingNode final : public Body {
 public:
  RingNode(std::int64_t id, Result& result) : id_(id), result_(result) {}

  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      const Term term = message.term();
      if (!next_) {
        want(is_tagged(term, 2, word::next), "the neighbour");
        next_ = element(term, 1).unchecked_pid();
        continue;
      }
      want(term.is_small(), "a number");
      const std::int64_t k = term.unchecked_small();
      if (k == 0) {
        result_.set(id_);
        return Outcome::Exit;
      }
      send_term(next_, integer(k - 1));
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  const std::int64_t id_;
  Result& result_;
  Pid next_;
};

Answer ring(std::string_view, const Params& params) {
  const std::int64_t procs = params.get("procs", 1000), hops = params.get("hops", 5'000'000);
  Result result;
  std::vector<Pid> pids;
  for (std::int64_t id = 1; id <= procs; ++id) pids.push_back(start<RingNode>(nullptr, id, result));
  for (std::size_t i = 0; i < pids.size(); ++i) send_tuple(pids[i], word::next, Term::pid(pids[(i + 1) % pids.size()]));
  sleep_ms(50);
  const std::uint64_t t0 = monotonic_ns();
  send_term(pids[0], integer(hops));
  const std::int64_t id = result.wait();
  want(id == hops % procs + 1, "the process it ended at");
  return {{{"hops", "hops/s", static_cast<double>(hops) / seconds(t0, result.at_ns())}}, std::to_string(id)};
}

class Pinger final : public Body {
 public:
  Pinger(std::int64_t n, Result& result) : n_(n), result_(result) {}

  Outcome run(Process& self) override {
    if (!ponger_) {
      ponger_ = start<Ponger>(&self);
      send_tuple(ponger_, word::ping, self.pid_term());
    }
    while (const Message message = receive(self)) {
      want(message.term() == word::pong, "a pong");
      if (++count_ == n_) {
        result_.set(count_);
        return Outcome::Exit;
      }
      send_tuple(ponger_, word::ping, self.pid_term());
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  const std::int64_t n_;
  Result& result_;
  Pid ponger_;
  std::int64_t count_ = 0;
};

Answer pingpong(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 2'000'000);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<Pinger>(nullptr, n, result);
  const std::int64_t count = result.wait();
  return {{{"round_trips", "round trips/s", static_cast<double>(n) / seconds(t0, result.at_ns())}}, std::to_string(count)};
}

constexpr Term kMsg = Term::short_string("msg");

/// Adds up the third element of ("msg", sender, k).
class FanReceiver final : public Body {
 public:
  FanReceiver(std::int64_t n, Result& result) : left_(n), result_(result) {}

  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      want(is_tagged(message.term(), 3, kMsg), "a message");
      sum_ += element(message.term(), 2).unchecked_small();
      if (--left_ == 0) {
        result_.set(sum_);
        return Outcome::Exit;
      }
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  std::int64_t left_;
  Result& result_;
  std::int64_t sum_ = 0;
};

class FanSender final : public Body {
 public:
  FanSender(Pid receiver, std::int64_t id, std::int64_t each) : receiver_(receiver), id_(id), k_(each) {}

  Outcome run(Process& self) override {
    if (!going_) {
      const Message message = receive(self);
      if (!message) return Outcome::Wait;
      going_ = true;
    }
    for (; k_ > 0; --k_) {
      if (!self.spend()) return Outcome::Yield;
      send_tuple(receiver_, kMsg, integer(id_), integer(k_));
    }
    return Outcome::Exit;
  }

 private:
  const Pid receiver_;
  const std::int64_t id_;
  std::int64_t k_;
  bool going_ = false;
};

Answer fan_in(std::string_view, const Params& params) {
  const std::int64_t senders = params.get("senders", 100), each = params.get("each", 20'000);
  Result result;
  const Pid receiver = start<FanReceiver>(nullptr, senders * each, result);
  std::vector<Pid> pids;
  for (std::int64_t i = 1; i <= senders; ++i) pids.push_back(start<FanSender>(nullptr, receiver, i, each));
  sleep_ms(50);
  const std::uint64_t t0 = monotonic_ns();
  for (const Pid pid : pids) send_term(pid, word::go);
  const std::int64_t sum = result.wait();
  want(sum == senders * (each * (each + 1) / 2), "sum");
  const double n = static_cast<double>(senders * each);
  return {{{"messages", "messages/s", n / seconds(t0, result.at_ns())}}, std::to_string(sum)};
}

constexpr Term kInc = Term::short_string("inc");
constexpr Term kGet = Term::short_string("get");
constexpr Term kCount = Term::short_string("count");

class Counter final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      if (message.term() == kInc) {
        ++count_;
      } else {
        want(is_tagged(message.term(), 2, kGet), "a get");
        send_tuple(element(message.term(), 1).unchecked_pid(), kCount, integer(count_));
        return Outcome::Exit;
      }
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  std::int64_t count_ = 0;
};

class CountingMain final : public Body {
 public:
  CountingMain(std::int64_t n, Result& result) : left_(n), result_(result) {}

  Outcome run(Process& self) override {
    if (!counter_) counter_ = start<Counter>(&self);
    for (; left_ > 0; --left_) {
      if (!self.spend()) return Outcome::Yield;
      send_term(counter_, kInc);
    }
    if (left_-- == 0) send_tuple(counter_, kGet, self.pid_term());
    const Message message = receive(self);
    if (!message) return Outcome::Wait;
    result_.set(element(message.term(), 1).unchecked_small());
    return Outcome::Exit;
  }

 private:
  std::int64_t left_;
  Result& result_;
  Pid counter_;
};

Answer counting(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 5'000'000);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<CountingMain>(nullptr, n, result);
  const std::int64_t count = result.wait();
  want(count == n, "count");
  return {{{"messages", "messages/s", static_cast<double>(n) / seconds(t0, result.at_ns())}}, std::to_string(count)};
}

/// (pid, data): a tuple on the stack, deep-copied by the send.
void send_pair(Pid to, Term pid, Term data) {
  const Word pair[] = {make_header(BoxKind::Tuple, 2), pid.bits(), data.bits()};
  send_term(to, Term::boxed(pair));
}

class PayloadEcho final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      want(is_tuple(message.term(), 2), "a pair");
      send_pair(element(message.term(), 0).unchecked_pid(), self.pid_term(), element(message.term(), 1));
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }
};

Term make_payload(std::string_view name, TermBuilder& builder) {
  if (name == "payload_tuple") {
    std::vector<Term> rows;
    for (std::int64_t i = 1; i <= 100; i += 5) {
      const Term items[] = {integer(i + 1), integer(i + 2), builder.tuple(integer(i + 3), integer(i + 4))};
      rows.push_back(builder.tuple(integer(i), builder.make_list(items)));
    }
    return builder.make_tuple(rows);
  }
  const std::vector<std::byte> bytes(name == "payload_1k" ? 1024 : 1 << 20, std::byte{7});
  return builder.make_binary(bytes);
}

bool is_same(Term sent, Term received) {
  if (is_tuple(sent)) return is_tuple(received) && element(element(sent, 0), 0) == element(element(received, 0), 0);
  return is_box(received, header_kind(header_of(sent))) && arity_of(sent) == arity_of(received);
}

class PayloadMain final : public Body {
 public:
  PayloadMain(std::int64_t n, OwnedTerm data, Result& result) : n_(n), data_(std::move(data)), result_(result) {}

  Outcome run(Process& self) override {
    if (!echo_) {
      echo_ = start<PayloadEcho>(&self);
      send_pair(echo_, self.pid_term(), data_.get());
    }
    while (const Message message = receive(self)) {
      const Term term = message.term();
      want(is_tagged(term, 2, Term::pid(echo_)) && is_same(data_.get(), element(term, 1)), "the same back");
      if (++count_ == n_) {
        result_.set(count_);
        return Outcome::Exit;
      }
      send_pair(echo_, self.pid_term(), data_.get());
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  const std::int64_t n_;
  const OwnedTerm data_;
  Result& result_;
  Pid echo_;
  std::int64_t count_ = 0;
};

Answer payload(std::string_view name, const Params& params) {
  const std::int64_t n = params.get("n", 500'000);
  const double size = name == "payload_tuple" ? 800 : name == "payload_1k" ? 1024 : 1 << 20;
  TermBuilder builder;
  const Term data = make_payload(name, builder);
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<PayloadMain>(nullptr, n, OwnedTerm(data, builder.take_storage()), result);
  want(result.wait() == n, "count");
  const double s = seconds(t0, result.at_ns());
  return {{{"round_trips", "round trips/s", static_cast<double>(n) / s},
           {"bandwidth", "MB/s", 2 * static_cast<double>(n) * size / s / 1e6}},
          std::to_string(n)};
}

}  // namespace

void add_messages(Table& table) {
  table["ring"] = table["threadring"] = ring;
  table["pingpong"] = pingpong;
  table["fan_in"] = table["fan_in_1"] = fan_in;
  table["counting"] = counting;
  table["payload_tuple"] = table["payload_1k"] = table["payload_1m"] = payload;
}

}  // namespace pyvm::workloads
