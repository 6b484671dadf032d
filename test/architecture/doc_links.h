// The links of a Markdown file that point into the project.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "test/architecture/house_rules.h"

namespace tocsin::test {

// `path` is the document's, from the root of the project; `exists` is asked about paths from the root.
std::vector<Violation> check_links(std::string_view path, std::string_view text,
                                   const std::function<bool(const std::string&)>& exists);

}  // namespace tocsin::test
