#include "notifiers/fitted_text.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::string_view kCut = "…";

std::size_t units_of(std::string_view character, TextUnit unit) {
  if (unit == TextUnit::kBytes) return character.size();
  return character.size() == 4 ? 2 : 1;
}

}  // namespace

std::size_t character_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((static_cast<std::uint8_t>(text[i]) & 0xc0U) != 0x80) return 1;
  }
  return size;
}

std::size_t text_length(std::string_view text, TextUnit unit) {
  if (unit == TextUnit::kBytes) return text.size();
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    length += units_of(text.substr(0, size), unit);
    text.remove_prefix(size);
  }
  return length;
}

bool escape_markup(std::string_view character, std::string& out) {
  if (character == "&") {
    out += "&amp;";
  } else if (character == "<") {
    out += "&lt;";
  } else if (character == ">") {
    out += "&gt;";
  } else {
    return false;
  }
  return true;
}

std::string fitted(std::string_view text, std::size_t limit, TextUnit unit, EscapeCharacter escape) {
  const std::size_t mark = text_length(kCut, unit);
  std::string out;
  std::string written;
  std::size_t used = 0;
  std::size_t cut_at = 0;  // bytes of `out` that leave room for the mark
  while (!text.empty()) {
    const std::string_view character = text.substr(0, character_size(text));
    text.remove_prefix(character.size());
    written.clear();
    if (escape == nullptr) {
      written = character;
    } else {
      escape(character, written);
    }
    used += text_length(written, unit);
    if (used > limit) {
      out.resize(cut_at);
      return limit >= mark ? out.append(kCut) : out;
    }
    out += written;
    if (used + mark <= limit) cut_at = out.size();
  }
  return out;
}

std::string clean_line(std::string_view text, std::size_t most_bytes) {
  std::string line(text.substr(0, std::min(text.size(), most_bytes * 4)));
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\t', ' ');
  std::erase(line, '\r');
  line.erase(line.find_last_not_of(' ') + 1);
  line.erase(0, line.find_first_not_of(' '));
  return printable(line, most_bytes);
}

std::string clean_text(std::string_view text, std::size_t most_bytes) {
  std::string cleaned;
  while (!text.empty() && cleaned.size() < most_bytes) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!cleaned.empty()) cleaned += '\n';
    cleaned += clean_line(line, most_bytes - cleaned.size());
  }
  const std::size_t begin = std::min(cleaned.find_first_not_of('\n'), cleaned.size());
  return cleaned.substr(begin, cleaned.find_last_not_of('\n') + 1 - begin);
}

}  // namespace tocsin
