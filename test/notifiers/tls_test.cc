// TLS and mail against servers of another make (Python's).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "notifiers/curl_transport.h"
#include "notifiers/email_notifier.h"
#include "test/notifiers/certificate.h"
#include "test/notifiers/python_server.h"

namespace tocsin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kHttpsServer = R"(
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_): pass
server = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1])
server.serve_forever()
)";

// Answers each command with 250, but RCPT to nobody@ with 550 and to later@ with 451; prints what DATA held.
constexpr const char* kSmtpServer = R"(
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def say(self, text): self.wfile.write(text.encode() + b"\r\n")
    def handle(self):
        self.say("220 test ESMTP")
        for line in self.rfile:
            command = line.decode().strip()
            upper = command.upper()
            if upper.startswith("EHLO"): self.say("250 test")
            elif upper.startswith("RCPT") and "nobody@" in command: self.say("550 5.1.1 no such mailbox")
            elif upper.startswith("RCPT") and "later@" in command: self.say("451 4.7.1 try again later")
            elif upper.startswith("DATA"):
                self.say("354 go on")
                text = ""
                for line in self.rfile:
                    if line == b".\r\n": break
                    text += line.decode()
                print(repr(text))
                self.say("250 2.0.0 taken")
            elif upper.startswith("QUIT"):
                self.say("221 bye")
                return
            else: self.say("250 ok")
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    def handle_error(self, *_): pass
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1])
server.serve_forever()
)";

HttpResponse exchange(const HttpRequest& request) {
  const std::unique_ptr<Transport> transport = make_curl_transport();
  std::optional<HttpResponse> answer;
  transport->send(request, [&](HttpResponse response) { answer = std::move(response); });
  for (int i = 0; i < 1000 && !answer; ++i) transport->poll(Period::seconds(10));
  return answer.value();
}

class Tls : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  struct Case {
    std::string subject_name = "IP:127.0.0.1";
    long valid_from_s = -3600, valid_to_s = 3600;
    bool trusted = true;  // named as ca_file
    std::optional<std::string> pin;
  };
  HttpResponse post(const Case& wanted) {
    const std::string file = (folder_ / "certificate.pem").string();
    own_pin_ = write_certificate({.path = file,
                                  .subject_name = wanted.subject_name,
                                  .valid_from_s = wanted.valid_from_s,
                                  .valid_to_s = wanted.valid_to_s});
    PythonServer server(kHttpsServer, file);
    EXPECT_TRUE(server.runs());
    HttpRequest request;
    request.url = server.url("https");
    request.body = "{}";
    request.connection.any_address = true;
    if (wanted.trusted) request.connection.ca_file = file;
    if (wanted.pin) request.connection.pin_sha256 = wanted.pin->empty() ? own_pin_ : *wanted.pin;
    return exchange(request);
  }

  std::filesystem::path folder_;
  std::string own_pin_;
};

TEST_F(Tls, ATrustedCertificateIsTaken) {
  const HttpResponse response = post({});
  EXPECT_EQ(response.status, 204) << response.error;
}

TEST_F(Tls, WhatIsWrongIsToldAndNothingIsSent) {
  const auto error = [&](const Case& wanted) {
    const HttpResponse response = post(wanted);
    EXPECT_EQ(response.status, 0);
    EXPECT_THAT(response.error, StartsWith("TLS: "));
    return response.error;
  };
  EXPECT_THAT(error({.trusted = false}), HasSubstr("self"));
  EXPECT_THAT(error({.valid_from_s = -7200, .valid_to_s = -3600}), HasSubstr("expired"));
  EXPECT_THAT(error({.valid_from_s = 3600, .valid_to_s = 7200}), HasSubstr("not yet valid"));
  EXPECT_THAT(error({.subject_name = "DNS:hooks.example.com"}), HasSubstr("127.0.0.1"));
}

TEST_F(Tls, APinnedKeyMustBeTheServers) {
  EXPECT_EQ(post({.pin = ""}).status, 204);
  const HttpResponse other = post({.pin = encode_base64(std::string(32, 'x'))});
  EXPECT_EQ(other.status, 0);
  EXPECT_THAT(other.error, StartsWith("TLS: "));
}

TEST_F(Tls, PlainHttpWhereTlsIsExpectedIsATlsError) {
  PythonServer server(kSmtpServer, "");
  HttpRequest request;
  request.url = server.url("https");
  request.connection.any_address = true;
  EXPECT_THAT(exchange(request).error, StartsWith("TLS: "));
}

HttpRequest mail(const PythonServer& server, const std::string& to) {
  HttpRequest request;
  request.url = server.url("smtp");
  request.body = "Subject: x\r\n\r\n.dots\r\nare kept\r\n";
  request.mail_from = "tocsin@example.com";
  request.mail_to = {"oncall@example.com", to};
  request.connection.any_address = true;
  return request;
}

TEST(Mail, IsTakenOrRefusedAsTheServerSays) {
  PythonServer server(kSmtpServer, "");
  EXPECT_EQ(exchange(mail(server, "team@example.com")).status, 250);
  EXPECT_EQ(server.line(), R"('Subject: x\r\n\r\n..dots\r\nare kept\r\n')");
  const HttpResponse refused = exchange(mail(server, "nobody@example.com"));
  EXPECT_EQ(refused.status, 550);
  EXPECT_NE(refused.error, "");
  EXPECT_EQ(exchange(mail(server, "later@example.com")).status, 451);
}

TEST(Mail, APasswordGoesOverTlsOnly) {
  PythonServer server(kSmtpServer, "");
  HttpRequest request = mail(server, "team@example.com");
  request.user = "tocsin";
  request.password = "secret";
  const HttpResponse response = exchange(request);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, StartsWith("TLS: "));
}

TEST(Mail, AddressesAreJudgedAndNoHeaderIsSmuggledIn) {
  PythonServer server(kSmtpServer, "");
  HttpRequest request = mail(server, "team@example.com");
  request.connection.any_address = false;
  EXPECT_THAT(exchange(request).error, HasSubstr("a loopback address"));
  EXPECT_EQ(exchange(mail(server, "team@example.com>\r\nRCPT TO:<victim@example.com")).error,
            "the request holds a line break");
}

}  // namespace
}  // namespace tocsin
