// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// PatternCode: the inside of a PatternProgram, between the files of match/ only.
//
//   parse_cases     IR to PatternNode trees, all checks done           pattern_parse.cc
//   build_filter    all trees to the tables of the PatternFilter       pattern_filter.cc
//   emit_case       a tree to instructions                             pattern_compile.cc
//   run_candidates  the instructions over a subject                    pattern_run.cc
//
// Machine: registers are pointers into terms. The operand of an instruction, x, is the word regs[src][1 + index], so that a
// register that holds a box gives its elements. Register 0 has the subject at index 0; register 1 begins as the subject, if it is
// a box. An instruction whose test fails goes to `fail`; instruction 0 refuses the case.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/atomic.h"
#include "match/pattern.h"

namespace pyvm {

// Kinds of terms as bits: what ("type", ...) accepts, and what a pattern may accept at all. Bits below 32 are box kinds.
enum TermClass : unsigned {
  kClassSmall = 32,
  kClassFloat,
  kClassNone,
  kClassBool,
  kClassOther,  // TIMEOUT
  kClassAtom,
  kClassPid,
  kClassShortString,
};
constexpr Word class_bit(unsigned term_class) { return Word{1} << term_class; }
constexpr Word class_bit(BoxKind kind) { return Word{1} << static_cast<unsigned>(kind); }
inline constexpr Word kAnyClass = ~Word{0};
inline constexpr Word kBoxedClasses = 0xffffffff;
inline constexpr Word kSequenceClasses = class_bit(BoxKind::Tuple) | class_bit(BoxKind::List);
inline constexpr Word kStringClasses = class_bit(BoxKind::String) | class_bit(kClassShortString);
inline constexpr Word kNumberClasses =
    class_bit(kClassSmall) | class_bit(kClassFloat) | class_bit(kClassBool) | class_bit(BoxKind::Big) | class_bit(BoxKind::Float);

inline unsigned class_of(Term term) {
  if (term.is_small()) return kClassSmall;
  if (term.is_boxed()) return static_cast<unsigned>(header_kind(header_of(term)));
  if (term.is_short_float()) return kClassFloat;
  if (term.is_short_string()) return kClassShortString;
  if (term.is_atom()) return kClassAtom;
  if (term.is_pid()) return kClassPid;
  if (term.is_none()) return kClassNone;
  return term.is_bool() ? kClassBool : kClassOther;
}

struct PatternNode {
  enum class Op : std::uint8_t { Any, Bind, Equal, Is, Param, Seq, Map, Or, Type, Record, Enum, Exception, Python };

  Op op = Op::Any;
  bool star = false;               // Seq: any length from children.size() on
  bool alias_only = false;         // Type: a Ref must be an alias
  bool assured = false;            // Equal, Is; Seq: its kind and size. The filter lets nothing else through (P4)
  int slot = -1;                   // Bind, Python; Seq: the middle; Map: the rest
  std::size_t number = 0;          // Param: its index; Seq: children before the star
  Word classes = 0;                // Type
  Term literal;                    // Equal, Is
  std::vector<Term> keys;          // Map: one a child; Enum: member, qualname, module; Exception: qualname, module
  std::vector<std::string> names;  // Record: module, qualname, then one field name a child
  std::vector<PatternNode> children;
  std::vector<int> bound;  // slots that are bound whenever this accepts, sorted
  std::vector<int> asked;  // "python" slots of an "or", bound only if its last alternative was taken, sorted
};

/// A number that is immediate, and the other immediates equal to it: 1 has 1.0 and True.
struct NumberLiteral {
  explicit NumberLiteral(Term literal);
  Term words[3];       // the literal first; unused ones repeat it
  bool boxed = false;  // a box may equal it: -0.0 for 0, a big integer for a great float
};

enum class PatternOp : std::uint8_t {
  Refuse,      // the case does not accept
  Accept,      // it does; aux slots from `word` on in `unbound` become nothing
  Jump,        // to `fail`
  Word,        // x is the word
  Number,      // x == word; aux: its NumberLiteral
  String,      // x is a boxed string equal to the one at word
  Boxed,       // x is boxed and == the term at word
  Equal,       // x == word, whatever it is
  Param,       // x == params[aux]
  Seq,         // x is a tuple or list whose size is in `word` (as a tuple's header); regs[aux] = x
  SeqStar,     // x is a tuple or list of at least `word` elements; regs[aux] = x
  Tail,        // regs[src]: the last `word` elements from now on
  Bind,        // bindings[aux] = x
  Clear,       // bindings[aux] = nothing
  Ask,         // the verdict will be Ask
  Classes,     // the class of x is in word
  Alias,       // x is a Ref made as an alias
  Dict,        // x is a dict of at least `word` pairs; regs[aux] = x
  Key,         // regs[src], a dict, has the key `word`; cell aux = its value, regs[aux] = that cell
  Record,      // x is a record of the class of record site `word`; regs[aux] = x
  Field,       // the class of regs[src], a record, has the field of field site `word`; regs[aux] = its cell
  Named,       // x is a box whose kind and leading names are those of name site `word`
  MakeMiddle,  // bindings[aux], a sequence, becomes a list without its first index and last `word` elements
  MakeRest,    // bindings[aux], a dict, becomes a dict without the `index` keys from `word` on in `rest_keys`
};

struct Instruction {
  PatternOp op;
  std::uint8_t src = 0;
  std::uint16_t index = 0;
  std::uint16_t aux = 0;
  std::uint16_t fail = 0;
  Word word = 0;
};
static_assert(sizeof(Instruction) == 16);

/// Classes met here and whether they have the names; a miss compares the names and overwrites one entry.
struct RecordSite {
  static constexpr std::size_t kEntries = 4;
  std::string module;
  std::string qualified_name;
  mutable Atomic<Word> entries[kEntries];  // class index * 4 + 1 no, + 2 yes; 0 empty. Any thread; relaxed: a word says all
};

/// The class met here last and where it has the field.
struct FieldSite {
  std::string name;
  mutable Atomic<Word> entry;  // class index << 32 | 1 absent, 2 + position; 0 empty. As above
};

struct NameSite {
  BoxKind kind;
  std::vector<std::pair<Word, Term>> names;  // (index in the box, string), the most telling first
};

struct PatternCode {
  ~PatternCode() { release_storage(literals); }

  std::vector<Instruction> instructions;
  std::vector<std::uint16_t> starts;  // of each case
  std::vector<NumberLiteral> numbers;
  std::deque<RecordSite> record_sites;
  std::deque<FieldSite> field_sites;
  std::vector<NameSite> name_sites;
  std::vector<Term> rest_keys;
  std::vector<std::uint16_t> unbound;
  TermStorage literals;
};

inline constexpr int kMaxRegisters = 2 * kMaxPatternDepth + 2;

/// Boxed literals are copied to `literals`. Empty result and an error, or one tree a case.
std::vector<PatternNode> parse_cases(Term ir, TermBuilder& literals, std::string& error);
/// False when the program has grown too large.
bool emit_case(const PatternNode& tree, std::size_t slots, PatternCode& code);

/// Marks what the filter assures in the trees.
void build_filter(std::vector<PatternNode>& cases, PatternFilter& filter);

}  // namespace pyvm
