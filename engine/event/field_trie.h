// The fields a parser looks for, as a tree of keys: node by node down a JSON document, every key of a line is looked up
// once among the wanted keys of its object. Buckets by length and two characters make a miss, the usual case, cost one
// load. Built once, then constant.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/projection.h"

namespace tocsin {

class FieldTrie {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Node {
    struct Key {
      std::string text;
      std::uint32_t node = kNone;
    };
    std::uint32_t field = kNone;  // the index of the path that ends here
    bool inner = false;           // some path goes on
    std::vector<Key> keys;        // ordered by bucket
    std::array<std::uint16_t, 33> bucket_begin{};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> elements;  // index and node
  };

  // A path's field number is its index; of equal paths the first counts.
  explicit FieldTrie(const std::vector<FieldPath>& paths);

  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::uint32_t index) const { return nodes_[index]; }
  static constexpr std::uint32_t root() { return 0; }

  std::uint32_t find(std::uint32_t node, std::string_view key) const {
    const Node& from = nodes_[node];
    const std::size_t bucket = bucket_of(key);
    for (std::size_t i = from.bucket_begin[bucket]; i < from.bucket_begin[bucket + 1]; ++i) {
      if (from.keys[i].text == key) return from.keys[i].node;
    }
    return kNone;
  }
  std::uint32_t find(std::uint32_t node, std::uint32_t element) const {
    for (const auto& [index, child] : nodes_[node].elements) {
      if (index == element) return child;
    }
    return kNone;
  }

 private:
  static std::size_t bucket_of(std::string_view key) {
    if (key.empty()) return 0;
    const auto first = static_cast<unsigned char>(key.front());
    const auto last = static_cast<unsigned char>(key.back());
    return (key.size() + first * 3U + last * 7U) % 32;
  }
  std::uint32_t child_of(std::uint32_t node, const FieldPath::Step& step);
  void fill_buckets(Node& node);

  std::vector<Node> nodes_;
};

}  // namespace tocsin
