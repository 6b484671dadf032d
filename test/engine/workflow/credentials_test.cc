// What of an execution's history is shown.
#include <gtest/gtest.h>

#include "engine/workflow/history.h"

namespace tocsin {
namespace {

std::string host(std::string_view) {
  return "host";
}

TEST(Credentials, NamesOfHeaders) {
  for (const char* name : {"Authorization", "proxy-authorization", "COOKIE", "X-Api-Key", "x-auth-token", "ApiKey",
                           "X-Client-Secret", "X-Password"}) {
    EXPECT_TRUE(is_credential(name)) << name;
  }
  for (const char* name : {"Accept", "Content-Type", "X-Request-Id", "Idempotency-Key", ""}) {
    EXPECT_FALSE(is_credential(name)) << name;
  }
}

TEST(Credentials, AreLeftOutOfDetails) {
  const struct {
    std::string details, shown;
  } cases[] = {
      {"", ""},
      {R"({"output":{"token":"kept"}})", R"({"output":{"token":"kept"}})"},
      {R"({"parameters":{"url":"http://host/x?key=s","headers":{"Authorization":"s","Accept":"a","x-token":["s"]}}})",
       R"({"parameters":{"url":"host","headers":{"Authorization":"***","Accept":"a","x-token":"***"}}})"},
      {R"({"input":{"url":"kept","Headers":{"cookie":"s"},"list":[{"headers":{"password":1}}]}})",
       R"({"input":{"url":"kept","Headers":{"cookie":"***"},"list":[{"headers":{"password":"***"}}]}})"},
      {R"({"parameters":"headers"})", R"({"parameters":"headers"})"},
  };
  for (const auto& one : cases) EXPECT_EQ(without_credentials(one.details, host), one.shown);
}

}  // namespace
}  // namespace tocsin
