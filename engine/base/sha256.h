// SHA-256 (FIPS 180-4), for ids that derive from content and for digests of the effect log. In the engine because ids
// are made there and no crypto library may be named there; signatures use OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tocsin {

class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // Ends the computation; the object must not be used afterwards.
  std::array<std::uint8_t, 32> finish();
  std::string finish_hex();

 private:
  void compress(const std::uint8_t* block);
  std::array<std::uint32_t, 8> state_;
  std::array<std::uint8_t, 64> block_{};
  std::uint64_t length_ = 0;
};

std::string sha256_hex(std::string_view bytes);

// "<prefix>_" and 26 characters of lower-case base32 of the SHA-256 of the parts, each preceded by its length, so that
// ("ab","c") and ("a","bc") differ. The same parts give the same id for ever.
std::string content_id(std::string_view prefix, std::initializer_list<std::string_view> parts);

}  // namespace tocsin
