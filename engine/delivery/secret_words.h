// What must not be shown of a contact point or of a request, wherever a receiver, a library or a message repeats it:
// secrets, the values of headers, passwords, and of an address all but its host. Immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery/contact_point.h"

namespace tocsin {

class SecretWords {
 public:
  SecretWords() = default;
  explicit SecretWords(const ContactPoint& contact);

  void add(std::string_view word);          // as a whole; nothing shorter than six letters
  void add_header(std::string_view value);  // and what follows a scheme: "Bearer …"
  void add_url(std::string_view url);       // its user and password, its path and parameters

  // Each of them is "***".
  std::string redacted(std::string text) const;

 private:
  std::vector<std::string> words_;  // the longest first
};

}  // namespace tocsin
