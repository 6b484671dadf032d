#include "app/http_endpoint.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace tocsin {
namespace {

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(const std::string& bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }
  // All until the server closes.
  std::string receive() const {
    std::string all;
    char buffer[4096];
    ssize_t n = 0;
    while ((n = recv(socket_, buffer, sizeof buffer, 0)) > 0) all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }

 private:
  int socket_;
  bool connected_ = false;
};

HttpEndpoint::Paths paths() {
  return {{"/good", [] { return HttpAnswer{.status = 200, .content_type = "text/plain", .body = "yes\n"}; }},
          {"/bad", [] { return HttpAnswer{.status = 503, .content_type = "text/plain", .body = "no\n"}; }}};
}

std::string answer_to(const HttpEndpoint& endpoint, const std::string& request) {
  const Client client(endpoint.port());
  EXPECT_TRUE(client.connected());
  client.send(request);
  return client.receive();
}

TEST(HttpEndpoint, AnswersEachRequestByItsPath) {
  const HttpEndpoint endpoint("127.0.0.1:0", paths());
  struct Case {
    std::string request, begin, end;
  };
  const std::string close = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const Case cases[] = {
      {"GET /good" + close, "HTTP/1.1 200 OK", "\r\n\r\nyes\n"},
      {"GET /good?x=1" + close, "HTTP/1.1 200 OK", "\r\n\r\nyes\n"},
      {"GET /bad" + close, "HTTP/1.1 503 ", "\r\n\r\nno\n"},
      {"GET /goo" + close, "HTTP/1.1 404 ", "there is:\n/bad\n/good\n"},
      {"GET /../etc/passwd" + close, "HTTP/1.1 404 ", "/good\n"},
      {"HEAD /good" + close, "HTTP/1.1 200 OK", "Content-Length: 4\r\n\r\n"},
      {"POST /good HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 405 ", "only GET and HEAD\n"},
      {"GET /good HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "HTTP/1.1 431 ", ""},
      {"PUT /good HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "HTTP/1.1 413 ", ""},
  };
  for (const Case& one : cases) {
    const std::string answer = answer_to(endpoint, one.request);
    EXPECT_TRUE(answer.starts_with(one.begin)) << one.request.substr(0, 60) << answer;
    EXPECT_TRUE(answer.ends_with(one.end)) << one.request.substr(0, 60) << answer;
  }
}

TEST(HttpEndpoint, ManySilentConnectionsDontKeepItFromAnsweringThoseThatAsk) {
  const HttpEndpoint endpoint("127.0.0.1:0", paths());
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(std::make_unique<Client>(endpoint.port()));
  EXPECT_TRUE(answer_to(endpoint, "GET /good HTTP/1.0\r\n\r\n").ends_with("yes\n"));
  silent.front()->send("garbage that is no request\r\n\r\n");
  EXPECT_TRUE(answer_to(endpoint, "GET /good HTTP/1.0\r\n\r\n").ends_with("yes\n"));
}

TEST(HttpEndpoint, AnAddressThatCantBeListenedOnIsTold) {
  for (const char* address :
       {"", "nowhere", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:1x", "example.com:80", "192.0.2.1:0"}) {
    try {
      const HttpEndpoint endpoint(address, paths());
      ADD_FAILURE() << address;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(std::string("'") + address + "'"), std::string::npos) << error.what();
    }
  }
  const HttpEndpoint first("127.0.0.1:0", paths());
  EXPECT_THROW(HttpEndpoint("127.0.0.1:" + std::to_string(first.port()), paths()), std::runtime_error);
}

}  // namespace
}  // namespace tocsin
