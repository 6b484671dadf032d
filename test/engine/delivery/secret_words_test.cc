#include "engine/delivery/secret_words.h"

#include <gtest/gtest.h>

#include "engine/delivery/base64.h"

namespace tocsin {
namespace {

TEST(SecretWords, OfAContactPoint) {
  ContactPoint contact;
  contact.type = "pagerduty";
  contact.url = "https://user:p%40ssword@hooks.example.com/services/T000/abcdefghijkl?token=0123456789ab&x=1";
  contact.proxy = "http://me:proxypass@proxy:3128";
  contact.secrets = {{.value = Secret("whsec_c2VjcmV0"), .until = {}}};
  contact.headers = {{"Authorization", Secret("Bearer tok-123")}, {"X-Team", Secret("shop")}};
  contact.settings = {{"routing_key", Secret("R0UTING")}, {"source", Secret("public")}};
  const SecretWords words(contact);
  const struct {
    std::string said, shown;
  } cases[] = {
      {"nothing of it", "nothing of it"},
      {"key whsec_c2VjcmV0!", "key ***!"},
      {"key c2VjcmV0!", "key ***!"},
      {"Bearer tok-123 and tok-123", "*** and ***"},
      {"the shop is public", "the shop is public"},
      {"R0UTING R0UTIN", "*** R0UTIN"},
      {"no /services/T000/abcdefghijkl?token=0123456789ab&x=1 here", "no *** here"},
      {"/services/T000/abcdefghijkl", "/services/T000/***"},
      {"token 0123456789ab", "token ***"},
      {"p@ssword p%40ssword", "*** ***"},
      {"Basic " + encode_base64("user:p@ssword"), "Basic ***"},
      {"proxypass@proxy", "***@proxy"},
  };
  for (const auto& one : cases) EXPECT_EQ(words.redacted(one.said), one.shown);
}

TEST(SecretWords, OfMail) {
  ContactPoint contact;
  contact.type = "email";
  contact.url = "smtp://mail.example.com:587";
  contact.settings = {{"user", Secret("tocsin")}, {"password", Secret("hunter22")}};
  const SecretWords words(contact);
  EXPECT_EQ(words.redacted("535 hunter22 " + encode_base64("hunter22")), "535 *** ***");
  EXPECT_EQ(words.redacted(encode_base64(std::string("\0tocsin\0hunter22", 16))), "***");
  EXPECT_EQ(words.redacted("mail.example.com:587"), "mail.example.com:587");
}

TEST(SecretWords, OneWithinAnotherLeavesNothing) {
  SecretWords words;
  words.add("secret");
  words.add("secret-longer");
  words.add("short");
  words.add("");
  EXPECT_EQ(words.redacted("secret-longer secret short"), "*** *** short");
  EXPECT_EQ(words.redacted("secretsecret"), "******");
}

}  // namespace
}  // namespace tocsin
