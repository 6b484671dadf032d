#include "engine/event/field_trie.h"

#include <algorithm>

namespace tocsin {

FieldTrie::FieldTrie(const std::vector<FieldPath>& paths) {
  nodes_.emplace_back();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::uint32_t at = root();
    for (const FieldPath::Step& step : paths[i].steps) {
      nodes_[at].inner = true;
      at = child_of(at, step);
    }
    if (nodes_[at].field == kNone) nodes_[at].field = static_cast<std::uint32_t>(i);
  }
  for (Node& node : nodes_) fill_buckets(node);
}

std::uint32_t FieldTrie::child_of(std::uint32_t node, const FieldPath::Step& step) {
  const auto next = static_cast<std::uint32_t>(nodes_.size());
  if (const auto* index = std::get_if<std::uint32_t>(&step)) {
    const std::uint32_t found = find(node, *index);
    if (found != kNone) return found;
    nodes_[node].elements.emplace_back(*index, next);
  } else {
    const std::string& text = std::get<std::string>(step);
    for (const Node::Key& key : nodes_[node].keys) {
      if (key.text == text) return key.node;
    }
    nodes_[node].keys.push_back({.head = head_of(text.data(), std::min<std::size_t>(text.size(), 8)),
                                 .tail = tail_of(text),
                                 .size = static_cast<std::uint32_t>(text.size()),
                                 .node = next,
                                 .text = text});
  }
  nodes_.emplace_back();
  return next;
}

void FieldTrie::fill_buckets(Node& node) {
  const auto bucket = [](const Node::Key& key) { return bucket_of(key.head, key.size); };
  std::ranges::stable_sort(node.keys, {}, bucket);
  for (const Node::Key& key : node.keys) ++node.bucket_begin[bucket(key) + 1];
  for (std::size_t i = 1; i < node.bucket_begin.size(); ++i) {
    node.bucket_begin[i] = static_cast<std::uint16_t>(node.bucket_begin[i] + node.bucket_begin[i - 1]);
  }
}

}  // namespace tocsin
