// "udp://127.0.0.1:5514", "tcp://[::1]:5514": where a source listens. A host is always named: nothing listens on all
// addresses unless its user writes 0.0.0.0 or [::].
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct ListenAddress {
  bool is_udp = false;
  std::string host;
  std::string port;  // decimal; "0": the system chooses one

  std::string to_text() const;
};

// Nullopt, and what is wrong in `problem`.
std::optional<ListenAddress> parse_listen_address(std::string_view text, std::string& problem);

}  // namespace tocsin
