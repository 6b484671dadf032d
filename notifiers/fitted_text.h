// Cuts texts to what a service takes, at a character, never within one or within an escape. Services count in UTF-16
// units or in bytes; what is cut ends in "…". The texts are UTF-8, whatever is wrong in them has been replaced. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin {

enum class TextUnit { kUtf16, kBytes };

std::size_t text_length(std::string_view text, TextUnit unit);

// How one character is written: "&" as "&amp;". Appends to `out`.
using EscapeCharacter = void (*)(std::string_view character, std::string& out);

// Writes &, < and > as entities. False: the character is none of them.
bool escape_markup(std::string_view character, std::string& out);

// At most `limit` units after escaping.
std::string fitted(std::string_view text, std::size_t limit, TextUnit unit = TextUnit::kUtf16,
                   EscapeCharacter escape = nullptr);

// The lines of a text, each made printable (engine/base/text.h); no carriage returns, no blank line at either end.
std::string clean_text(std::string_view text, std::size_t most_bytes);
// The same as one line.
std::string clean_line(std::string_view text, std::size_t most_bytes);

// The bytes of the character at the text's beginning: 1 for what is no UTF-8.
std::size_t character_size(std::string_view text);

}  // namespace tocsin
