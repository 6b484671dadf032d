// A small HTTP server for what machines ask of a daemon: a table of paths, each answered by a function. GET and HEAD
// only; bounded in connections, request size and time. A thread of its own; the functions are called on it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace tocsin {

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpEndpoint {
 public:
  using Paths = std::map<std::string, std::function<HttpAnswer()>, std::less<>>;  // by path: "/metrics"
  // `address`: "127.0.0.1:9464", "[::1]:9464"; port 0 takes a free one. Throws std::runtime_error where it can't
  // listen.
  HttpEndpoint(const std::string& address, Paths paths);
  ~HttpEndpoint();

  std::uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
