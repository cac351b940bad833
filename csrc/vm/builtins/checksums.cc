// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Checksums: crc32 of zlib and binascii, by Boost.CRC, and adler32. Source of the latter: RFC 1950.
#include <boost/crc.hpp>

#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/number_bits.h"
#include "vm/numbers.h"

namespace pyvm::vm {

namespace {

/// The lowest 32 bits of an int, or `otherwise`; false with TypeError.
bool read_start(Context& context, Term number, std::uint32_t otherwise, std::uint32_t* start) {
  *start = otherwise;
  if (number.is_nothing()) return true;
  if (!is_int(number)) {
    context.raise("TypeError", "'" + type_name(number) + "' object cannot be interpreted as an integer");
    return false;
  }
  Word word = 0;
  const auto lowest = static_cast<std::uint32_t>(magnitude(number, &word)[0]);
  *start = is_negative(number) ? 0 - lowest : lowest;
  return true;
}

bool read_data(Context& context, const Term& data) {
  if (is_binary(data)) return true;
  raise_type_error(context, "a bytes-like object is required, not '", data, "'");
  return false;
}

std::uint32_t reversed(std::uint32_t bits) {
  std::uint32_t made = 0;
  for (int i = 0; i < 32; ++i) made |= (bits >> i & 1) << (31 - i);
  return made;
}

/// data, value
Term run_crc32(Context& context, Arguments arguments) {
  std::uint32_t start = 0;
  if (!read_data(context, arguments[0]) || !read_start(context, arguments[1], 0, &start)) return Term();
  const std::string_view data = bytes_view(arguments[0]);
  boost::crc_32_type crc(reversed(~start));  // goes on where that one ended
  crc.process_bytes(data.data(), data.size());
  context.charge(data.size() / 8);
  return context.heap.make_uint(crc.checksum());
}

/// data, value
Term run_adler32(Context& context, Arguments arguments) {
  constexpr std::uint32_t kPrime = 65521;
  constexpr std::size_t kMostAtOnce = 5552;  // bytes whose sums fit 32 bits
  std::uint32_t start = 0;
  if (!read_data(context, arguments[0]) || !read_start(context, arguments[1], 1, &start)) return Term();
  std::string_view data = bytes_view(arguments[0]);
  std::uint32_t sum = start & 0xffff, sums = start >> 16;
  context.charge(data.size() / 16);
  while (!data.empty()) {
    for (const char byte : data.substr(0, kMostAtOnce)) {
      sum += static_cast<unsigned char>(byte);
      sums += sum;
    }
    sum %= kPrime;
    sums %= kPrime;
    data.remove_prefix(std::min(data.size(), kMostAtOnce));
  }
  return context.heap.make_uint(Word{sums} << 16 | sum);
}

constexpr Builtin kFunctions[] = {
    {"binascii.crc32", "data, crc=0, /", run_crc32},
    {"zlib.adler32", "data, value=1, /", run_adler32},
    {"zlib.crc32", "data, value=0, /", run_crc32},
};

}  // namespace

std::span<const Builtin> checksum_functions() { return kFunctions; }

}  // namespace pyvm::vm
