// The real Transport: libcurl's multi interface, driven by the thread that calls poll(). Connections are kept for the
// next request. Not thread-safe but for wake(); one thread makes, uses and destroys it. Made by make_curl_transport
// (transport.h).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "notifiers/transport.h"

namespace tocsin {

class CurlTransfer;

class CurlTransport : public Transport {
 public:
  CurlTransport();
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void send(HttpRequest request, std::function<void(HttpResponse)> done) override;
  std::size_t poll(Period wait) override;
  void wake() override;

 private:
  void collect();
  bool hand_over();

  void* multi_ = nullptr;
  std::map<void*, std::unique_ptr<CurlTransfer>> under_way_;  // by easy handle
  std::vector<std::unique_ptr<CurlTransfer>> finished_;       // their callbacks are called last, outside of libcurl
  std::vector<std::pair<HttpRequest, std::function<void(HttpResponse)>>> local_;  // file: and stdout:
  std::atomic<bool> woken_{false};
};

}  // namespace tocsin
