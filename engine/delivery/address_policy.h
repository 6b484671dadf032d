// Which network addresses may be called. A webhook's address may have been written by somebody who should not reach
// this host's own network, so whatever is not public is refused unless the contact point allows its range; link-local
// addresses and those of the clouds' metadata services only where they are named exactly. Asked with the address that a
// connection is made to, so that no name, spelling or second look-up gets around it. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

// IPv4 addresses are kept as IPv6 has them, ::ffff:a.b.c.d: there is one form of each address.
struct NetworkAddress {
  std::array<std::uint8_t, 16> bytes{};

  static NetworkAddress v4(std::span<const std::uint8_t, 4> bytes);
  bool is_v4() const;
  bool operator==(const NetworkAddress&) const = default;
};

struct AddressRange {
  NetworkAddress address;
  int prefix = 128;  // leading bits that count; 96 more than in IPv4's own notation

  bool holds(const NetworkAddress& other) const;
};

// "10.1.2.3", "fd00::1", "::ffff:10.1.2.3": as in URLs and configuration files, no zone and no port.
std::optional<NetworkAddress> parse_address(std::string_view text);
// "10.0.0.0/8", "fd00::/8", or a single address. Bits behind the prefix do not count.
std::optional<AddressRange> parse_cidr(std::string_view text);
// "10.1.2.3", "fd00:0:0:0:0:0:0:1" shortened as RFC 5952 says.
std::string to_text(const NetworkAddress& address);

// Why no connection may be made, as "a loopback address"; empty: it may.
std::string_view address_problem(const NetworkAddress& address, std::span<const AddressRange> allowed);

}  // namespace tocsin
