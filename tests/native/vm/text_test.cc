// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/text.h"
#include "vm/items.h"

#include <gtest/gtest.h>

#include "proc/process.h"
#include "term/change.h"
#include "term/number.h"
#include "term/print.h"
#include "vm/builtins/tables.h"

namespace pyvm::vm {
namespace {

class Texts : public ::testing::Test {
 protected:
  Term str(std::string_view utf8) { return heap_.make_string(utf8); }
  Term bytes(std::string_view text) { return heap_.make_binary(std::as_bytes(std::span(text))); }
  Term none() { return Term::none(); }
  Term number(std::int64_t value) { return heap_.make_int(value); }
  static std::string shown(Term term) { return term.is_nothing() ? "nothing" : print(term); }

  /// "Name: text" of the exception left, which is forgotten.
  std::string error() {
    if (context_.error.is_nothing()) return "no error";
    const ExceptionFields fields = exception_fields(std::exchange(context_.error, Term()));
    return std::string(string_view_of(fields.qualified_name)) + ": " + std::string(string_view_of(fields.text));
  }
  Term call(std::string_view type, std::string_view name, std::vector<Term> arguments) {
    for (const Method& method : type == "str" ? str_methods() : bytes_methods()) {
      if (method.name == name) return method.run(context_, arguments);
    }
    return Term();
  }

  TermBuilder heap_;
  Process process_;
  Context context_{heap_, process_};
};

TEST_F(Texts, CountsCodePoints) {
  EXPECT_EQ(count_code_points(""), 0u);
  EXPECT_EQ(count_code_points("abcdefghij"), 10u);
  EXPECT_EQ(count_code_points("aé€😀aé€😀aé€😀"), 12u);
}

TEST_F(Texts, FindsTheByteOfEachPosition) {
  const std::string text = "aé€😀bcdefghiéé";
  std::size_t expected = 0;
  for (std::size_t position = 0; position < count_code_points(text); ++position) {
    EXPECT_EQ(byte_offset(text, position), expected) << position;
    expected += bytes_from(text[expected]);
  }
  EXPECT_EQ(byte_offset(text, 1000), text.size());
}

TEST_F(Texts, EncodesWhatItDecodes) {
  for (const char32_t code_point : {U'\0', U'\x7f', U'\x80', U'\u07ff', U'\u0800', U'\uffff', U'\U00010000', U'\U0010ffff'}) {
    std::string utf8;
    encode_utf8(utf8, code_point);
    EXPECT_EQ(code_point_at(utf8, 0), code_point);
    EXPECT_EQ(bytes_from(utf8[0]), utf8.size());
  }
}

TEST_F(Texts, IteratesOverCharacters) {
  const Term text = str("aé😀");
  std::size_t at = 0;
  EXPECT_EQ(next_character(text, at), str("a"));
  EXPECT_EQ(next_character(text, at), str("é"));
  EXPECT_EQ(next_character(text, at), str("😀"));
  EXPECT_TRUE(next_character(text, at).is_nothing());
}

TEST_F(Texts, SlicesByCodePoints) {
  const Term text = str("aé€😀bcdefg");
  EXPECT_EQ(shown(string_slice(context_, text, number(1), number(4), none())), "'é€😀'");
  EXPECT_EQ(shown(string_slice(context_, text, none(), none(), number(-3))), "'gd😀a'");
  EXPECT_EQ(string_slice(context_, text, none(), none(), none()), text);
  EXPECT_TRUE(string_slice(context_, text, none(), none(), number(0)).is_nothing());
  EXPECT_EQ(error(), "ValueError: slice step cannot be zero");
}

TEST_F(Texts, SharesLargeSlicesOfBytesAndCopiesSmallOnes) {
  const Term whole = bytes(std::string(1000, 'x'));
  const Term large = bytes_slice(context_, whole, number(10), number(900), none());
  const Term nested = bytes_slice(context_, large, number(10), number(200), none());
  const Term small = bytes_slice(context_, whole, number(10), number(74), none());
  EXPECT_EQ(shared_bytes(large), shared_bytes(whole));
  EXPECT_EQ(shared_bytes(nested), shared_bytes(whole));
  EXPECT_EQ(nested.boxed()[3], 20u) << "the offset in the whole";
  EXPECT_TRUE(is_box(small, BoxKind::Binary));
  EXPECT_EQ(shared_bytes(whole)->count(), 3u);
}

TEST_F(Texts, AreAsciiWhenTheyLookSo) {
  EXPECT_TRUE(is_ascii(str("")));
  EXPECT_TRUE(is_ascii(str("1234567")));
  EXPECT_FALSE(is_ascii(str("é")));
  const Term parts[] = {str("abcdef"), str("ghijkl")};
  EXPECT_TRUE(is_ascii(concatenate(context_, parts)));
  const Term others[] = {str("abcdef"), str("ghé")};
  EXPECT_FALSE(is_ascii(concatenate(context_, others)));
}

TEST_F(Texts, AreImmediateWhenConcatenatedToFewBytes) {
  EXPECT_EQ(concatenate(context_, str("abc"), str("dé")), str("abcdé"));
  EXPECT_EQ(concatenate(context_, str(""), str("")), str(""));
  EXPECT_EQ(repeat(context_, str("ab"), number(3)), str("ababab"));
}

TEST_F(Texts, RefuseToGrowWithoutLimit) {
  EXPECT_TRUE(repeat(context_, str("ab"), number(std::int64_t{1} << 40)).is_nothing());
  EXPECT_EQ(error(), "MemoryError: ");
  EXPECT_TRUE(repeat(context_, str("ab"), number(std::int64_t{1} << 62)).is_nothing());
  EXPECT_EQ(error(), "OverflowError: repeated string is too long");
  EXPECT_TRUE(call("str", "center", {str("a"), number(std::int64_t{1} << 60), Term()}).is_nothing());
  EXPECT_EQ(error(), "MemoryError: ");
  const std::string many(1 << 16, 'a');
  EXPECT_TRUE(call("str", "replace", {str(many), str("a"), str(many), Term()}).is_nothing());
  EXPECT_EQ(error(), "MemoryError: ");
}

TEST_F(Texts, ChargeForTheirWork) {
  const Term text = str(std::string(8000, 'a'));
  const std::int32_t before = process_.reductions_left;
  call("str", "find", {text, str("b"), Term(), Term()});
  EXPECT_LE(process_.reductions_left, before - 1000 / 16);
}

TEST_F(Texts, KeepWhatAMethodDoesNotChange) {
  const Term text = str("nothing to strip");
  EXPECT_EQ(call("str", "strip", {text, Term()}), text);
  EXPECT_EQ(call("str", "replace", {text, str("x"), str("y"), Term()}), text);
  EXPECT_EQ(call("str", "removeprefix", {text, str("x")}), text);
  EXPECT_EQ(call("str", "zfill", {text, number(3)}), text);
}

TEST_F(Texts, LeaveTheArgumentsOfPythonInErrorsOfCodecs) {
  EXPECT_TRUE(call("bytes", "decode", {bytes("a\xff"), Term(), Term()}).is_nothing());
  EXPECT_EQ(shown(exception_fields(context_.error).args), "('utf-8', b'a\\xff', 1, 2, 'invalid start byte')");
  EXPECT_EQ(error(), "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 1: invalid start byte");
}

TEST_F(Texts, HoldNoSurrogates) {
  EXPECT_TRUE(
      call("str", "translate", {str("a"), heap_.make_dict(std::vector<TermPair>{{number('a'), number(0xd800)}})}).is_nothing());
  EXPECT_EQ(error(), "ValueError: a surrogate is no character of a text");
  EXPECT_EQ(shown(call("bytes", "decode", {bytes("\xed\xa0\x80"), Term(), str("replace")})),
            "'\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd'");
}

TEST_F(Texts, ReadContainersThatHaveMovedOrHaveHoles) {
  const Term list = make_list_with_room(1, heap_);
  for (int i = 0; i < 20; ++i) list_append(list, str("a"), heap_);
  ASSERT_TRUE(is_forward(list));
  EXPECT_EQ(shown(call("str", "join", {str("-"), list})), "'a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a'");
  EXPECT_EQ(type_name(list), "list");
  EXPECT_TRUE(is_truthy(list));

  const Term dict = make_dict_with_room(1, heap_);
  for (int i = 0; i < 20; ++i) dict_set(dict, number('a' + i), str(std::string(1, static_cast<char>('A' + i))), heap_);
  for (int i = 0; i < 4; ++i) dict_delete(dict, number('a' + i), heap_);
  EXPECT_EQ(shown(call("str", "translate", {str("abcdef"), dict})), "'abcdEF'");
  EXPECT_EQ(length_of(dict), 16u);
  std::vector<Term> keys;
  EXPECT_TRUE(collect_items(context_, dict, keys));
  EXPECT_EQ(keys.size(), 16u);
  EXPECT_EQ(keys[0], number('e'));
}

TEST_F(Texts, HaveTheNamesOfTheirTypes) {
  const std::pair<Term, std::string_view> cases[] = {
      {none(), "NoneType"},           {Term::boolean(true), "bool"},   {number(1), "int"},
      {heap_.make_float(1), "float"}, {str("long string"), "str"},     {bytes(std::string(100, 'a')), "bytes"},
      {heap_.make_list({}), "list"},  {heap_.make_tuple({}), "tuple"}, {heap_.make_exception("m", "a.Oops", ""), "Oops"},
  };
  for (const auto& [term, name] : cases) EXPECT_EQ(type_name(term), name);
}

}  // namespace
}  // namespace pyvm::vm
