// Numbers distinct texts from 0 in order of arrival, and finds the number of a text again without allocating. For the
// hot path: literals of patterns, values of dimensions, names of services.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/text_key.h"

namespace tocsin {

class TextIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // The number of `text`, a new one where it has none yet.
  std::uint32_t add(std::string_view text);

  std::uint32_t find(std::string_view text) const {
    if (table_.empty()) return kNone;
    const TextKey key = TextKey::of(text);
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = place_of(key, text); table_[at].number != kNone; at = (at + 1) & mask) {
      const Entry& entry = table_[at];
      if (entry.key == key && (text.size() <= TextKey::kWhole || texts_[entry.number] == text)) return entry.number;
    }
    return kNone;
  }

  std::size_t size() const { return texts_.size(); }
  const std::string& text(std::uint32_t number) const { return texts_[number]; }

 private:
  struct Entry {
    TextKey key;
    std::uint32_t number = kNone;
  };

  std::size_t place_of(const TextKey& key, std::string_view text) const {
    return (text.size() <= TextKey::kWhole ? key.hash() : hash_of_long(text)) >> shift_;
  }
  static std::uint64_t hash_of_long(std::string_view text);
  void insert(std::uint32_t number);

  std::vector<std::string> texts_;
  std::vector<Entry> table_;  // open addressing, at most half full
  unsigned shift_ = 64;       // 64 minus the bits of a place in the table
};

}  // namespace tocsin
