// Sends HTTP requests, and mail, and lines to local files. The real one (curl_transport.h) drives libcurl's multi
// interface on the thread that calls poll().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

// How a connection may be made; the same for all requests of a contact point.
struct ConnectionPolicy {
  Period connect_timeout = Period::seconds(5);
  std::vector<std::string> allow_cidrs;  // ranges that are not public but may be reached
  bool any_address = false;              // no address is refused: what the user typed on the command line
  std::string proxy;                     // empty: none, whatever the environment says; addresses are then its business
  std::string ca_file, client_cert, client_key, pin_sha256;
};

struct HttpRequest {
  std::string method = "POST";
  std::string url;  // http, https; smtp and smtps for mail; file:PATH and stdout: for a line on this machine
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Period timeout = Period::seconds(15);
  ConnectionPolicy connection;
  // Mail only (url smtp://, smtps://): `body` is the whole message.
  std::string mail_from;
  std::vector<std::string> mail_to;
  std::string user, password;
};

struct HttpResponse {
  int status = 0;                 // of mail the server's reply, 250 where it was taken; 0: no answer
  std::string error;              // why there is no answer, or what is to be known about it: where a redirect leads
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
  // Ends a poll() that waits. Any thread.
  virtual void wake() = 0;
};

// libcurl: TLS verified, redirects never followed, http and https only, no proxy from the environment.
std::unique_ptr<Transport> make_curl_transport();

}  // namespace tocsin
