// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/hash.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <memory>

#include "term/binary.h"
#include "term/local_kinds.h"
#include "term/number.h"
#include "term/small_stack.h"

namespace pyvm {

namespace {

// Integers are hashed by their residue modulo this prime, as CPython does: it is exact for floats and big integers alike,
// because 2^61 is 1 in it, so that a power of two is a rotation.
constexpr unsigned kPrimeBits = 61;
constexpr Word kPrime = (Word{1} << kPrimeBits) - 1;

// A container this many containers large is worth remembering, and this many are met between two that are remembered: a walk
// over terms without sharing then hardly pays, and one over a DAG repeats less than this for each step.
constexpr Word kWorthKnowing = 64;

using Known = std::unordered_map<const Word*, std::uint64_t>;

std::array<Word, 4> make_seed() {
  std::array<Word, 4> seed{0x9e3779b97f4a7c15, 0xd1b54a32d192ed03, 0x8cb92ba72f3d8dd7, 0xaef17502108ef2d9};
  std::array<Word, 4> noise{};
  if (getentropy(noise.data(), sizeof noise) == 0) {
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] ^= noise[i] & ~Word{1};  // all stay odd: multipliers
  }
  return seed;
}

const std::array<Word, 4> kSeed = make_seed();

inline std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const auto product = static_cast<unsigned __int128>(left) * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Twice, because one folded product spreads neighbours well for most seeds only: for some, a table of pids had 65 probes a look-up.
inline std::uint64_t spread(std::uint64_t value) { return fold(fold(value, kSeed[3]) ^ kSeed[2], kSeed[1]); }

/// Of the last 16 bytes, zeros behind them. Twice: see spread().
inline std::uint64_t end_hash(Word first, Word second, Word state) {
  return fold(fold(first ^ kSeed[2], second ^ state) ^ kSeed[0], kSeed[1]);
}

std::uint64_t hash_bytes(const void* bytes, std::size_t size, Word seed) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::uint64_t state = seed ^ size;
  std::size_t left = size;
  for (; left > 16; left -= 16, at += 16) {
    Word words[2];
    std::memcpy(words, at, 16);
    state = fold(words[0] ^ kSeed[2], words[1] ^ state);
  }
  Word words[2] = {0, 0};
  if (left > 0) std::memcpy(words, at, left);
  return end_hash(words[0], words[1], state);
}

/// The same of bytes in words whose last is padded with zeros.
inline std::uint64_t hash_padded(const Word* words, std::size_t size, Word seed) {
  std::uint64_t state = seed ^ size;
  for (; size > 16; size -= 16, words += 2) state = fold(words[0] ^ kSeed[2], words[1] ^ state);
  return end_hash(size > 0 ? words[0] : 0, size > 8 ? words[1] : 0, state);
}

inline std::uint64_t hash_immediate(Word bits) { return spread(bits ^ kSeed[0]); }

inline std::uint64_t hash_residue(bool negative, Word residue) {
  const Word value = negative && residue != 0 ? kPrime - residue : residue;
  return spread(value ^ kSeed[1]);
}

inline Word reduce(Word value) {
  const Word sum = (value & kPrime) + (value >> kPrimeBits);
  return sum >= kPrime ? sum - kPrime : sum;
}

inline std::uint64_t hash_int(std::int64_t value) {
  return hash_residue(value < 0, reduce(value < 0 ? ~static_cast<Word>(value) + 1 : static_cast<Word>(value)));
}

std::uint64_t hash_big(const Word* box) {
  Word residue = 0;
  for (Word i = header_arity(box[0]); i > 0; --i) {
    const Word shifted = ((residue << 3) & kPrime) | (residue >> (kPrimeBits - 3));  // 2^64 is 8
    residue = reduce(shifted + reduce(box[i]));
  }
  return hash_residue((header_flags(box[0]) & box_flag::kNegative) != 0, residue);
}

std::uint64_t hash_float(double value) {
  if (std::fabs(value) < 0x1p62) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return hash_int(whole);
  } else if (std::isfinite(value)) {  // a whole number: mantissa * 2^(exponent - 53)
    int exponent = 0;
    const double fraction = std::frexp(std::fabs(value), &exponent);
    const auto mantissa = static_cast<Word>(std::ldexp(fraction, 53));
    const unsigned turn = static_cast<unsigned>(exponent - 53) % kPrimeBits;
    const Word turned = turn == 0 ? mantissa : ((mantissa << turn) & kPrime) | (mantissa >> (kPrimeBits - turn));
    return hash_residue(value < 0, reduce(turned));
  } else if (std::isnan(value)) {
    return fold(kSeed[0], kSeed[1]);  // whatever its bits: compare() takes all NaNs for one
  }
  return spread(std::bit_cast<Word>(value) ^ kSeed[3]);
}

std::uint64_t hash_atomic(Term term);

/// Of a kind that stays in its process. Cells, closures and iterators have no value to hash, and their place changes.
std::uint64_t hash_local(Term term) {
  std::uint64_t state = static_cast<Word>(header_kind(header_of(term)));
  const auto mix = [&](Term part) { state = fold(state ^ hash_atomic(part), kSeed[0]) + state; };
  switch (header_kind(header_of(term))) {
    case BoxKind::Range:
      for (const Term part : local_detail::range_key(term)) mix(part);
      break;
    case BoxKind::Type:
      mix(element(term, 0));
      mix(element(term, 1));
      break;
    case BoxKind::Closure:
      mix(element(term, 0));
      break;
    default:
      break;
  }
  return spread(state ^ kSeed[2]);
}

/// Of every term but a container.
std::uint64_t hash_atomic(Term term) {
  if (term.is_small()) return hash_int(term.unchecked_small());
  if (term.is_short_float()) return hash_float(term.unchecked_short_float());
  if (!term.is_boxed()) return term.is_bool() ? hash_int(term.is_true()) : hash_immediate(term.bits());
  const Word* box = term.boxed();
  const Word header = box[0];
  switch (header_kind(header)) {
    case BoxKind::Float:
      return hash_float(std::bit_cast<double>(box[1]));
    case BoxKind::Big:
      return hash_big(box);
    case BoxKind::String:
      return hash_padded(box + 1, header_arity(header), kSeed[0]);
    case BoxKind::Binary:
      return hash_padded(box + 1, header_arity(header), kSeed[1]);
    case BoxKind::SharedBinary: {
      const std::span<const std::byte> bytes = binary_bytes(term);
      return hash_bytes(bytes.data(), bytes.size(), kSeed[1]);
    }
    case BoxKind::Ref:
      return spread(box[1] ^ kSeed[2]);
    case BoxKind::Opaque:
      return spread(box[3] ^ kSeed[3]);
    default:
      PYVM_ASSERT1(is_local_kind(header_kind(header)), "hash_atomic: a container");
      return hash_local(term);
  }
}

/// A container whose children are being hashed.
struct Frame {
  const Word* box;
  Word next;
  Word end;
  Word words;  // 1 + those of its terms, without holes
  std::uint64_t state;
  std::uint64_t key;  // of a dict: the hash of the key whose value comes next
  BoxKind kind;
  Word begun;  // containers met before this one
};

inline void open(Frame& frame, const Word* box, Word begun) {
  const BoxKind kind = header_kind(box[0]);
  frame.box = box;
  frame.next = 1;
  frame.end = 1 + box_terms(box[0]).count;
  frame.words = frame.end;
  if (header_room(box[0]) != 0) [[unlikely]]
    frame.words = 1 + live_entries(box) * entry_words(kind);
  frame.kind = kind == BoxKind::FrozenSet ? BoxKind::Set : kind;
  frame.state = static_cast<Word>(frame.kind);
  frame.begun = begun;
}

inline void feed(Frame& frame, std::uint64_t child) {
  if (frame.kind == BoxKind::Set) {
    frame.state += fold(child ^ kSeed[1], kSeed[0]);  // a sum: order does not matter
  } else if (frame.kind != BoxKind::Dict) {
    frame.state = fold(frame.state ^ child, kSeed[0]) + child;
  } else if (frame.next % 2 == 0) {  // `next` is past the child: its key stood at 1, 3, 5...
    frame.key = child;
  } else {
    frame.state += fold(frame.key ^ kSeed[1], std::rotl(child, 32) ^ kSeed[2]);
  }
}

inline std::uint64_t close(const Frame& frame) {
  return fold(frame.state ^ kSeed[3], (frame.words << 8 | static_cast<Word>(frame.kind)) ^ kSeed[1]);
}

/// The hash of a container. `known` may be null, and is then made when there is something worth knowing.
std::uint64_t hash_container(Term term, Known* known, bool remember_all) {
  std::unique_ptr<Known> own;
  SmallStack<Frame, 8> stack;
  Word met = 0;
  Word remembered_at = 0;
  open(stack.push_slot(), term.boxed(), met);
  for (;;) {
    Frame& frame = stack.top();
    const Word* deeper = nullptr;
    while (frame.next < frame.end && deeper == nullptr) {
      const Term child = resolve(Term::from_bits(frame.box[frame.next++]));
      if (child.is_small()) {
        feed(frame, hash_int(child.unchecked_small()));
      } else if (child.is_nothing()) {
        continue;  // a hole, key and value
      } else if (!is_container(child)) {
        feed(frame, hash_atomic(child));
      } else if (known != nullptr && known->contains(child.boxed())) {
        feed(frame, known->at(child.boxed()));
        ++met;
      } else {
        deeper = child.boxed();
      }
    }
    if (deeper != nullptr) {
      open(stack.push_slot(), deeper, ++met);
      continue;
    }
    const std::uint64_t value = close(frame);
    if (remember_all || (met - frame.begun >= kWorthKnowing && met - remembered_at >= kWorthKnowing)) {
      if (known == nullptr) known = (own = std::make_unique<Known>()).get();
      known->emplace(frame.box, value);
      remembered_at = met;
    }
    stack.pop();
    if (stack.empty()) return value;
    feed(stack.top(), value);
  }
}

}  // namespace

std::uint64_t hash(Term term_or_forward) {
  if (term_or_forward.is_boxed()) {  // strings and short bytes at once, which most keys are
    const Word* box = term_or_forward.boxed();
    if (header_kind(box[0]) == BoxKind::String) return hash_padded(box + 1, header_arity(box[0]), kSeed[0]);
    if (header_kind(box[0]) == BoxKind::Binary) return hash_padded(box + 1, header_arity(box[0]), kSeed[1]);
  }
  const Term term = resolve(term_or_forward);
  return is_container(term) ? hash_container(term, nullptr, false) : hash_atomic(term);
}

std::uint64_t HashMemo::hash(Term term_or_forward) {
  const Term term = resolve(term_or_forward);
  if (!is_container(term)) return hash_atomic(term);
  const auto found = known_.find(term.boxed());
  return found != known_.end() ? found->second : hash_container(term, &known_, true);
}

}  // namespace pyvm
