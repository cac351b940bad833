// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Calls: a request under a monitor whose reference is also the alias for the reply, as gen_server:call makes it.
#include "harness.h"

namespace pyvm::workloads {
namespace {

constexpr Term kEcho = Term::short_string("echo");
constexpr Term kTotal = Term::short_string("total");
constexpr Term kJunk = Term::short_string("junk");

/// ("echo", x, alias) -> x; ("total", alias) -> the number of echoes.
class Server final : public Body {
 public:
  Outcome run(Process& self) override {
    while (const Message message = receive(self)) {
      const Term request = message.term();
      if (is_tagged(request, 3, kEcho)) {
        ++total_;
        reply(element(request, 2), element(request, 1));
      } else {
        want(is_tagged(request, 2, kTotal), "a request");
        reply(element(request, 1), integer(total_));
      }
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Wait;
  }

 private:
  static void reply(Term alias, Term x) { static_cast<void>(send_to_alias(alias, Signal::with_copy(SignalKind::Message, x))); }

  std::int64_t total_ = 0;
};

/// One call at a time: begin, then take until it gives the reply.
class Call {
 public:
  bool is_open() const { return ref_ != 0; }

  template <typename... Terms>
  void begin(Process& self, Pid server, Terms... request) {
    ref_ = monitor(self, server, {.alias = AliasMode::Reply});
    Signal* signal = Signal::create(SignalKind::Message, sizeof...(request) + 2 + 3);  // the tuple, and the alias in it
    SignalBuilder builder(*signal);
    const Term alias = builder.make_ref(ref_, self.pid(), true);
    builder.finish(builder.tuple(request..., alias));
    static_cast<void>(deliver(server, signal));
    first_ = true;
  }

  /// The reply, which has ended monitor and alias; empty: not yet there.
  Message take(Process& self) {
    Message reply = receive_reply(self, ref_, std::exchange(first_, false));
    if (reply) {
      want(reply.signal().kind == SignalKind::Message, "a reply, not a DOWN");
      ref_ = 0;
    }
    return reply;
  }

 private:
  Word ref_ = 0;
  bool first_ = false;
};

/// `n` calls; ends when they are answered.
class Caller {
 public:
  Caller(Pid server, std::int64_t n) : server_(server), left_(n) {}

  /// Exit: all are answered.
  Outcome run(Process& self) {
    while (left_ > 0) {
      if (!call_.is_open()) call_.begin(self, server_, kEcho, integer(left_));
      const Message reply = call_.take(self);
      if (!reply) return Outcome::Wait;
      want(reply.term() == integer(left_), "reply");
      --left_;
      if (!self.spend(2)) return Outcome::Yield;
    }
    return Outcome::Exit;
  }

 private:
  const Pid server_;
  std::int64_t left_;
  Call call_;
};

class Client final : public Body {
 public:
  Client(Pid server, std::int64_t n) : caller_(server, n) {}
  Outcome run(Process& self) override { return caller_.run(self); }

 private:
  Caller caller_;
};

/// Waits for the DOWN of each client, then asks the server for its total.
class CallMain final : public Body {
 public:
  CallMain(std::int64_t clients, std::int64_t each, std::uint64_t& end_ns, Result& result)
      : clients_(clients), each_(each), end_ns_(end_ns), result_(result) {}

  Outcome run(Process& self) override {
    if (!server_) {
      server_ = start<Server>(&self);
      for (std::int64_t i = 0; i < clients_; ++i) {
        want(spawn<Client>({.parent = &self, .monitor = true}, server_, each_).error == SpawnError::None, "spawn");
      }
    }
    for (; clients_ > 0; --clients_) {
      const Message down = receive(self);
      if (!down) return Outcome::Wait;
      want(is_tagged(down.term(), 5, Term::short_string("DOWN")) && element(down.term(), 4) == reason::normal, "a client's end");
    }
    if (!total_.is_open()) {
      end_ns_ = monotonic_ns();
      total_.begin(self, server_, kTotal);
    }
    const Message reply = total_.take(self);
    if (!reply) return Outcome::Wait;
    result_.set(reply.term().unchecked_small());
    return Outcome::Exit;
  }

 private:
  std::int64_t clients_;
  const std::int64_t each_;
  std::uint64_t& end_ns_;
  Result& result_;
  Pid server_;
  Call total_;
};

Answer call(std::string_view, const Params& params) {
  const std::int64_t clients = params.get("clients", 1), each = params.get("each", 1'000'000);
  std::uint64_t end_ns = 0;
  Result result;
  const std::uint64_t t0 = monotonic_ns();
  start<CallMain>(nullptr, clients, each, end_ns, result);
  const std::int64_t total = result.wait();
  want(total == clients * each, "total");
  return {{{"calls", "calls/s", static_cast<double>(total) / seconds(t0, end_ns)}}, std::to_string(total)};
}

/// Calls with an empty mailbox, then with `junk` messages in it.
class JunkMain final : public Body {
 public:
  struct Times {
    std::uint64_t empty_from = 0, empty_to = 0, full_from = 0, full_to = 0;
  };

  JunkMain(std::int64_t n, std::int64_t junk, Times& times, Result& result)
      : n_(n), junk_(junk), times_(times), result_(result) {}

  Outcome run(Process& self) override {
    if (!caller_) {
      const Pid server = start<Server>(&self);
      caller_ = std::make_unique<Caller>(server, n_);
      again_ = std::make_unique<Caller>(server, n_);
      times_.empty_from = monotonic_ns();
    }
    const Outcome outcome = caller_->run(self);
    if (outcome != Outcome::Exit) return outcome;
    if (again_ != nullptr) {
      times_.empty_to = monotonic_ns();
      for (std::int64_t i = 1; i <= junk_; ++i) send_tuple(self.pid(), kJunk, integer(i));
      caller_ = std::move(again_);
      times_.full_from = monotonic_ns();
      return Outcome::Yield;
    }
    times_.full_to = monotonic_ns();
    result_.set(self.mailbox.length());
    return Outcome::Exit;
  }

 private:
  const std::int64_t n_;
  const std::int64_t junk_;
  Times& times_;
  Result& result_;
  std::unique_ptr<Caller> caller_;
  std::unique_ptr<Caller> again_;
};

Answer call_junk(std::string_view, const Params& params) {
  const std::int64_t n = params.get("n", 200'000), junk = params.get("junk", 500'000);
  JunkMain::Times times;
  Result result;
  start<JunkMain>(nullptr, n, junk, times, result);
  want(result.wait() == junk, "junk left");
  const double empty = seconds(times.empty_from, times.empty_to), full = seconds(times.full_from, times.full_to);
  return {{{"calls", "calls/s", static_cast<double>(n) / full},
           {"calls_no_junk", "calls/s", static_cast<double>(n) / empty},
           {"cost_of_junk", "times", full / empty}},
          std::to_string(2 * n)};
}

}  // namespace

void add_calls(Table& table) {
  table["call_1"] = table["call_50"] = call;
  table["call_junk"] = call_junk;
}

}  // namespace pyvm::workloads
