// A webhook's signing secret as Standard Webhooks writes it: "whsec_" and the base64 of 24 to 64 bytes. The prefix may
// be left out. Here and not beside the signature, because rules are checked without a crypto library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

// What is wrong with a secret, without quoting it; empty: nothing.
std::string check_webhook_secret(std::string_view secret);

// The key's bytes; nullopt where check_webhook_secret finds fault.
std::optional<std::string> webhook_key(std::string_view secret);

}  // namespace tocsin
