// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "proc/mailbox.h"

namespace pyvm {

void Mailbox::insert_priority(Signal* message) {
  Signal* behind = last_priority_;
  Signal* next = behind == nullptr ? first_ : behind->next_signal();
  message->set_next(next);
  if (behind == nullptr) {
    first_ = message;
  } else {
    behind->set_next(message);
  }
  if (next == nullptr) last_ = message;
  last_priority_ = message;
  previous_ = nullptr;  // M4: it came in before the scan position: look again
  for (Mark& mark : marks_) mark = {};
}

void Mailbox::validate() const {
  std::uint32_t length = 0;
  Word words = 0;
  Signal* last = nullptr;
  bool previous_found = previous_ == nullptr;
  bool priority_found = last_priority_ == nullptr;
  for (Signal* message = first_; message != nullptr; message = message->next_signal()) {
    ++length;
    words += message->size_words();
    last = message;
    previous_found |= message == previous_;
    priority_found |= message == last_priority_;
  }
  PYVM_CHECK(length == length_ && words == words_, "Mailbox::validate: length or size differs from the messages");
  PYVM_CHECK(last == last_, "Mailbox::validate: last_ is not the last message");
  PYVM_CHECK(previous_found && priority_found, "M4: a position outside of the queue");
  for (const Mark& mark : marks_) {
    bool found = mark.after == nullptr;
    for (Signal* message = first_; message != nullptr && !found; message = message->next_signal()) found = message == mark.after;
    PYVM_CHECK(found, "M4: a mark outside of the queue");
  }
}

}  // namespace pyvm
