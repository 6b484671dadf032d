// An address of mail as people write it, with or without a name. Here and not beside the mail, because rules files are
// checked without the notifiers. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct Mailbox {
  std::string name;     // may be empty
  std::string address;  // local@domain
};

// "oncall@example.com" or "On call <oncall@example.com>"; nullopt for what is neither, or holds a control character.
std::optional<Mailbox> parse_mailbox(std::string_view text);

}  // namespace tocsin
