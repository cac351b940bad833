// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/print.h"

#include <atomic>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <unordered_set>
#include <utility>

#include "term/atom_table.h"
#include "term/binary.h"
#include "term/number.h"
#include "term/print_text.h"
#include "term/small_stack.h"

namespace pyvm {

namespace {

std::atomic<ShowEnum> show_enum{nullptr};

using print_detail::append_quoted;

constexpr Word kLimbsShown = 2048;
constexpr std::size_t kSearched = 64;  // containers in one another among which one is looked for one by one

enum class Style : std::uint8_t { Tuple, List, Dict, Set, FrozenSet, Record, Arguments };

/// A container whose children are being printed.
struct Frame {
  const Word* box;
  Word next;
  Word end;
  Style style;
  bool begun = false;
};

/// The last part of a dotted name.
std::string_view last_name(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

class Printer {
 public:
  explicit Printer(std::size_t limit) : limit_(limit) {}

  std::string run(Term term) {
    print(term);
    while (!stack_.empty() && out_.size() <= limit_) go_on();
    if (out_.size() > limit_) {
      print_detail::cut_at_code_point(out_, limit_);
      out_ += "...";
    }
    return std::move(out_);
  }

 private:
  void print(Term term) {
    if (term.is_boxed()) return print_boxed(resolve(term));
    if (term.is_small()) {
      out_ += std::to_string(term.unchecked_small());
    } else if (term.is_short_float()) {
      out_ += pyvm::print(term.unchecked_short_float());
    } else if (term.is_short_string()) {
      append_quoted(out_, term.unchecked_short_view(), limit_);
    } else if (term.is_atom()) {
      out_ += "Atom(";
      append_quoted(out_, atom_text(term), limit_);
      out_ += ')';
    } else if (term.is_pid()) {
      out_ += pyvm::print(term.unchecked_pid());
    } else if (term.is_record_class()) {
      out_ += "<class " + record_class(term).qualified_name + '>';
    } else {
      out_ += term.is_none()      ? "None"
              : term.is_bool()    ? (term.is_true() ? "True" : "False")
              : term.is_timeout() ? "TIMEOUT"
                                  : "<no term>";
    }
  }

  void print_boxed(Term term) {
    const Word* box = term.boxed();
    switch (header_kind(box[0])) {
      case BoxKind::Float:
        out_ += pyvm::print(std::bit_cast<double>(box[1]));
        break;
      case BoxKind::Big:
        print_big(term);
        break;
      case BoxKind::String:
        append_quoted(out_, string_view_of(term), limit_);
        break;
      case BoxKind::Binary:
      case BoxKind::SharedBinary:
        append_quoted(out_, binary_bytes(term), limit_);
        break;
      case BoxKind::Opaque:
        out_ += "<opaque " + std::to_string(box[3]) + '>';
        break;
      case BoxKind::Ref:
        out_ += "#Ref<0." + std::to_string(ref_value(term).maker.index()) + '.' + std::to_string(box[1]) + '>';
        break;
      case BoxKind::Function:
        print_names("<function ", term, 0, 1);
        break;
      case BoxKind::EnumMember:
        print_enum(term);
        break;
      case BoxKind::Exception:
        print_exception(term);
        break;
      case BoxKind::Record:
        if (is_open(box)) return show_again("");
        out_ += record_class(element(term, 0)).qualified_name;
        open(box, 2, arity_of(term) + 1, Style::Record, "(");
        break;
      case BoxKind::Tuple:
        open_all(box, Style::Tuple, "(");
        break;
      case BoxKind::List:
        open_all(box, Style::List, "[");
        break;
      case BoxKind::Dict:
        open_all(box, Style::Dict, "{");
        break;
      case BoxKind::Set:
        open_all(box, Style::Set, live_entries(box) == 0 ? "set(" : "{");
        break;
      case BoxKind::FrozenSet:
        open_all(box, Style::FrozenSet, header_arity(box[0]) == 0 ? "frozenset(" : "frozenset({");
        break;
      case BoxKind::Cell:
        out_ += "<cell>";
        break;
      case BoxKind::Closure:
        out_ += "<function>";
        break;
      case BoxKind::Range:
        print_range(term);
        break;
      case BoxKind::Slice:
        open_all(box, Style::Arguments, "slice(");
        break;
      case BoxKind::Iterator:
        out_ += "<iterator>";
        break;
      case BoxKind::Type:
        print_type(term);
        break;
      case BoxKind::Forward:
        PYVM_ASSERT1(false, "print: a forward that was followed");
        break;
    }
  }

  void print_big(Term big) {
    const Word limbs = arity_of(big);
    out_ += limbs <= kLimbsShown ? big_decimal(big) : "<int of " + std::to_string(64 * limbs) + " bits>";
  }

  /// Two of the names that a box holds, with a dot between them.
  void print_enum(Term member) {
    const ShowEnum show = show_enum.load(std::memory_order_relaxed);  // advisory: a function, or not yet
    const std::string shown = show == nullptr ? "" : show(member);
    if (!shown.empty()) {
      out_ += shown;
    } else {
      print_names("<", member, 1, 2);
    }
  }

  void print_names(std::string_view before, Term box, Word first, Word second) {
    const Term names[] = {element(box, first), element(box, second)};
    out_ += before;
    out_ += string_view_of(names[0]);
    out_ += '.';
    out_ += string_view_of(names[1]);
    out_ += '>';
  }

  void print_range(Term range) {
    out_ += "range(";
    print(element(range, 0));
    out_ += ", ";
    print(element(range, 1));
    if (element(range, 2) != Term::small(1)) {
      out_ += ", ";
      print(element(range, 2));
    }
    out_ += ')';
  }

  void print_type(Term type) {
    const Term module = element(type, 0);
    const Term name = element(type, 1);
    out_ += "<class '";
    if (string_view_of(module) != "builtins") out_.append(string_view_of(module)) += '.';
    out_.append(string_view_of(name)) += "'>";
  }

  void print_exception(Term exception) {
    const Term name = element(exception, 1);
    out_ += last_name(string_view_of(name));
    const Term args = element(exception, 2);
    PYVM_ASSERT1(is_tuple(args), "print: the arguments of an exception are no tuple");
    open_all(args.boxed(), Style::Arguments, "(");
  }

  void open_all(const Word* box, Style style, std::string_view opening) {
    if (is_open(box)) return show_again(opening);
    const TermRange children = box_terms(box[0]);
    open(box, children.first, children.first + children.count, style, opening);
  }

  void open(const Word* box, Word first, Word end, Style style, std::string_view opening) {
    out_ += opening;
    stack_.push({box, first, end, style});
    if (stack_.size() > kSearched) deep_.insert(box);
  }

  /// Whether a container is being printed, so that it holds itself.
  bool is_open(const Word* box) {
    for (std::size_t i = std::min(stack_.size(), kSearched); i-- > 0;) {
      if (stack_[i].box == box) return true;
    }
    return stack_.size() > kSearched && deep_.contains(box);
  }

  /// What Python shows of a container in itself.
  void show_again(std::string_view opening) {
    out_ += opening;
    out_ += "...";
    if (!opening.empty()) out_ += opening == "[" ? ']' : opening == "{" ? '}' : ')';
  }

  void pop() {
    if (stack_.size() > kSearched) deep_.erase(stack_.top().box);
    stack_.pop();
  }

  /// The next child of the container on top, or its end.
  void go_on() {
    Frame& frame = stack_.top();
    while (frame.next < frame.end && frame.box[frame.next] == 0) ++frame.next;  // holes
    if (frame.next == frame.end) {
      close(frame);
      return pop();
    }
    if (std::exchange(frame.begun, true)) out_ += frame.style == Style::Dict && frame.next % 2 == 0 ? ": " : ", ";
    if (frame.style == Style::Record) out_ += record_class(Term::from_bits(frame.box[1])).fields[frame.next - 2] + '=';
    print(Term::from_bits(frame.box[frame.next++]));
  }

  void close(const Frame& frame) {
    const Word count = live_entries(frame.box);
    switch (frame.style) {
      case Style::Tuple:
        out_ += count == 1 ? ",)" : ")";
        break;
      case Style::List:
        out_ += ']';
        break;
      case Style::Dict:
        out_ += '}';
        break;
      case Style::Set:
        out_ += count == 0 ? ')' : '}';
        break;
      case Style::FrozenSet:
        out_ += count == 0 ? ")" : "})";
        break;
      case Style::Record:
      case Style::Arguments:
        out_ += ')';
        break;
    }
  }

  std::string out_;
  std::size_t limit_;
  SmallStack<Frame, 16> stack_;
  std::unordered_set<const Word*> deep_;  // boxes in the stack above kSearched
};

}  // namespace

std::string print(Term term, std::size_t limit_bytes) { return Printer(limit_bytes).run(term); }

std::string print(Pid pid) { return "<0." + std::to_string(pid.index()) + '.' + std::to_string(pid.serial()) + '>'; }

std::string print(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  // d.dddde[+-]xx, or de[+-]xx: the digits are the shortest, the point is then put where Python puts it.
  char memory[32];
  const std::to_chars_result end = std::to_chars(memory, memory + sizeof memory, std::fabs(value), std::chars_format::scientific);
  const std::string_view scientific(memory, static_cast<std::size_t>(end.ptr - memory));
  const std::size_t e = scientific.find('e');
  const int exponent = std::atoi(std::string(scientific.substr(e + 1)).c_str());
  std::string text = std::signbit(value) ? "-" : "";
  if (exponent < -4 || exponent >= 16) return text += scientific;
  std::string digits(1, scientific[0]);
  if (e > 1) digits += scientific.substr(2, e - 2);
  if (exponent < 0) return text + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  return text + digits.substr(0, whole) + '.' + (digits.size() > whole ? digits.substr(whole) : "0");
}

void show_enums_by(ShowEnum show) { show_enum.store(show, std::memory_order_relaxed); }

}  // namespace pyvm
