// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Subjects that a process has changed: lists that moved, dicts with room and holes.
#include "match/ir.h"
#include "term/change.h"

namespace pyvm {
namespace {

class PatternMoved : public testing::Test, protected Ir {
 protected:
  /// A list whose box is a forward.
  Term moved(Terms terms) {
    const Term list = l({});
    for (const Term term : terms) list_append(list, term, builder);
    if (terms.size() == 0) {
      list_append(list, none(), builder);
      list_clear(list);
    }
    EXPECT_TRUE(is_forward(list));
    return list;
  }
  /// A dict of `size` numbers that had more, and moved.
  Term shrunk(std::int64_t size) {
    const Term dict = d({});
    for (std::int64_t key = 0; key < 40; ++key) dict_set(dict, i(key), i(key * key), builder);
    for (std::int64_t key = 0; key < 40; ++key) {
      if (key % 4 != 0 || key >= 4 * size) dict_delete(dict, i(key), builder);
    }
    return dict;
  }
};

TEST_F(PatternMoved, ASequenceIsTakenWhereItMovedTo) {
  const Term two = moved({i(1), i(2)});
  Matcher run(l({seq({eq(i(1)), bind(0)}), seq({eq(i(2)), any()}), seq({bind(0)}, 1, {})}));
  EXPECT_EQ(run.case_of(two), 0);
  EXPECT_EQ(run.bindings[0], i(2));
  EXPECT_EQ(run.case_of(moved({i(2), i(2)})), 1);
  EXPECT_EQ(run.case_of(moved({i(3), i(4), i(5)})), 2);
  EXPECT_TRUE(equal(run.bindings[1], l({i(4), i(5)})));
  EXPECT_EQ(run.case_of(moved({})), -1);
  EXPECT_FALSE(Matcher(l({seq({eq(i(1)), any()})})).accepts(moved({i(2), i(2)})));
  EXPECT_TRUE(Matcher(l({seq({eq(i(1)), any()})})).accepts(two));
}

TEST_F(PatternMoved, SoIsOneInside) {
  Matcher run(l({seq({eq(s("a")), seq({eq(i(1)), bind(0)})}), seq({eq(s("a")), seq({eq(i(2)), bind(0)})}),
                 seq({eq(s("a")), bind(0, type("list"))}), seq({eq(s("a")), map({i(4), bind(0)}, i(1))})}));
  EXPECT_EQ(run.case_of(t({s("a"), moved({i(1), i(7)})})), 0);
  EXPECT_EQ(run.bindings[0], i(7));
  EXPECT_EQ(run.case_of(t({s("a"), moved({i(2), i(8)})})), 1);
  EXPECT_EQ(run.case_of(t({s("a"), moved({i(3), i(8)})})), 2);
  EXPECT_EQ(run.case_of(t({s("a"), shrunk(5)})), 3);
  EXPECT_EQ(run.bindings[0], i(16));
  EXPECT_TRUE(equal(run.bindings[1], d({{i(0), i(0)}, {i(8), i(64)}, {i(12), i(144)}, {i(16), i(256)}})));
  EXPECT_EQ(run.case_of(t({s("a"), d({})})), -1);
}

TEST_F(PatternMoved, EqualityAndTypesLookThrough) {
  const Term two = moved({i(1), i(2)});
  EXPECT_TRUE(Matcher(l({eq(l({i(1), i(2)}))})).accepts(two));
  EXPECT_TRUE(Matcher(l({seq({eq(l({i(1), i(2)}))})})).accepts(t({two})));
  EXPECT_TRUE(Matcher(l({type("list")})).accepts(two));
  EXPECT_FALSE(Matcher(l({type("dict")})).accepts(two));
  EXPECT_TRUE(Matcher(l({type("dict"), any()})).accepts(shrunk(3)));
  const Term params[] = {two};
  EXPECT_EQ(Matcher(l({param(0)})).case_of(l({i(1), i(2)}), 0, params), 0);
}

}  // namespace
}  // namespace pyvm
