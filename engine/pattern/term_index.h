// Which of many terms a text contains, in one pass over the text however many there are: of each term some four bytes
// are looked for that few others share, and the term is compared where they stand. Longer terms are known by four such
// places in a row, so that every fourth of the text need be looked at. Constant after construction.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
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
    for (const std::uint32_t term : shortest_) {
      if (text.find(terms_[term]) != std::string_view::npos) found(term);
    }
    for (const Grams& grams : {std::cref(short_), std::cref(long_)}) {
      if (grams.entries.empty()) continue;
      for (std::size_t at = 0; at + kGram <= text.size(); at += grams.stride) {
        const std::uint32_t gram = load(text.data() + at);
        if (!grams.may_hold(gram)) continue;
        for (std::size_t i = grams.first(gram); i < grams.entries.size() && grams.entries[i].gram == gram; ++i) {
          const Entry& entry = grams.entries[i];
          if (entry.offset <= at && text.substr(at - entry.offset).starts_with(terms_[entry.term])) found(entry.term);
        }
      }
    }
  }

 private:
  static constexpr std::size_t kGram = 4;
  static constexpr std::size_t kStride = 4;  // of terms that have so many places
  static constexpr unsigned kFilterBits = 15;

  struct Entry {
    std::uint32_t gram = 0;
    std::uint32_t offset = 0;  // where the gram stands in the term
    std::uint32_t term = 0;
  };
  struct Grams {
    std::size_t stride = 1;
    std::vector<Entry> entries;                                                // ordered by gram
    std::array<std::uint64_t, (std::size_t{1} << kFilterBits) / 64> filter{};  // a bit for each hash that some gram has

    static std::uint32_t hash(std::uint32_t gram) { return gram * 0x9E37'79B1U >> (32 - kFilterBits); }
    bool may_hold(std::uint32_t gram) const { return (filter[hash(gram) / 64] >> (hash(gram) % 64) & 1) != 0; }
    std::size_t first(std::uint32_t gram) const;
    void build();
  };

  static std::uint32_t load(const char* bytes) {
    std::uint32_t gram = 0;
    std::memcpy(&gram, bytes, kGram);
    return gram;
  }

  std::vector<std::string> terms_;
  std::vector<std::uint32_t> shortest_;  // of less than four bytes
  Grams short_, long_;
};

}  // namespace tocsin
