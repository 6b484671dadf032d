#include "engine/analysis/service_mention.h"

#include <algorithm>
#include <utility>

namespace tocsin {
namespace {

constexpr std::size_t kMostRead = 4096;
// Shorter names ("db", "ui") are too often parts of ordinary text.
constexpr std::size_t kShortestAlias = 3;

// The letter in lower case or the digit; 0: separates words; '-': left out of a word.
char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return c;
  if (static_cast<unsigned char>(c) >= 0x80) return c;
  return c == '-' || c == '_' ? '-' : '\0';
}

std::size_t shared_prefix(const std::vector<std::string>& services) {
  if (services.size() < 3) return 0;
  // Sorted, so that the first and the last differ the earliest.
  const std::string& first = services.front();
  const std::string& last = services.back();
  std::size_t length = 0;
  while (length < first.size() && length < last.size() && first[length] == last[length]) ++length;
  // Only up to a separator: "pay-in" and "pay-out" share "pay-", "cart" and "catalog" nothing.
  while (length > 0 && first[length - 1] != '-' && first[length - 1] != '_' && first[length - 1] != '.') --length;
  return length;
}

}  // namespace

ServiceMentions::ServiceMentions(std::vector<std::string> services) : services_(std::move(services)) {
  const std::size_t prefix = shared_prefix(services_);
  for (std::size_t i = 0; i < services_.size(); ++i) {
    add_alias(services_[i], i);
    if (prefix > 0) add_alias(std::string_view(services_[i]).substr(prefix), i);
  }
}

void ServiceMentions::add_alias(std::string_view name, std::size_t service) {
  std::string alias;
  for (const char c : name) {
    const char f = folded(c);
    if (f != '-' && f != '\0') alias.push_back(f);
  }
  if (alias.size() < kShortestAlias) return;
  longest_ = std::max(longest_, alias.size());
  aliases_.emplace(std::move(alias), service);
}

std::optional<std::size_t> ServiceMentions::named_in(std::string_view message, std::string_view own) const {
  message = message.substr(0, kMostRead);
  std::optional<std::size_t> named;
  std::string word;
  const auto end_word = [&] {
    if (word.size() >= kShortestAlias && word.size() <= longest_) {
      const auto found = aliases_.find(word);
      if (found != aliases_.end() && services_[found->second] != own) named = found->second;
    }
    word.clear();
  };
  for (const char c : message) {
    const char f = folded(c);
    if (f == '\0') {
      end_word();
    } else if (f != '-' && word.size() <= longest_) {
      word.push_back(f);
    }
  }
  end_word();
  return named;
}

}  // namespace tocsin
