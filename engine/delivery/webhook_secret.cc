#include "engine/delivery/webhook_secret.h"

#include "engine/delivery/base64.h"

namespace tocsin {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kLeastBytes = 24;
constexpr std::size_t kMostBytes = 64;

std::optional<std::string> decode(std::string_view secret) {
  if (secret.starts_with(kPrefix)) secret.remove_prefix(kPrefix.size());
  return decode_base64(secret);
}

}  // namespace

std::string check_webhook_secret(std::string_view secret) {
  const std::optional<std::string> key = decode(secret);
  if (!key) return "a webhook secret is 'whsec_' and base64; this is not base64";
  if (key->size() < kLeastBytes || key->size() > kMostBytes) {
    return "a webhook secret holds 24 to 64 bytes; this one holds " + std::to_string(key->size());
  }
  return {};
}

std::optional<std::string> webhook_key(std::string_view secret) {
  std::optional<std::string> key = decode(secret);
  if (key && (key->size() < kLeastBytes || key->size() > kMostBytes)) key.reset();
  return key;
}

}  // namespace tocsin
