#include "replay/listen_address.h"

#include <charconv>

namespace tocsin {

std::string ListenAddress::to_text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return std::string(is_udp ? "udp" : "tcp") + "://" + (is_v6 ? "[" + host + "]" : host) + ":" + port;
}

std::optional<ListenAddress> parse_listen_address(std::string_view text, std::string& problem) {
  const std::string quoted = "'" + std::string(text) + "'";
  ListenAddress address;
  if (text.starts_with("udp://")) {
    address.is_udp = true;
  } else if (!text.starts_with("tcp://")) {
    problem = quoted + " does not begin with udp:// or tcp://";
    return std::nullopt;
  }
  text.remove_prefix(6);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) {
    problem = quoted + " names no port";
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    problem = quoted + " has an IPv6 address without brackets";
    return std::nullopt;
  }
  if (host.empty()) {
    problem = quoted + " names no address to listen on (127.0.0.1, or 0.0.0.0 for all)";
    return std::nullopt;
  }
  unsigned number = 0;
  const char* end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data(), end, number);
  if (port.empty() || error != std::errc() || rest != end || number > 65535) {
    problem = quoted + " has no port from 0 to 65535";
    return std::nullopt;
  }
  address.host = host;
  address.port = std::to_string(number);
  return address;
}

}  // namespace tocsin
