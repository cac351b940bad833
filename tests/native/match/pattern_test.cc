// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <thread>

#include "match/ir.h"

namespace pyvm {
namespace {

class Pattern : public testing::Test, protected Ir {
 protected:
  bool accepts(Term pattern, Term subject) { return Matcher(l({pattern})).accepts(subject); }
};

TEST_F(Pattern, AnyAcceptsEverythingAndBindsNothing) {
  Matcher run(l({any()}));
  EXPECT_TRUE(run.accepts(i(1)));
  EXPECT_TRUE(run.accepts(none()));
  EXPECT_TRUE(run.accepts(t({})));
  EXPECT_EQ(run.program->bindings(0), 0u);
}

TEST_F(Pattern, BindCapturesWhatItsPatternAccepts) {
  Matcher run(l({bind(0, eq(s("stop"))), bind(1)}));
  EXPECT_EQ(run.case_of(s("stop")), 0);
  EXPECT_EQ(run.bindings[0], s("stop"));
  EXPECT_EQ(run.bindings[1], Term()) << "slots of other cases are nothing";
  const Term pair = t({i(1), i(2)});
  EXPECT_EQ(run.case_of(pair), 1);
  EXPECT_EQ(run.bindings[1], pair);
  EXPECT_EQ(run.bindings[0], Term());
}

TEST_F(Pattern, EqualIsPythonsEqualAcrossNumbers) {
  for (const Term one : {i(1), f(1.0), yes()}) {
    for (const Term literal : {i(1), f(1.0), yes()}) EXPECT_TRUE(accepts(eq(literal), one));
    for (const Term other : {i(2), f(1.5), no(), none(), s("1"), t({i(1)})}) EXPECT_FALSE(accepts(eq(one), other));
  }
  for (const Term zero : {i(0), f(0.0), f(-0.0), no()}) {
    for (const Term literal : {i(0), f(0.0), f(-0.0), no()}) EXPECT_TRUE(accepts(eq(literal), zero));
    EXPECT_FALSE(accepts(eq(zero), none()));
  }
}

TEST_F(Pattern, EqualHoldsForGreatNumbers) {
  const Term limbs_of_2_64 = builder.make_big(false, std::array<Word, 2>{0, 1});
  EXPECT_TRUE(accepts(eq(f(0x1p64)), limbs_of_2_64));
  EXPECT_TRUE(accepts(eq(limbs_of_2_64), f(0x1p64)));
  EXPECT_TRUE(accepts(eq(limbs_of_2_64), builder.make_big(false, std::array<Word, 2>{0, 1})));
  EXPECT_FALSE(accepts(eq(limbs_of_2_64), builder.make_big(true, std::array<Word, 2>{0, 1})));
  EXPECT_TRUE(accepts(eq(f(-0x1p62)), i(Term::kSmallMin)));
  EXPECT_TRUE(accepts(eq(i(Term::kSmallMin)), f(-0x1p62)));
  EXPECT_FALSE(accepts(eq(i(Term::kSmallMax)), f(0x1p62))) << "2^62 - 1 has no double";
  EXPECT_TRUE(accepts(eq(f(1e300)), f(1e300)));
  const Term nan = f(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(accepts(eq(nan), nan));
}

TEST_F(Pattern, EqualHoldsForStringsAndContainers) {
  EXPECT_TRUE(accepts(eq(s("subscribe")), s("subscribe")));
  EXPECT_FALSE(accepts(eq(s("subscribe")), s("subscriber")));
  EXPECT_FALSE(accepts(eq(s("a string of 3 words")), s("a string of 3 wordz")));
  EXPECT_FALSE(accepts(eq(s("subscribe")), s("sub")));
  EXPECT_TRUE(accepts(eq(t({i(1), s("a")})), t({f(1.0), s("a")})));
  EXPECT_FALSE(accepts(eq(t({i(1)})), l({i(1)})));
  const std::array<std::byte, 3> bytes{};
  EXPECT_TRUE(accepts(eq(builder.make_binary(bytes)), builder.make_binary(bytes)));
  EXPECT_FALSE(accepts(eq(builder.make_binary(bytes)), s("\0\0\0")));
}

TEST_F(Pattern, IsAcceptsTheConstantAlone) {
  EXPECT_TRUE(accepts(is(none()), none()));
  EXPECT_FALSE(accepts(is(none()), no()));
  EXPECT_TRUE(accepts(is(yes()), yes()));
  EXPECT_FALSE(accepts(is(yes()), i(1)));
  EXPECT_FALSE(accepts(is(yes()), f(1.0)));
  EXPECT_FALSE(accepts(is(no()), i(0)));
}

TEST_F(Pattern, TimeoutIsItself) {
  Matcher run(l({t({s("timeout")}), any()}));
  EXPECT_EQ(run.case_of(Term::timeout()), 0);
  for (const Term other : {none(), s("timeout"), s("TIMEOUT"), t({})}) EXPECT_EQ(run.case_of(other), 1);
  EXPECT_EQ(error_of(l({is(Term::timeout())})).substr(0, 11), "case 0 / is");
}

TEST_F(Pattern, ParamComparesWithTheRunsValue) {
  Matcher run(l({seq({eq(s("reply")), param(1), bind(0)})}));
  ASSERT_EQ(run.program->params(), 2u);
  const Term params[] = {none(), builder.make_ref(7, Pid(1, 1))};
  EXPECT_TRUE(run.accepts(t({s("reply"), builder.make_ref(7, Pid(1, 1)), i(5)}), params));
  EXPECT_EQ(run.bindings[0], i(5));
  EXPECT_FALSE(run.accepts(t({s("reply"), builder.make_ref(8, Pid(1, 1)), i(5)}), params));
  EXPECT_FALSE(run.accepts(t({s("reply"), i(7), i(5)}), params));
  const Term numbers[] = {none(), i(1)};
  EXPECT_TRUE(run.accepts(t({s("reply"), f(1.0), i(5)}), numbers));
  EXPECT_TRUE(run.accepts(t({s("reply"), yes(), i(5)}), numbers));
}

TEST_F(Pattern, AReferenceThatIsNotGivenIsAnything) {
  Matcher run(l({seq({t({s("ref"), i(0)}), bind(0)})}));
  const Term given[] = {builder.make_ref(7, Pid(1, 1))};
  EXPECT_TRUE(run.accepts(t({builder.make_ref(7, Pid(1, 1)), i(5)}), given));
  EXPECT_FALSE(run.accepts(t({builder.make_ref(8, Pid(1, 1)), i(5)}), given));
  EXPECT_FALSE(run.accepts(t({i(7), i(5)}), given));
  const Term nothing[] = {Term()};
  EXPECT_TRUE(run.accepts(t({i(7), i(5)}), nothing));
  EXPECT_EQ(run.bindings[0], i(5));
}

TEST_F(Pattern, SeqTakesTuplesAndListsOfItsLength) {
  const Term pattern = seq({eq(s("add")), any()});
  EXPECT_TRUE(accepts(pattern, t({s("add"), i(1)})));
  EXPECT_TRUE(accepts(pattern, l({s("add"), i(1)})));
  EXPECT_FALSE(accepts(pattern, t({s("add")})));
  EXPECT_FALSE(accepts(pattern, t({s("add"), i(1), i(2)})));
  EXPECT_FALSE(accepts(pattern, t({s("sub"), i(1)})));
  EXPECT_TRUE(accepts(seq({}), t({})));
  EXPECT_TRUE(accepts(seq({}), l({})));
  EXPECT_FALSE(accepts(seq({}), t({i(1)})));
}

TEST_F(Pattern, SeqTakesNoStringsBytesOrSets) {
  for (const Term pattern : {seq({any(), any()}), seq({}, -1, {})}) {
    EXPECT_FALSE(accepts(pattern, s("ab")));
    EXPECT_FALSE(accepts(pattern, s("a string of some length")));
    EXPECT_FALSE(accepts(pattern, builder.make_binary(std::array<std::byte, 2>{})));
    EXPECT_FALSE(accepts(pattern, builder.make_set(BoxKind::Set, std::array{i(1), i(2)})));
    EXPECT_FALSE(accepts(pattern, d({{i(1), i(1)}, {i(2), i(2)}})));
    EXPECT_FALSE(accepts(pattern, make_record("Pair", "ab", {i(1), i(2)})));
    EXPECT_FALSE(accepts(pattern, none()));
  }
}

TEST_F(Pattern, StarCapturesTheMiddleAsAList) {
  Matcher run(l({seq({bind(0)}, 1, {bind(2), eq(s("end"))})}));
  EXPECT_FALSE(run.accepts(t({i(1), s("end")})));
  ASSERT_TRUE(run.accepts(t({i(1), i(2), s("end")})));
  EXPECT_TRUE(equal_exact(run.bindings[1], l({})));
  EXPECT_EQ(run.bindings[2], i(2));
  ASSERT_TRUE(run.accepts(l({i(1), i(2), i(3), i(4), s("end")})));
  EXPECT_EQ(run.bindings[0], i(1));
  EXPECT_TRUE(equal_exact(run.bindings[1], l({i(2), i(3)})));
  EXPECT_EQ(run.bindings[2], i(4));
  EXPECT_FALSE(run.accepts(t({i(1), i(2), s("done")})));
}

TEST_F(Pattern, StarAloneAndUncapturedStars) {
  Matcher all(l({seq({}, 0, {})}));
  ASSERT_TRUE(all.accepts(t({})));
  EXPECT_TRUE(equal_exact(all.bindings[0], l({})));
  ASSERT_TRUE(all.accepts(t({i(1), i(2)})));
  EXPECT_TRUE(equal_exact(all.bindings[0], l({i(1), i(2)})));
  Matcher last(l({seq({}, -1, {bind(0)})}));
  EXPECT_EQ(last.program->max_bindings(), 1u);
  ASSERT_TRUE(last.accepts(t({i(1), i(2), i(3)})));
  EXPECT_EQ(last.bindings[0], i(3));
  EXPECT_FALSE(last.accepts(t({})));
}

TEST_F(Pattern, MapIgnoresOtherKeys) {
  Matcher run(l({map({s("op"), eq(s("buy")), s("count"), bind(0, type("int"))})}));
  ASSERT_TRUE(run.accepts(d({{s("who"), i(9)}, {s("count"), i(3)}, {s("op"), s("buy")}})));
  EXPECT_EQ(run.bindings[0], i(3));
  EXPECT_FALSE(run.accepts(d({{s("count"), i(3)}})));
  EXPECT_FALSE(run.accepts(d({{s("count"), s("3")}, {s("op"), s("buy")}})));
  EXPECT_FALSE(run.accepts(t({s("count"), s("op")})));
  EXPECT_TRUE(accepts(map({}), d({})));
  EXPECT_TRUE(accepts(map({}), d({{i(1), i(2)}})));
  EXPECT_TRUE(accepts(map({i(1), any()}), d({{yes(), i(2)}}))) << "keys are equal as Python's are";
}

TEST_F(Pattern, MapRestIsTheOthersInOrder) {
  Matcher run(l({map({s("b"), bind(0)}, i(1))}));
  ASSERT_TRUE(run.accepts(d({{s("z"), i(1)}, {s("b"), i(2)}, {s("a"), i(3)}})));
  EXPECT_EQ(run.bindings[0], i(2));
  ASSERT_TRUE(is_box(run.bindings[1], BoxKind::Dict));
  ASSERT_EQ(arity_of(run.bindings[1]), 2u);
  EXPECT_EQ(dict_key(run.bindings[1], 0), s("z"));
  EXPECT_EQ(dict_value(run.bindings[1], 1), i(3));
  ASSERT_TRUE(run.accepts(d({{s("b"), i(2)}})));
  EXPECT_TRUE(equal_exact(run.bindings[1], d({})));
}

TEST_F(Pattern, MapRestOfALargeDictCanBeSearched) {
  std::vector<TermPair> pairs;
  for (int n = 0; n < 40; ++n) pairs.push_back({i(n), i(n * n)});
  Matcher run(l({map({i(7), eq(i(49))}, i(0))}));
  ASSERT_TRUE(run.accepts(builder.make_dict(pairs)));
  EXPECT_EQ(arity_of(run.bindings[0]), 39u);
  Matcher again(l({map({i(39), bind(0)}), map({i(7), any()})}));
  EXPECT_EQ(again.case_of(run.bindings[0]), 0);
  EXPECT_EQ(again.bindings[0], i(39 * 39));
}

TEST_F(Pattern, OrTakesTheFirstAlternativeThatAccepts) {
  Matcher run(l({bind(0, alt({eq(s("stop")), eq(i(3)), seq({}), is(none())}))}));
  for (const Term subject : {s("stop"), i(3), f(3.0), t({}), none()}) {
    ASSERT_TRUE(run.accepts(subject));
    EXPECT_EQ(run.bindings[0], subject);
  }
  EXPECT_FALSE(run.accepts(i(4)));
  EXPECT_FALSE(run.accepts(t({i(4)})));
}

TEST_F(Pattern, OrBindingsAreThoseOfTheAlternativeTaken) {
  const Term inner = alt({seq({bind(0), bind(1), eq(i(1))}), seq({bind(1), bind(0), eq(i(2))})});
  Matcher run(l({alt({seq({eq(s("a")), inner}), seq({inner, eq(s("b"))})})}));
  ASSERT_TRUE(run.accepts(t({s("a"), t({s("x"), s("y"), i(2)})})));
  EXPECT_EQ(run.bindings[0], s("y"));
  EXPECT_EQ(run.bindings[1], s("x"));
  ASSERT_TRUE(run.accepts(t({t({s("x"), s("y"), i(1)}), s("b")})));
  EXPECT_EQ(run.bindings[0], s("x"));
  EXPECT_FALSE(run.accepts(t({s("a"), t({s("x"), s("y"), i(3)})})));
  EXPECT_FALSE(run.accepts(t({t({s("x"), s("y"), i(1)}), s("a")})));
}

TEST_F(Pattern, OrDoesNotTryAgainOnceAnAlternativeWasTaken) {
  Matcher run(l({seq({alt({bind(0), seq({bind(0)})}), eq(i(1))})}));
  const Term single = t({s("x")});
  ASSERT_TRUE(run.accepts(t({single, i(1)})));
  EXPECT_EQ(run.bindings[0], single);
}

TEST_F(Pattern, OrBuildsItsOwnStars) {
  Matcher run(l({alt({seq({eq(i(1))}, 0, {}), seq({}, 0, {eq(i(2))})})}));
  ASSERT_TRUE(run.accepts(t({i(1), i(5), i(2)})));
  EXPECT_TRUE(equal_exact(run.bindings[0], l({i(5), i(2)})));
  ASSERT_TRUE(run.accepts(t({i(5), i(6), i(2)})));
  EXPECT_TRUE(equal_exact(run.bindings[0], l({i(5), i(6)})));
}

TEST_F(Pattern, TypesFollowIsinstance) {
  const std::array<std::byte, 2> few{};
  const std::vector<std::byte> many(200);
  const struct {
    const char* name;
    std::vector<Term> instances;
  } kinds[] = {
      {"bool", {yes(), no()}},
      {"int", {i(0), i(-7), builder.make_big(false, std::array<Word, 2>{0, 1})}},
      {"float", {f(1.5), f(0.0), f(-0.0), f(1e300)}},
      {"str", {s(""), s("short"), s("a longer string")}},
      {"bytes", {builder.make_binary(few), builder.make_binary(many)}},
      {"tuple", {t({}), t({i(1)})}},
      {"list", {l({}), l({i(1)})}},
      {"dict", {d({}), d({{i(1), i(2)}})}},
      {"set", {builder.make_set(BoxKind::Set, {})}},
      {"frozenset", {builder.make_set(BoxKind::FrozenSet, {})}},
      {"Atom", {*intern_atom("ok")}},
      {"Pid", {Term::pid(Pid(3, 4))}},
      {"Ref", {builder.make_ref(1, Pid(1, 1))}},
      {"Alias", {builder.make_ref(1, Pid(1, 1), true)}},
      {"Function", {builder.make_function("shop", "sell")}},
      {"", {none(), Term::timeout(), builder.make_enum_member("shop", "Size", "BIG"), make_record("Pair", "ab", {i(1), i(2)})}},
  };
  for (const auto& wanted : kinds) {
    if (*wanted.name == '\0') continue;
    Matcher run(l({type(wanted.name)}));
    for (const auto& kind : kinds) {
      const std::string names = std::string(wanted.name) + "/" + kind.name;
      const bool fits = &wanted == &kind || names == "int/bool" || names == "Ref/Alias";
      for (const Term subject : kind.instances) EXPECT_EQ(run.accepts(subject), fits) << names;
    }
  }
}

TEST_F(Pattern, TypesPassTheSubjectToTheirPattern) {
  Matcher run(l({type("int", bind(0)), type("str", eq(s("x"))), type("tuple", seq({bind(0), any()}))}));
  EXPECT_EQ(run.case_of(yes()), 0);
  EXPECT_EQ(run.bindings[0], yes());
  EXPECT_EQ(run.case_of(s("x")), 1);
  EXPECT_EQ(run.case_of(s("y")), -1);
  EXPECT_EQ(run.case_of(t({i(1), i(2)})), 2);
  EXPECT_EQ(run.case_of(l({i(1), i(2)})), -1);
}

TEST_F(Pattern, RecordsMatchByClassAndField) {
  Matcher run(l({record("Order", {s("b"), bind(0), s("a"), eq(i(1))}), record("Order", {}), record("Other", {})}));
  EXPECT_EQ(run.case_of(make_record("Order", "ab", {i(1), i(2)})), 0);
  EXPECT_EQ(run.bindings[0], i(2));
  EXPECT_EQ(run.case_of(make_record("Order", "ab", {i(3), i(2)})), 1);
  EXPECT_EQ(run.case_of(make_record("Order", "cba", {i(9), i(8), i(1)})), 0) << "another version of the class";
  EXPECT_EQ(run.bindings[0], i(8));
  EXPECT_EQ(run.case_of(make_record("Order", "a", {i(1)})), 1) << "a field is missing";
  EXPECT_EQ(run.case_of(make_record("Other", "ab", {i(1), i(2)})), 2);
  EXPECT_EQ(run.case_of(make_record("Third", "ab", {i(1), i(2)})), -1);
  EXPECT_EQ(run.case_of(t({i(1), i(2)})), -1);
}

TEST_F(Pattern, RecordCachesSurviveMoreClassesThanTheyHold) {
  Matcher run(l({record("C3", {s("x"), bind(0)})}));
  for (int round = 0; round < 3; ++round) {
    for (int n = 0; n < 20; ++n) {
      const Term subject = make_record("C" + std::to_string(n), "x", {i(n)});
      EXPECT_EQ(run.accepts(subject), n == 3);
    }
  }
}

TEST_F(Pattern, ThreadsShareAProgramAndItsCaches) {
  const auto program = std::get<0>(compile_patterns(l({record("C3", {s("x"), bind(0)})})));
  std::vector<Term> subjects;
  for (int n = 0; n < 9; ++n) subjects.push_back(make_record("C" + std::to_string(n), n % 2 == 0 ? "xy" : "yx", {i(n), i(n)}));
  std::vector<int> taken(4);
  std::vector<std::thread> threads;
  for (int& count : taken) {
    threads.emplace_back([&] {
      TermBuilder scratch;
      Term bindings[1];
      for (int round = 0; round < 9000; ++round) {
        const Term subject = subjects[static_cast<std::size_t>(round % 9)];
        count +=
            run_patterns(*program, subject, 0, {}, bindings, scratch).verdict == Verdict::Yes && bindings[0] == Term::small(3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : taken) EXPECT_EQ(count, 1000);
}

TEST_F(Pattern, EnumsAndExceptionsMatchByName) {
  Matcher run(l({t({s("enum"), s("shop"), s("Size"), s("BIG")}), t({s("exc"), s("builtins"), s("ValueError")})}));
  EXPECT_EQ(run.case_of(builder.make_enum_member("shop", "Size", "BIG")), 0);
  EXPECT_EQ(run.case_of(builder.make_enum_member("shop", "Size", "SMALL")), -1);
  EXPECT_EQ(run.case_of(builder.make_enum_member("shop.deep", "Size", "BIG")), -1);
  EXPECT_EQ(run.case_of(builder.make_exception("builtins", "ValueError", "no")), 1);
  EXPECT_EQ(run.case_of(builder.make_exception("builtins", "KeyError", "no")), -1);
  EXPECT_EQ(run.case_of(builder.make_exception("shop", "ValueError", "no")), -1);
  EXPECT_EQ(run.case_of(s("BIG")), -1);
}

TEST_F(Pattern, PythonAsksWhenTheRestFits) {
  Matcher run(l({seq({eq(s("job")), python(0)}), seq({eq(s("job")), bind(1)})}));
  const Term subject = t({s("job"), i(7)});
  const MatchResult asked = run(subject);
  EXPECT_EQ(asked.verdict, Verdict::Ask);
  EXPECT_EQ(asked.case_index, 0);
  EXPECT_EQ(run.bindings[0], i(7));
  EXPECT_EQ(run.bindings[1], Term());
  const MatchResult next = run(subject, asked.case_index + 1);
  EXPECT_EQ(next.verdict, Verdict::Yes);
  EXPECT_EQ(next.case_index, 1);
  EXPECT_EQ(run.bindings[0], Term());
  EXPECT_EQ(run(t({s("no"), i(7)})).verdict, Verdict::No);
}

TEST_F(Pattern, PythonInAnOrAsksOnlyWhenItsAlternativeIsTaken) {
  Matcher run(l({alt({eq(i(1)), alt({eq(i(2)), seq({python(0)})})})}));
  run.bindings[0] = i(99);
  EXPECT_EQ(run(i(1)).verdict, Verdict::Yes);
  EXPECT_EQ(run.bindings[0], Term());
  EXPECT_EQ(run(t({i(5)})).verdict, Verdict::Ask);
  EXPECT_EQ(run.bindings[0], i(5));
  EXPECT_EQ(run(i(2)).verdict, Verdict::Yes);
  EXPECT_EQ(run.bindings[0], Term());
}

TEST_F(Pattern, CasesAreTriedInOrderFromTheFirstAsked) {
  Matcher run(l({seq({eq(s("a")), bind(0)}), eq(s("stop")), seq({bind(0), any()}), bind(0)}));
  const Term subject = t({s("a"), i(1)});
  EXPECT_EQ(run.case_of(subject), 0);
  EXPECT_EQ(run.case_of(subject, 1), 2);
  EXPECT_EQ(run.case_of(subject, 3), 3);
  EXPECT_EQ(run.case_of(subject, 4), -1);
  EXPECT_EQ(run.case_of(subject, 100), -1);
  EXPECT_EQ(run.case_of(s("stop")), 1);
  Matcher empty(l({}));
  EXPECT_EQ(empty.case_of(subject), -1);
}

TEST_F(Pattern, MoreCasesThanBitsInAWord) {
  std::vector<Term> cases;
  for (int n = 0; n < 200; ++n) cases.push_back(seq({eq(i(n)), bind(0)}));
  cases.push_back(seq({eq(i(70)), any()}));
  Matcher run(builder.make_list(cases));
  for (int n = 0; n < 200; ++n) {
    EXPECT_EQ(run.case_of(t({i(n), i(n + 1)})), n);
    EXPECT_EQ(run.bindings[0], i(n + 1));
    EXPECT_EQ(run.case_of(t({i(n), i(n + 1)}), n + 1), n == 70 ? 200 : -1);
  }
  EXPECT_EQ(run.case_of(t({i(200), i(1)})), -1);
}

TEST_F(Pattern, LongSequencesAndHighPlaces) {
  std::vector<Term> patterns(40, any());
  std::vector<Term> values(40, i(0));
  patterns[39] = eq(s("last"));
  Matcher run(l({t({s("seq"), builder.make_list(patterns), none(), l({})}), seq({any()}, -1, {})}));
  EXPECT_EQ(run.case_of(builder.make_tuple(values)), 1);
  values[39] = s("last");
  EXPECT_EQ(run.case_of(builder.make_tuple(values)), 0);
  values.push_back(s("last"));
  EXPECT_EQ(run.case_of(builder.make_tuple(values)), 1);
}

TEST_F(Pattern, TheProgramKeepsNothingOfItsIr) {
  std::shared_ptr<const PatternProgram> program;
  {
    Ir gone;
    program = std::get<0>(compile_patterns(gone.l({gone.seq({gone.eq(gone.s("a long literal")), gone.eq(gone.t({gone.i(1)}))}),
                                                   gone.map({gone.s("another long key"), gone.any()})})));
  }
  EXPECT_FALSE(quick_reject(*program, t({s("a long literal"), t({i(1)})})));
  TermBuilder scratch;
  EXPECT_EQ(run_patterns(*program, t({s("a long literal"), t({i(1)})}), 0, {}, {}, scratch).case_index, 0);
  EXPECT_EQ(run_patterns(*program, d({{s("another long key"), i(1)}}), 0, {}, {}, scratch).case_index, 1);
}

TEST_F(Pattern, QuickRejectTellsTagsApart) {
  const auto program = std::get<0>(compile_patterns(l({seq({eq(s("tag")), eq(i(7))}), eq(s("stop")), eq(s("shut down"))})));
  EXPECT_TRUE(quick_reject(*program, t({s("tag"), i(8)})));
  EXPECT_TRUE(quick_reject(*program, t({s("gat"), i(7)})));
  EXPECT_TRUE(quick_reject(*program, t({s("tag"), i(7), i(7)})));
  EXPECT_TRUE(quick_reject(*program, s("start")));
  EXPECT_TRUE(quick_reject(*program, s("shut downs")));
  EXPECT_TRUE(quick_reject(*program, d({})));
  EXPECT_FALSE(quick_reject(*program, t({s("tag"), f(7.0)})));
  EXPECT_FALSE(quick_reject(*program, s("shut down")));
}

TEST_F(Pattern, NoStringPassesForAnImmediate) {
  const Term string = s("abcdefghi");
  const Word header = header_of(string) & ~Word{0xff00};
  const Term number = f(Term::from_bits((string.boxed()[1] << 8) + header).unchecked_short_float());
  ASSERT_EQ(number.bits(), (string.boxed()[1] << 8) + header) << "a float made of the string's size and first bytes";
  Matcher run(l({seq({eq(number)}), seq({eq(string)})}));
  EXPECT_EQ(run.case_of(t({number})), 0);
  EXPECT_EQ(run.case_of(t({string})), 1);
}

TEST_F(Pattern, QuickRejectLooksIntoTheOperationOfACall) {
  std::vector<Term> cases;
  for (const char* op : {"get", "put", "drop"}) cases.push_back(seq({eq(s("call")), bind(0), seq({eq(s(op)), bind(1)})}));
  Matcher run(builder.make_list(cases));
  EXPECT_EQ(run.case_of(t({s("call"), none(), t({s("put"), i(1)})})), 1);
  EXPECT_TRUE(quick_reject(*run.program, t({s("call"), none(), t({s("pop"), i(1)})})));
  EXPECT_TRUE(quick_reject(*run.program, t({s("call"), none(), s("put")})));
  EXPECT_TRUE(quick_reject(*run.program, t({s("call"), none(), t({})})));
}

TEST_F(Pattern, NestsAsDeepAsItMay) {
  Term pattern = bind(0, eq(s("x")));
  Term subject = s("x");
  for (int depth = 2; depth < kMaxPatternDepth; ++depth) {
    pattern = depth % 2 == 0 ? map({s("k"), pattern}) : seq({pattern});
    subject = depth % 2 == 0 ? d({{s("k"), subject}}) : t({subject});
  }
  Matcher run(l({pattern}));
  EXPECT_TRUE(run.accepts(subject));
  EXPECT_EQ(run.bindings[0], s("x"));
  EXPECT_EQ(error_of(l({seq({pattern})})).substr(0, 34), "case 0 / seq / before[0] / seq / b");
}

}  // namespace
}  // namespace pyvm
