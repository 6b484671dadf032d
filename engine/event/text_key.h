// A short text as three numbers: its size and its first and last eight bytes. Texts of up to 16 bytes are equal exactly
// where these are, so names of services, levels and the like are compared without a call; a longer text's middle must
// be compared as well.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tocsin {

struct TextKey {
  static constexpr std::size_t kWhole = 16;  // texts up to this size are known by their key alone

  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::uint32_t size = 0;

  bool operator==(const TextKey&) const = default;

  static TextKey of(std::string_view text) {
    const char* begin = text.data();
    const std::size_t size = text.size();
    TextKey key{.size = static_cast<std::uint32_t>(size)};
    if (size >= 8) {
      key.head = load<std::uint64_t>(begin);
      key.tail = load<std::uint64_t>(begin + size - 8);
    } else if (size >= 4) {
      key.head = load<std::uint32_t>(begin);
      key.tail = load<std::uint32_t>(begin + size - 4);
    } else if (size > 0) {
      key.head = static_cast<unsigned char>(begin[0]);
      key.tail =
          std::uint64_t{static_cast<unsigned char>(begin[size / 2])} << 8 | static_cast<unsigned char>(begin[size - 1]);
    }
    return key;
  }

  // Good enough for tables whose size is a power of two, taken from the upper bits.
  std::uint64_t hash() const {
    const std::uint64_t mixed = (head ^ (std::uint64_t{size} << 56)) * 0x9E37'79B9'7F4A'7C15U;
    return ((mixed >> 32) ^ mixed ^ tail) * 0xD6E8'FEB8'6659'FD93U;
  }

 private:
  template <typename Number>
  static Number load(const char* from) {
    Number number;
    std::memcpy(&number, from, sizeof number);
    return number;
  }
};

}  // namespace tocsin
