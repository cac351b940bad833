// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/call.h"

#include <atomic>

#include "proc/kit.h"

namespace pyvm {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

/// Calls `to` once and tells how it went, with the reply or the reason as text; then keeps what is left in its mailbox.
struct Result {
  std::atomic<bool> done{false};
  Call::State state = Call::State::Waiting;
  std::string text;
};

class Caller final : public Body {
 public:
  Caller(Pid to, OwnedTerm request, std::uint64_t timeout_ns, Result& result)
      : call_(to, std::move(request), timeout_ns), result_(result) {}
  Outcome run(Process& self) override {
    if (!std::exchange(begun_, true)) {
      static_cast<void>(send(self.pid(), Term::short_string("junk")));  // there before the call
      self.receive_signals();
      call_.begin(self);
    }
    Message reply;
    const Call::State state = call_.step(self, reply);
    if (state == Call::State::Waiting) return Outcome::Wait;
    result_.state = state;
    if (reply) result_.text = print(state == Call::State::Down ? element(reply.term(), 4) : reply.term());
    const Message junk = receive_if(self, [](Term) { return true; });
    EXPECT_TRUE(junk && junk.term() == Term::short_string("junk")) << "the call hides a message that came before it";
    EXPECT_TRUE(self.refs.empty());
    EXPECT_EQ(self.deadline_ns, 0u);
    result_.done = true;
    return Outcome::Exit;
  }

 private:
  Call call_;
  Result& result_;
  bool begun_ = false;
};

/// Replies `count` times to each request: (text, alias) or (parts..., alias).
Spawned spawn_server(int count) {
  return spawn_function({}, [count](Process& self) {
    while (const Message message = receive(self)) {
      const Word last = arity_of(message.term()) - 1;
      for (int i = 0; i < count; ++i) {
        TermBuilder builder;
        const OwnedTerm reply(builder.tuple(copy(element(message.term(), 0), builder), Term::small(i)), builder.take_storage());
        static_cast<void>(send_to_alias(element(message.term(), last), Signal::with_copy(SignalKind::Message, reply.get())));
      }
      if (!self.spend()) return Outcome::Yield;
    }
    return Outcome::Wait;
  });
}

void call(Pid to, std::uint64_t timeout_ns, Result& result) {
  static_cast<void>(spawn<Caller>({}, to, OwnedTerm(Term::short_string("hi")), timeout_ns, result));
  ASSERT_TRUE(wait_until([&] { return result.done.load(); }));
}

TEST(Call, GivesTheReply) {
  const Started runtime;
  const Spawned server = spawn_server(1);
  Result result;
  call(server.pid, kForever, result);
  EXPECT_EQ(result.state, Call::State::Replied);
  EXPECT_EQ(result.text, "('hi', 0)");
}

TEST(Call, TakesOneReplyAndLeavesNoOther) {
  const Started runtime;
  const Spawned server = spawn_server(3);
  Result result;
  call(server.pid, kForever, result);
  EXPECT_EQ(result.text, "('hi', 0)");
}

TEST(Call, SaysThatTheServerEnds) {
  const Started runtime;
  Puppet server;
  Result result;
  std::thread ender([&] {
    while (true) {
      bool watched = false;
      server.run([&](Process& self) {
        self.receive_signals();
        watched = !self.monitored_by.empty();
      });
      if (watched) break;
    }
    server.exit("boom");
  });
  call(server.pid(), kForever, result);
  ender.join();
  EXPECT_EQ(result.state, Call::State::Down);
  EXPECT_EQ(result.text, "'boom'");
}

TEST(Call, SaysThatThereIsNoServer) {
  const Started runtime;
  Result result;
  call(Pid(77'777, 3), kForever, result);
  EXPECT_EQ(result.state, Call::State::Down);
  EXPECT_EQ(result.text, "'noproc'");
}

TEST(Call, GivesUpAfterItsTimeAndDropsALateReply) {
  const Started runtime;
  Puppet server;
  for (const std::uint64_t timeout : {std::uint64_t{0}, kMs, 20 * kMs}) {
    Result result;
    const std::uint64_t begin = process_time_ns();
    call(server.pid(), timeout, result);
    EXPECT_EQ(result.state, Call::State::TimedOut);
    EXPECT_GE(process_time_ns() - begin, timeout);
  }
  server.run([](Process& self) {
    while (const Message message = receive(self)) {  // the late replies: to callers that are gone
      static_cast<void>(
          send_to_alias(element(message.term(), arity_of(message.term()) - 1), Signal::create(SignalKind::Message)));
    }
    self.receive_signals();
    EXPECT_TRUE(self.monitored_by.empty());
  });
}

TEST(Call, ATimeoutLongerThanTimeItselfIsNone) {
  const Started runtime;
  const Spawned server = spawn_server(1);
  Result result;
  call(server.pid, kForever - 1, result);
  EXPECT_EQ(result.state, Call::State::Replied);
}

TEST(Call, ManyCallersAtOnceEachGetTheirOwnReply) {
  const Started runtime;
  const Spawned server = spawn_server(1);
  constexpr int kCallers = 500;
  std::vector<Result> results(kCallers);
  for (int i = 0; i < kCallers; ++i) {
    static_cast<void>(spawn<Caller>({}, server.pid, OwnedTerm(Term::small(i)), i % 2 == 0 ? kForever : 60'000 * kMs, results[i]));
  }
  for (int i = 0; i < kCallers; ++i) {
    ASSERT_TRUE(wait_until([&] { return results[i].done.load(); }));
    EXPECT_EQ(results[i].text, "(" + std::to_string(i) + ", 0)");
  }
}

/// Servers end while they are called: each call comes to an end, one way or the other.
TEST(Call, EveryCallEndsWhenServersDie) {
  const Started runtime;
  constexpr int kRounds = 300;
  std::vector<Result> results(kRounds);
  for (Result& result : results) {
    const Spawned server = spawn_server(1);
    static_cast<void>(spawn<Caller>({}, server.pid, OwnedTerm(Term::short_string("hi")), kForever, result));
    send_exit(Pid(), server.pid, reason::kill);
  }
  for (Result& result : results) {
    ASSERT_TRUE(wait_until([&] { return result.done.load(); }));
    EXPECT_TRUE(result.state == Call::State::Replied || result.state == Call::State::Down);
  }
}

}  // namespace
}  // namespace pyvm
