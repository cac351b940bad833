// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What a message costs a scan of a mailbox that does not take it, and what a match costs. Messages are in cache: 1,024 of them,
// scanned in order. Each benchmark checks its answer. Not measured: the walk over a real mailbox's queue.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <functional>

#include "match/pattern.h"

namespace pyvm {
namespace {

constexpr int kMessages = 1024;

struct Mail {
  TermBuilder builder;
  std::vector<Term> messages;

  Term s(std::string_view text) { return builder.make_string(text); }
  Term eq(Term literal) { return builder.tuple(s("="), literal); }
  Term any() { return builder.tuple(s("_")); }
  Term bind(int slot) { return builder.tuple(s("bind"), Term::small(slot), any()); }
  template <typename... Terms>
  Term seq(Terms... patterns) {
    return builder.tuple(s("seq"), builder.tuple(patterns...), Term::none(), builder.make_tuple({}));
  }
  void fill(const std::function<Term(int)>& message) {
    for (int i = 0; i < kMessages; ++i) messages.push_back(message(i));
  }
};

std::shared_ptr<const PatternProgram> compile(Term ir) {
  auto compiled = compile_patterns(ir);
  if (std::holds_alternative<PatternError>(compiled)) std::abort();
  return std::get<0>(compiled);
}

/// Scans all messages with the program of `cases` and expects that `matching` of them are taken.
void scan(benchmark::State& state, const Mail& mail, Term cases, int matching, std::span<const Term> params = {}) {
  const auto program = compile(cases);
  std::vector<Term> bindings(program->max_bindings());
  TermBuilder scratch;
  for (auto _ : state) {
    int taken = 0;
    for (const Term message : mail.messages) {
      taken += run_patterns(*program, message, 0, params, bindings, scratch).verdict == Verdict::Yes;
    }
    if (taken != matching) state.SkipWithError("wrong number of matches");
  }
  state.counters["message"] = benchmark::Counter(static_cast<double>(state.iterations()) * kMessages,
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void tag_and_other_number(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) { return mail.builder.tuple(mail.s("tag"), Term::small(i)); });
  scan(state, mail, mail.builder.tuple(mail.seq(mail.eq(mail.s("tag")), mail.eq(Term::small(5000)))), 0);
}
BENCHMARK(tag_and_other_number);

void other_tag(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) { return mail.builder.tuple(mail.s("t" + std::to_string(i)), Term::small(i)); });
  scan(state, mail, mail.builder.tuple(mail.seq(mail.eq(mail.s("tag")), mail.bind(0))), 0);
}
BENCHMARK(other_tag);

void other_shapes(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) {
    const int kind = (i * 7919 >> 3) % 4;
    if (kind == 0) return mail.s("word");
    if (kind == 1) return Term::small(i);
    return kind == 2 ? mail.builder.tuple(mail.s("tag")) : mail.builder.tuple(mail.s("set"), Term::small(i), Term::small(i));
  });
  scan(state, mail, mail.builder.tuple(mail.seq(mail.eq(mail.s("tag")), mail.eq(Term::small(5000)))), 0);
}
BENCHMARK(other_shapes);

void reply_of_another_reference(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) {
    return mail.builder.tuple(mail.s("reply"), mail.builder.make_ref(static_cast<Word>(i), Pid(1, 1)), Term::small(i));
  });
  const Term param = mail.builder.tuple(mail.s("param"), Term::small(0));
  const Term params[] = {mail.builder.make_ref(5000, Pid(1, 1))};
  scan(state, mail, mail.builder.tuple(mail.seq(mail.eq(mail.s("reply")), param, mail.bind(0))), 0, params);
}
BENCHMARK(reply_of_another_reference);

Term ten_cases(Mail& mail) {
  std::vector<Term> cases;
  for (int i = 0; i < 9; ++i) cases.push_back(mail.seq(mail.eq(mail.s("op" + std::to_string(i))), mail.bind(0)));
  cases.push_back(mail.eq(mail.s("stop")));
  return mail.builder.make_tuple(cases);
}

void ten_cases_none_fits(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) { return mail.builder.tuple(mail.s("x" + std::to_string(i % 10)), Term::small(i)); });
  scan(state, mail, ten_cases(mail), 0);
}
BENCHMARK(ten_cases_none_fits);

void ten_cases_the_ninth_fits(benchmark::State& state) {
  Mail mail;
  mail.fill([&](int i) { return mail.builder.tuple(mail.s("op8"), Term::small(i)); });
  scan(state, mail, ten_cases(mail), kMessages);
}
BENCHMARK(ten_cases_the_ninth_fits);

void ten_calls_by_operation(benchmark::State& state) {
  Mail mail;
  std::vector<Term> cases;
  for (int i = 0; i < 10; ++i) {
    cases.push_back(
        mail.seq(mail.eq(mail.s("call")), mail.bind(0), mail.seq(mail.eq(mail.s("op" + std::to_string(i))), mail.bind(1))));
  }
  mail.fill([&](int i) {
    return mail.builder.tuple(mail.s("call"), Term::small(i), mail.builder.tuple(mail.s("op8"), Term::small(i)));
  });
  scan(state, mail, mail.builder.make_tuple(cases), kMessages);
}
BENCHMARK(ten_calls_by_operation);

}  // namespace
}  // namespace pyvm
