// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/print.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "term/atom_table.h"
#include "term/binary.h"
#include "term/number.h"
#include "term/print_text.h"
#include "term/small_stack.h"

namespace pyvm {

namespace {

using print_detail::append_quoted;

constexpr Word kLimbsShown = 2048;

enum class Style : std::uint8_t { Tuple, List, Dict, Set, FrozenSet, Record, Arguments };

/// A container whose children are being printed.
struct Frame {
  const Word* box;
  Word next;
  Word end;
  Style style;
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
    if (term.is_boxed()) return print_boxed(term);
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
        print_names("<", term, 1, 2);
        break;
      case BoxKind::Exception:
        print_exception(term);
        break;
      case BoxKind::Record:
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
        open_all(box, Style::Set, header_arity(box[0]) == 0 ? "set(" : "{");
        break;
      case BoxKind::FrozenSet:
        open_all(box, Style::FrozenSet, header_arity(box[0]) == 0 ? "frozenset(" : "frozenset({");
        break;
    }
  }

  void print_big(Term big) {
    const Word limbs = arity_of(big);
    out_ += limbs <= kLimbsShown ? big_decimal(big) : "<int of " + std::to_string(64 * limbs) + " bits>";
  }

  /// Two of the names that a box holds, with a dot between them.
  void print_names(std::string_view before, Term box, Word first, Word second) {
    const Term names[] = {element(box, first), element(box, second)};
    out_ += before;
    out_ += string_view_of(names[0]);
    out_ += '.';
    out_ += string_view_of(names[1]);
    out_ += '>';
  }

  void print_exception(Term exception) {
    const Term name = element(exception, 1);
    out_ += last_name(string_view_of(name));
    const Term args = element(exception, 2);
    PYVM_ASSERT1(is_tuple(args), "print: the arguments of an exception are no tuple");
    open_all(args.boxed(), Style::Arguments, "(");
  }

  void open_all(const Word* box, Style style, std::string_view opening) {
    const TermRange children = box_terms(box[0]);
    open(box, children.first, children.first + children.count, style, opening);
  }

  void open(const Word* box, Word first, Word end, Style style, std::string_view opening) {
    out_ += opening;
    stack_.push({box, first, end, style});
  }

  /// The next child of the container on top, or its end.
  void go_on() {
    Frame& frame = stack_.top();
    if (frame.next == frame.end) {
      close(frame);
      return stack_.pop();
    }
    const Word first = frame.style == Style::Record ? 2 : 1;
    if (frame.next > first) out_ += frame.style == Style::Dict && frame.next % 2 == 0 ? ": " : ", ";
    if (frame.style == Style::Record) out_ += record_class(Term::from_bits(frame.box[1])).fields[frame.next - 2] + '=';
    print(Term::from_bits(frame.box[frame.next++]));
  }

  void close(const Frame& frame) {
    const Word count = header_arity(frame.box[0]);
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

}  // namespace pyvm
