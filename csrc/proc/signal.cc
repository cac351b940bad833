// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/signal.h"

namespace pyvm {

Signal* Signal::with_boxed_copy(SignalKind kind, Term term) {
  constexpr Word kMostInline = 512;
  const auto build = [kind](Word words, auto&& build_with) {
    Signal* signal = create(kind, words <= kMostInline ? words : 0);
    SignalBuilder builder(*signal);
    builder.finish(build_with(builder));
    return signal;
  };
  if (is_flat(term)) return build(exact_words(term), [&](TermBuilder& builder) { return copy_boxed(term, builder); });
  const Copy copy(term);
  return build(copy.words(), [&](TermBuilder& builder) { return copy.build(builder); });
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
