#include "engine/pattern/term_index.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace tocsin {

TermIndex::TermIndex(std::vector<std::string> terms)
    : terms_(std::move(terms)), filter_((std::size_t{1} << kFilterBits) / 64) {
  std::map<std::uint32_t, std::uint32_t> uses;  // of each gram, over all terms
  for (const std::string& term : terms_) {
    for (std::size_t at = 0; at + kGram <= term.size(); ++at) ++uses[load(term.data() + at)];
  }
  for (std::uint32_t number = 0; number < terms_.size(); ++number) {
    const std::string& term = terms_[number];
    if (term.size() < kGram) {
      short_terms_.push_back(number);
      continue;
    }
    Entry rarest;
    for (std::uint32_t at = 0; at + kGram <= term.size(); ++at) {
      const std::uint32_t gram = load(term.data() + at);
      if (at == 0 || uses[gram] < uses[rarest.gram]) rarest = {gram, at, number};
    }
    entries_.push_back(rarest);
    const std::uint32_t bit = hash(rarest.gram) >> (32 - kFilterBits);
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  std::ranges::sort(entries_, {}, [](const Entry& entry) { return std::tuple(entry.gram, entry.term); });
}

std::uint32_t TermIndex::first_entry(std::uint32_t gram) const {
  return static_cast<std::uint32_t>(std::ranges::lower_bound(entries_, gram, {}, &Entry::gram) - entries_.begin());
}

}  // namespace tocsin
