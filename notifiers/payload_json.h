// A notification's payload as a tree of JSON, and back as text of bounded size. Payloads hold log text: whatever is in
// one, reading it neither fails nor overflows the stack.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tocsin {

// Null where the text is no JSON, or is nested deeper than anything sensible.
nlohmann::ordered_json parse_payload(std::string_view text);
// What is not UTF-8 becomes U+FFFD.
std::string payload_text(const nlohmann::ordered_json& json);

// The member of an object, or null. A path of members, parted by dots.
const nlohmann::ordered_json& member(const nlohmann::ordered_json& json, std::string_view path);
// The text of a member; numbers and truth values as JSON writes them; empty where there is none.
std::string member_text(const nlohmann::ordered_json& json, std::string_view path);

// The payload in at most `limit` bytes: as it is where it fits; else with less evidence first, then with shorter lists
// and texts, and "truncated": true in its data. Always an object with the type and the time.
std::string shortened_payload(const std::string& payload, std::size_t limit);

inline constexpr std::size_t kMaxPayloadBytes = 262'144;  // what receivers of webhooks commonly take

}  // namespace tocsin
