#include "engine/pattern/text_index.h"

#include <bit>
#include <functional>

namespace tocsin {

// Of all bytes: long names often differ in their middle only.
std::uint64_t TextIndex::hash_of_long(std::string_view text) {
  return std::hash<std::string_view>{}(text)*0x9E37'79B9'7F4A'7C15U;
}

std::uint32_t TextIndex::add(std::string_view text) {
  const std::uint32_t known = find(text);
  if (known != kNone) return known;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(text);
  if (table_.size() < 2 * texts_.size()) {
    table_.assign(table_.empty() ? 16 : 2 * table_.size(), {});
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(table_.size()));
    for (std::uint32_t i = 0; i < number; ++i) insert(i);
  }
  insert(number);
  return number;
}

void TextIndex::insert(std::uint32_t number) {
  const TextKey key = TextKey::of(texts_[number]);
  const std::size_t mask = table_.size() - 1;
  std::size_t at = place_of(key, texts_[number]);
  while (table_[at].number != kNone) at = (at + 1) & mask;
  table_[at] = {key, number};
}

}  // namespace tocsin
