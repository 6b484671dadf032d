#include "engine/pattern/term_index.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace tocsin {

TermIndex::TermIndex(std::vector<std::string> terms) : terms_(std::move(terms)) {
  long_.stride = kStride;
  std::map<std::uint32_t, std::size_t> uses;  // of each gram, over all terms
  for (const std::string& term : terms_) {
    for (std::size_t at = 0; at + kGram <= term.size(); ++at) ++uses[load(term.data() + at)];
  }
  for (std::uint32_t number = 0; number < terms_.size(); ++number) {
    const std::string& term = terms_[number];
    if (term.size() < kGram) {
      shortest_.push_back(number);
      continue;
    }
    Grams& grams = term.size() < kGram + kStride - 1 ? short_ : long_;
    // The run of places whose grams are used least.
    std::size_t begin = 0;
    std::size_t least = SIZE_MAX;
    for (std::size_t at = 0; at + kGram + grams.stride - 1 <= term.size(); ++at) {
      std::size_t sum = 0;
      for (std::size_t i = 0; i < grams.stride; ++i) sum += uses[load(term.data() + at + i)];
      if (sum < least) std::tie(begin, least) = std::pair(at, sum);
    }
    for (std::size_t i = begin; i < begin + grams.stride; ++i) {
      grams.entries.push_back({load(term.data() + i), static_cast<std::uint32_t>(i), number});
    }
  }
  short_.build();
  long_.build();
}

void TermIndex::Grams::build() {
  std::ranges::sort(entries, {}, [](const Entry& one) { return std::tuple(one.gram, one.term, one.offset); });
  for (const Entry& entry : entries) filter[hash(entry.gram) / 64] |= std::uint64_t{1} << (hash(entry.gram) % 64);
}

std::size_t TermIndex::Grams::first(std::uint32_t gram) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(entries, gram, {}, &Entry::gram) - entries.begin());
}

}  // namespace tocsin
