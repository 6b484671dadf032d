// Text with '*' for any run of characters, matched the way CloudWatch does it: each piece between stars is taken where
// it occurs first, and nothing is tried again. So *111.111 does not match 111.111.111, whose first 111.111 is not its
// end; a glob would match. Constant after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

class Wildcard {
 public:
  explicit Wildcard(std::string_view pattern);

  bool matches(std::string_view text) const;

 private:
  std::vector<std::string> pieces_;  // between the stars; empty ones left out
  bool anchored_start_ = true;       // no star before the first piece
  bool anchored_end_ = true;         // no star behind the last
};

}  // namespace tocsin
