// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/heap.h"

#include <gtest/gtest.h>

#include <vector>

#include "term/change.h"
#include "term/compare.h"
#include "term/copy.h"

namespace pyvm {
namespace {

/// Counts how many of its kind are there.
class Counted final : public OffHeap {
 public:
  static inline int alive = 0;
  Counted() { ++alive; }

 private:
  ~Counted() override { --alive; }
  void destroy() override { delete this; }
};

Term nested(TermBuilder& heap, int depth) {
  Term term = Term::small(0);
  for (int i = 0; i < depth; ++i) term = heap.tuple(Term::small(i), term);
  return term;
}

TEST(Heap, KeepsWhatItsRootsReachAndFreesTheRest) {
  Heap heap;
  std::vector<Term> roots{nested(heap, 100), heap.make_string("longer than seven bytes")};
  for (int i = 0; i < 1000; ++i) nested(heap, 100);
  TermBuilder apart;
  const Term expected = copy(roots[0], apart);
  EXPECT_TRUE(heap.wants_collection());
  heap.collect({roots});
  EXPECT_TRUE(equal(roots[0], expected));
  EXPECT_TRUE(equal(roots[1], apart.make_string("longer than seven bytes")));
  EXPECT_EQ(heap.words(), Word{100 * 3 + 4});
  EXPECT_FALSE(heap.wants_collection());
}

TEST(Heap, KeepsSharingAndCycles) {
  Heap heap;
  const Term shared = heap.make_list({});
  std::vector<Term> roots{heap.tuple(shared, shared), shared};
  list_append(shared, shared, heap);  // a list that contains itself, and has moved
  heap.collect({roots});
  EXPECT_EQ(element(roots[0], 0), element(roots[0], 1));
  EXPECT_EQ(element(roots[0], 0), roots[1]);
  EXPECT_EQ(list_items(roots[1])[0], roots[1]);
}

TEST(Heap, RemovesForwards) {
  Heap heap;
  std::vector<Term> roots{heap.make_list({})};
  const Term first = roots[0];
  for (int i = 0; i < 1000; ++i) list_append(first, Term::small(i), heap);
  EXPECT_TRUE(is_forward(roots[0]));
  heap.collect({roots});
  EXPECT_FALSE(is_forward(roots[0]));
  EXPECT_EQ(size_of(roots[0]), Word{1000});
}

TEST(Heap, KeepsHolesAndFindsKeysAfterwards) {
  Heap heap;
  std::vector<Term> roots{make_dict_with_room(4, heap)};
  const auto key = [&](int i) { return heap.make_string("a longer key " + std::to_string(i)); };
  for (int i = 0; i < 40; ++i) dict_set(roots[0], key(i), Term::small(i), heap);
  for (int i = 0; i < 5; ++i) dict_delete(roots[0], key(i), heap);
  heap.collect({roots});
  EXPECT_EQ(size_of(roots[0]), Word{35});
  EXPECT_TRUE(dict_get(resolve(roots[0]), key(3)).is_nothing());
  for (int i = 5; i < 40; ++i) EXPECT_EQ(dict_get(resolve(roots[0]), key(i)), Term::small(i));
}

TEST(Heap, CopiesAdoptedMessagesOutAndDropsThem) {
  TermBuilder sender;
  Heap heap;
  Signal* message = Signal::with_copy(SignalKind::Message, sender.tuple(nested(sender, 10), nested(sender, 20)));
  std::vector<Term> roots{element(message->term, 0)};
  heap.adopt(message);
  heap.collect({roots});
  EXPECT_TRUE(equal(roots[0], nested(sender, 10)));
  EXPECT_EQ(heap.live_words(), Word{10 * 3});
}

TEST(Heap, LetsGoOfOffHeapCellsThatNothingReaches) {
  {
    Heap heap;
    Signal* message = nullptr;
    {
      TermBuilder sender;
      const Term kept = sender.make_opaque(new Counted, 3), dropped = sender.make_opaque(new Counted, 4);
      message = Signal::with_copy(SignalKind::Message, sender.tuple(kept, dropped));
    }
    std::vector<Term> roots{heap.make_opaque(new Counted, 1), element(message->term, 0)};
    heap.make_opaque(new Counted, 2);
    heap.adopt(message);
    EXPECT_EQ(Counted::alive, 4);
    heap.collect({roots});
    EXPECT_EQ(Counted::alive, 2);
    heap.collect({roots});
    EXPECT_EQ(Counted::alive, 2);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Heap, DoesNotMoveLiterals) {
  TermBuilder literals;
  const Term literal = literals.tuple(Term::small(1), Term::small(2));
  const_cast<Word*>(literal.boxed())[0] |= Word{box_flag::kLiteral} << 8;
  Heap heap;
  std::vector<Term> roots{heap.tuple(literal)};
  heap.collect({roots});
  EXPECT_EQ(element(roots[0], 0), literal);
}

}  // namespace
}  // namespace pyvm
