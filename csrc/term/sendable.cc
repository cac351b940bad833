// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/sendable.h"

#include <unordered_map>
#include <vector>

#include "term/atom_table.h"
#include "term/boxed.h"
#include "term/print.h"

namespace pyvm {

namespace {

constexpr std::size_t kShownBytes = 60;  // of a key

/// A container whose children are being looked at; the last one begun stands at next - 1.
struct Frame {
  const Word* box;
  Word next;
};

/// The step from a container to its child at word `at`.
std::string step_to(const Word* box, Word at) {
  const Term container = Term::boxed(box);
  switch (header_kind(box[0])) {
    case BoxKind::Tuple:
    case BoxKind::List:
      return '[' + std::to_string(at - 1) + ']';
    case BoxKind::Dict:
      if (at % 2 == 1) return " key " + print(Term::from_bits(box[at]), kShownBytes);
      return '[' + print(Term::from_bits(box[at - 1]), kShownBytes) + ']';
    case BoxKind::Set:
    case BoxKind::FrozenSet:
      return " member " + print(Term::from_bits(box[at]), kShownBytes);
    case BoxKind::Record:
      return '.' + record_class(element(container, 0)).fields[at - 2];
    case BoxKind::Exception:
      return at == 3 ? ".args" : at == 7 ? ".__dict__" : at == 6 ? ".__cause__" : ".__traceback__";
    default:
      return "";
  }
}

class Search {
 public:
  std::optional<UnsendablePart> run(Term root) {
    if (auto found = enter(root)) return found;
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const TermRange children = box_terms(frame.box[0]);
      if (frame.next == children.first + children.count) {
        is_open_[frame.box] = false;
        stack_.pop_back();
      } else if (auto found = enter(Term::from_bits(frame.box[frame.next++]))) {
        return found;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<UnsendablePart> enter(Term term_or_forward) {
    const Term term = resolve(term_or_forward);
    if (!term.is_boxed()) return std::nullopt;
    const BoxKind kind = header_kind(header_of(term));
    if (is_local_kind(kind)) return UnsendablePart{term, false, place()};
    if (!is_container_kind(kind)) return std::nullopt;
    const auto [known, is_new] = is_open_.emplace(term.boxed(), true);
    if (is_new) {
      stack_.push_back({term.boxed(), 1});
    } else if (known->second) {
      return UnsendablePart{term, true, place()};
    }
    return std::nullopt;
  }

  std::string place() const {
    std::string place;
    for (const Frame& frame : stack_) place += step_to(frame.box, frame.next - 1);
    return place;
  }

  std::vector<Frame> stack_;
  std::unordered_map<const Word*, bool> is_open_;  // containers met: whether they are in the stack
};

}  // namespace

std::optional<UnsendablePart> find_unsendable(Term term) { return Search().run(term); }

}  // namespace pyvm
