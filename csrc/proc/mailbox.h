// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Mailbox: the owner's half of a process's signal queue, and the messages received but not yet taken.
//
// Any thread pushes to the outer queue (MpscTail, on the process's sender line). Only the thread that runs the process pops from
// it; popping is when a signal is *received*. Messages then stand in the inner queue, which is scanned without atomics.
//
//   pop_outer(tail)      owner   the next signal received, or nothing
//   append(message)      owner   to the inner queue, priority messages before ordinary ones
//   candidate()          owner   the message at the scan position, or nothing: all have been looked at
//   skip()               owner   moves the scan position past the candidate
//   take()               owner   unlinks the candidate; the next scan begins at the oldest message
//   rewind()             owner   the next scan begins at the oldest message
//   mark(ref)            owner   remembers the end of the queue: what carries `ref`, made now, can only come behind it
//   unmark(ref)          owner   nothing more that carries `ref` is waited for: its mark serves another
//   begin_at(ref)        owner   the next scan begins at the mark of `ref`, or, without one, at the oldest message
//   try_sleep(tail)      owner   marks the outer queue sleeping; fails if anything was pushed
//
// M1  Signals from one sender keep their order.   M2  Only the owner touches the inner queue.
// M3  A process leaves the run queues only after try_sleep succeeded; the one push that finds the mark owes a make_ready.
// M4  previous_ is null or a message in the inner queue, as is each mark; take() moves those that stand on what it takes. A priority
//     message clears them all: it may be what they were set for, and stands before them.
// Design: docs/design/signals.md. Source: OTP erl_proc_sig_queue.h (outer and inner queue), receive markers.
#pragma once

#include "proc/signal.h"

namespace pyvm {

class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  MpscHead& outer() { return outer_; }
  Signal* pop_outer(MpscTail& tail) { return static_cast<Signal*>(outer_.pop(tail)); }
  [[nodiscard]] bool try_sleep(MpscTail& tail) { return outer_.try_sleep(tail); }

  std::uint32_t length() const { return length_; }
  /// Words held by the messages of the inner queue.
  Word size_words() const { return words_; }

  void append(Signal* message) {
    ++length_;
    words_ += message->size_words();
    if ((message->flags & signal_flag::kPriority) != 0) [[unlikely]]
      return insert_priority(message);
    message->set_next(nullptr);
    if (last_ == nullptr) {
      first_ = message;
    } else {
      last_->set_next(message);
    }
    last_ = message;
  }

  Signal* candidate() const { return previous_ == nullptr ? first_ : previous_->next_signal(); }
  void skip() { previous_ = candidate(); }
  void rewind() { previous_ = nullptr; }

  Signal* take() {
    Signal* taken = candidate();
    Signal* next = taken->next_signal();
    if (previous_ == nullptr) {
      first_ = next;
    } else {
      previous_->set_next(next);
    }
    if (last_ == taken) last_ = previous_;
    if (last_priority_ == taken) last_priority_ = previous_;
    if (has_marks_) [[unlikely]] {
      for (Mark& mark : marks_) {
        if (mark.after == taken) mark.after = previous_;  // M4
      }
    }
    --length_;
    words_ -= taken->size_words();
    previous_ = nullptr;
    return taken;
  }

  Signal* first() const { return first_; }

  void mark(Word ref) {
    if (last_ == nullptr) return;  // a scan from the oldest message is as short
    has_marks_ = true;
    for (Mark& mark : marks_) {
      if (mark.ref == 0) {
        mark = {ref, last_};
        return;
      }
    }
    marks_[next_mark_] = {ref, last_};
    next_mark_ = static_cast<std::uint8_t>((next_mark_ + 1) % kMarks);
  }
  void unmark(Word ref) {
    if (!has_marks_) return;
    has_marks_ = false;
    for (Mark& mark : marks_) {
      if (mark.ref == ref) mark = {};
      has_marks_ = has_marks_ || mark.ref != 0;
    }
  }
  /// True when there was a mark.
  bool begin_at(Word ref) {
    previous_ = nullptr;
    for (const Mark& mark : marks_) {
      if (mark.ref == ref) previous_ = mark.after;
    }
    return previous_ != nullptr;
  }

  /// Takes all messages out, oldest first, as a list linked by next.
  Signal* release_all() {
    Signal* all = first_;
    if (all == nullptr && !has_marks_) return nullptr;
    first_ = last_ = previous_ = last_priority_ = nullptr;
    for (Mark& mark : marks_) mark = {};
    has_marks_ = false;
    length_ = 0;
    words_ = 0;
    return all;
  }

  /// Walks the whole queue (assert level 3 and tests).
  PYVM_EXPORT void validate() const;

 private:
  static constexpr unsigned kMarks = 4;
  struct Mark {
    Word ref = 0;
    Signal* after = nullptr;
  };

  PYVM_EXPORT void insert_priority(Signal* message);

  MpscHead outer_;
  Signal* first_ = nullptr;
  Signal* last_ = nullptr;
  Signal* previous_ = nullptr;       // the last message the scan went past; null: none
  Signal* last_priority_ = nullptr;  // ordinary messages stand behind it
  Word words_ = 0;
  std::uint32_t length_ = 0;
  std::uint8_t next_mark_ = 0;
  bool has_marks_ = false;  // false: all are as at the beginning
  Mark marks_[kMarks];
};

}  // namespace pyvm
