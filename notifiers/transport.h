// Sends HTTP requests. The real one (curl_transport.h) drives libcurl's multi interface on the thread that calls
// poll().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

struct HttpRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Period timeout = Period::seconds(15);
};

struct HttpResponse {
  int status = 0;  // 0: no answer, `error` says why
  std::string error;
  std::string body;               // at most 64 KiB
  std::string retry_after, date;  // headers as received
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Never blocks; `done` is called once from a later poll().
  virtual void send(HttpRequest request, std::function<void(HttpResponse)> done) = 0;
  // Works for at most `wait`, less where something finishes; with nothing under way the real one just waits. Returns
  // the number of requests under way.
  virtual std::size_t poll(Period wait) = 0;
};

// libcurl: TLS verified, redirects never followed, http and https only, no proxy from the environment.
std::unique_ptr<Transport> make_curl_transport();

}  // namespace tocsin
