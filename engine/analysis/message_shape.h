// The shape of a message: what stays the same when the same thing happens again. Numbers, times, durations, addresses,
// ids, hashes, paths, e-mail addresses and quoted single words become "<*>":
//   "timeout after 5000 ms calling 10.0.0.7:8080"  ->  "timeout after <*> ms calling <*>"
// One forward pass over at most kMaxShapeInput bytes; the result is valid UTF-8, has no control characters and at most
// kMaxShape bytes. Rules for one word at a time, not learned templates: a shape must not depend on the lines before it,
// or a replay from the middle would count otherwise. No regular expressions: they would be the most expensive part of
// an analysis.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

inline constexpr std::size_t kMaxShapeInput = 2048;
inline constexpr std::size_t kMaxShape = 256;
inline constexpr std::string_view kShapeMark = "<*>";

std::string message_shape(std::string_view message);
// The same into a buffer that is used again and again.
void message_shape(std::string_view message, std::string& shape);

}  // namespace tocsin
