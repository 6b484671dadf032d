#include "notifiers/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <optional>

#include "engine/base/ensure.h"
#include "engine/delivery/base64.h"

namespace tocsin {
namespace {

std::optional<std::int64_t> whole_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kMost = 1'000'000'000'000;  // far beyond any clock, far below overflow in milliseconds
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 || seconds > kMost) return std::nullopt;
  return seconds;
}

std::string hmac_sha256(std::string_view key, std::string_view content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ENSURE(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
              reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest, &size) != nullptr);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

}  // namespace

std::string github_signature(std::string_view key, std::string_view body) {
  return "sha256=" + hex(hmac_sha256(key, body));
}

std::string stripe_signature(std::string_view key, const SignedMessage& message) {
  std::string content;
  content.append(message.timestamp).append(".").append(message.body);
  return "v1=" + hex(hmac_sha256(key, content));
}

std::string webhook_signature(std::string_view key, const SignedMessage& message) {
  std::string content;
  content.reserve(message.id.size() + message.timestamp.size() + message.body.size() + 2);
  content.append(message.id).append(".").append(message.timestamp).append(".").append(message.body);
  return "v1," + encode_base64(hmac_sha256(key, content));
}

std::string new_webhook_secret() {
  std::array<unsigned char, 32> bytes{};
  ENSURE(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return "whsec_" + encode_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string_view to_text(SignatureCheck check) {
  switch (check) {
    case SignatureCheck::kValid:
      return "valid";
    case SignatureCheck::kMissingHeader:
      return "missing_header";
    case SignatureCheck::kBadTimestamp:
      return "bad_timestamp";
    case SignatureCheck::kTooOld:
      return "too_old";
    case SignatureCheck::kTooNew:
      return "too_new";
    case SignatureCheck::kNoMatch:
      return "no_match";
  }
  return "";
}

SignatureCheck check_signature(std::string_view key, const SignedMessage& message, std::string_view signatures,
                               const SignatureTolerance& tolerance) {
  if (message.id.empty() || message.timestamp.empty() || signatures.empty()) return SignatureCheck::kMissingHeader;
  const std::optional<std::int64_t> seconds = whole_seconds(message.timestamp);
  if (!seconds) return SignatureCheck::kBadTimestamp;
  const EventTime now = floor_to(tolerance.now, Period::seconds(1));
  const EventTime sent{*seconds * 1000};
  if (now - sent > tolerance.either_way) return SignatureCheck::kTooOld;
  if (sent - now > tolerance.either_way) return SignatureCheck::kTooNew;
  const std::string expected = webhook_signature(key, message);
  bool found = false;
  while (!signatures.empty()) {
    const std::size_t blank = std::min(signatures.find(' '), signatures.size());
    const std::string_view one = signatures.substr(0, blank);
    signatures.remove_prefix(std::min(blank + 1, signatures.size()));
    if (one.size() == expected.size() && CRYPTO_memcmp(one.data(), expected.data(), one.size()) == 0) found = true;
  }
  return found ? SignatureCheck::kValid : SignatureCheck::kNoMatch;
}

}  // namespace tocsin
