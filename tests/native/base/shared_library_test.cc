// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "base/shared_library.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace pyvm {
namespace {

TEST(SharedLibrary, GivesTheFunctionsOfTheFirstThatThereIs) {
  const SharedLibrary library({"libnothing-of-that-name.so", "libc.so.6", "libSystem.dylib"});
  auto* absolute = library.function<int(int)>("abs");
  ASSERT_NE(absolute, nullptr);
  EXPECT_EQ(absolute(-5), 5);
  EXPECT_EQ(library.function<void()>("no_function_of_that_name"), nullptr);
}

TEST(SharedLibrary, GivesNothingOfOneThatIsNotThere) {
  const SharedLibrary library({"libnothing-of-that-name.so"});
  EXPECT_EQ(library.function<int(int)>("abs"), nullptr);
}

}  // namespace
}  // namespace pyvm
