// The fields a parser looks for, as a tree of keys: node by node down a JSON document, every key of a line is looked up
// once among the wanted keys of its object. Buckets by length and two characters make a miss, the usual case, cost one
// load. Built once, then constant.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
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
      std::uint64_t head = 0;  // its first eight bytes, zeros behind
      std::uint64_t tail = 0;  // its last eight bytes, of a key that has more than eight
      std::uint32_t size = 0;
      std::uint32_t node = kNone;
      std::string text;
    };
    std::uint32_t field = kNone;  // the index of the path that ends here
    bool inner = false;           // some path goes on
    std::vector<Key> keys;        // ordered by bucket
    std::array<std::uint16_t, 65> bucket_begin{};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> elements;  // index and node
  };

  // A path's field number is its index; of equal paths the first counts.
  explicit FieldTrie(const std::vector<FieldPath>& paths);

  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::uint32_t index) const { return nodes_[index]; }
  static constexpr std::uint32_t root() { return 0; }

  std::uint32_t find(std::uint32_t node, std::string_view key) const {
    return find(nodes_[node], key, head_of(key.data(), std::min<std::size_t>(key.size(), 8)));
  }
  // The same for a key with seven readable bytes behind it: one load instead of a copy.
  std::uint32_t find_padded(std::uint32_t node, std::string_view key) const {
    std::uint64_t head = 0;
    std::memcpy(&head, key.data(), 8);
    if (key.size() < 8) head &= (std::uint64_t{1} << (key.size() * 8)) - 1;
    return find(nodes_[node], key, head);
  }
  std::uint32_t find(std::uint32_t node, std::uint32_t element) const {
    for (const auto& [index, child] : nodes_[node].elements) {
      if (index == element) return child;
    }
    return kNone;
  }

 private:
  static_assert(std::endian::native == std::endian::little, "heads are compared as loaded");

  static std::uint64_t head_of(const char* begin, std::size_t size) {
    std::uint64_t head = 0;
    if (size > 0) std::memcpy(&head, begin, size);
    return head;
  }
  static std::uint64_t tail_of(std::string_view key) {
    return key.size() > 8 ? head_of(key.data() + key.size() - 8, 8) : 0;
  }
  static std::size_t bucket_of(std::uint64_t head, std::size_t size) {
    return ((head ^ (size << 3)) * 0x9E37'79B9'7F4A'7C15U) >> 58;
  }
  static std::uint32_t find(const Node& from, std::string_view key, std::uint64_t head) {
    const std::size_t bucket = bucket_of(head, key.size());
    for (std::size_t i = from.bucket_begin[bucket]; i < from.bucket_begin[bucket + 1]; ++i) {
      const Node::Key& wanted = from.keys[i];
      if (wanted.head != head || wanted.size != key.size()) continue;
      if (key.size() <= 8) return wanted.node;
      if (wanted.tail != tail_of(key)) continue;
      if (key.size() <= 16 || std::memcmp(wanted.text.data() + 8, key.data() + 8, key.size() - 16) == 0)
        return wanted.node;
    }
    return kNone;
  }
  std::uint32_t child_of(std::uint32_t node, const FieldPath::Step& step);
  void fill_buckets(Node& node);

  std::vector<Node> nodes_;
};

}  // namespace tocsin
