// JSON values of the workflow engine. Values are shared and never changed once made, so that a payload travels through
// states, history and branches without copies. Reading has limits: depth, and duplicate keys where they are a mistake.
// Member order is kept, because causes and outputs quote the input as its author wrote it.
#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace tocsin {

using Json = nlohmann::ordered_json;
using JsonRef = std::shared_ptr<const Json>;

inline constexpr std::size_t kMaxJsonDepth = 200;
inline constexpr std::size_t kMaxPayloadBytes = 256UL * 1024;      // of a state's input, result or output
inline constexpr std::size_t kMaxDefinitionBytes = 1024UL * 1024;  // of a state machine's definition

struct JsonProblem {
  std::string message;
  int line = 0;
  int column = 0;
};

// Data keeps the last of two equal keys, as the recorded services do; in a definition the second one is an error.
enum class DuplicateKeys { kKeepLast, kRefuse };

// Null, and `problem` filled, where `text` is not one JSON value within the limits.
JsonRef parse_json(std::string_view text, DuplicateKeys duplicates, JsonProblem& problem);

JsonRef make_json(Json value);
std::string json_text(const Json& value);   // compact
std::size_t json_bytes(const Json& value);  // the length of json_text
bool deeper_than(const Json& value, std::size_t depth);
// How two numbers stand, exactly where both are integers: nlohmann's own comparison takes 2^64-1 for -1.
std::partial_ordering compare_numbers(const Json& a, const Json& b);
// Equality of values: the order of members does not count, 1 equals 1.0.
bool same_json(const Json& a, const Json& b);

}  // namespace tocsin
