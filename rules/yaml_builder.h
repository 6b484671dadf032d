// Runs yaml-cpp's parser over a text and builds our tree from its events, so that no tree of yaml-cpp is ever made: its
// nodes may be shared and cyclic. Internal to YamlDocument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/yaml_node.h"

namespace tocsin {

struct YamlFault {
  int line = 0, column = 0;  // from 1; 0: unknown
  std::string message;
  std::string hint;
};

struct YamlTree {
  YamlNode root;
  bool complete = false;  // false: the last fault ended the reading, root is of no use
  std::vector<YamlFault> faults;
};

YamlTree build_yaml_tree(std::string_view text);

}  // namespace tocsin
