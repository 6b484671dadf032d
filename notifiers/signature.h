// Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over "{id}.{timestamp}.{body}"; also GitHub's and Stripe's.
// Signing is what we send; checking is what a receiver does, here for tests and for receivers of our own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

struct SignedMessage {
  std::string_view id;         // webhook-id
  std::string_view timestamp;  // webhook-timestamp: seconds since 1970, of the attempt
  std::string_view body;       // exactly the bytes sent
};

// "v1,…". `key` is the secret's bytes (webhook_key).
std::string webhook_signature(std::string_view key, const SignedMessage& message);

// The values of the headers of others, for receivers that check those already. `key` is the secret as it is written.
// X-Hub-Signature-256: "sha256=" and the hex HMAC-SHA256 of the body.
std::string github_signature(std::string_view key, std::string_view body);
// One entry of Stripe-Signature, "v1=" and the hex HMAC-SHA256 of "{timestamp}.{body}".
std::string stripe_signature(std::string_view key, const SignedMessage& message);

// A secret that nobody else has: "whsec_" and the base64 of 32 random bytes.
std::string new_webhook_secret();

enum class SignatureCheck {
  kValid,
  kMissingHeader,
  kBadTimestamp,  // not a number
  kTooOld,
  kTooNew,
  kNoMatch,  // none of the listed signatures is ours
};
std::string_view to_text(SignatureCheck check);

struct SignatureTolerance {
  EventTime now;
  Period either_way = Period::seconds(300);
};

// `signatures` is the header webhook-signature: a list parted by blanks, of which one must match. Takes the same time
// wherever they differ.
SignatureCheck check_signature(std::string_view key, const SignedMessage& message, std::string_view signatures,
                               const SignatureTolerance& tolerance);

}  // namespace tocsin
