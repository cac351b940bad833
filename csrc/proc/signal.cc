// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/signal.h"

namespace pyvm {

namespace {

template <typename Build>
Signal* build_signal(SignalKind kind, Word words, Build&& build) {
  constexpr Word kMostInline = 512;
  Signal* signal = Signal::create(kind, words <= kMostInline ? words : 0);
  SignalBuilder builder(*signal);
  builder.finish(build(builder));
  return signal;
}

/// The usual message, a tuple or record of a few immediates, word by word; null: it is something else.
Signal* with_plain_sequence(SignalKind kind, Term term) {
  constexpr unsigned kPlain = kind_bit(BoxKind::Tuple) | kind_bit(BoxKind::Record);
  constexpr Word kMost = 16;
  const Word* box = term.boxed();
  const BoxKind box_kind = header_kind(box[0]);
  const Word arity = header_arity(box[0]);
  if (!is_one_of(box_kind, kPlain) || arity > kMost) return nullptr;
  for (Word i = 1; i <= arity; ++i) {
    if (Term::from_bits(box[i]).is_boxed()) return nullptr;
  }
  Signal* signal = Signal::create(kind, 1 + arity);
  signal->words[0] = make_header(box_kind, arity);
  for (Word i = 1; i <= arity; ++i) signal->words[i] = box[i];
  signal->term = Term::boxed(signal->words);
  return signal;
}

Signal* with_flat_copy(SignalKind kind, Term term) {
  return build_signal(kind, exact_words(term), [&](TermBuilder& builder) { return copy_boxed(term, builder); });
}

Signal* with_deep_copy(SignalKind kind, const Copy& copy) {
  return build_signal(kind, copy.words(), [&](TermBuilder& builder) { return copy.build(builder); });
}

}  // namespace

Signal* Signal::with_boxed_copy(SignalKind kind, Term term) {
  if (Signal* signal = with_plain_sequence(kind, term)) return signal;
  return is_flat(term) ? with_flat_copy(kind, term) : with_deep_copy(kind, Copy(term));
}

Signal* Signal::try_with_copy(SignalKind kind, Term term) {
  term = resolve(term);
  if (!term.is_boxed()) return with_copy(kind, term);
  if (Signal* signal = with_plain_sequence(kind, term)) return signal;
  if (is_local_kind(header_kind(header_of(term)))) return nullptr;
  if (is_flat(term)) return with_flat_copy(kind, term);
  const Copy copy(term);
  return copy.refused() == Copy::Refusal::None ? with_deep_copy(kind, copy) : nullptr;
}

void Signal::keep_storage(TermStorage taken) {
  if (storage != nullptr) {
    release_storage(*storage);
    if (taken.empty()) slab_free(std::exchange(storage, nullptr), sizeof(TermStorage));
  }
  if (taken.empty()) return;
  if (storage == nullptr) storage = new (slab_allocate(sizeof(TermStorage))) TermStorage;
  *storage = taken;
}

}  // namespace pyvm
