// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Signal: anything one process sends another. One piece of memory with the words of its term behind it.
//
//   kind            ref                    term                   effect when received
//   Message         alias it came by or 0  the message            appended to the inner queue; dropped when the alias is not active
//   Down            monitor                the DOWN message       becomes a message if the monitor is still there
//   Exit            sender's pid           reason                 ends the receiver, becomes ("EXIT", pid, reason), or is dropped
//   LinkExit        sender's pid           reason                 as Exit, if the link is still there
//   Link            sender's pid                                  adds the link
//   Unlink          sender's pid           unlink id              removes the link, answers UnlinkAck
//   UnlinkAck       sender's pid           unlink id              the link is gone on both sides
//   Monitor         monitor                the monitoring pid     adds it to those to tell
//   Demonitor       monitor                                       takes it out
//   Timeout         generation                                    the receive deadline may have passed
//   Suspend         suspender's pid                               stops the body until as many Resume arrived
//   Resume          suspender's pid                               with kRoom: what a full mailbox suspended goes on
//   Wake            token                  result                 what the body waits for outside of the mailbox has come
//   Inspect                                                       runs Inspection::run on the receiver's thread (process_info)
//   Blocked         sender's pid                                  a sender over the bound; gets a Resume kRoom when there is room
//
// G1  A signal belongs to one holder at a time: the sender until it is pushed, then the receiver.
// G2  Words of `term` are in words[], in *storage, in literals, or shared by count: never in another process's memory.
#pragma once

#include <new>

#include "base/mpsc_queue.h"
#include "base/slab.h"
#include "term/copy.h"
#include "term/term_builder.h"

namespace pyvm {

enum class SignalKind : std::uint8_t {
  Message,
  Down,
  Exit,
  LinkExit,
  Link,
  Unlink,
  UnlinkAck,
  Monitor,
  Demonitor,
  Timeout,
  Suspend,
  Resume,
  Wake,
  Inspect,
  Blocked,
};

namespace signal_flag {
inline constexpr std::uint8_t kPriority = 1;  // Message, Exit: goes before ordinary messages
inline constexpr std::uint8_t kCounted = 2;   // Message: counted in the length of a bounded mailbox
inline constexpr std::uint8_t kKill = 4;      // Exit: cannot be trapped; the reason "kill" arrives as "killed"
inline constexpr std::uint8_t kRoom = 8;      // Resume: the answer to Blocked
}  // namespace signal_flag

struct Signal : MpscNode {
  SignalKind kind = SignalKind::Message;
  std::uint8_t flags = 0;
  std::uint32_t inline_words = 0;
  TermStorage* storage = nullptr;  // what of the term did not fit in words[], or needs to be released
  Word ref = 0;
  Term term;
  Word words[];

  static Signal* create(SignalKind kind, Word inline_words = 0) {
    void* memory = slab_allocate(sizeof(Signal) + inline_words * sizeof(Word));
    auto* signal = new (memory) Signal;
    signal->kind = kind;
    signal->inline_words = static_cast<std::uint32_t>(inline_words);
    return signal;
  }

  /// A signal whose term is a deep copy of `term`.
  static Signal* with_copy(SignalKind kind, Term term) {
    if (!term.is_boxed()) {
      Signal* signal = create(kind);
      signal->term = term;
      return signal;
    }
    return with_boxed_copy(kind, term);
  }

  /// The same of what may hold parts that cannot be sent, or itself (copy.h): null then.
  PYVM_EXPORT static Signal* try_with_copy(SignalKind kind, Term term);

  void destroy() {
    if (storage != nullptr) [[unlikely]]
      keep_storage({});
    slab_free(this, sizeof(Signal) + inline_words * sizeof(Word));
  }

  /// What it costs its receiver's heap limit, in words.
  Word size_words() const {
    return sizeof(Signal) / sizeof(Word) + inline_words + (storage == nullptr ? 0 : storage->chunk_words());
  }

  /// Releases what it had and takes over `taken`.
  PYVM_EXPORT void keep_storage(TermStorage taken);

  Signal* next_signal() const { return static_cast<Signal*>(next.load_relaxed()); }  // owner's queues only
  void set_next(Signal* signal) { next.store_relaxed(signal); }

 private:
  PYVM_EXPORT static Signal* with_boxed_copy(SignalKind kind, Term term);
};

static_assert(sizeof(Signal) == 40, "a message of a pair takes one cache line");

/// Builds the term of a signal in the signal's own words first.
class SignalBuilder : public TermBuilder {
 public:
  /// The first `used` words are taken.
  explicit SignalBuilder(Signal& signal, Word used = 0)
      : TermBuilder(signal.words + used, signal.words + signal.inline_words), signal_(signal) {}
  void finish(Term term) {
    signal_.term = term;
    const TermStorage storage = take_storage();
    if (!storage.empty()) [[unlikely]]
      signal_.keep_storage(storage);
  }

 private:
  Signal& signal_;
};

}  // namespace pyvm
