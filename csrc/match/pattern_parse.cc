// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "match/pattern_code.h"
#include "term/compare.h"
#include "term/copy.h"

namespace pyvm {

namespace {

using Op = PatternNode::Op;

bool is_items(Term term) { return is_box(term, BoxKind::Tuple) || is_box(term, BoxKind::List); }

std::string text_of(Term term) {
  if (term.is_short_string()) return std::string(term.unchecked_short_view());
  return {reinterpret_cast<const char*>(term.boxed() + 1), arity_of(term)};
}

/// What a wrong part of the IR is, in a few words.
std::string describe(Term term) {
  if (term.is_nothing()) return "nothing";
  if (is_string(term)) return "'" + text_of(term).substr(0, 40) + "'";
  if (term.is_small()) return std::to_string(term.unchecked_small());
  if (term.is_none()) return "None";
  if (term.is_bool()) return term.is_true() ? "True" : "False";
  if (is_tuple(term)) return "a tuple of " + std::to_string(arity_of(term));
  if (is_box(term, BoxKind::List)) return "a list of " + std::to_string(arity_of(term));
  if (is_box(term, BoxKind::Dict)) return "a dict";
  return "a term of another kind";
}

struct OpForm {
  const char* name;
  Op op;
  Word size;
  const char* form;
};
constexpr OpForm kForms[] = {
    {"_", Op::Any, 1, "('_',)"},
    {"bind", Op::Bind, 3, "('bind', slot, pattern)"},
    {"=", Op::Equal, 2, "('=', literal)"},
    {"is", Op::Is, 2, "('is', None | True | False)"},
    {"timeout", Op::Is, 1, "('timeout',)"},
    {"param", Op::Param, 2, "('param', index)"},
    {"ref", Op::Param, 2, "('ref', index)"},
    {"seq", Op::Seq, 4, "('seq', [before], star, [after])"},
    {"map", Op::Map, 3, "('map', [(key, pattern)], rest)"},
    {"or", Op::Or, 2, "('or', [patterns])"},
    {"type", Op::Type, 3, "('type', name, pattern | None)"},
    {"record", Op::Record, 4, "('record', module, qualname, [(field, pattern)])"},
    {"enum", Op::Enum, 4, "('enum', module, qualname, member)"},
    {"exc", Op::Exception, 3, "('exc', module, qualname)"},
    {"python", Op::Python, 2, "('python', slot)"},
};

struct TypeName {
  const char* name;
  Word classes;
  bool alias_only = false;
};
constexpr TypeName kTypes[] = {
    {"int", class_bit(kClassSmall) | class_bit(kClassBool) | class_bit(BoxKind::Big)},
    {"float", class_bit(kClassFloat) | class_bit(BoxKind::Float)},
    {"bool", class_bit(kClassBool)},
    {"str", kStringClasses},
    {"bytes", class_bit(BoxKind::Binary) | class_bit(BoxKind::SharedBinary)},
    {"tuple", class_bit(BoxKind::Tuple)},
    {"list", class_bit(BoxKind::List)},
    {"dict", class_bit(BoxKind::Dict)},
    {"set", class_bit(BoxKind::Set)},
    {"frozenset", class_bit(BoxKind::FrozenSet)},
    {"Atom", class_bit(kClassAtom)},
    {"Pid", class_bit(kClassPid)},
    {"Ref", class_bit(BoxKind::Ref)},
    {"Alias", class_bit(BoxKind::Ref), true},
    {"Function", class_bit(BoxKind::Function)},
};

/// Walks the IR of one case. The first fault is kept with the path to it; every step returns false from then on.
class Parser {
 public:
  Parser(TermBuilder& literals, std::string& error) : literals_(literals), error_(error) {}

  bool parse_case(std::size_t index, Term ir, PatternNode& node) {
    const Within within(*this, "case " + std::to_string(index));
    return parse(ir, node);
  }

 private:
  struct Within {
    Within(Parser& parser, std::string step) : path(parser.path_) { path.push_back(std::move(step)); }
    ~Within() { path.pop_back(); }
    std::vector<std::string>& path;
  };

  bool fail(const std::string& what) {
    if (!error_.empty()) return false;
    for (const std::string& step : path_) error_ += (error_.empty() ? "" : " / ") + step;
    error_ += ": " + what;
    return false;
  }

  bool parse(Term ir, PatternNode& node) {
    if (depth_ == kMaxPatternDepth) return fail("patterns nest deeper than " + std::to_string(kMaxPatternDepth));
    if (!is_items(ir) || arity_of(ir) == 0)
      return fail("a pattern is a tuple that begins with its operation, not " + describe(ir));
    const Term name = element(ir, 0);
    if (!is_string(name)) return fail("the operation is a str, not " + describe(name));
    const std::string text = text_of(name);
    const auto* form = std::find_if(std::begin(kForms), std::end(kForms), [&](const OpForm& f) { return text == f.name; });
    if (form == std::end(kForms)) return fail("there is no operation " + describe(name));
    const Within within(*this, text);
    if (arity_of(ir) != form->size) {
      return fail("the form is " + std::string(form->form) + ", with " + std::to_string(form->size) + " items, not " +
                  std::to_string(arity_of(ir)));
    }
    node.op = form->op;
    ++depth_;
    const bool parsed = parse_operands(ir, node);
    --depth_;
    return parsed;
  }

  bool parse_operands(Term ir, PatternNode& node) {
    const Term first = arity_of(ir) == 1 ? Term::timeout() : element(ir, 1);
    switch (node.op) {
      case Op::Any:
        return true;
      case Op::Bind:
        return slot(first, node) && child("pattern", element(ir, 2), node);
      case Op::Equal:
        node.literal = keep(first);
        return true;
      case Op::Is:
        node.literal = first;
        return first.is_none() || first.is_bool() || arity_of(ir) == 1 ||
               fail("identity is for None, True and False, not " + describe(first));
      case Op::Param:
        node.number = static_cast<std::size_t>(first.unchecked_small());
        return in_range(first, 0, 0xffff) || fail("the index is an int from 0 to 65535, not " + describe(first));
      case Op::Seq:
        return parse_seq(ir, node);
      case Op::Map:
        return parse_map(ir, node);
      case Op::Or:
        return parse_or(first, node);
      case Op::Type:
        return parse_type(ir, node);
      case Op::Record:
        return parse_record(ir, node);
      case Op::Enum:
        return keep_names(ir, {3, 2, 1}, node);
      case Op::Exception:
        return keep_names(ir, {2, 1}, node);
      case Op::Python:
        return slot(first, node);
    }
    return false;
  }

  bool parse_seq(Term ir, PatternNode& node) {
    const Term star = element(ir, 2);
    node.star = !star.is_none();
    const bool captured = node.star && star != Term::small(-1);
    if (!items("before", element(ir, 1)) || !items("after", element(ir, 3)) || (captured && !slot(star, node))) return false;
    node.number = arity_of(element(ir, 1));
    if (!node.star && arity_of(element(ir, 3)) != 0)
      return fail("with star None all patterns are in 'before', and 'after' is empty");
    for (Word i = 0; i < node.number; ++i) {
      if (!child("before[" + std::to_string(i) + "]", element(element(ir, 1), i), node)) return false;
    }
    for (Word i = 0; i < arity_of(element(ir, 3)); ++i) {
      if (!child("after[" + std::to_string(i) + "]", element(element(ir, 3), i), node)) return false;
    }
    return true;
  }

  bool parse_map(Term ir, PatternNode& node) {
    const Term rest = element(ir, 2);
    if (!items("the pairs", element(ir, 1)) || (!rest.is_none() && !slot(rest, node))) return false;
    for (Word i = 0; i < arity_of(element(ir, 1)); ++i) {
      const Term pair = element(element(ir, 1), i);
      const std::string step = "pair[" + std::to_string(i) + "]";
      if (!is_items(pair) || arity_of(pair) != 2) return fail(step + " is (key, pattern), not " + describe(pair));
      const Term key = keep(element(pair, 0));
      for (const Term other : node.keys) {
        if (equal(key, other)) return fail(step + " has a key that stands before it: " + describe(key));
      }
      node.keys.push_back(key);
      if (!child(step, element(pair, 1), node)) return false;
    }
    return true;
  }

  bool parse_or(Term alternatives, PatternNode& node) {
    if (!items("the alternatives", alternatives)) return false;
    const Word count = arity_of(alternatives);
    if (count == 0) return fail("needs an alternative");
    node.children.resize(count);
    for (Word i = 0; i < count; ++i) {
      const Within within(*this, "alternative[" + std::to_string(i) + "]");
      PatternNode& alternative = node.children[i];
      if (!parse(element(alternatives, i), alternative)) return false;
      if (i + 1 < count && !alternative.asked.empty()) return fail("'python' may stand in the last alternative only");
      if (alternative.bound != node.children[0].bound) return fail("binds other slots than the first alternative");
    }
    node.bound = node.children[0].bound;
    node.asked = node.children[count - 1].asked;
    std::vector<int> both;
    std::set_intersection(node.bound.begin(), node.bound.end(), node.asked.begin(), node.asked.end(), std::back_inserter(both));
    return both.empty() || fail("slot " + std::to_string(both[0]) + " is bound twice");
  }

  bool parse_type(Term ir, PatternNode& node) {
    const Term name = element(ir, 1);
    if (!is_string(name)) return fail("the name is a str, not " + describe(name));
    const auto* type =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& t) { return text_of(name) == t.name; });
    if (type == std::end(kTypes)) return fail("there is no built-in kind " + describe(name));
    node.classes = type->classes;
    node.alias_only = type->alias_only;
    return element(ir, 2).is_none() || child("pattern", element(ir, 2), node);
  }

  bool parse_record(Term ir, PatternNode& node) {
    const Term fields = element(ir, 3);
    if (!is_string(element(ir, 1)) || !is_string(element(ir, 2))) return fail("module and qualname are strs");
    if (!items("the fields", fields)) return false;
    node.names = {text_of(element(ir, 1)), text_of(element(ir, 2))};
    for (Word i = 0; i < arity_of(fields); ++i) {
      const Term pair = element(fields, i);
      const std::string step = "field[" + std::to_string(i) + "]";
      if (!is_items(pair) || arity_of(pair) != 2 || !is_string(element(pair, 0))) {
        return fail(step + " is (field name, pattern), not " + describe(pair));
      }
      const std::string name = text_of(element(pair, 0));
      if (std::find(node.names.begin() + 2, node.names.end(), name) != node.names.end()) {
        return fail(step + " names a field a second time: '" + name + "'");
      }
      node.names.push_back(name);
      if (!child(step, element(pair, 1), node)) return false;
    }
    return true;
  }

  bool keep_names(Term ir, std::initializer_list<Word> indices, PatternNode& node) {
    for (const Word index : indices) {
      const Term name = element(ir, index);
      if (!is_string(name)) return fail("item " + std::to_string(index) + " is a str, not " + describe(name));
      node.keys.push_back(keep(name));
    }
    return true;
  }

  bool child(std::string step, Term ir, PatternNode& node) {
    const Within within(*this, std::move(step));
    PatternNode& pattern = node.children.emplace_back();
    return parse(ir, pattern) && merge(pattern.bound, node.bound, node) && merge(pattern.asked, node.asked, node);
  }

  /// Adds slots of a part to those of the whole, where each may be bound once.
  bool merge(const std::vector<int>& slots, std::vector<int>& into, const PatternNode& node) {
    for (const int slot : slots) {
      if (std::binary_search(node.bound.begin(), node.bound.end(), slot) ||
          std::binary_search(node.asked.begin(), node.asked.end(), slot)) {
        return fail("slot " + std::to_string(slot) + " is bound twice");
      }
      into.insert(std::upper_bound(into.begin(), into.end(), slot), slot);
    }
    return true;
  }

  bool slot(Term term, PatternNode& node) {
    if (!in_range(term, 0, kMaxPatternSlots - 1)) {
      return fail("a slot is an int from 0 to " + std::to_string(kMaxPatternSlots - 1) + ", not " + describe(term));
    }
    node.slot = static_cast<int>(term.unchecked_small());
    return merge({node.slot}, node.op == Op::Python ? node.asked : node.bound, node);
  }

  bool items(const char* what, Term term) {
    if (!is_items(term)) return fail(std::string(what) + ": a list or tuple, not " + describe(term));
    return arity_of(term) <= 0xfff0 || fail(std::string(what) + ": more than 65,520 items");
  }

  static bool in_range(Term term, std::int64_t low, std::int64_t high) {
    return term.is_small() && term.unchecked_small() >= low && term.unchecked_small() <= high;
  }

  Term keep(Term literal) { return copy(literal, literals_); }

  TermBuilder& literals_;
  std::string& error_;
  std::vector<std::string> path_;
  int depth_ = 0;
};

}  // namespace

std::vector<PatternNode> parse_cases(Term ir, TermBuilder& literals, std::string& error) {
  std::vector<PatternNode> cases;
  if (!is_items(ir)) {
    error = "a program is a list or tuple of cases, not " + describe(ir);
    return cases;
  }
  cases.resize(arity_of(ir));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!Parser(literals, error).parse_case(i, element(ir, i), cases[i])) break;
  }
  return cases;
}

}  // namespace pyvm
