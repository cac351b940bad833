// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/mailbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "base/random.h"

namespace pyvm {
namespace {

Signal* message(int number, bool priority = false) {
  Signal* signal = Signal::create(SignalKind::Message, static_cast<Word>(number % 5));
  signal->term = Term::small(number);
  if (priority) signal->flags |= signal_flag::kPriority;
  return signal;
}

int number_of(const Signal& signal) { return static_cast<int>(signal.term.unchecked_small()); }

/// A mailbox whose messages are freed at the end.
struct Fixture {
  ~Fixture() {
    for (Signal* signal = mailbox.release_all(); signal != nullptr;) {
      Signal* next = signal->next_signal();
      signal->destroy();
      signal = next;
    }
  }
  void append(std::initializer_list<int> numbers) {
    for (const int number : numbers) mailbox.append(message(number));
    mailbox.validate();
  }
  void append_priority(int number) {
    mailbox.append(message(number, true));
    mailbox.validate();
  }
  int take() {
    Signal* signal = mailbox.take();
    mailbox.validate();
    const int number = number_of(*signal);
    signal->destroy();
    return number;
  }
  /// Takes the oldest message from the scan position on that has this number; false when there is none.
  bool take_number(int number) {
    while (Signal* candidate = mailbox.candidate()) {
      if (number_of(*candidate) == number) return take() == number;
      mailbox.skip();
    }
    return false;
  }
  std::vector<int> rest() {
    std::vector<int> numbers;
    mailbox.rewind();
    while (mailbox.candidate() != nullptr) numbers.push_back(take());
    return numbers;
  }

  Mailbox mailbox;
};

TEST(Mailbox, GivesMessagesInTheOrderReceived) {
  Fixture f;
  EXPECT_EQ(f.mailbox.candidate(), nullptr);
  f.append({1, 2, 3});
  EXPECT_EQ(f.mailbox.length(), 3u);
  EXPECT_EQ(f.rest(), (std::vector{1, 2, 3}));
  EXPECT_EQ(f.mailbox.length(), 0u);
  EXPECT_EQ(f.mailbox.size_words(), 0u);
}

TEST(Mailbox, SkippedMessagesKeepTheirOrderAndAreSeenByTheNextScan) {
  Fixture f;
  f.append({1, 2, 3, 4});
  EXPECT_TRUE(f.take_number(3));
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 1) << "take() begins a new scan";
  EXPECT_EQ(f.rest(), (std::vector{1, 2, 4}));
}

TEST(Mailbox, AScanGoesOnWhereItStoppedWhenMessagesArrive) {
  Fixture f;
  f.append({1, 2});
  EXPECT_FALSE(f.take_number(9));
  f.append({3});
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 3);
  EXPECT_EQ(f.take(), 3);
  EXPECT_EQ(f.rest(), (std::vector{1, 2}));
}

TEST(Mailbox, PriorityMessagesStandBeforeOrdinaryOnesInTheirOwnOrder) {
  Fixture f;
  f.append({1, 2});
  f.append_priority(10);
  f.append_priority(11);
  f.append({3});
  f.append_priority(12);
  EXPECT_EQ(f.rest(), (std::vector{10, 11, 12, 1, 2, 3}));
}

TEST(Mailbox, APriorityMessageIsSeenByAScanThatHasPassedItsPlace) {
  Fixture f;
  f.append({1, 2});
  EXPECT_FALSE(f.take_number(10));
  f.append_priority(10);
  EXPECT_TRUE(f.take_number(10));
  EXPECT_EQ(f.rest(), (std::vector{1, 2}));
}

TEST(Mailbox, ATakenPriorityMessageLeavesThePlaceOfTheNextRight) {
  Fixture f;
  f.append({1});
  f.append_priority(10);
  f.append_priority(11);
  EXPECT_TRUE(f.take_number(11));
  f.append_priority(12);
  EXPECT_TRUE(f.take_number(10));
  f.append_priority(13);
  EXPECT_EQ(f.rest(), (std::vector{12, 13, 1}));
}

TEST(Mailbox, AScanForAReferenceBeginsBehindWhatWasThereWhenItWasMade) {
  Fixture f;
  f.append({1, 2, 3});
  f.mailbox.mark(77);
  f.append({4, 5});
  EXPECT_TRUE(f.mailbox.begin_at(77));
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 4);
}

TEST(Mailbox, AMarkStaysRightWhenTheMessageItStandsOnIsTaken) {
  Fixture f;
  f.append({1, 2, 3});
  f.mailbox.mark(77);
  f.append({4});
  EXPECT_TRUE(f.take_number(3));
  f.mailbox.begin_at(77);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 4);
  f.mailbox.rewind();
  EXPECT_TRUE(f.take_number(2));
  EXPECT_TRUE(f.take_number(1));
  f.mailbox.begin_at(77);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 4);
}

TEST(Mailbox, AScanForAReferenceWithoutAMarkBeginsAtTheOldestMessage) {
  Fixture f;
  f.mailbox.mark(77);  // nothing there: no mark
  f.append({1, 2});
  EXPECT_FALSE(f.take_number(9));
  EXPECT_FALSE(f.mailbox.begin_at(77));
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 1);
}

TEST(Mailbox, AForgottenMarkMeansTheOldestMessage) {
  Fixture f;
  f.append({1});
  for (Word ref = 70; ref < 80; ++ref) f.mailbox.mark(ref);
  f.append({2});
  EXPECT_FALSE(f.take_number(9));
  EXPECT_FALSE(f.mailbox.begin_at(70));
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 1);
  EXPECT_TRUE(f.mailbox.begin_at(79));
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 2);
}

TEST(Mailbox, AScanForAReferenceSeesAPriorityMessageThatCameAfterIt) {
  Fixture f;
  f.append({1, 2});
  f.mailbox.mark(77);
  f.append_priority(10);  // the reply, by a priority alias
  f.mailbox.begin_at(77);
  EXPECT_TRUE(f.take_number(10));
}

TEST(Mailbox, WhatAProgramRefusedIsPassedOverByItsNextScanAlone) {
  Fixture f;
  const int one = 0, other = 0;
  f.append({1, 2, 3});
  EXPECT_FALSE(f.take_number(9));
  f.mailbox.mark_refused(&one);
  f.append({4});
  f.mailbox.begin_behind_refused(&other);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 1);
  f.mailbox.begin_behind_refused(&one);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 4);
  f.mailbox.skip();
  f.mailbox.mark_refused(&one);
  f.append({5});
  f.mailbox.begin_behind_refused(&one);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 5);
}

TEST(Mailbox, WhatAProgramRefusedIsLookedAtAgainWhenAPriorityMessageHasCome) {
  Fixture f;
  const int program = 0;
  f.append({1, 2});
  EXPECT_FALSE(f.take_number(9));
  f.mailbox.mark_refused(&program);
  f.append_priority(10);
  f.mailbox.begin_behind_refused(&program);
  EXPECT_EQ(number_of(*f.mailbox.candidate()), 10);
}

TEST(Mailbox, ReleaseAllForgetsEverything) {
  Fixture f;
  f.append({1, 2});
  f.mailbox.mark(77);
  f.mailbox.skip();
  Signal* all = f.mailbox.release_all();
  f.mailbox.validate();
  EXPECT_EQ(f.mailbox.candidate(), nullptr);
  EXPECT_FALSE(f.mailbox.begin_at(77));
  for (const int number : {1, 2}) {
    EXPECT_EQ(number_of(*all), number);
    Signal* next = all->next_signal();
    all->destroy();
    all = next;
  }
  EXPECT_EQ(all, nullptr);
}

/// What a mailbox is to its owner: two lists, one before the other, for each reference what was there when it was made, and for each program
/// what it has refused.
TEST(Mailbox, AgreesWithAModelThroughRandomSteps) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    Fixture f;
    std::deque<int> priority, ordinary;
    std::map<Word, std::vector<int>> before;  // ref -> what was there
    Word next_ref = 100;
    const int programs[3] = {};  // each refuses all numbers but those that have its index as their remainder by 3
    for (int number = 0; number < 600; ++number) {
      switch (random.below(7)) {
        case 6: {
          const std::size_t chosen = random.below(3);
          f.mailbox.begin_behind_refused(&programs[chosen]);
          std::vector<int> all(priority.begin(), priority.end());
          all.insert(all.end(), ordinary.begin(), ordinary.end());
          const auto accepts = [&](int each) { return each % 3 == static_cast<int>(chosen); };
          const auto wanted = std::find_if(all.begin(), all.end(), accepts);
          while (f.mailbox.candidate() != nullptr && !accepts(number_of(*f.mailbox.candidate()))) f.mailbox.skip();
          ASSERT_EQ(f.mailbox.candidate() == nullptr, wanted == all.end());
          f.mailbox.mark_refused(&programs[chosen]);
          if (wanted == all.end()) break;
          const int first = *wanted;
          ASSERT_EQ(f.take(), first) << "the oldest that the program accepts";
          std::erase(priority, first);
          std::erase(ordinary, first);
          break;
        }
        case 0:
          f.mailbox.append(message(number, true));
          priority.push_back(number);
          break;
        case 1:
        case 2:
          f.mailbox.append(message(number));
          ordinary.push_back(number);
          break;
        case 3:
          f.mailbox.mark(++next_ref);
          before[next_ref] = {priority.begin(), priority.end()};
          before[next_ref].insert(before[next_ref].end(), ordinary.begin(), ordinary.end());
          break;
        case 4: {  // take one at random
          std::vector<int> all(priority.begin(), priority.end());
          all.insert(all.end(), ordinary.begin(), ordinary.end());
          if (all.empty()) break;
          const int chosen = all[random.below(all.size())];
          f.mailbox.rewind();
          ASSERT_TRUE(f.take_number(chosen));
          std::erase(priority, chosen);
          std::erase(ordinary, chosen);
          break;
        }
        default: {  // a scan for a reference sees all that came after it was made, in order
          if (next_ref == 100) break;
          const Word ref = 101 + random.below(next_ref - 100);
          static_cast<void>(f.mailbox.begin_at(ref));
          std::vector<int> seen;
          for (; f.mailbox.candidate() != nullptr; f.mailbox.skip()) seen.push_back(number_of(*f.mailbox.candidate()));
          std::vector<int> all(priority.begin(), priority.end());
          all.insert(all.end(), ordinary.begin(), ordinary.end());
          ASSERT_LE(seen.size(), all.size());
          ASSERT_TRUE(std::equal(seen.begin(), seen.end(), all.end() - static_cast<std::ptrdiff_t>(seen.size())));
          for (const int each : all) {
            const bool old = std::count(before[ref].begin(), before[ref].end(), each) != 0;
            ASSERT_TRUE(old || std::count(seen.begin(), seen.end(), each) != 0) << "a scan for a reference misses " << each;
          }
        }
      }
      f.mailbox.validate();
    }
    std::vector<int> all(priority.begin(), priority.end());
    all.insert(all.end(), ordinary.begin(), ordinary.end());
    ASSERT_EQ(f.rest(), all);
  }
}

}  // namespace
}  // namespace pyvm
