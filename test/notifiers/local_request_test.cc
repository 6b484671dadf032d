#include "notifiers/local_request.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "notifiers/curl_transport.h"

namespace tocsin {
namespace {

HttpResponse append(const std::string& path, const std::string& body) {
  HttpRequest request;
  request.url = "file:" + path;
  request.body = body;
  EXPECT_TRUE(is_local_request(request));
  return perform_local_request(request);
}

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class LocalRequest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(LocalRequest, AppendsLines) {
  const std::filesystem::path file = folder_ / "alerts.ndjson";
  EXPECT_EQ(append(file, "{\"n\":1}").status, 200);
  EXPECT_EQ(append(file, "{\"n\":2}\n").status, 200);
  EXPECT_EQ(content(file), "{\"n\":1}\n{\"n\":2}\n");
}

TEST_F(LocalRequest, AFileThatIsRotatedIsMadeAnew) {
  const std::filesystem::path file = folder_ / "alerts.ndjson";
  append(file, "1");
  std::filesystem::rename(file, folder_ / "alerts.ndjson.1");
  append(file, "2");
  EXPECT_EQ(content(folder_ / "alerts.ndjson.1"), "1\n");
  EXPECT_EQ(content(file), "2\n");
}

TEST_F(LocalRequest, WhatCannotBeWrittenIsNoAnswer) {
  const HttpResponse missing = append(folder_ / "missing" / "file", "1");
  EXPECT_EQ(missing.status, 0);
  EXPECT_EQ(missing.error, (folder_ / "missing" / "file").string() + ": No such file or directory");
  EXPECT_EQ(append(folder_, "1").status, 0);
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(append(pipe, "1").status, 0) << "nobody reads it: not waited for";
  EXPECT_EQ(append("/dev/full", "1").error, "/dev/full: No space left on device");
}

TEST_F(LocalRequest, TheTransportAnswersFromPollOnly) {
  const std::unique_ptr<Transport> transport = make_curl_transport();
  HttpRequest request;
  request.url = "file:" + (folder_ / "file").string();
  request.body = "1";
  int status = -1;
  transport->send(request, [&](HttpResponse response) { status = response.status; });
  EXPECT_EQ(status, -1);
  transport->poll({});
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace tocsin
