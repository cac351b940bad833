// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// The loader: an image becomes a module. Whatever the image is, it is refused or verified; nothing of it is trusted.
#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

#include "match/parameter_use.h"
#include "term/atom_table.h"
#include "term/binary.h"
#include "term/change.h"
#include "term/copy.h"
#include "vm/builtins/lookup.h"
#include "vm/calls.h"
#include "vm/enums.h"
#include "vm/exceptions.h"
#include "vm/kinds.h"
#include "vm/module.h"
#include "vm/module_table.h"
#include "vm/numbers.h"

namespace pyvm::vm {

namespace {

constexpr std::int64_t kImageVersion = 1;
constexpr std::int64_t kMost16 = 0xffff;
constexpr int kMostNesting = 200;  // of constants that hold more than terms

/// A built-in as a value: one box for all modules, so that it is itself wherever it is named.
Term builtin_literal(const Builtin& builtin) {
  static const std::vector<std::array<Word, 2>> boxes = [] {
    std::vector<std::array<Word, 2>> made;
    for (const Builtin& one : builtin_table())
      made.push_back({make_header(BoxKind::Closure, 1, box_flag::kLiteral), builtin_word(one)});
    return made;
  }();
  return Term::boxed(boxes[static_cast<std::size_t>(&builtin - builtin_table().data())].data());
}

/// Every box of a literal is told to be one. What holds a list, dict or set is copied when it is sent (heap.md).
void mark_literals(Word* box, const Word* end) {
  bool changeable = false;
  for (const Word* at = box; at != end; at += box_words(at[0])) {
    const BoxKind kind = header_kind(at[0]);
    changeable = changeable || kind == BoxKind::List || kind == BoxKind::Dict || kind == BoxKind::Set;
  }
  for (; box != end; box += box_words(box[0])) {
    const bool constant = changeable && is_container_kind(header_kind(box[0]));  // the bit means other things in other kinds
    box[0] |= Word{box_flag::kLiteral | (constant ? box_flag::kConstant : 0)} << 8;
  }
}

/// Modules are never freed. A list of them keeps a leak checker from taking them for lost.
void keep_for_ever(const Module* module) {
  static std::mutex lock;
  static auto& all = *new std::vector<const Module*>;
  const std::lock_guard guard(lock);
  all.push_back(module);
}

class Loader {
 public:
  explicit Loader(Term image) : image_(image) {}

  std::variant<const Module*, LoadError> run() {
    auto module = std::make_unique<Module>();
    module_ = module.get();
    if (!load()) return LoadError{error_};
    module_->literals = literals_.take_storage();
    for (const auto& table : module_->classes) declare_class(*table);
    keep_for_ever(module.get());
    return module.release();
  }

 private:
  bool fail(std::string what) {
    error_ = where_ + std::move(what);
    return false;
  }

  bool load() {
    if (!is_tuple(image_, 7)) return fail("no image: a tuple of 7");
    if (!string_is(element(image_, 0), "pyvm code")) return fail("no image: it does not begin with 'pyvm code'");
    if (element(image_, 1) != Term::small(kImageVersion)) return fail("an image of another version");
    if (!read_text(element(image_, 2), &module_->name)) return fail("the module is no string");
    if (!load_sources(element(image_, 3))) return false;
    const Term functions = element(image_, 4), programs = element(image_, 5);
    if (!is_tuple(functions) || !is_tuple(programs)) return fail("functions and programs must be tuples");
    if (arity_of(functions) == 0 || arity_of(functions) > kMost16) return fail("an image has 1 to 65535 functions");
    for (Word i = 0; i < arity_of(programs); ++i) {
      if (!load_program(element(programs, i), i)) return false;
    }
    module_->functions.resize(arity_of(functions));  // first all, for links between them
    for (const Function& function : module_->functions) module_->functions_by_number.push_back(&function);
    for (Word i = 0; i < arity_of(functions); ++i) {
      if (!load_function(element(functions, i), i)) return false;
    }
    if (module_->functions[0].captures + module_->functions[0].captured_defaults != 0) return fail("function 0 has captures");
    if (!load_classes(element(image_, 6))) return false;
    for (const std::uint16_t number : constant_functions_) {
      const Function& function = module_->functions[number];
      if (function.captures + function.captured_defaults != 0) return fail("a constant is a function with captures");
    }
    for (Function& function : module_->functions) {
      std::string wrong = verify(*module_, function);
      if (!wrong.empty()) return fail("function '" + function.qualified_name + "': " + wrong);
      link_methods(function);
      make_caches(function);
    }
    module_->first_function = function_literal(module_->functions[0]);
    std::string wrong = check_kinds(*module_);
    if (!wrong.empty()) return fail(std::move(wrong));
    for (const WantedEntry& wanted : wanted_entries_) wanted.name->entry = &table_entry(wanted.module, wanted.attribute);
    return true;
  }

  bool load_sources(Term sources) {
    if (!is_tuple(sources)) return fail("its sources are no tuple");
    for (Word i = 0; i < arity_of(sources); ++i) {
      const Term image = element(sources, i);
      SourceFile source;
      if (!is_tuple(image, 2) || !read_text(element(image, 0), &source.module) || !read_text(element(image, 1), &source.file))
        return fail("a source is a tuple (module, file)");
      module_->sources.push_back(std::move(source));
    }
    return true;
  }

  static void link_methods(Function& function) {
    for (const Instruction& at : function.instructions) {
      if (at.op != Opcode::CallMethod) continue;
      function.methods.resize(function.constant_values.size());
      function.methods[at.b] = find_methods(string_view_of(function.constants[at.b]));
    }
  }

  static void make_caches(Function& function) {
    const bool asks = std::ranges::any_of(function.instructions, [](const Instruction& at) {
      return at.op == Opcode::GetAttribute || at.op == Opcode::CallMethod || at.op == Opcode::GetProperty ||
             at.op == Opcode::GetSpecial || at.op == Opcode::MakeRecord;
    });
    if (!asks) return;
    function.caches = std::make_unique<Atomic<Word>[]>(function.constant_values.size());
    for (const Instruction& at : function.instructions) {
      if (at.op != Opcode::MakeRecord) continue;
      const Term class_term = element(function.constants[at.b], 2);
      function.caches[at.b].store_relaxed(make_header(BoxKind::Record, 1 + record_class(class_term).fields.size()));
    }
  }

  bool load_classes(Term image) {
    if (!is_tuple(image)) return fail("classes must be a tuple");
    for (Word i = 0; i < arity_of(image); ++i) {
      where_ = "class " + std::to_string(i) + ": ";
      if (!load_class(element(image, i))) return false;
      where_.clear();
    }
    return true;
  }

  /// (class constant, names of all bases, flags, constructor or -1, members)
  bool load_class(Term image) {
    if (!is_tuple(image, 5) || !is_tuple(element(image, 1)) || !is_tuple(element(image, 4)))
      return fail("a tuple of 5 is wanted");
    auto table = std::make_unique<ClassTable>();
    table->module = module_;
    table->type = constant(element(image, 0), 0);
    if (!is_box(table->type, BoxKind::Type)) return fail("no class");
    const Term module = element(table->type, 0), name = element(table->type, 1);
    table->name = std::string(string_view_of(module)).append(".").append(string_view_of(name));
    if (arity_of(table->type) > 2 && element(table->type, 2).is_record_class()) table->class_term = element(table->type, 2);
    for (const Term base : list_items(element(image, 1))) {
      table->bases.emplace_back();
      if (!read_text(base, &table->bases.back())) return fail("a base is no string");
    }
    std::uint16_t flags = 0;
    if (!read_16(element(image, 2), &flags)) return fail("its flags are no number");
    table->ordered = (flags & 1) != 0;
    table->own_repr = (flags & 2) != 0;
    table->own_str = (flags & 4) != 0;
    table->is_mixed = (flags & 8) != 0;
    table->is_flag = (flags & 16) != 0;
    table->shows_value = (flags & 32) != 0;
    load_values(*table);
    if (element(image, 3) != Term::small(-1)) {
      const Function* constructor = function_at(element(image, 3));
      if (constructor == nullptr || constructor->parameters == 0) return fail("its constructor is no function");
      table->constructor = function_literal(*constructor);
    }
    for (const Term member : list_items(element(image, 4))) {
      if (!load_member(*table, member)) return fail("an unknown member");
    }
    if (!table->class_term.is_nothing()) module_->classes_by_term[table->class_term.bits()] = table.get();
    module_->classes_by_name[table->name] = table.get();
    module_->classes.push_back(std::move(table));
    return true;
  }

  /// The values of an enum are the keys of its members.
  static void load_values(ClassTable& table) {
    if (!is_enum_class(table.type)) return;
    const Term members = element(table.type, 3);
    for (Word i = 0; i < arity_of(members); ++i) {
      const Term member = dict_value(members, i);
      if (!is_box(member, BoxKind::EnumMember)) continue;
      const Term name = element(member, 2);
      table.values.emplace(string_view_of(name), dict_key(members, i));
    }
  }

  /// (name, kind, number of a function, or a constant)
  bool load_member(ClassTable& table, Term image) {
    std::string name;
    std::uint16_t kind = 0;
    if (!is_tuple(image, 3) || !read_text(element(image, 0), &name) || !read_16(element(image, 1), &kind)) return false;
    if (kind > static_cast<std::uint16_t>(MemberKind::Constant)) return false;
    Member member{static_cast<MemberKind>(kind), nullptr, Term(), table.class_term};
    if (member.kind == MemberKind::Constant) {
      member.value = constant(element(image, 2), 0);
      if (member.value.is_nothing()) return false;
    } else {
      member.function = function_at(element(image, 2));
      if (member.function == nullptr) return false;
      member.value = function_literal(*member.function);
    }
    table.members.emplace(std::move(name), member);
    return true;
  }

  /// One without captures, or null.
  const Function* function_at(Term number) {
    std::uint16_t index = 0;
    if (!read_16(number, &index) || index >= module_->functions.size()) return nullptr;
    const Function& function = module_->functions[index];
    return function.captures + function.captured_defaults == 0 ? &function : nullptr;
  }

  Term function_literal(const Function& function) {
    Term& known = function_literals_[&function];
    if (known.is_nothing()) known = literal_box(BoxKind::Closure, {Term::from_bits(reinterpret_cast<Word>(&function) | 1)});
    return known;
  }

  bool load_program(Term image, Word index) {
    where_ = "program " + std::to_string(index) + ": ";
    if (!is_tuple(image, 2) || !is_tuple(element(image, 1))) return fail("a tuple (patterns, guarded) is wanted");
    auto compiled = compile_patterns(element(image, 0));
    if (const auto* wrong = std::get_if<PatternError>(&compiled)) return fail(wrong->message);
    ReceiveProgram program;
    program.patterns = std::get<std::shared_ptr<const PatternProgram>>(std::move(compiled));
    const Term guarded = element(image, 1);
    if (arity_of(guarded) != program.patterns->cases()) return fail("as many flags are wanted as there are cases");
    for (Word i = 0; i < arity_of(guarded); ++i) program.guarded.push_back(element(guarded, i).is_true());
    for (const ParameterUse use : parameter_uses(element(image, 0), program.patterns->params()))
      program.required.push_back(use.required);
    program.has_guards = std::ranges::find(program.guarded, true) != program.guarded.end();
    program.refuses_for_good = program.required.empty() && !program.has_guards;
    program.place = parameter_place(element(image, 0));
    module_->programs.push_back(std::move(program));
    where_.clear();
    return true;
  }

  bool load_function(Term image, Word index) {
    where_ = "function " + std::to_string(index) + ": ";
    if (!is_tuple(image, 12)) return fail("a tuple of 12 is wanted");
    Function& function = module_->functions[index];
    function.module = module_;
    function.functions = module_->functions_by_number.data();
    if (!read_text(element(image, 0), &function.name) || !read_text(element(image, 1), &function.qualified_name))
      return fail("its names are no strings");
    where_ = "function '" + function.qualified_name + "': ";
    const bool loaded = load_parameters(function, element(image, 3)) &&
                        load_sizes(function, element(image, 5), element(image, 6)) && load_code(function, element(image, 7)) &&
                        load_constants(function, element(image, 8), element(image, 4)) &&
                        load_lines(function, element(image, 2), element(image, 9)) &&
                        load_handlers(function, element(image, 10)) && load_source(function, element(image, 11));
    where_.clear();
    return loaded;
  }

  bool load_parameters(Function& function, Term image) {
    if (!is_tuple(image, 5) || !is_tuple(element(image, 0)))
      return fail("parameters: (names, positional only, keyword only, *args, **kwargs)");
    const Term names = element(image, 0);
    for (Word i = 0; i < arity_of(names); ++i) {
      if (!is_string(element(names, i))) return fail("a parameter's name is no string");
      function.parameter_names.push_back(literal(element(names, i)));
    }
    function.takes_rest = element(image, 3).is_true();
    function.takes_names = element(image, 4).is_true();
    const Word parameters = arity_of(names) + function.takes_rest + function.takes_names;
    if (parameters > kMost16) return fail("too many parameters");
    function.parameters = static_cast<std::uint16_t>(parameters);
    if (!read_16(element(image, 1), &function.positional_only) || !read_16(element(image, 2), &function.keyword_only) ||
        function.positional_only + function.keyword_only > function.parameter_names.size())
      return fail("positional only and keyword only do not fit the parameters");
    return true;
  }

  bool load_sizes(Function& function, Term captures, Term registers) {
    if (!read_16(captures, &function.captures) || !read_16(registers, &function.registers) ||
        function.parameters + function.captures > function.registers)
      return fail("fewer registers than parameters and captures");
    function.inputs = static_cast<std::uint16_t>(function.parameters + function.captures);
    return true;
  }

  bool load_code(Function& function, Term code) {
    if (!is_binary(code)) return fail("its code is no bytes");
    const std::span<const std::byte> bytes = binary_bytes(code);
    if (bytes.empty() || bytes.size() % sizeof(Instruction) != 0) return fail("its code is no whole instructions");
    function.instructions.resize(bytes.size() / sizeof(Instruction));
    std::memcpy(function.instructions.data(), bytes.data(), bytes.size());
    function.code = function.instructions.data();
    return true;
  }

  bool load_constants(Function& function, Term constants, Term defaults) {
    const bool captured = read_16(defaults, &function.captured_defaults);
    if (!is_tuple(constants) || !(captured || is_tuple(defaults))) return fail("constants and defaults must be tuples");
    if (arity_of(constants) > kMost16) return fail("more than 65535 constants");
    const Word values = captured ? 0 : arity_of(defaults);
    if (function.captured_defaults + values > function.parameter_names.size()) return fail("more defaults than parameters");
    function.defaults = static_cast<std::uint16_t>(function.captured_defaults + values);
    for (Word i = 0; i < arity_of(constants); ++i) {
      if (!load_constant(function, element(constants, i))) return false;
    }
    for (Word i = 0; i < values; ++i) {
      const Term image = element(defaults, i);
      if (is_tuple(image, 2) && string_is(element(image, 0), "no default")) {
        function.constant_values.emplace_back();
      } else if (!load_constant(function, image)) {
        return false;
      }
    }
    function.constants = function.constant_values.data();
    function.default_values = function.constants + arity_of(constants);
    return true;
  }

  bool load_constant(Function& function, Term image) {
    if (is_tuple(image, 5) && string_is(element(image, 0), "qualified")) return load_qualified_name(function, image);
    const Term made = constant(image, 0);
    if (made.is_nothing()) return fail("an unknown constant");
    function.constant_values.push_back(made);
    return true;
  }

  /// ("qualified", module, name, places, names)
  bool load_qualified_name(Function& function, Term image) {
    std::string module, name;
    const Term places = element(image, 3), names = element(image, 4);
    if (!read_text(element(image, 1), &module) || !read_text(element(image, 2), &name) || !is_tuple(places) || !is_tuple(names) ||
        arity_of(names) > arity_of(places))
      return fail("a qualified name is (module, name, places, names)");
    auto made = std::make_unique<QualifiedName>();
    made->names = literal(names);
    made->in_place = arity_of(names) == 0;
    for (Word i = 0; i < arity_of(names); ++i) {
      if (!is_string(element(names, i))) return fail("a name of an argument is no string");
    }
    for (Word i = 0; i < arity_of(places); ++i) {
      if (!read_16(element(places, i), &made->places.emplace_back())) return fail("the place of an argument is no number");
      made->in_place = made->in_place && made->places.back() == i;
    }
    function.qualified_names.resize(function.constant_values.size() + 1);
    wanted_entries_.push_back({made.get(), std::move(module), std::move(name)});
    function.qualified_names.back() = std::move(made);
    function.constant_values.push_back(Term::none());
    return true;
  }

  /// ("value", x), ("class", module, qualified name), ("record", ...), ("enum", module, qualified name, constant: members by value),
  /// ("exception", ...), ("abstract", module, qualified name, names of built-in types), ("builtin", name), ("function", number),
  /// ("range", start, stop, step) or ("container", "tuple" or "list" or "dict" or "set" or "frozenset" or "slice" or "record",
  /// constants), which holds what a message could not; nothing for anything else.
  Term constant(Term image, int depth) {
    if (!is_tuple(image) || arity_of(image) < 2 || depth > kMostNesting) return Term();
    if (const auto known = constants_.find(image.bits()); known != constants_.end()) return known->second;
    const Term made = make_constant(image, depth);
    constants_.emplace(image.bits(), made);  // what the image has once, and names many times, is one
    return made;
  }

  Term make_constant(Term image, int depth) {
    const Term kind = element(image, 0), what = element(image, 1);
    if (string_is(kind, "value") && arity_of(image) == 2) return literal(what);
    if (string_is(kind, "range") && arity_of(image) == 4 && is_range(image))
      return literal_box(BoxKind::Range, {literal(what), literal(element(image, 2)), literal(element(image, 3))});
    if (string_is(kind, "builtin") && arity_of(image) == 2 && is_string(what)) {
      const Builtin* builtin = find_builtin(string_view_of(what));
      return builtin == nullptr ? Term() : builtin_literal(*builtin);
    }
    if (string_is(kind, "function") && arity_of(image) == 2) return constant_function(what);
    if (string_is(kind, "container") && arity_of(image) == 3) return container(what, element(image, 2), depth);
    if (string_is(kind, "record") && arity_of(image) == 5) return record(image, depth);
    if (string_is(kind, "enum") && arity_of(image) == 4 && is_string(what) && is_string(element(image, 2))) {
      const Term values = constant(element(image, 3), depth + 1);
      if (!is_box(values, BoxKind::Dict)) return Term();
      return literal_box(BoxKind::Type, {literal(what), literal(element(image, 2)), Term::none(), values});
    }
    if (string_is(kind, "abstract") && arity_of(image) == 4 && is_string(what) && is_string(element(image, 2)) &&
        is_tuple(element(image, 3)))
      return literal_box(BoxKind::Type, {literal(what), literal(element(image, 2)), literal(element(image, 3))});
    if (string_is(kind, "exception") && arity_of(image) == 4) return exception_class(image);
    if (string_is(kind, "class") && arity_of(image) == 3 && is_string(what) && is_string(element(image, 2)))
      return literal_box(BoxKind::Type, {{literal(what), literal(element(image, 2))}});
    return Term();
  }

  Term constant_function(Term number) {
    std::uint16_t index = 0;
    if (!read_16(number, &index) || index >= module_->functions.size()) return Term();
    constant_functions_.push_back(index);
    return function_literal(module_->functions[index]);
  }

  /// Of integers, with a step.
  static bool is_range(Term image) {
    for (Word i = 1; i < 4; ++i) {
      if (!is_int(element(image, i)) || element(image, i).is_bool()) return false;
    }
    return element(image, 3) != Term::small(0);
  }

  /// A container with functions, classes or the like in it. A send looks into it, and refuses them, so it is no plain literal.
  Term container(Term kind, Term image, int depth) {
    std::vector<Term> parts;
    if (!constants(image, depth, parts) || parts.empty()) return Term();
    const Term made = container_of(kind, parts);
    if (!made.is_nothing()) const_cast<Word*>(made.boxed())[0] |= Word{box_flag::kLiteral | box_flag::kConstant} << 8;
    return made;
  }

  Term container_of(Term kind, const std::vector<Term>& parts) {
    if (string_is(kind, "tuple")) return literals_.make_tuple(parts);
    if (string_is(kind, "list")) return literals_.make_list(parts);
    if (string_is(kind, "record")) return record_of(parts);
    if (string_is(kind, "slice")) return parts.size() == 3 ? literal_box(BoxKind::Slice, parts) : Term();
    const bool is_dict = string_is(kind, "dict");
    for (std::size_t i = 0; i < parts.size(); i += is_dict ? 2 : 1) {
      if (!find_unhashable(parts[i]).is_nothing()) return Term();
    }
    if (is_dict) return parts.size() % 2 != 0 ? Term() : literals_.make_dict(std::span<const Term>(parts));
    if (string_is(kind, "set")) return literals_.make_set(BoxKind::Set, parts);
    return string_is(kind, "frozenset") ? literals_.make_set(BoxKind::FrozenSet, parts) : Term();
  }

  /// A class as record() gives it, and its fields.
  Term record_of(const std::vector<Term>& parts) {
    const bool is_class = is_box(parts[0], BoxKind::Type) && arity_of(parts[0]) > 2 && element(parts[0], 2).is_record_class();
    if (!is_class || record_class(element(parts[0], 2)).fields.size() != parts.size() - 1) return Term();
    return literals_.make_record(element(parts[0], 2), std::span(parts).subspan(1));
  }

  bool constants(Term image, int depth, std::vector<Term>& made) {
    if (!is_tuple(image)) return false;
    for (Word i = 0; i < arity_of(image); ++i) {
      made.push_back(constant(element(image, i), depth + 1));
      if (made.back().is_nothing()) return false;
    }
    return true;
  }

  /// ("exception", module, qualified name, full names of all bases)
  Term exception_class(Term image) {
    std::string module, name;
    std::vector<std::string> bases;
    if (!read_text(element(image, 1), &module) || !read_text(element(image, 2), &name) || !is_tuple(element(image, 3)))
      return Term();
    for (Word i = 0; i < arity_of(element(image, 3)); ++i) {
      bases.emplace_back();
      if (!read_text(element(element(image, 3), i), &bases.back())) return Term();
    }
    declare_exception_class(module + "." + name, std::move(bases));
    return literal_box(BoxKind::Type, {literal(element(image, 1)), literal(element(image, 2))});
  }

  /// ("record", module, qualified name, names of fields, defaults)
  Term record(Term image, int depth) {
    RecordClass shape;
    const Term fields = element(image, 3), defaults = element(image, 4);
    if (!read_text(element(image, 1), &shape.module) || !read_text(element(image, 2), &shape.qualified_name) ||
        !is_tuple(fields) || !is_tuple(defaults) || arity_of(defaults) > arity_of(fields))
      return Term();
    for (Word i = 0; i < arity_of(fields); ++i) {
      shape.fields.emplace_back();
      if (!read_text(element(fields, i), &shape.fields.back())) return Term();
    }
    const Term class_term = intern_record_class(shape);
    std::vector<Term> values;
    if (class_term.is_nothing() || !constants(defaults, depth, values)) return Term();
    return literal_box(BoxKind::Type,
                       {literal(element(image, 1)), literal(element(image, 2)), class_term, literal_box(BoxKind::Tuple, values)});
  }

  Term literal_box(BoxKind kind, const std::vector<Term>& parts) {
    Word* box = literals_.allocate(1 + parts.size());
    box[0] = make_header(kind, parts.size(), box_flag::kLiteral);
    for (std::size_t i = 0; i < parts.size(); ++i) box[1 + i] = parts[i].bits();
    return Term::boxed(box);
  }

  Term literal(Term term) {
    if (!term.is_boxed()) return term;
    const Copy copied(term);
    const Word words = copied.words();
    const Term made = copied.build(literals_);
    if (words != 0) {
      auto* box = const_cast<Word*>(made.boxed());
      mark_literals(box, box + words);
    }
    return made;
  }

  bool load_lines(Function& function, Term first_line, Term lines) {
    std::uint32_t line = 0;
    if (!read_32(first_line, &line) || !is_tuple(lines)) return fail("its lines are no tuple");
    function.lines.push_back({0, line});
    for (Word i = 0; i < arity_of(lines); ++i) {
      const Term entry = element(lines, i);
      LineEntry read{};
      if (!is_tuple(entry, 2) || !read_32(element(entry, 0), &read.first) || !read_32(element(entry, 1), &read.line))
        return fail("a line is a tuple (first instruction, line)");
      function.lines.push_back(read);
    }
    return true;
  }

  bool load_handlers(Function& function, Term handlers) {
    if (!is_tuple(handlers)) return fail("its handlers are no tuple");
    for (Word i = 0; i < arity_of(handlers); ++i) {
      const Term entry = element(handlers, i);
      Handler read{};
      if (!is_tuple(entry, 4) || !read_32(element(entry, 0), &read.begin) || !read_32(element(entry, 1), &read.end) ||
          !read_32(element(entry, 2), &read.target) || !read_16(element(entry, 3), &read.exception))
        return fail("a handler is a tuple (begin, end, target, register)");
      function.handlers.push_back(read);
    }
    return true;
  }

  bool load_source(Function& function, Term number) {
    std::uint16_t index = 0;
    if (!read_16(number, &index) || index >= module_->sources.size()) return fail("no such source");
    function.source = &module_->sources[index];
    return true;
  }

  static bool string_is(Term term, std::string_view text) { return is_string(term) && string_view_of(term) == text; }

  static bool read_text(Term term, std::string* text) {
    if (!is_string(term)) return false;
    *text = string_view_of(term);
    return true;
  }
  static bool read_16(Term term, std::uint16_t* value) {
    if (!term.is_small() || term.unchecked_small() < 0 || term.unchecked_small() > kMost16) return false;
    *value = static_cast<std::uint16_t>(term.unchecked_small());
    return true;
  }
  static bool read_32(Term term, std::uint32_t* value) {
    if (!term.is_small() || term.unchecked_small() < 0 || term.unchecked_small() > 0xffffffff) return false;
    *value = static_cast<std::uint32_t>(term.unchecked_small());
    return true;
  }

  /// Made when the whole image has been found good: what is refused asks for nothing.
  struct WantedEntry {
    QualifiedName* name;
    std::string module;
    std::string attribute;
  };

  const Term image_;
  std::vector<WantedEntry> wanted_entries_;
  Module* module_ = nullptr;
  TermBuilder literals_;
  std::unordered_map<const Function*, Term> function_literals_;
  std::vector<std::uint16_t> constant_functions_;
  std::unordered_map<Word, Term> constants_;  // by their images
  std::string where_;
  std::string error_;
};

}  // namespace

Module::Module() = default;
Module::~Module() = default;

int Function::line_at(const Instruction* at) const {
  const std::uint32_t offset = offset_of(at);
  std::uint32_t line = 0;
  for (const LineEntry& entry : lines) {
    if (entry.first <= offset) line = entry.line;
  }
  return static_cast<int>(line);
}

std::variant<const Module*, LoadError> load_module(Term image) { return Loader(image).run(); }

}  // namespace pyvm::vm
