// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/signal.h"

namespace pyvm {

Signal* Signal::with_boxed_copy(SignalKind kind, Term term) {
  constexpr Word kMostInline = 512;
  Signal* signal = create(kind, estimate_words(term, kMostInline));
  SignalBuilder builder(*signal);
  builder.finish(copy(term, builder));
  return signal;
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
