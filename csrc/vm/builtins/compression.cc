// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Compression: zlib.compress and decompress, by the libz that CPython's zlib has loaded. Source: zlib's manual; what is used of it
// is declared here, so that its headers are not needed to build. Errors are those of CPython's module.
#include <limits>

#include "base/shared_library.h"
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/enums.h"
#include "vm/exceptions.h"

namespace pyvm::vm {

namespace {

struct Stream {  // z_stream of zlib 1
  const unsigned char* next_in = nullptr;
  unsigned available_in = 0;
  unsigned long total_in = 0;
  unsigned char* next_out = nullptr;
  unsigned available_out = 0;
  unsigned long total_out = 0;
  const char* message = nullptr;
  void* state = nullptr;
  void* (*allocate)(void*, unsigned, unsigned) = nullptr;
  void (*release)(void*, void*) = nullptr;
  void* opaque = nullptr;
  int data_type = 0;
  unsigned long adler = 0;
  unsigned long reserved = 0;
};
constexpr int kNoFlush = 0, kSyncFlush = 2, kFinish = 4;
constexpr int kOk = 0, kStreamEnd = 1, kStreamError = -2, kDataError = -3, kMemoryError = -4, kBufferError = -5;
constexpr int kDeflated = 8, kMemoryLevel = 8, kDefaultStrategy = 0;

using StepFunction = int(Stream* stream, int flush);
using EndFunction = int(Stream* stream);
using DeflateInitFunction = int(Stream* stream, int level, int method, int window_bits, int memory_level, int strategy,
                                const char* version, int stream_size);
using InflateInitFunction = int(Stream* stream, int window_bits, const char* version, int stream_size);

/// What was found when the first program asked for it.
struct Zlib {
  static const Zlib& get() {
    static const Zlib zlib;
    return zlib;
  }

  bool is_available() const {
    return deflate_init != nullptr && deflate != nullptr && deflate_end != nullptr && inflate_init != nullptr &&
           inflate != nullptr && inflate_end != nullptr;
  }

  SharedLibrary library{"libz.so.1", "libz.1.dylib"};
  DeflateInitFunction* deflate_init = library.function<DeflateInitFunction>("deflateInit2_");
  StepFunction* deflate = library.function<StepFunction>("deflate");
  EndFunction* deflate_end = library.function<EndFunction>("deflateEnd");
  InflateInitFunction* inflate_init = library.function<InflateInitFunction>("inflateInit2_");
  StepFunction* inflate = library.function<StepFunction>("inflate");
  EndFunction* inflate_end = library.function<EndFunction>("inflateEnd");
};
constexpr const char* kVersion = "1";  // the first digit is compared
constexpr int kStreamSize = sizeof(Stream);

/// zlib.error
Term raise_error(Context& context, std::string_view text) {
  return context.raise(context.heap.make_exception("zlib", "error", text));
}

Term raise_status(Context& context, const Stream& stream, int status, const char* doing) {
  if (status == kMemoryError) return context.raise("MemoryError", std::string("Out of memory ") + doing);
  const char* message = stream.message;
  if (message == nullptr && status == kBufferError) message = "incomplete or truncated stream";
  if (message == nullptr && status == kStreamError) message = "inconsistent stream state";
  if (message == nullptr && status == kDataError) message = "invalid input data";
  std::string text = "Error " + std::to_string(status) + " " + doing;
  if (message != nullptr) text.append(": ") += message;
  return raise_error(context, text);
}

/// A stream that ends with its scope.
class Work {
 public:
  Work(std::string_view data, StepFunction* step, EndFunction* end) : rest_(data), step_(step), end_(end) {}
  ~Work() { end_(&stream); }
  Work(const Work&) = delete;

  /// Does all of it; `last_flush` goes with the last of the data. False: more came out than fits into bytes (X2).
  bool run(Context& context, int first_flush, int last_flush) {
    do {
      feed();
      const int flush = rest_.empty() ? last_flush : first_flush;
      do {
        if (!make_room(context)) return false;
        const unsigned room = stream.available_out;
        status = step_(&stream, flush);
        written_ += room - stream.available_out;
        const bool goes_on = status == kOk || status == kBufferError;
        if (!goes_on) return true;
      } while (stream.available_out == 0);
    } while (stream.available_in != 0 || !rest_.empty());
    return true;
  }

  std::string_view result() const { return {out_.data(), written_}; }

  Stream stream;
  int status = kOk;

 private:
  // Powers of two of 32 bytes: the room that CPython gives at a time, from 32 KiB to 256 MiB. What is stored without compression is cut
  // into blocks that fit the room.
  static constexpr unsigned kBlocks[] = {10, 11, 13, 15, 17, 18, 19, 19, 20, 20, 20, 20, 21, 21, 22, 22, 23};

  void feed() {
    if (stream.available_in != 0) return;
    const std::size_t part = std::min<std::size_t>(rest_.size(), std::numeric_limits<unsigned>::max());
    stream.next_in = reinterpret_cast<const unsigned char*>(rest_.data());
    stream.available_in = static_cast<unsigned>(part);
    rest_.remove_prefix(part);
  }

  bool make_room(Context& context) {
    if (written_ == out_.size()) {
      if (!fits_text(context, written_ + 1)) return false;
      const std::size_t block = std::size_t{32} << kBlocks[std::min(blocks_++, std::size(kBlocks) - 1)];
      out_.resize(written_ + std::min(block, kLongestText - written_));
    }
    stream.next_out = reinterpret_cast<unsigned char*>(out_.data() + written_);
    stream.available_out = static_cast<unsigned>(out_.size() - written_);
    return true;
  }

  std::string_view rest_;
  StepFunction* step_;
  EndFunction* end_;
  std::string out_;
  std::size_t blocks_ = 0;
  std::size_t written_ = 0;
};

bool read_data(Context& context, const Term& data) {
  if (is_binary(data)) return true;
  raise_not_bytes(context, data);
  return false;
}

bool read_int(Context& context, Term argument, int otherwise, int* value) {
  *value = otherwise;
  if (argument.is_nothing()) return true;
  const std::optional<int> read = int_argument(context, plain_value(argument));
  if (read) *value = *read;
  return read.has_value();
}

/// data, level, wbits
Term run_compress(Context& context, Arguments arguments) {
  constexpr const char* kDoing = "while compressing data";
  int level = 0, window_bits = 0;
  if (!read_data(context, arguments[0]) || !read_int(context, arguments[1], -1, &level) ||
      !read_int(context, arguments[2], 15, &window_bits))
    return Term();
  const Zlib& zlib = Zlib::get();
  if (!zlib.is_available()) return raise_error(context, "there is no libz on this machine");
  const std::string_view data = bytes_view(arguments[0]);
  Work work(data, zlib.deflate, zlib.deflate_end);
  const int status =
      zlib.deflate_init(&work.stream, level, kDeflated, window_bits, kMemoryLevel, kDefaultStrategy, kVersion, kStreamSize);
  if (status == kStreamError) return raise_error(context, "Bad compression level");
  if (status != kOk) return raise_status(context, work.stream, status, kDoing);
  context.charge(32 * data.size());
  if (!work.run(context, kNoFlush, kFinish)) return Term();
  return work.status == kStreamEnd ? make_bytes(context, work.result()) : raise_status(context, work.stream, work.status, kDoing);
}

/// data, wbits, bufsize
Term run_decompress(Context& context, Arguments arguments) {
  constexpr const char* kDoing = "while decompressing data";
  int window_bits = 0;
  if (!read_data(context, arguments[0]) || !read_int(context, arguments[1], 15, &window_bits)) return Term();
  if (const Term size = arguments[2]; !size.is_nothing()) {
    if (!is_int(plain_value(size)))
      return context.raise("TypeError", "'" + type_name(size) + "' object cannot be interpreted as an integer");
    if (is_box(plain_value(size), BoxKind::Big))
      return context.raise("OverflowError", "Python int too large to convert to C ssize_t");
    if (clamped_int(plain_value(size)) < 0) return context.raise("ValueError", "bufsize must be non-negative");
  }
  const Zlib& zlib = Zlib::get();
  if (!zlib.is_available()) return raise_error(context, "there is no libz on this machine");
  Work work(bytes_view(arguments[0]), zlib.inflate, zlib.inflate_end);
  const int status = zlib.inflate_init(&work.stream, window_bits, kVersion, kStreamSize);
  if (status != kOk) return raise_status(context, work.stream, status, "while preparing to decompress data");
  if (!work.run(context, kSyncFlush, kSyncFlush)) return Term();
  context.charge(4 * work.result().size());
  if (work.status == kStreamEnd) return make_bytes(context, work.result());
  return raise_status(context, work.stream, work.status == kOk ? kBufferError : work.status, kDoing);
}

bool has_zlib() { return Zlib::get().is_available(); }

constexpr Builtin kFunctions[] = {
    {"zlib.compress", "data, /, level=-1, wbits=15", run_compress, has_zlib},
    {"zlib.decompress", "data, /, wbits=15, bufsize=16384", run_decompress, has_zlib},
};

}  // namespace

std::span<const Builtin> compression_functions() { return kFunctions; }

}  // namespace pyvm::vm
