// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "term/binary.h"
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

/// Bytes of which it is known how many there are.
class CountedBytes final : public SharedBytes {
 public:
  static inline int alive = 0;
  explicit CountedBytes(std::size_t size) : CountedBytes(new std::byte[size]{}, size) {}

 private:
  CountedBytes(std::byte* bytes, std::size_t size) : SharedBytes(bytes, size), owned_(bytes) { ++alive; }
  ~CountedBytes() override { --alive; }
  void destroy() override { delete this; }

  std::unique_ptr<std::byte[]> owned_;
};

Term whole(Heap& heap, std::size_t size) { return heap.make_shared_binary(new CountedBytes(size), 0, size); }
Term slice(Heap& heap, Term binary, std::size_t offset, std::size_t size) {
  shared_bytes(binary)->retain();
  return heap.make_shared_binary(shared_bytes(binary), offset, size);
}

TEST(Heap, DropsLargeBinariesOfALoop) {
  constexpr std::size_t kSize = 1 << 20;
  Heap heap;
  std::vector<Term> roots{Term()};
  int most = 0;
  for (int i = 0; i < 500; ++i) {
    roots[0] = whole(heap, kSize);
    most = std::max(most, CountedBytes::alive);
    if (heap.wants_collection()) heap.collect({roots});
  }
  EXPECT_LE(most, 5);  // 2 when there is no old part, which stress gives the smallest heap
  EXPECT_LE(heap.words(), 5 * kSize / sizeof(Word));
}

TEST(Heap, DropsLargeBinariesOfALoopBesideAnOldPart) {
  Heap heap;
  std::vector<Term> roots{nested(heap, 5000), Term()};
  heap.collect_all({roots});
  heap.collect_all({roots});
  int most = 0;
  for (int i = 0; i < 500; ++i) {
    roots[1] = whole(heap, 1 << 14);
    most = std::max(most, CountedBytes::alive);
    if (heap.wants_collection()) heap.collect({roots});
  }
  EXPECT_LE(most, 16);
  EXPECT_EQ(arity_of(roots[0]), Word{2});
}

TEST(Heap, CopiesSmallSlicesOut) {
  Heap heap;
  Term large = whole(heap, 10000);
  std::vector<Term> roots{slice(heap, large, 100, 10), slice(heap, large, 200, 600)};
  heap.collect_all({roots});
  EXPECT_EQ(CountedBytes::alive, 0);
  EXPECT_EQ(binary_bytes(roots[0]).size(), 10u);
  EXPECT_EQ(binary_bytes(roots[1]).size(), 600u);
  EXPECT_TRUE(is_box(roots[0], BoxKind::Binary));
  EXPECT_EQ(shared_bytes(roots[1])->size(), 600u);
}

TEST(Heap, KeepsSlicesThatAreMostOfTheirBytes) {
  Heap heap;
  Term large = whole(heap, 10000);
  std::vector<Term> roots;
  for (std::size_t i = 0; i < 10; ++i) roots.push_back(slice(heap, large, 1000 * i, 1000));
  heap.collect_all({roots});
  EXPECT_EQ(CountedBytes::alive, 1);
  EXPECT_EQ(shared_bytes(roots[3])->count(), 10u);
}

/// Large enough that it has an old part.
std::vector<Term> old_state(Heap& heap) {
  std::vector<Term> roots{make_list_with_room(4, heap), make_dict_with_room(4, heap)};
  for (int i = 0; i < 2000; ++i) {
    list_append(roots[0], heap.tuple(Term::small(i), Term::none()), heap);
    dict_set(roots[1], Term::small(i), heap.make_string("the value of " + std::to_string(i)), heap);
  }
  heap.collect_all({roots});
  heap.collect_all({roots});
  return roots;
}

TEST(Heap, LeavesTheOldPartWhereItIs) {
  Heap heap;
  std::vector<Term> roots = old_state(heap);
  const std::vector<Term> before = roots;
  const Word live = heap.live_words();
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j < 100; ++j) nested(heap, 10);
    heap.collect({roots});
  }
  EXPECT_EQ(roots, before);
  EXPECT_EQ(heap.live_words(), live);
  EXPECT_FALSE(heap.has_old_garbage());
}

TEST(Heap, FindsWhatWasWrittenIntoTheOldPart) {
  Heap heap;
  std::vector<Term> roots = old_state(heap);
  list_set(roots[0], 7, heap.tuple(Term::small(7)), heap);
  dict_set(roots[1], Term::small(8), heap.tuple(Term::small(8)), heap);
  dict_set(roots[1], heap.make_string("a new key of it"), heap.tuple(Term::small(9)), heap);
  heap.collect({roots});
  EXPECT_TRUE(equal(list_items(roots[0])[7], heap.tuple(Term::small(7))));
  EXPECT_TRUE(equal(dict_get(roots[1], Term::small(8)), heap.tuple(Term::small(8))));
  EXPECT_TRUE(equal(dict_get(roots[1], heap.make_string("a new key of it")), heap.tuple(Term::small(9))));
  EXPECT_TRUE(is_old(header_of(list_items(roots[0])[7])));
  EXPECT_TRUE(heap.has_old_garbage());
  heap.collect_all({roots});
  EXPECT_FALSE(heap.has_old_garbage());
}

TEST(Heap, CopiesOfWhatIsOldAreNot) {
  Heap heap;
  std::vector<Term> roots = old_state(heap);
  TermBuilder apart;
  const Term copied = copy(heap.tuple(roots[0], roots[1]), apart), flat = copy(list_items(roots[0])[0], apart);
  EXPECT_FALSE(is_old(header_of(flat)));
  EXPECT_FALSE(is_old(header_of(element(copied, 0))));
  EXPECT_FALSE(is_old(header_of(element(copied, 1))));
  EXPECT_FALSE(is_old(header_of(list_items(element(copied, 0))[0])));
  EXPECT_TRUE(equal(element(copied, 0), roots[0]));
  EXPECT_TRUE(equal(flat, list_items(roots[0])[0]));
}

TEST(Heap, WritesIntoTheOldPartMakeACollectionDue) {
  Heap heap;
  std::vector<Term> roots = old_state(heap);
  const Term first = list_items(roots[0])[0];
  Word writes = 0;
  for (Word i = 0; !heap.wants_collection(); i += 2, ++writes) {
    ASSERT_LT(writes, Word{100000});
    list_set(roots[0], i % 1000, first, heap);
  }
}

TEST(Heap, StaysWithinTwiceWhatIsAlive) {
  Heap heap;
  std::vector<Term> roots = old_state(heap);
  const Word live = heap.live_words();
  Word most = 0;
  for (int i = 0; i < 200000; ++i) {
    list_set(roots[0], static_cast<Word>(i) % 2000, heap.tuple(Term::small(i), Term::none()), heap);
    most = std::max(most, heap.words());
    if (heap.wants_collection()) heap.collect({roots});
  }
  EXPECT_LE(most, 3 * live);  // H5: the nursery is up to half of what is alive, and a chunk of it may have just begun
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
