// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Runs text functions for tests/python/compiled/test_text_differential.py. Each line of the input is a name and its arguments,
// with spaces between them; each line of the output is the repr() of the result, or "!", the name of the exception and the
// repr() of its text.
//
//   -  nothing    n t f  None, True, False    i5  int    I-ff  int in hexadecimal    d0x1p3  float    s6162 b6162  str, bytes
//   T2 L2 S2 D2  a tuple, list, set, dict of what follows: so many items, or pairs
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "proc/process.h"
#include "term/number.h"
#include "term/print.h"
#include "vm/builtins/tables.h"
#include "vm/format.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {
namespace {

using Arguments = std::span<const Term>;

std::string bytes_of_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return out;
}

Term int_of_hex(TermBuilder& heap, std::string_view hex) {
  const bool negative = hex.starts_with('-');
  if (negative) hex.remove_prefix(1);
  std::vector<Word> limbs;
  while (!hex.empty()) {
    const std::size_t at = hex.size() > 16 ? hex.size() - 16 : 0;
    limbs.push_back(std::stoull(std::string(hex.substr(at)), nullptr, 16));
    hex = hex.substr(0, at);
  }
  return heap.make_big(negative, limbs);
}

Term read_term(std::istream& in, TermBuilder& heap) {
  std::string token;
  in >> token;
  const std::string rest = token.substr(1);
  const auto read_many = [&](std::size_t each) {
    std::vector<Term> items(std::stoul(rest) * each);
    for (Term& item : items) item = read_term(in, heap);
    return items;
  };
  switch (token[0]) {
    case 'n':
      return Term::none();
    case 't':
    case 'f':
      return Term::boolean(token[0] == 't');
    case 'i':
      return heap.make_int(std::stoll(rest));
    case 'I':
      return int_of_hex(heap, rest);
    case 'd':
      return heap.make_float(std::strtod(rest.c_str(), nullptr));
    case 's':
      return heap.make_string(bytes_of_hex(rest));
    case 'b': {
      const std::string bytes = bytes_of_hex(rest);
      return heap.make_binary(std::as_bytes(std::span(bytes)));
    }
    case 'T':
      return heap.make_tuple(read_many(1));
    case 'L':
      return heap.make_list(read_many(1));
    case 'S':
      return heap.make_set(BoxKind::Set, read_many(1));
    case 'D':
      return heap.make_dict(std::span<const Term>(read_many(2)));
    default:
      return Term();
  }
}

Term run_iterate(Context& context, Arguments arguments) {
  std::vector<Term> characters;
  std::size_t at = 0;
  for (Term c; !(c = next_character(arguments[0], at)).is_nothing();) characters.push_back(c);
  return context.heap.make_list(characters);
}

Term run_item(Context& context, Arguments arguments) {
  return is_string(arguments[0]) ? string_item(context, arguments[0], arguments[1])
                                 : bytes_item(context, arguments[0], arguments[1]);
}

Term run_slice(Context& context, Arguments arguments) {
  const auto slice = is_string(arguments[0]) ? string_slice : bytes_slice;
  return slice(context, arguments[0], arguments[1], arguments[2], arguments[3]);
}

constexpr Builtin kOperators[] = {
    {"op.iterate", "", run_iterate},
    {"op.item", "", run_item},
    {"op.slice", "", run_slice},
    {"op.length", "", [](Context&, Arguments a) { return Term::small(static_cast<std::int64_t>(Text(a[0]).length())); }},
    {"op.add", "", [](Context& context, Arguments a) { return operate(context, Opcode::Add, a[0], a[1]); }},
    {"op.multiply", "", [](Context& context, Arguments a) { return repeat(context, a[0], a[1]); }},
    {"op.in", "", [](Context& context, Arguments a) { return contains(context, a[0], a[1]); }},
    {"op.percent", "", [](Context& context, Arguments a) { return format_percent(context, a[0], a[1]); }},
    {"op.concatenate", "", [](Context& context, Arguments a) { return concatenate(context, a); }},
};

BuiltinFunction find_function(std::string_view name) {
  for (const Builtin& builtin : kOperators) {
    if (builtin.name == name) return builtin.run;
  }
  for (const Builtin& builtin : text_functions()) {
    if (builtin.name == name) return builtin.run;
  }
  for (const auto methods : {str_methods(), bytes_methods()}) {
    for (const Method& method : methods) {
      if (std::string(method.type).append(".").append(method.name) == name) return method.run;
    }
  }
  return nullptr;
}

std::string answer_to(const std::string& line, Process& process) {
  std::istringstream in(line);
  std::string name;
  in >> name;
  const BuiltinFunction run = find_function(name);
  if (run == nullptr) return "no function " + name;
  TermBuilder heap;
  std::vector<Term> arguments;
  while (in >> std::ws && !in.eof()) arguments.push_back(read_term(in, heap));
  Context context(heap, process);
  const Term result = run(context, arguments);
  if (result.is_nothing() == context.error.is_nothing()) return "V1 is broken";
  if (!result.is_nothing()) return print(result, kLongestText);
  const ExceptionFields error = exception_fields(context.error);
  return "!" + std::string(string_view_of(error.qualified_name)) + " " + print(error.text, kLongestText);
}

}  // namespace
}  // namespace pyvm::vm

int main() {
  std::ios::sync_with_stdio(false);
  pyvm::Process process;
  for (std::string line; std::getline(std::cin, line);) std::cout << pyvm::vm::answer_to(line, process) << '\n';
}
