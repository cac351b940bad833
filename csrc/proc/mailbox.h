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
//   mark_refused(program)        owner   remembers that `program` takes none of the messages up to the scan position, nor ever will
//   begin_behind_refused(...)    owner   the next scan begins there, or, without a mark, at the oldest message
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
    if (has_marks_) [[unlikely]]
      move_marks(taken);
    --length_;
    words_ -= taken->size_words();
    previous_ = nullptr;
    return taken;
  }

  Signal* first() const { return first_; }

  void mark(Word ref) {
    if (last_ == nullptr) return;  // a scan from the oldest message is as short
    put_mark({ref, last_});
  }
  void unmark(Word ref) {
    if (!has_marks_) return;
    has_marks_ = false;
    for (Mark& mark : marks_) {
      if (mark.of == ref) mark = {};
      has_marks_ = has_marks_ || mark.of != 0;
    }
  }
  /// True when there was a mark.
  bool begin_at(Word ref) {
    previous_ = mark_of(ref);
    return previous_ != nullptr;
  }

  void mark_refused(const void* program) {
    if (previous_ == nullptr) return;
    const Word of = word_of(program);
    for (Mark& mark : marks_) {
      if (mark.of == of) {
        mark.after = previous_;
        return;
      }
    }
    put_mark({of, previous_});
  }
  void begin_behind_refused(const void* program) { previous_ = has_marks_ ? mark_of(word_of(program)) : nullptr; }

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
    Word of = 0;  // a reference, or the address of a program, which no reference is like; 0: none, and `after` is null
    Signal* after = nullptr;
  };

  static Word word_of(const void* program) { return reinterpret_cast<Word>(program) | Word{1} << 63; }

  void put_mark(Mark mark) {
    has_marks_ = true;
    for (Mark& free : marks_) {
      if (free.of == 0) {
        free = mark;
        return;
      }
    }
    marks_[next_mark_] = mark;
    next_mark_ = static_cast<std::uint8_t>((next_mark_ + 1) % kMarks);
  }
  Signal* mark_of(Word of) const {
    for (const Mark& mark : marks_) {
      if (mark.of == of) return mark.after;
    }
    return nullptr;
  }
  /// M4. A mark that no message is left before says nothing.
  void move_marks(const Signal* taken) {
    has_marks_ = false;
    for (Mark& mark : marks_) {
      if (mark.after == taken) mark.after = previous_;
      if (mark.after == nullptr) mark = {};
      has_marks_ = has_marks_ || mark.of != 0;
    }
  }

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
