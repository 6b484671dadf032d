#include "engine/delivery/address_policy.h"

#include <algorithm>

namespace tocsin {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr int kV4Prefix = 96;

constexpr Bytes mapped(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

// Up to the first eight bytes and the last group: enough for every row below.
constexpr Bytes groups(std::array<std::uint16_t, 4> first, std::uint16_t last = 0) {
  Bytes bytes{};
  for (std::size_t i = 0; i < first.size(); ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(first[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(first[i] & 0xff);
  }
  bytes[14] = static_cast<std::uint8_t>(last >> 8);
  bytes[15] = static_cast<std::uint8_t>(last & 0xff);
  return bytes;
}

struct Reserved {
  Bytes address;
  int prefix;
  std::string_view problem;
  bool only_exactly = false;  // an allowed range must be this very address
};

constexpr std::string_view kLoopback = "a loopback address";
constexpr std::string_view kPrivate = "a private address";
constexpr std::string_view kLinkLocal = "a link-local address";
constexpr std::string_view kMetadata = "an address of a cloud's metadata service";
constexpr std::string_view kDocumentation = "an address for documentation";
constexpr std::string_view kReserved = "a reserved address";

// The first that fits counts: single addresses stand before the ranges that hold them.
constexpr std::array kReservedRanges = {
    Reserved{mapped(169, 254, 169, 254), 128, kMetadata, true},
    Reserved{mapped(100, 100, 100, 200), 128, kMetadata, true},
    Reserved{mapped(192, 0, 0, 192), 128, kMetadata, true},
    Reserved{mapped(168, 63, 129, 16), 128, kMetadata, true},
    Reserved{groups({0xfd00, 0x0ec2, 0, 0}, 0x0254), 128, kMetadata, true},
    Reserved{groups({0xfd20, 0x00ce, 0, 0}, 0x0254), 128, kMetadata, true},
    Reserved{mapped(0, 0, 0, 0), kV4Prefix + 8, "an address of this host"},
    Reserved{mapped(10, 0, 0, 0), kV4Prefix + 8, kPrivate},
    Reserved{mapped(100, 64, 0, 0), kV4Prefix + 10, "a carrier's shared address"},
    Reserved{mapped(127, 0, 0, 0), kV4Prefix + 8, kLoopback},
    Reserved{mapped(169, 254, 0, 0), kV4Prefix + 16, kLinkLocal, true},
    Reserved{mapped(172, 16, 0, 0), kV4Prefix + 12, kPrivate},
    Reserved{mapped(192, 0, 0, 0), kV4Prefix + 24, kReserved},
    Reserved{mapped(192, 0, 2, 0), kV4Prefix + 24, kDocumentation},
    Reserved{mapped(192, 88, 99, 0), kV4Prefix + 24, "a 6to4 relay's address"},
    Reserved{mapped(192, 168, 0, 0), kV4Prefix + 16, kPrivate},
    Reserved{mapped(198, 18, 0, 0), kV4Prefix + 15, "an address for benchmarks"},
    Reserved{mapped(198, 51, 100, 0), kV4Prefix + 24, kDocumentation},
    Reserved{mapped(203, 0, 113, 0), kV4Prefix + 24, kDocumentation},
    Reserved{mapped(224, 0, 0, 0), kV4Prefix + 4, "a multicast address"},
    Reserved{mapped(240, 0, 0, 0), kV4Prefix + 4, kReserved},
    Reserved{groups({0, 0, 0, 0}, 0), 128, "an address of this host"},
    Reserved{groups({0, 0, 0, 0}, 1), 128, kLoopback},
    Reserved{groups({0x0064, 0xff9b, 0x0001, 0}), 48, "an address of a local NAT64"},
    Reserved{groups({0x0100, 0, 0, 0}), 64, "an address that is discarded"},
    Reserved{groups({0x2001, 0, 0, 0}), 32, "a Teredo address"},
    Reserved{groups({0x2001, 0x0db8, 0, 0}), 32, kDocumentation},
    Reserved{groups({0x2002, 0, 0, 0}), 16, "a 6to4 address"},
    Reserved{groups({0xfc00, 0, 0, 0}), 7, kPrivate},
    Reserved{groups({0xfe80, 0, 0, 0}), 10, kLinkLocal, true},
    Reserved{groups({0xfec0, 0, 0, 0}), 10, kPrivate},
    Reserved{groups({0xff00, 0, 0, 0}), 8, "a multicast address"},
};
constexpr AddressRange kV4 = {.address = {mapped(0, 0, 0, 0)}, .prefix = kV4Prefix};
constexpr AddressRange kGlobalV6 = {.address = {groups({0x2000, 0, 0, 0})}, .prefix = 3};
constexpr AddressRange kNat64 = {.address = {groups({0x0064, 0xff9b, 0, 0})}, .prefix = 96};

const Reserved* find_reserved(const NetworkAddress& address) {
  for (const Reserved& row : kReservedRanges) {
    if (AddressRange{.address = {row.address}, .prefix = row.prefix}.holds(address)) return &row;
  }
  return nullptr;
}

NetworkAddress embedded(const NetworkAddress& address, std::array<std::size_t, 4> places, std::uint8_t mask = 0) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(address.bytes[places[i]] ^ mask);
  }
  return NetworkAddress::v4(bytes);
}

// The IPv4 addresses that packets to this one may end at, with the ways in which IPv6 wraps them (RFC 3056, 4380,
// 6052).
std::vector<NetworkAddress> wrapped_in(const NetworkAddress& address) {
  const auto under = [&](std::array<std::uint16_t, 4> first, int prefix) {
    return AddressRange{.address = {groups(first)}, .prefix = prefix}.holds(address);
  };
  if (kNat64.holds(address)) return {embedded(address, {12, 13, 14, 15})};
  if (under({0x0064, 0xff9b, 1, 0}, 48)) {
    return {embedded(address, {12, 13, 14, 15}), embedded(address, {6, 7, 9, 10})};
  }
  if (under({0x2002, 0, 0, 0}, 16)) return {embedded(address, {2, 3, 4, 5})};
  if (under({0x2001, 0, 0, 0}, 32)) {
    return {embedded(address, {12, 13, 14, 15}, 0xff), embedded(address, {4, 5, 6, 7})};
  }
  if (under({0, 0, 0, 0}, kV4Prefix)) return {embedded(address, {12, 13, 14, 15})};
  return {};
}

bool is_allowed(const NetworkAddress& address, std::span<const AddressRange> allowed, bool only_exactly) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const AddressRange& range) {
    return only_exactly ? range.prefix == 128 && range.address == address : range.holds(address);
  });
}

// --- text
// -------------------------------------------------------------------------------------------------------------

std::optional<int> parse_decimal(std::string_view text, int most) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value > most ? std::nullopt : std::optional(value);
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t end = i + 1 < bytes.size() ? text.find('.') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const std::optional<int> part = parse_decimal(text.substr(0, end), 255);
    if (!part) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bytes;
}

std::optional<std::uint16_t> parse_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return static_cast<std::uint16_t>(value);
}

// One side of "::", or all of an address without: groups parted by colons, the last of which may be an IPv4 address.
std::optional<std::vector<std::uint8_t>> parse_groups(std::string_view text, bool may_end_in_v4) {
  std::vector<std::uint8_t> bytes;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (bytes.size() >= 16) return std::nullopt;
    if (colon == std::string_view::npos && may_end_in_v4 && part.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(part);
      if (!v4) return std::nullopt;
      bytes.insert(bytes.end(), v4->begin(), v4->end());
      return bytes;
    }
    const std::optional<std::uint16_t> group = parse_group(part);
    if (!group) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*group >> 8));
    bytes.push_back(static_cast<std::uint8_t>(*group & 0xff));
    if (colon == std::string_view::npos) return bytes;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // ends with a colon
  }
  return bytes;
}

std::optional<NetworkAddress> parse_v6(std::string_view text) {
  NetworkAddress address;
  const std::size_t gap = text.find("::");
  const auto head = parse_groups(text.substr(0, gap), gap == std::string_view::npos);
  if (!head) return std::nullopt;
  if (gap == std::string_view::npos) {
    if (head->size() != address.bytes.size()) return std::nullopt;
    std::copy(head->begin(), head->end(), address.bytes.begin());
    return address;
  }
  const auto tail = parse_groups(text.substr(gap + 2), true);
  // "::" stands for at least one group.
  if (!tail || head->size() + tail->size() > address.bytes.size() - 2) return std::nullopt;
  std::copy(head->begin(), head->end(), address.bytes.begin());
  std::copy(tail->begin(), tail->end(), address.bytes.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return address;
}

}  // namespace

NetworkAddress NetworkAddress::v4(std::span<const std::uint8_t, 4> bytes) {
  return {mapped(bytes[0], bytes[1], bytes[2], bytes[3])};
}

bool NetworkAddress::is_v4() const {
  return kV4.holds(*this);
}

bool AddressRange::holds(const NetworkAddress& other) const {
  for (int bit = 0; bit < prefix; bit += 8) {
    const auto index = static_cast<std::size_t>(bit / 8);
    const int counted = std::min(prefix - bit, 8);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - counted));
    if (((address.bytes[index] ^ other.bytes[index]) & mask) != 0) return false;
  }
  return true;
}

std::optional<NetworkAddress> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  const auto v4 = parse_v4(text);
  return v4 ? std::optional(NetworkAddress::v4(*v4)) : std::nullopt;
}

std::optional<AddressRange> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<NetworkAddress> address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  AddressRange range{.address = *address, .prefix = 128};
  if (slash == std::string_view::npos) return range;
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  const std::optional<int> prefix = parse_decimal(text.substr(slash + 1), v4 ? 32 : 128);
  if (!prefix) return std::nullopt;
  range.prefix = *prefix + (v4 ? kV4Prefix : 0);
  return range;
}

std::string to_text(const NetworkAddress& address) {
  const auto& bytes = address.bytes;
  std::string text;
  if (address.is_v4()) {
    for (std::size_t i = 12; i < 16; ++i) text += (i > 12 ? "." : "") + std::to_string(bytes[i]);
    return text;
  }
  const auto group = [&](std::size_t i) { return static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]); };
  std::size_t gap = 8, longest = 1;  // the first of the longest runs of zeros, of at least two
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && group(end) == 0) ++end;
    if (end - i > longest) gap = i, longest = end - i;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      text += "::";
      i += longest - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    constexpr std::string_view kDigits = "0123456789abcdef";
    const unsigned value = group(i);
    for (int shift = 12; shift >= 0; shift -= 4) {
      if (shift == 0 || (value >> shift) != 0) text += kDigits[(value >> shift) & 15U];
    }
  }
  return text;
}

std::string_view address_problem(const NetworkAddress& address, std::span<const AddressRange> allowed) {
  const Reserved* own = find_reserved(address);
  const bool exactly = is_allowed(address, allowed, true);
  const bool by_range = is_allowed(address, allowed, false);
  // No wrapping leads to an address that must be named exactly.
  const std::vector<NetworkAddress> inside = wrapped_in(address);
  for (const NetworkAddress& inner : inside) {
    const Reserved* reserved = find_reserved(inner);
    if (reserved == nullptr || !reserved->only_exactly || exactly) continue;
    if (!is_allowed(inner, allowed, true)) return reserved->problem;
  }
  if (own != nullptr) return (own->only_exactly ? exactly : by_range) ? std::string_view() : own->problem;
  for (const NetworkAddress& inner : inside) {
    const Reserved* reserved = find_reserved(inner);
    if (reserved != nullptr && !by_range && !is_allowed(inner, allowed, reserved->only_exactly)) {
      return reserved->problem;
    }
  }
  const bool is_public = address.is_v4() || kGlobalV6.holds(address) || kNat64.holds(address);
  return is_public || by_range ? std::string_view() : kReserved;
}

}  // namespace tocsin
