// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Walks: the explicit stacks of the two conversions, and the memory of what a walk has met. Both live on the C stack while
// small and never recurse, so depth is bounded by memory.
//
//   PointerMap    pointers to words, in order of arrival; eight without allocation, searched; more are hashed
//   BuildWalk     objects to a term: frames and memo own references to Python objects, dropped by the destructor
//   ReadWalk      a term to objects: the same
//
// W1  A memo entry's object is kept alive by the memo, so an address in it means that object for the whole walk.
#pragma once

#include <Python.h>

#include <cstdlib>
#include <cstring>

#include "term/small_stack.h"
#include "term/term_builder.h"

namespace pyvm::python {

class PointerMap {
 public:
  using Entry = Py_ssize_t;

  PointerMap() = default;
  PointerMap(const PointerMap&) = delete;
  PointerMap& operator=(const PointerMap&) = delete;
  ~PointerMap() {
    if (slots_ == nullptr) return;
    std::free(items_);
    std::free(slots_);
  }

  /// The entry of `key`, or -1.
  Entry find(const void* key) const {
    if (slots_ == nullptr) {
      for (Entry i = 0; i < size_; ++i) {
        if (inline_[i].key == key) return i;
      }
      return -1;
    }
    for (std::size_t at = home(key); slots_[at] != 0; at = (at + 1) & mask_) {
      if (items_[slots_[at] - 1].key == key) return static_cast<Entry>(slots_[at]) - 1;
    }
    return -1;
  }

  /// `key` must be new. Never 0 keys.
  Entry add(const void* key, Word value) {
    if (size_ == capacity_) grow();
    items_[size_] = {key, value};
    if (slots_ != nullptr) place(size_);
    return size_++;
  }

  Word get(Entry entry) const { return items_[entry].value; }
  void set(Entry entry, Word value) { items_[entry].value = value; }
  const void* key(Entry entry) const { return items_[entry].key; }
  Entry size() const { return size_; }

 private:
  struct Item {
    const void* key;
    Word value;
  };
  static constexpr Entry kInline = 8;

  std::size_t home(const void* key) const {
    return static_cast<std::size_t>((reinterpret_cast<Word>(key) * 0x9E3779B97F4A7C15u) >> 32) & mask_;
  }
  void place(Entry entry) {
    std::size_t at = home(items_[entry].key);
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = static_cast<std::uint32_t>(entry + 1);
  }
  void grow() {
    PYVM_CHECK(size_ < (Entry{1} << 30), "PointerMap: a message of more than 2^30 shared containers");
    const Entry capacity = 8 * capacity_;
    auto* items = static_cast<Item*>(std::malloc(static_cast<std::size_t>(capacity) * sizeof(Item)));
    const std::size_t slots = 2 * static_cast<std::size_t>(capacity);
    auto* index = static_cast<std::uint32_t*>(std::calloc(slots, sizeof(std::uint32_t)));
    PYVM_CHECK(items != nullptr && index != nullptr, "PointerMap: out of memory");
    std::memcpy(items, items_, static_cast<std::size_t>(size_) * sizeof(Item));
    if (slots_ != nullptr) {
      std::free(items_);
      std::free(slots_);
    }
    items_ = items;
    slots_ = index;
    mask_ = slots - 1;
    capacity_ = capacity;
    for (Entry i = 0; i < size_; ++i) place(i);
  }

  Item* items_ = inline_;
  std::uint32_t* slots_ = nullptr;  // entry + 1; null while inline
  std::size_t mask_ = 0;
  Entry size_ = 0;
  Entry capacity_ = kInline;
  Item inline_[kInline];
};

/// How a frame of a BuildWalk finds its children.
enum BuildKind : int { kBuildTuple, kBuildList, kBuildDict, kBuildSet, kBuildRecord, kBuildException };

struct BuildFrame {
  PyObject* source;    // owned: the object that becomes the box
  PyObject* children;  // owned: its children as a tuple, or the source itself for tuples, lists and dicts
  PyObject* key;       // owned or null: the pair at hand (dict)
  PyObject* value;     // owned or null
  Word* slots;         // where the children's terms go
  Py_ssize_t index;    // the child at hand
  Py_ssize_t size;
  Py_ssize_t position;     // PyDict_Next's
  PointerMap::Entry memo;  // -1: not remembered
  Word box;
  Word replaced;  // BuildWalk::replaced when it began
  BuildKind kind;
  bool lenient;  // inside an exception: what cannot be sent is replaced by its repr

  void hold(PyObject* next_key, PyObject* next_value) {
    PyObject* old_key = key;
    PyObject* old_value = value;
    key = Py_NewRef(next_key);
    value = Py_NewRef(next_value);
    Py_XDECREF(old_key);
    Py_XDECREF(old_value);
  }
};

/// Words of the memo of a BuildWalk, besides bits of boxed terms (whose low three bits are zero).
inline constexpr Word kInProgress = 1;    // on the path from the root: meeting it again is a cycle
inline constexpr Word kWithReplaced = 2;  // added to the bits of a box in which a repr stands for something; alone: no term yet

class BuildWalk {
 public:
  BuildWalk() = default;
  ~BuildWalk() {
    while (!stack.empty()) leave();
    for (PointerMap::Entry i = 0; i < memo.size(); ++i) Py_DECREF(static_cast<PyObject*>(const_cast<void*>(memo.key(i))));
  }

  PointerMap::Entry remember(PyObject* object, Word value) { return memo.add(Py_NewRef(object), value); }

  /// Undoes what beginning on `object` has marked, when it failed.
  void forget(PyObject* object) {
    const PointerMap::Entry entry = memo.find(object);
    if (entry >= 0 && memo.get(entry) == kInProgress) memo.set(entry, kWithReplaced);
  }

  /// Starts on `source`; takes new references.
  BuildFrame* enter(PyObject* source, PyObject* children, BuildKind kind, Py_ssize_t size, Word* slots, Word box) {
    const bool lenient = kind == kBuildException || (!stack.empty() && stack.top().lenient);
    BuildFrame* frame = &stack.push_slot();
    frame->source = Py_NewRef(source);
    frame->children = source == children ? nullptr : Py_NewRef(children);
    frame->key = nullptr;
    frame->value = nullptr;
    frame->slots = slots;
    frame->index = 0;
    frame->size = size;
    frame->position = 0;
    frame->memo = -1;
    frame->box = box;
    frame->replaced = replaced;
    frame->kind = kind;
    frame->lenient = lenient;
    return frame;
  }

  void leave() {
    const BuildFrame frame = stack.top();
    stack.pop();
    Py_XDECREF(frame.key);
    Py_XDECREF(frame.value);
    Py_XDECREF(frame.children);
    Py_DECREF(frame.source);
  }

  SmallStack<BuildFrame, 16> stack;
  PointerMap memo;
  Word replaced = 0;  // how many objects have been replaced by their repr so far
};

enum ReadKind : int { kReadTuple, kReadList, kReadDict, kReadSet, kReadFrozenSet, kReadRecord, kReadException };

struct ReadFrame {
  const Word* children;  // terms
  Word box;
  PyObject* object;  // owned: what is being filled: the result, or a tuple of the children that makes it (records, exceptions)
  PyObject* key;     // owned or null: the key whose value is being read
  Py_ssize_t index;
  Py_ssize_t size;
  ReadKind kind;
};

class ReadWalk {
 public:
  ReadWalk() = default;
  ~ReadWalk() {
    while (!stack.empty()) {
      const ReadFrame frame = stack.top();
      stack.pop();
      Py_XDECREF(frame.key);
      Py_XDECREF(frame.object);
    }
    for (PointerMap::Entry i = 0; i < memo.size(); ++i) Py_DECREF(reinterpret_cast<PyObject*>(memo.get(i)));
  }

  void remember(Word box, PyObject* object) {
    memo.add(reinterpret_cast<const void*>(box), reinterpret_cast<Word>(Py_NewRef(object)));
  }

  /// Takes over `object`.
  void enter(Word box, const Word* children, ReadKind kind, Py_ssize_t size, PyObject* object) {
    ReadFrame* frame = &stack.push_slot();
    frame->children = children;
    frame->box = box;
    frame->object = object;
    frame->key = nullptr;
    frame->index = 0;
    frame->size = size;
    frame->kind = kind;
  }

  SmallStack<ReadFrame, 16> stack;
  PointerMap memo;
};

}  // namespace pyvm::python
