// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Hashes: hashlib.sha256(data).digest() and the like, by the libcrypto that CPython's hashlib has loaded. Source: OpenSSL's EVP_Digest(3);
// what is used of it is declared here, so that its headers are not needed to build.
#include <algorithm>

#include "base/shared_library.h"
#include "vm/builtins/lookup.h"
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/enums.h"

namespace pyvm::vm {

namespace {

struct Algorithm;  // EVP_MD
using FetchFunction = const Algorithm*(void* context, const char* name, const char* properties);
using FindFunction = const Algorithm*(const char* name);
using DigestFunction = int(const void* data, std::size_t size, unsigned char* digest, unsigned* digest_size,
                           const Algorithm* algorithm, void* engine);

constexpr std::size_t kMostDigest = 64;  // EVP_MAX_MD_SIZE

/// Of hashlib, and OpenSSL's name of the same.
struct HashName {
  std::string_view name;
  const char* in_library;
};
constexpr HashName kNames[] = {
    {"md5", "md5"},           {"sha1", "sha1"},         {"sha224", "sha224"},      {"sha256", "sha256"},
    {"sha384", "sha384"},     {"sha512", "sha512"},     {"sha3_224", "sha3-224"},  {"sha3_256", "sha3-256"},
    {"sha3_384", "sha3-384"}, {"sha3_512", "sha3-512"}, {"blake2b", "blake2b512"}, {"blake2s", "blake2s256"},
};

/// What was found when the first program asked for a hash.
class Crypto {
 public:
  static const Crypto& get() {
    static const Crypto crypto;
    return crypto;
  }

  /// Whether it does all of them: where MD5 is forbidden, as in a FIPS build, CPython knows what to do.
  bool is_available() const { return has_all_; }

  /// Null for an unknown name.
  const Algorithm* algorithm(std::string_view name) const {
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if (kNames[i].name == name) return algorithms_[i];
    }
    return nullptr;
  }

  /// The size of what it wrote to `digest`; 0 if that failed.
  unsigned digest(const Algorithm* algorithm, std::string_view data, unsigned char* digest) const {
    unsigned size = 0;
    return digest_(data.data(), data.size(), digest, &size, algorithm, nullptr) == 1 ? size : 0;
  }

 private:
  Crypto() {
    if (digest_ == nullptr || (fetch_ == nullptr && find_ == nullptr)) return;
    for (std::size_t i = 0; i < std::size(kNames); ++i)
      algorithms_[i] = fetch_ != nullptr ? fetch_(nullptr, kNames[i].in_library, nullptr) : find_(kNames[i].in_library);
    has_all_ = std::ranges::find(algorithms_, nullptr) == std::end(algorithms_);
    if (!has_all_ && forget_errors_ != nullptr) forget_errors_();  // this thread's: Python may look at them later
  }

  SharedLibrary library_{"libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib"};
  FetchFunction* fetch_ = library_.function<FetchFunction>("EVP_MD_fetch");
  FindFunction* find_ = library_.function<FindFunction>("EVP_get_digestbyname");
  void (*forget_errors_)() = library_.function<void()>("ERR_clear_error");
  DigestFunction* digest_ = library_.function<DigestFunction>("EVP_Digest");
  const Algorithm* algorithms_[std::size(kNames)] = {};
  bool has_all_ = false;
};

/// name, data
Term run_digest(Context& context, Arguments arguments) {
  const Term name = arguments[0], data = plain_value(arguments[1]);
  if (!is_binary(data))
    return context.raise(
        "TypeError", is_string(data) ? "Strings must be encoded before hashing" : "object supporting the buffer API required");
  const Crypto& crypto = Crypto::get();
  const Algorithm* algorithm = crypto.is_available() && is_string(name) ? crypto.algorithm(string_view_of(name)) : nullptr;
  unsigned char digest[kMostDigest];
  const unsigned size = algorithm == nullptr ? 0 : crypto.digest(algorithm, bytes_view(data), digest);
  context.charge(2 * bytes_view(data).size());
  if (size != 0) return make_bytes(context, {reinterpret_cast<const char*>(digest), size});
  return context.raise("ValueError",
                       "unsupported hash type " + (is_string(name) ? std::string(string_view_of(name)) : type_name(name)));
}

Term run_hexdigest(Context& context, Arguments arguments) {
  const Term given[] = {run_digest(context, arguments), Term(), Term()};
  return given[0].is_nothing() ? Term() : find_method(given[0], "hex")->method->run(context, std::span(given));
}

bool has_crypto() { return Crypto::get().is_available(); }

constexpr Builtin kFunctions[] = {
    {"hashlib.digest", "name, data, /", run_digest, has_crypto},
    {"hashlib.hexdigest", "name, data, /", run_hexdigest, has_crypto},
};

}  // namespace

std::span<const Builtin> hash_functions() { return kFunctions; }

}  // namespace pyvm::vm
