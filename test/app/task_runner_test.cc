#include "app/task_runner.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

// Keeps what it is sent, and repeats the credentials in its answer.
class Echo : public Transport {
 public:
  explicit Echo(std::vector<HttpRequest>& sent, int status) : sent_(sent), status_(status) {}
  void send(HttpRequest request, std::function<void(HttpResponse)> done) override {
    HttpResponse response;
    response.status = status_;
    response.body = request.url;
    for (const auto& [name, value] : request.headers) response.body += " " + name + "=" + value;
    sent_.push_back(std::move(request));
    done(std::move(response));
  }
  std::size_t poll(Period) override { return 0; }
  void wake() override {}

 private:
  std::vector<HttpRequest>& sent_;
  int status_;
};

std::string key_of(const HttpRequest& request) {
  std::string keys;
  for (const auto& [name, value] : request.headers) {
    if (name == "Idempotency-Key" || name == "idempotency-key") keys += value;
  }
  return keys;
}

TaskRequest call(const std::string& headers) {
  return {.token = {3},
          .state = "Call",
          .resource = "tocsin:http",
          .parameters = R"({"url": "https://example.com/hook/0123456789abcdef", "headers": )" + headers + "}",
          .id = "task_of_its_entry"};
}

TEST(TaskRunner, ARequestCarriesTheIdOfItsStatesEntry) {
  std::vector<HttpRequest> sent;
  TaskRunner runner(std::make_unique<Echo>(sent, 200));
  runner.run(call("{}"));
  runner.run(call("{}"));
  runner.run(call(R"({"idempotency-key": "mine"})"));
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(key_of(sent[0]), "task_of_its_entry");
  EXPECT_EQ(key_of(sent[1]), "task_of_its_entry");
  EXPECT_EQ(key_of(sent[2]), "mine");
}

TEST(TaskRunner, WhatAServiceRepeatsOfCredentialsIsLeftOut) {
  std::vector<HttpRequest> sent;
  const TaskRequest request = call(R"({"Authorization": "Bearer s3cr3t-value", "X-Team": "payments"})");
  const std::optional<TaskOutcome> good = TaskRunner(std::make_unique<Echo>(sent, 200)).run(request);
  ASSERT_TRUE(good && good->succeeded);
  EXPECT_EQ(good->output.find("s3cr3t"), std::string::npos) << good->output;
  EXPECT_NE(good->output.find("X-Team=payments"), std::string::npos) << good->output;
  const std::optional<TaskOutcome> bad = TaskRunner(std::make_unique<Echo>(sent, 500)).run(request);
  ASSERT_TRUE(bad && !bad->succeeded);
  EXPECT_EQ(bad->cause.find("s3cr3t"), std::string::npos) << bad->cause;
  EXPECT_EQ(bad->cause.find("0123456789abcdef"), std::string::npos) << "an address may be a secret: " << bad->cause;
  EXPECT_NE(sent[1].headers[0].second.find("s3cr3t-value"), std::string::npos) << "it is sent all the same";
}

}  // namespace
}  // namespace tocsin
