#include "engine/event/line_cursor.h"

namespace tocsin {

LineCursor::LineCursor(const RawBatch& raw, std::size_t max_line) : raw_(raw), max_line_(max_line) {}

bool LineCursor::next(Line& line) {
  const std::string& bytes = raw_.bytes;
  if (at_ >= bytes.size()) return false;
  const char* begin = bytes.data() + at_;
  const std::size_t rest = bytes.size() - at_;
  // find() is memchr underneath.
  const std::size_t newline = std::string_view(begin, rest).find('\n');
  std::size_t size = newline != std::string_view::npos ? newline : rest;
  const std::size_t next = newline != std::string_view::npos ? at_ + size + 1 : bytes.size();
  std::size_t start = at_;
  if (start == 0 && raw_.first_offset == 0 && std::string_view(begin, size).starts_with("\xEF\xBB\xBF")) {
    begin += 3;
    start += 3;
    size -= 3;
  }
  // A carriage return before the place where the reader cut is no line end.
  line.truncated = next == bytes.size() && raw_.dropped_bytes > 0;
  if (size > 0 && begin[size - 1] == '\r' && !line.truncated) --size;
  if (size > max_line_) {
    size = max_line_;
    line.truncated = true;
  }
  line.text = std::string_view(begin, size);
  if (line.truncated) line.text = without_cut_character(line.text);
  line.origin = {.file = raw_.file, .line = ++number_, .offset = raw_.first_offset + start};
  at_ = next;
  return true;
}

bool is_blank_line(std::string_view text) {
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r') return false;
  }
  return true;
}

std::string_view without_cut_character(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return text;
    if (byte < 0xC0) continue;  // a following byte: its first is further ahead
    const std::size_t needs = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return needs > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

}  // namespace tocsin
