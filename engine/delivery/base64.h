// Base64 with the standard alphabet (RFC 4648, section 4), for webhook secrets and signatures. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

std::string encode_base64(std::string_view bytes);  // padded

// Padding may be left out, as receivers' libraries accept it; nothing else is forgiven.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tocsin
