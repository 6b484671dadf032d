// One request by libcurl, from its options to its answer: what may be called, what is sent, what is read of the answer.
// Its address is known to libcurl while it is under way, so it never moves. Used by CurlTransport alone.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "engine/delivery/address_policy.h"
#include "notifiers/transport.h"

struct curl_slist;

namespace tocsin {

class CurlTransfer {
 public:
  CurlTransfer(HttpRequest request, std::function<void(HttpResponse)> done);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // False where the request can't be made; finished() then says why.
  bool prepare();
  void* easy() const { return easy_; }
  // libcurl is done with it; `code` is a CURLcode.
  void finish(int code);
  // It failed before libcurl had it.
  void fail(std::string error);
  // Hands over the answer.
  void tell();

 private:
  static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t on_read(char* data, std::size_t one, std::size_t size, void* self);
  static int on_socket(void* self, int purpose, void* address);
  static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);

  bool check();
  void set_common();
  void set_http();
  void set_mail();
  void set_tls();
  bool may_connect(const NetworkAddress& address);
  bool is_mail() const;
  void finish_mail(int code, long reply);
  std::string error_text(int code) const;

  HttpRequest request_;
  std::function<void(HttpResponse)> done_;
  HttpResponse response_;
  std::vector<AddressRange> allowed_;
  std::string refused_;   // why no connection was made
  std::string location_;  // header of the answer
  std::string pin_;
  std::size_t header_bytes_ = 0;
  bool headers_end_ = false;  // all headers of the answer are there
  std::size_t sent_ = 0;      // of a mail
  void* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  curl_slist* receivers_ = nullptr;
  std::array<char, 256> error_{};  // CURL_ERROR_SIZE
};

}  // namespace tocsin
