#include "engine/pattern/text_index.h"

#include <functional>

namespace tocsin {
namespace {

constexpr std::size_t kScanLimit = 3;  // so few texts are compared faster than one is hashed

}  // namespace

std::uint32_t TextIndex::add(std::string_view text) {
  const std::uint32_t known = find(text);
  if (known != kNone) return known;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  hashes_.push_back(std::hash<std::string_view>{}(text));
  if (table_.size() < 2 * texts_.size()) {
    table_.assign(table_.empty() ? 16 : 2 * table_.size(), 0);
    for (std::uint32_t i = 0; i < number; ++i) insert(i);
  }
  insert(number);
  return number;
}

void TextIndex::insert(std::uint32_t number) {
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hashes_[number] & mask;
  while (table_[at] != 0) at = (at + 1) & mask;
  table_[at] = number + 1;
}

std::uint32_t TextIndex::find(std::string_view text) const {
  if (texts_.size() <= kScanLimit) {
    for (std::uint32_t i = 0; i < texts_.size(); ++i) {
      if (texts_[i] == text) return i;
    }
    return kNone;
  }
  const std::size_t hash = std::hash<std::string_view>{}(text);
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask; table_[at] != 0; at = (at + 1) & mask) {
    const std::uint32_t number = table_[at] - 1;
    if (hashes_[number] == hash && texts_[number] == text) return number;
  }
  return kNone;
}

}  // namespace tocsin
