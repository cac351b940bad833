// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "match/ir.h"

namespace pyvm {
namespace {

class PatternErrors : public testing::Test, protected Ir {};

TEST_F(PatternErrors, SayWhatAProgramAndACaseAre) {
  EXPECT_EQ(error_of(i(1)), "a program is a list or tuple of cases, not 1");
  EXPECT_EQ(error_of(l({any(), s("x")})), "case 1: a pattern is a tuple that begins with its operation, not 'x'");
  EXPECT_EQ(error_of(l({t({})})), "case 0: a pattern is a tuple that begins with its operation, not a tuple of 0");
  EXPECT_EQ(error_of(l({t({i(1)})})), "case 0: the operation is a str, not 1");
  EXPECT_EQ(error_of(l({t({s("capture"), i(1)})})), "case 0: there is no operation 'capture'");
}

TEST_F(PatternErrors, SayTheFormOfAnOperation) {
  EXPECT_EQ(error_of(l({t({s("bind"), i(0)})})), "case 0 / bind: the form is ('bind', slot, pattern), with 3 items, not 2");
  EXPECT_EQ(error_of(l({t({s("_"), i(0)})})), "case 0 / _: the form is ('_',), with 1 items, not 2");
}

TEST_F(PatternErrors, SayWhereInTheCase) {
  EXPECT_EQ(error_of(l({seq({any(), alt({any(), map({s("k"), bind(0, is(i(1)))})})})})),
            "case 0 / seq / before[1] / or / alternative[1] / map / pair[0] / bind / pattern / is: "
            "identity is for None, True and False, not 1");
  EXPECT_EQ(error_of(l({seq({}, -1, {t({s("nope")})})})), "case 0 / seq / after[0]: there is no operation 'nope'");
}

TEST_F(PatternErrors, CheckSlotsAndIndices) {
  EXPECT_EQ(error_of(l({bind(-1)})), "case 0 / bind: a slot is an int from 0 to 4095, not -1");
  EXPECT_EQ(error_of(l({bind(4096)})), "case 0 / bind: a slot is an int from 0 to 4095, not 4096");
  EXPECT_EQ(error_of(l({t({s("bind"), yes(), any()})})), "case 0 / bind: a slot is an int from 0 to 4095, not True");
  EXPECT_EQ(error_of(l({seq({}, -2, {})})), "case 0 / seq: a slot is an int from 0 to 4095, not -2");
  EXPECT_EQ(error_of(l({map({}, i(-1))})), "case 0 / map: a slot is an int from 0 to 4095, not -1");
  EXPECT_EQ(error_of(l({param(-1)})), "case 0 / param: the index is an int from 0 to 65535, not -1");
  EXPECT_EQ(error_of(l({t({s("param"), s("x")})})), "case 0 / param: the index is an int from 0 to 65535, not 'x'");
}

TEST_F(PatternErrors, RefuseToBindASlotTwice) {
  EXPECT_EQ(error_of(l({seq({bind(0), bind(0)})})), "case 0 / seq / before[1]: slot 0 is bound twice");
  EXPECT_EQ(error_of(l({bind(2, seq({}, 2, {}))})), "case 0 / bind / pattern: slot 2 is bound twice");
  EXPECT_EQ(error_of(l({seq({python(1), bind(1)})})), "case 0 / seq / before[1]: slot 1 is bound twice");
  EXPECT_EQ(error_of(l({seq({bind(0)}), seq({bind(0)})})), "no error") << "cases have slots of their own";
}

TEST_F(PatternErrors, WantTheSameSlotsOfAllAlternatives) {
  EXPECT_EQ(error_of(l({alt({bind(0), any()})})), "case 0 / or / alternative[1]: binds other slots than the first alternative");
  EXPECT_EQ(error_of(l({alt({seq({bind(0), bind(1)}), seq({bind(1), bind(0)})})})), "no error");
  EXPECT_EQ(error_of(l({alt({})})), "case 0 / or: needs an alternative");
  EXPECT_EQ(error_of(l({alt({python(0), eq(i(1))})})),
            "case 0 / or / alternative[0]: 'python' may stand in the last alternative only");
  EXPECT_EQ(error_of(l({alt({alt({any(), seq({python(0)})}), any()})})),
            "case 0 / or / alternative[0]: 'python' may stand in the last alternative only");
}

TEST_F(PatternErrors, CheckSequencesAndMaps) {
  EXPECT_EQ(error_of(l({t({s("seq"), i(1), none(), l({})})})), "case 0 / seq: before: a list or tuple, not 1");
  EXPECT_EQ(error_of(l({t({s("seq"), l({any()}), none(), l({any()})})})),
            "case 0 / seq: with star None all patterns are in 'before', and 'after' is empty");
  EXPECT_EQ(error_of(l({t({s("map"), l({any()}), none()})})), "case 0 / map: pair[0] is (key, pattern), not a tuple of 1");
  EXPECT_EQ(error_of(l({map({i(1), any(), f(1.0), any()})})),
            "case 0 / map: pair[1] has a key that stands before it: a term of another kind");
  EXPECT_EQ(error_of(l({map({s("a"), any(), s("a"), any()})})), "case 0 / map: pair[1] has a key that stands before it: 'a'");
}

TEST_F(PatternErrors, CheckTypesAndNames) {
  EXPECT_EQ(error_of(l({type("complex")})), "case 0 / type: there is no built-in kind 'complex'");
  EXPECT_EQ(error_of(l({t({s("type"), i(1), none()})})), "case 0 / type: the name is a str, not 1");
  EXPECT_EQ(error_of(l({t({s("enum"), s("m"), s("q"), i(1)})})), "case 0 / enum: item 3 is a str, not 1");
  EXPECT_EQ(error_of(l({t({s("exc"), none(), s("q")})})), "case 0 / exc: item 1 is a str, not None");
  EXPECT_EQ(error_of(l({t({s("record"), s("m"), i(1), l({})})})), "case 0 / record: module and qualname are strs");
  EXPECT_EQ(error_of(l({t({s("record"), s("m"), s("q"), l({t({i(1), any()})})})})),
            "case 0 / record: field[0] is (field name, pattern), not a tuple of 2");
  EXPECT_EQ(error_of(l({record("Q", {s("x"), any(), s("x"), any()})})),
            "case 0 / record: field[1] names a field a second time: 'x'");
}

TEST_F(PatternErrors, RefuseDepthAndSize) {
  Term pattern = any();
  for (int depth = 0; depth < kMaxPatternDepth; ++depth) pattern = seq({pattern});
  const std::string deep = error_of(l({pattern}));
  EXPECT_NE(deep.find("patterns nest deeper than 64"), std::string::npos) << deep;
  const std::vector<Term> many(40'000, type("int", eq(i(1))));
  const Term wide = t({s("seq"), builder.make_list(many), none(), l({})});
  EXPECT_EQ(error_of(l({any(), wide})), "case 1: the program is larger than 65,535 instructions");
}

}  // namespace
}  // namespace pyvm
