// Which of many terms a text contains, in one pass over the text however many there are: of each term four bytes that
// few others share are looked for, and the term is compared where they stand. Constant after build().
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

class TermIndex {
 public:
  // Terms are numbered from 0 in the given order.
  explicit TermIndex(std::vector<std::string> terms);

  // Calls found(number) for each term that the text contains, perhaps more than once.
  template <typename Found>
  void search(std::string_view text, Found found) const {
    for (const std::uint32_t term : short_terms_) {
      if (text.find(terms_[term]) != std::string_view::npos) found(term);
    }
    if (entries_.empty()) return;
    for (std::size_t at = 0; at + kGram <= text.size(); ++at) {
      const std::uint32_t gram = load(text.data() + at);
      if (!may_hold(gram)) continue;
      for (std::uint32_t entry = first_entry(gram); entry < entries_.size() && entries_[entry].gram == gram; ++entry) {
        const std::string& term = terms_[entries_[entry].term];
        const std::size_t before = entries_[entry].offset;
        if (before <= at && text.substr(at - before).starts_with(term)) found(entries_[entry].term);
      }
    }
  }

 private:
  static constexpr std::size_t kGram = 4;
  static constexpr unsigned kFilterBits = 16;

  struct Entry {
    std::uint32_t gram = 0;
    std::uint32_t offset = 0;  // where the gram stands in the term
    std::uint32_t term = 0;
  };

  static std::uint32_t load(const char* bytes) {
    std::uint32_t gram = 0;
    std::memcpy(&gram, bytes, kGram);
    return gram;
  }
  static std::uint32_t hash(std::uint32_t gram) { return gram * 0x9E37'79B1U; }
  bool may_hold(std::uint32_t gram) const {
    const std::uint32_t bit = hash(gram) >> (32 - kFilterBits);
    return (filter_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  std::uint32_t first_entry(std::uint32_t gram) const;

  std::vector<std::string> terms_;
  std::vector<std::uint32_t> short_terms_;  // of less than four bytes
  std::vector<Entry> entries_;              // of the others, one each, ordered by gram
  std::vector<std::uint64_t> filter_;       // a bit for each hash that some gram has
};

}  // namespace tocsin
