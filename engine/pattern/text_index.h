// Numbers distinct texts from 0 in order of arrival, and finds the number of a text again without allocating. For the
// hot path: literals of patterns, values of dimensions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

class TextIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // The number of `text`, a new one where it has none yet.
  std::uint32_t add(std::string_view text);
  std::uint32_t find(std::string_view text) const;

  std::size_t size() const { return texts_.size(); }
  const std::string& text(std::uint32_t number) const { return texts_[number]; }

 private:
  void insert(std::uint32_t number);

  std::vector<std::string> texts_;
  std::vector<std::size_t> hashes_;   // by number
  std::vector<std::uint32_t> table_;  // open addressing, at most half full; number + 1, 0 is free
};

}  // namespace tocsin
