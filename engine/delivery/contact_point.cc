#include "engine/delivery/contact_point.h"

#include <algorithm>
#include <array>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::array kStyles = {SignatureStyle::kStandard, SignatureStyle::kGithub, SignatureStyle::kStripe};

}  // namespace

std::string_view to_text(SignatureStyle style) {
  switch (style) {
    case SignatureStyle::kStandard:
      return "standard";
    case SignatureStyle::kGithub:
      return "github";
    case SignatureStyle::kStripe:
      return "stripe";
  }
  return "";
}

std::optional<SignatureStyle> parse_signature_style(std::string_view text) {
  for (const SignatureStyle style : kStyles) {
    if (to_text(style) == text) return style;
  }
  return std::nullopt;
}

const std::string& ContactPoint::setting(const std::string& setting_name) const {
  static const std::string kNone;
  const auto found = settings.find(setting_name);
  return found == settings.end() ? kNone : found->second.reveal();
}

std::string redacted_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return url.starts_with("file:") || url.starts_with("stdout:") ? printable(url) : url.empty() ? "" : "***";
  }
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  std::string_view host = url.substr(begin, end - begin);
  // A password may hold an '@' where its writer forgot to encode it: the last one ends it.
  host.remove_prefix(host.rfind('@') + 1);
  // "https://user:pass/word@host": what stands before the path is then no host, but part of a password.
  if (url.find('@', end) != std::string_view::npos) host = "***";
  const bool more = end < url.size() && url.substr(end) != "/";
  return printable(url.substr(0, begin)) + printable(host) + (more ? "/…" : "");
}

}  // namespace tocsin
