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

}  // namespace pyvm
