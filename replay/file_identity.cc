#include "replay/file_identity.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "replay/path_glob.h"

namespace tocsin {
namespace {

constexpr std::array<std::string_view, 6> kCompressed{".gz", ".zst", ".bz2", ".xz", ".lz4", ".Z"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_plain(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '.' || c == '-' ||
         c == '_';
}

// Names are bytes, JSON is UTF-8; and what has no quote needs no parser.
std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_plain(text[i])) return std::nullopt;
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* begin = text.data() + i + 1;
    if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

// The value of a member, up to a comma, brace or quote.
std::optional<std::string_view> member(std::string_view text, std::string_view name) {
  std::string begin = "\"";
  begin += name;
  begin += "\":";
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + begin.size());
  if (text.starts_with('"')) text.remove_prefix(1);
  return text.substr(0, text.find_first_of(",}\""));
}

template <typename Number>
bool read_member(std::string_view text, std::string_view name, Number& number, int base = 10) {
  const std::optional<std::string_view> value = member(text, name);
  if (!value) return false;
  const char* end = value->data() + value->size();
  const auto [rest, error] = std::from_chars(value->data(), end, number, base);
  return error == std::errc() && rest == end;
}

std::string_view without_compression(std::string_view name) {
  for (const std::string_view ending : kCompressed) {
    if (name.size() > ending.size() && name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

// Where the marks of a rotation begin that `name` ends with: ".1", "-20240101", "-2024-01-01_13", ".old".
std::size_t marks_begin(std::string_view name) {
  std::size_t end = name.size();
  while (true) {
    std::size_t begin = end;
    while (begin > 0 && is_digit(name[begin - 1])) --begin;
    if (begin == end) {
      for (const std::string_view word : {"old", "bak"}) {
        if (name.substr(0, end).ends_with(word)) begin = end - word.size();
      }
    }
    const bool is_mark =
        begin < end && begin > 1 &&
        (name[begin - 1] == '.' || name[begin - 1] == '-' || name[begin - 1] == '_' || name[begin - 1] == 'T');
    if (!is_mark) return end;
    end = begin - 1;
  }
}

// "app-20240101.log" is "app.log".
std::string without_inner_marks(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::string(name);
  return std::string(name.substr(0, marks_begin(name.substr(0, dot)))).append(name.substr(dot));
}

}  // namespace

bool Fingerprint::fits(std::string_view head) const {
  return head.size() >= length && fingerprint_of(head.substr(0, length)).hash == hash;
}

Fingerprint fingerprint_of(std::string_view head) {
  head = head.substr(0, Fingerprint::kBytes);
  // FNV-1a, with its bits mixed once more: its last bytes reach only the low ones.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : head) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 32)) * 0x9e3779b97f4a7c15;
  return {static_cast<std::uint32_t>(head.size()), hash ^ (hash >> 29)};
}

std::string FileIdentity::to_text() const {
  std::array<char, 17> hex{};
  std::to_chars(hex.data(), hex.data() + hex.size(), print.hash, 16);
  std::string text = "{\"device\":" + std::to_string(number.device) + ",\"inode\":" + std::to_string(number.inode);
  text += ",\"length\":" + std::to_string(print.length) + ",\"hash\":\"" + hex.data() + "\"";
  if (finished != 0) text += ",\"finished\":" + std::to_string(finished);
  text += ",\"path\":\"" + percent_encoded(path) + "\"}";
  return text;
}

std::optional<FileIdentity> FileIdentity::parse(std::string_view text) {
  FileIdentity identity;
  const bool read = read_member(text, "device", identity.number.device) &&
                    read_member(text, "inode", identity.number.inode) &&
                    read_member(text, "length", identity.print.length) &&
                    read_member(text, "hash", identity.print.hash, 16) && identity.print.length <= Fingerprint::kBytes;
  const std::optional<std::string_view> encoded = member(text, "path");
  if (!read || !encoded) return std::nullopt;
  std::optional<std::string> path = percent_decoded(*encoded);
  if (!path) return std::nullopt;
  identity.path = std::move(*path);
  if (member(text, "finished") && !read_member(text, "finished", identity.finished)) return std::nullopt;
  return identity;
}

std::string family_of(std::string_view path) {
  const std::string_view name = without_compression(name_of(path));
  std::string family(path.substr(0, path.size() - name_of(path).size()));
  return family.append(without_inner_marks(name.substr(0, marks_begin(name))));
}

bool is_rotated_form(std::string_view path, std::string_view original) {
  if (path == original || folder_of(path) != folder_of(original)) return false;
  const std::string_view name = name_of(path);
  return name.substr(0, marks_begin(name)) == name_of(original) || without_inner_marks(name) == name_of(original);
}

bool are_rotated_siblings(std::string_view a, std::string_view b) {
  if (folder_of(a) != folder_of(b)) return false;
  a = name_of(a);
  b = name_of(b);
  const std::string_view original = a.substr(0, marks_begin(a));
  return original.size() < a.size() && original.size() < b.size() && original == b.substr(0, marks_begin(b));
}

bool has_compressed_name(std::string_view path) {
  return without_compression(name_of(path)).size() != name_of(path).size();
}

}  // namespace tocsin
