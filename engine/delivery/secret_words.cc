#include "engine/delivery/secret_words.h"

#include <algorithm>

#include "engine/delivery/base64.h"
#include "engine/delivery/contact_point_types.h"

namespace tocsin {
namespace {

// Shorter ones would blot out what has nothing to do with them.
constexpr std::size_t kShortest = 6;
// A piece of a path of this length is rather a token than a word.
constexpr std::size_t kShortestPiece = 12;

std::string decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

SecretWords::SecretWords(const ContactPoint& contact) {
  for (const SigningSecret& secret : contact.secrets) {
    std::string_view value = secret.value.reveal();
    add(value);
    if (value.starts_with("whsec_")) add(value.substr(6));
  }
  for (const auto& [name, value] : contact.headers) add_header(value.reveal());
  if (const ContactPointType* type = find_contact_point_type(contact.type)) {
    for (const ContactSetting& setting : type->settings) {
      if (setting.secret) add(contact.setting(std::string(setting.name)));
    }
  }
  // As a mail server is sent it.
  const std::string& password = contact.setting("password");
  if (!password.empty()) {
    const std::string& user = contact.setting("user");
    add(encode_base64(password));
    add(encode_base64(std::string(1, '\0') + user + std::string(1, '\0') + password));
  }
  if (contact.url.find("://") != std::string::npos) add_url(contact.url);
  add_url(contact.proxy);
}

void SecretWords::add(std::string_view word) {
  if (word.size() < kShortest || std::ranges::find(words_, word) != words_.end()) return;
  const auto place = std::ranges::find_if(words_, [&](const std::string& one) { return one.size() < word.size(); });
  words_.emplace(place, word);
}

void SecretWords::add_header(std::string_view value) {
  add(value);
  const std::size_t space = value.rfind(' ');
  if (space != std::string_view::npos) add(value.substr(space + 1));
}

void SecretWords::add_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos && at >= begin && (at < end || url.find(':', begin) < end)) {
    // A password may hold a slash where its writer forgot to encode it.
    const std::string_view user = url.substr(begin, at - begin);
    const std::string_view password = user.substr(std::min(user.find(':') + 1, user.size()));
    add(user);
    add(password);
    add(decoded(password));
    add(encode_base64(decoded(user)));
    end = std::min(url.find_first_of("/?#", at), url.size());
  }
  std::string_view rest = url.substr(end);
  add(rest);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t next = std::min(rest.find_first_of("/?#&=;,"), rest.size());
    if (next >= kShortestPiece) {
      add(rest.substr(0, next));
      add(decoded(rest.substr(0, next)));
    }
    rest.remove_prefix(next);
  }
}

std::string SecretWords::redacted(std::string text) const {
  for (const std::string& word : words_) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 3)) {
      text.replace(at, word.size(), "***");
    }
  }
  return text;
}

}  // namespace tocsin
