// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/atom_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace pyvm {
namespace {

TEST(AtomTable, EqualTextsGiveTheSameAtom) {
  const std::optional<Term> ok = intern_atom("ok");
  ASSERT_TRUE(ok.has_value());
  EXPECT_EQ(intern_atom("ok"), ok);
  EXPECT_NE(intern_atom("error"), ok);
  EXPECT_EQ(atom_text(*ok), "ok");
  EXPECT_EQ(atom_text(*intern_atom("")), "");
}

TEST(AtomTable, TextsOf255CodePointsFitWhateverTheirBytes) {
  std::string text;
  for (int i = 0; i < 255; ++i) text += "\u20ac";
  ASSERT_TRUE(intern_atom(text).has_value());
  EXPECT_EQ(atom_text(*intern_atom(text)), text);
  EXPECT_FALSE(intern_atom(text + "x").has_value());
  EXPECT_FALSE(intern_atom(std::string(256, 'x')).has_value());
}

TEST(AtomTable, FindingMakesNoAtom) {
  EXPECT_FALSE(find_atom("never interned by anyone").has_value());
  const std::optional<Term> atom = intern_atom("interned by this test");
  EXPECT_EQ(find_atom("interned by this test"), atom);
}

TEST(AtomTable, RecordClassesAreOnePerShape) {
  const Term point = intern_record_class({"shapes", "Point", {"x", "y"}});
  EXPECT_EQ(intern_record_class({"shapes", "Point", {"x", "y"}}), point);
  EXPECT_NE(intern_record_class({"shapes", "Point", {"y", "x"}}), point);
  EXPECT_NE(intern_record_class({"shapes", "Point", {"x,y"}}), point);
  EXPECT_NE(intern_record_class({"shapes", "Poin", {"tx", "y"}}), point);
  EXPECT_EQ(record_class(point).qualified_name, "Point");
  EXPECT_EQ(record_class(point).fields, (std::vector<std::string>{"x", "y"}));
}

TEST(AtomTable, ThreadsThatInternTheSameTextsAgree) {
  constexpr int kAtoms = 3000;  // several segments
  std::vector<std::vector<Term>> seen(3, std::vector<Term>(kAtoms));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([&seen, t] {
      for (int i = 0; i < kAtoms; ++i) {
        const std::string text = "shared_" + std::to_string(i);
        seen[t][static_cast<std::size_t>(i)] = *intern_atom(text);
        EXPECT_EQ(atom_text(seen[t][static_cast<std::size_t>(i)]), text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST(AtomTable, AtomsAreReadWithoutTheLockWhileOthersAreMade) {
  std::atomic<std::uint64_t> newest{intern_atom("first")->bits()};
  std::thread maker([&newest] {
    for (int i = 0; i < 5000; ++i) newest.store(intern_atom("made_" + std::to_string(i))->bits(), std::memory_order_release);
  });
  std::size_t read = 0;
  while (atom_text(Term::from_bits(newest.load(std::memory_order_acquire))) != "made_4999") ++read;
  maker.join();
  EXPECT_GE(read, 0u);
}

}  // namespace
}  // namespace pyvm
