#include "rules/yaml_builder.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "engine/base/text.h"
#include "rules/yaml_document.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxFaults = 100;

// Thrown out of yaml-cpp's parser, which offers no other way to stop it.
struct Stop {
  YamlFault fault;
};

[[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string hint = {}) {
  throw Stop{{mark.line + 1, mark.column + 1, std::move(message), std::move(hint)}};
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t n = 1;
  for (const YamlNode& item : node.items) n += count_nodes(item);
  for (const YamlEntry& entry : node.entries) n += count_nodes(entry.value);
  return n;
}

int height(const YamlNode& node) {
  int highest = 0;
  for (const YamlNode& item : node.items) highest = std::max(highest, height(item));
  for (const YamlEntry& entry : node.entries) highest = std::max(highest, height(entry.value));
  return highest + 1;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<YamlFault>& faults) : faults_(faults) {}
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) stop(mark, "a rules file holds one document only", "put the second one in a file of its own");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node = make(mark, YamlNode::Kind::kNull);
    // What is not written has no place of its own: yaml-cpp gives that of whatever comes next.
    if (!stack_.empty()) {
      const Frame& frame = stack_.back();
      node.line = frame.pending ? frame.pending->line : frame.node.line;
      node.column = frame.pending ? frame.pending->column : frame.node.column;
    }
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "this alias stands inside of what it names, which would never end");
    nodes_ += found->second.nodes;
    if (nodes_ > kMaxYamlNodes) stop(mark, "aliases make this file grow beyond 200,000 values");
    if (static_cast<int>(stack_.size()) + found->second.height > kMaxYamlDepth)
      stop(mark, "nested deeper than 64 levels");
    place(found->second.node, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(mark, YamlNode::Kind::kScalar);
    node.plain = tag == "?";
    if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") node.tag = tag;
    node.text = value;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlEntry> pending;  // a key that waits for its value
    std::set<std::string> keys;
  };
  struct Anchored {
    YamlNode node;
    std::size_t nodes = 0;
    int height = 0;
  };

  YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++nodes_ > kMaxYamlNodes) stop(mark, "more than 200,000 values in one file");
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (static_cast<int>(stack_.size()) >= kMaxYamlDepth) stop(mark, "nested deeper than 64 levels");
    Frame frame;
    frame.node = make(mark, kind);
    if (tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:")) frame.node.tag = tag;
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(frame.node), frame.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    const YAML::Mark mark = mark_of(node);
    if (anchor != YAML::NullAnchor) {
      const std::size_t copied = count_nodes(node);
      nodes_ += copied;  // the copy that is kept for aliases takes memory too
      if (nodes_ > kMaxYamlNodes) stop(mark, "more than 200,000 values in one file");
      Anchored anchored{node, copied, height(node)};
      anchors_.insert_or_assign(anchor, std::move(anchored));
    }
    place(std::move(node), mark);
  }

  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  // Puts a finished node where it belongs: the root, an item, a key, or a key's value.
  void place(YamlNode node, const YAML::Mark& mark) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == YamlNode::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.pending) {
      if (node.kind != YamlNode::Kind::kScalar) stop(mark, "a key must be plain text");
      frame.pending = YamlEntry{std::move(node.text), mark.line + 1, mark.column + 1, {}};
    } else {
      finish_entry(frame, std::move(node));
    }
  }

  void finish_entry(Frame& frame, YamlNode value) {
    YamlEntry entry = std::move(*frame.pending);
    frame.pending.reset();
    if (frame.keys.insert(entry.key).second) {
      entry.value = std::move(value);
      frame.node.entries.push_back(std::move(entry));
      return;
    }
    if (faults_.size() >= kMaxFaults) return;
    const int first = first_line(frame.node, entry.key);
    faults_.push_back({entry.line, entry.column, "key '" + printable(entry.key, 80) + "' is given twice",
                       "first given in line " + std::to_string(first)});
  }

  static int first_line(const YamlNode& map, const std::string& key) {
    const YamlEntry* entry = map.find_entry(key);
    return entry == nullptr ? 0 : entry->line;
  }

  std::vector<YamlFault>& faults_;
  YamlNode root_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// yaml-cpp's words where they need none of ours.
std::string message_of(const YAML::Exception& fault) {
  if (dynamic_cast<const YAML::DeepRecursion*>(&fault) != nullptr) return "nested deeper than 64 levels";
  return "not valid YAML: " + printable(fault.msg, 200);
}

}  // namespace

YamlTree build_yaml_tree(std::string_view text) {
  YamlTree tree;
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(tree.faults);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    tree.root = builder.take_root();
    tree.complete = true;
  } catch (const Stop& stopped) {
    tree.faults.push_back(stopped.fault);
  } catch (const YAML::Exception& fault) {
    const bool placed = !fault.mark.is_null();
    const bool open = fault.msg.ends_with("not found");
    tree.faults.push_back({placed ? fault.mark.line + 1 : 0, placed ? fault.mark.column + 1 : 0, message_of(fault),
                           open ? "a bracket, a quote or this line's indentation may be wrong" : ""});
  }
  return tree;
}

}  // namespace tocsin
