// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/term_builder.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "base/refused.h"
#include "base/stress.h"
#include "term/atom_table.h"
#include "term/copy.h"
#include "term/hash.h"

namespace pyvm {

namespace {

constexpr Word kLargestChunkWords = 1 << 16;
constexpr Word kLeastChunkWords = 64;

void release_cells(Word* cell) {
  while (cell != nullptr) {
    reinterpret_cast<OffHeap*>(cell[2])->release();
    cell = reinterpret_cast<Word*>(cell[1]);
  }
}

Word* box_of_bytes(TermBuilder& builder, BoxKind kind, unsigned flags, const void* bytes, std::size_t size) {
  const Word words = bytes_to_words(size);
  Word* box = builder.allocate(1 + words);
  box[0] = make_header(kind, size, flags);
  if (words > 0) box[words] = 0;  // the padding of the last word
  std::memcpy(box + 1, bytes, size);
  return box;
}

}  // namespace

Word TermStorage::count_chunk_words() const {
  Word words = 0;
  for (const TermChunk* chunk = chunks; chunk != nullptr; chunk = chunk->next) words += chunk->size_words;
  return words;
}

void release_nonempty_storage(TermStorage& storage) {
  release_cells(storage.off_heap);
  TermChunk* chunk = storage.chunks;
  while (chunk != nullptr) {
    TermChunk* next = chunk->next;
    std::free(chunk);
    chunk = next;
  }
  storage = {};
}

namespace {

TermChunk* try_chunk(Word words) { return static_cast<TermChunk*>(std::malloc(sizeof(TermChunk) + words * sizeof(Word))); }

}  // namespace

/// When a chunk is refused a small one must do, and chunk_words_ is 0 from then on.
Word* TermBuilder::allocate_in_new_chunk(Word words) {
  Word size = std::max(words, chunk_words_ == 0 ? kLeastChunkWords : chunk_words_);
  TermChunk* chunk = stress::refuses_memory(size) ? nullptr : try_chunk(size);
  if (chunk != nullptr) {
    chunk_words_ = std::min(2 * chunk_words_, kLargestChunkWords);
  } else {
    size = std::max(words, kLeastChunkWords);
    chunk = try_chunk(size);
    if (chunk == nullptr) memory_refused("TermBuilder: out of memory");
    chunk_words_ = 0;
  }
  chunk->next = storage_.chunks;
  chunk->size_words = size;
  storage_.chunks = chunk;
  due_ |= kUncounted;
  if (words < size) {  // otherwise there is no room in it, and what is left of the one before serves on
    top_ = chunk->words + words;
    end_ = chunk->words + size;
  }
  return chunk->words;
}

void Remembered::add(Word* box, Word first, Word end) {
  if (!ranges_.empty()) {  // most follow the one before, or are the same
    Range& last = ranges_.back();
    if (last.box == box && first <= last.end && last.first <= end) {
      last.first = std::min(last.first, first);
      last.end = std::max(last.end, end);
      return;
    }
  }
  ranges_.push_back({box, first, end});
  if (ranges_.size() >= most_) due_ |= kPressed;
}

void Remembered::clear(std::size_t most) {
  most_ = most;
  ranges_.clear();
  if (ranges_.capacity() > most) ranges_.shrink_to_fit();
}

[[gnu::noinline]] void TermBuilder::remember(Word* box, Word first, Word end) {
  PYVM_ASSERT1(remembered_ != nullptr, "TermBuilder::remember: not the builder of the heap that has the container");
  remembered_->add(box, first, end);
}

Term TermBuilder::make_int(std::int64_t value) {
  if (Term::fits_small(value)) return Term::small(value);
  const Word magnitude = value < 0 ? ~static_cast<Word>(value) + 1 : static_cast<Word>(value);
  return make_big(value < 0, {&magnitude, 1});
}

Term TermBuilder::make_uint(std::uint64_t value) { return make_big(false, {&value, 1}); }

Term TermBuilder::make_big(bool negative, std::span<const Word> limbs) {
  std::size_t count = limbs.size();
  while (count > 0 && limbs[count - 1] == 0) --count;
  if (count == 0) return Term::small(0);
  if (count == 1) {  // T2: what fits is small
    const Word magnitude = limbs[0];
    if (!negative && magnitude <= static_cast<Word>(Term::kSmallMax)) return Term::small(static_cast<std::int64_t>(magnitude));
    if (negative && magnitude <= Word{1} << 62) return Term::small(-static_cast<std::int64_t>(magnitude));
  }
  Word* box = allocate(1 + count);
  box[0] = make_header(BoxKind::Big, count, negative ? box_flag::kNegative : 0);
  std::copy_n(limbs.data(), count, box + 1);
  return Term::boxed(box);
}

Term TermBuilder::make_boxed_float(double value) {
  Word* box = allocate(2);
  box[0] = make_header(BoxKind::Float, 1);
  box[1] = std::bit_cast<Word>(value);
  return Term::boxed(box);
}

Term TermBuilder::make_string(std::string_view utf8) {
  if (utf8.size() <= Term::kShortStringMax) return Term::short_string(utf8);  // T1
  const bool ascii = std::all_of(utf8.begin(), utf8.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
  return Term::boxed(box_of_bytes(*this, BoxKind::String, ascii ? box_flag::kAscii : 0, utf8.data(), utf8.size()));
}

Term TermBuilder::make_binary(std::span<const std::byte> bytes) {
  if (bytes.size() <= kHeapBinaryMax) {
    if (bytes.empty()) {
      Word* box = allocate(1);
      box[0] = make_header(BoxKind::Binary, 0);
      return Term::boxed(box);
    }
    return Term::boxed(box_of_bytes(*this, BoxKind::Binary, 0, bytes.data(), bytes.size()));
  }
  return make_shared_binary(SharedBytes::create(bytes), 0, bytes.size());
}

Term TermBuilder::make_shared_binary(SharedBytes* shared, std::size_t offset, std::size_t size) {
  PYVM_ASSERT1(offset + size <= shared->size(), "TermBuilder::make_shared_binary: slice outside of its bytes");
  Word* box = allocate(4);
  box[0] = make_header(BoxKind::SharedBinary, size);
  box[2] = reinterpret_cast<Word>(static_cast<OffHeap*>(shared));
  box[3] = offset;
  adopt_off_heap_cell(box);
  return Term::boxed(box);
}

Term TermBuilder::make_opaque(OffHeap* handle, Word id) {
  Word* box = allocate(4);
  box[0] = make_header(BoxKind::Opaque, 3);
  box[2] = reinterpret_cast<Word>(handle);
  box[3] = id;
  adopt_off_heap_cell(box);
  return Term::boxed(box);
}

Term TermBuilder::make_ref(Word id, Pid maker, bool alias) {
  Word* box = allocate(3);
  box[0] = make_header(BoxKind::Ref, 2, alias ? box_flag::kAlias : 0);
  box[1] = id;
  box[2] = maker.value();
  return Term::boxed(box);
}

Term TermBuilder::make_container(BoxKind kind, Word arity, Term** slots) {
  Word* box = allocate(box_words(make_header(kind, arity)));
  box[0] = make_header(kind, arity);
  *slots = reinterpret_cast<Term*>(box + 1);
  return Term::boxed(box);
}

void TermBuilder::seal(Term dict_or_set) {
  auto* box = const_cast<Word*>(dict_or_set.boxed());  // T4: the builder's own, not yet seen by anyone else
  Word* end = box + box_words(box[0]);
  seal_entries(box);
  if (end == top_) top_ = box + box_words(box[0]);  // what duplicates took is free again
}

Term TermBuilder::make_sequence(BoxKind kind, std::span<const Term> elements) {
  Term* slots = nullptr;
  const Term sequence = make_container(kind, elements.size(), &slots);
  std::copy(elements.begin(), elements.end(), slots);
  return sequence;
}

Term TermBuilder::make_dict(std::span<const Term> keys_and_values) {
  PYVM_ASSERT1(keys_and_values.size() % 2 == 0, "TermBuilder::make_dict: a key without a value");
  Term* slots = nullptr;
  const Term dict = make_container(BoxKind::Dict, keys_and_values.size() / 2, &slots);
  std::copy(keys_and_values.begin(), keys_and_values.end(), slots);
  seal(dict);
  return dict;
}

Term TermBuilder::make_set(BoxKind kind, std::span<const Term> members) {
  PYVM_ASSERT1(kind == BoxKind::Set || kind == BoxKind::FrozenSet, "TermBuilder::make_set: not a kind of set");
  const Term set = make_sequence(kind, members);
  seal(set);
  return set;
}

Term TermBuilder::make_record(Term record_class, std::span<const Term> fields) {
  PYVM_ASSERT1(record_class.is_record_class(), "TermBuilder::make_record: not a class");
  PYVM_ASSERT2(pyvm::record_class(record_class).fields.size() == fields.size(),
               "TermBuilder::make_record: fields and class differ");
  Term* slots = nullptr;
  const Term record = make_container(BoxKind::Record, 1 + fields.size(), &slots);
  slots[0] = record_class;
  std::copy(fields.begin(), fields.end(), slots + 1);
  return record;
}

Term TermBuilder::make_function(std::string_view module, std::string_view qualified_name) {
  const Term names[] = {make_string(module), make_string(qualified_name)};
  return make_sequence(BoxKind::Function, names);
}

Term TermBuilder::make_enum_member(std::string_view module, std::string_view qualified_name, std::string_view member) {
  const Term names[] = {make_string(module), make_string(qualified_name), make_string(member)};
  return make_sequence(BoxKind::EnumMember, names);
}

Term TermBuilder::make_exception(const ExceptionFields& fields) {
  const Term terms[] = {fields.module,    fields.qualified_name, fields.args,   fields.text,
                        fields.traceback, fields.cause,          fields.details};
  return make_sequence(BoxKind::Exception, std::span(terms, fields.details.is_nothing() ? 6 : 7));
}

Term TermBuilder::make_exception(std::string_view module, std::string_view qualified_name, std::string_view text) {
  const Term text_term = make_string(text);
  return make_exception({make_string(module), make_string(qualified_name), tuple(text_term), text_term, make_list({})});
}

OwnedTerm::OwnedTerm(Term source) {
  TermBuilder builder;
  term_ = copy(source, builder);
  storage_ = builder.take_storage();
}

}  // namespace pyvm
