// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Module: loaded code. Made by load_module from an image (docs/design/vm.md), verified, never changed nor freed: frames and closures
// point into it, and its constants are literals that messages share.
//
//   load_module(image)   the module, or what is wrong with the image and where
//
// I1  Code in a Module has passed the verifier: operands are in range, jumps meet instructions, and it cannot run off its end.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/atomic.h"
#include "match/parameter_use.h"
#include "match/pattern.h"
#include "term/term_builder.h"

namespace pyvm::vm {

enum class Opcode : std::uint16_t {
#define PYVM_OPCODE(name, a, b, c, meaning) name,
#include "vm/opcodes.def"
#undef PYVM_OPCODE
};

inline constexpr std::size_t kOpcodeCount = 0
#define PYVM_OPCODE(name, a, b, c, meaning) +1
#include "vm/opcodes.def"
#undef PYVM_OPCODE
    ;

// Who takes what a ...KeepLeft or ...KeepRight before it made; to the left also those that compare for order and jump.
// clang-format off
#define PYVM_OPERATOR_TAKERS(X) \
  X(Add) X(InPlaceAdd) X(AddKeepLeft) X(AddKeepRight) X(Subtract) X(SubtractKeepLeft) X(SubtractKeepRight) \
  X(Multiply) X(MultiplyKeepLeft) X(MultiplyKeepRight) X(TrueDivide) X(TrueDivideKeepLeft) X(TrueDivideKeepRight)
#define PYVM_JUMP_TAKERS(X) \
  X(JumpIfLess) X(JumpIfNotLess) X(JumpIfLessEqual) X(JumpIfNotLessEqual) \
  X(JumpIfGreater) X(JumpIfNotGreater) X(JumpIfGreaterEqual) X(JumpIfNotGreaterEqual)
// clang-format on
#define PYVM_TAKERS(X) PYVM_OPERATOR_TAKERS(X) PYVM_JUMP_TAKERS(X)

struct OpcodeInfo {
  std::string_view name;
  char operands[3];  // as in opcodes.def
};
PYVM_EXPORT std::span<const OpcodeInfo> opcodes();

struct Instruction {
  Opcode op;
  std::uint16_t a;
  std::uint16_t b;
  std::uint16_t c;

  /// A jump of 32 bits, in b and c.
  std::int32_t far() const { return static_cast<std::int32_t>(b | std::uint32_t{c} << 16); }
};
static_assert(sizeof(Instruction) == 8);

/// An operand X that names no register.
inline constexpr std::uint16_t kNoRegister = 0xffff;

struct Handler {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t target;
  std::uint16_t exception;  // the register that gets it
};

struct LineEntry {
  std::uint32_t first;
  std::uint32_t line;
};

struct Module;
struct ClassTable;  // classes.h
struct MethodSet;   // builtins/lookup.h
class TableEntry;   // module_table.h
struct Meaning;     // the same

/// Where functions come from: a module of Python and its file.
struct SourceFile {
  std::string module;
  std::string file;
};

/// A function that is named with a dot, as K[c] of the instructions for the newest: what the name means, and which arguments a call gives.
struct QualifiedName {
  const TableEntry* entry;
  std::vector<std::uint16_t> places;  // among the parameters of the function of this image, in the order of the call
  Term names;                         // those of the last of them, a tuple
  bool in_place = false;              // they have no names, and stand at the first places in order
};

/// Return links point to it, tagged as small integers.
struct alignas(8) Function {
  const Instruction* code = nullptr;
  const Term* constants = nullptr;
  const Function* const* functions = nullptr;  // of the module, by number
  std::uint16_t registers = 0;                 // of a frame
  std::uint16_t inputs = 0;                    // the first of them: parameters, then captures
  std::uint16_t parameters = 0;                // those with names, *args, **kwargs
  std::uint16_t captures = 0;
  const Module* module = nullptr;
  const SourceFile* source = nullptr;
  std::uint16_t positional_only = 0;
  std::uint16_t keyword_only = 0;
  bool takes_rest = false;               // *args
  bool takes_names = false;              // **kwargs
  std::uint16_t defaults = 0;            // of that many parameters with names, the last ones
  std::uint16_t captured_defaults = 0;   // all of them or none: a closure has their values before what it captures
  const Term* default_values = nullptr;  // nothing for one that has none, between others
  std::string name;
  std::string qualified_name;
  std::vector<Term> parameter_names;
  std::vector<Instruction> instructions;
  std::vector<Term> constant_values;      // the default values at the end
  std::vector<const MethodSet*> methods;  // by constant: those of that name, if it is called as a method
  std::vector<std::unique_ptr<const QualifiedName>> qualified_names;  // by constant: those that are no values
  std::unique_ptr<Atomic<Word>[]> caches;  // by constant: what a name meant (inline_cache.h); null if no name is asked for
  std::vector<LineEntry> lines;
  std::vector<Handler> handlers;

  bool binds_by_place() const { return keyword_only == 0 && !takes_rest && !takes_names; }
  std::uint32_t offset_of(const Instruction* at) const { return static_cast<std::uint32_t>(at - code); }
  int line_at(const Instruction* at) const;
};

struct ReceiveProgram {
  std::shared_ptr<const PatternProgram> patterns;
  std::vector<bool> guarded;   // by case
  std::vector<bool> required;  // by parameter: no message without it is taken
  bool has_guards = false;
  bool refuses_for_good = false;  // a message that was refused will be again: there is no guard and no parameter
  ParameterPlace place;
};

struct Module {
  Module();
  ~Module();  // where ClassTable is known

  std::string name;
  std::vector<SourceFile> sources;
  std::vector<Function> functions;
  std::vector<const Function*> functions_by_number;  // where they are
  std::vector<ReceiveProgram> programs;
  std::vector<std::unique_ptr<ClassTable>> classes;
  std::unordered_map<Word, const ClassTable*> classes_by_term;
  std::unordered_map<std::string, const ClassTable*> classes_by_name;
  TermStorage literals;
  Term first_function;  // as a value
};

struct LoadError {
  std::string message;  // "function 3 'loop': instruction 12 Add: register 9 of 7"
};

/// The caller is the one thread that reads `image` meanwhile. The process keeps the module for ever.
PYVM_EXPORT std::variant<const Module*, LoadError> load_module(Term image);

/// Whether it is a jump that may go back, as it lets the slice end.
bool is_safepoint(Opcode op);
/// Whether it leaves its result to the next instruction alone, as the left or right operand.
bool keeps_left(Opcode op);
bool keeps_right(Opcode op);
/// Whether what stands behind the instruction does not run next.
bool ends(Opcode op);
/// Empty, or what is wrong.
std::string verify(const Module& module, const Function& function);

}  // namespace pyvm::vm
