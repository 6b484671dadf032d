#include "engine/delivery/webhook_secret.h"

#include <gtest/gtest.h>

#include "engine/delivery/base64.h"

namespace tocsin {
namespace {

std::string secret_of(std::size_t bytes) {
  return "whsec_" + encode_base64(std::string(bytes, 'k'));
}

TEST(WebhookSecret, HoldsTwentyFourToSixtyFourBytes) {
  for (const std::size_t bytes : {24U, 32U, 64U}) {
    EXPECT_EQ(check_webhook_secret(secret_of(bytes)), "");
    EXPECT_EQ(webhook_key(secret_of(bytes)), std::string(bytes, 'k'));
    EXPECT_EQ(webhook_key(secret_of(bytes).substr(6)), std::string(bytes, 'k')) << "the prefix may be left out";
  }
  for (const std::size_t bytes : {0U, 5U, 23U, 65U}) {
    EXPECT_EQ(check_webhook_secret(secret_of(bytes)),
              "a webhook secret holds 24 to 64 bytes; this one holds " + std::to_string(bytes));
    EXPECT_EQ(webhook_key(secret_of(bytes)), std::nullopt);
  }
}

TEST(WebhookSecret, TheComplaintDoesNotQuoteTheSecret) {
  const std::string complaint = check_webhook_secret("whsec_my*password");
  EXPECT_NE(complaint, "");
  EXPECT_EQ(complaint.find("password"), std::string::npos);
}

}  // namespace
}  // namespace tocsin
