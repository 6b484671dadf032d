#include "notifiers/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "engine/base/ensure.h"
#include "notifiers/curl_transfer.h"
#include "notifiers/local_request.h"

namespace tocsin {
namespace {

// Kept open for the next request. How many are under way at a time is up to the contact points' concurrency: a limit
// here would let one slow receiver hold up the others.
constexpr long kMostIdle = 64;

int milliseconds(Period period) {
  return static_cast<int>(std::clamp<std::int64_t>(period.ms, 0, std::numeric_limits<int>::max()));
}

}  // namespace

CurlTransport::CurlTransport() {
  static const CURLcode kInitialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  ENSURE(kInitialized == CURLE_OK);
  multi_ = curl_multi_init();
  ENSURE(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostIdle);
}

CurlTransport::~CurlTransport() {
  for (const auto& entry : under_way_) curl_multi_remove_handle(multi_, entry.first);
  under_way_.clear();
  curl_multi_cleanup(multi_);
}

void CurlTransport::send(HttpRequest request, std::function<void(HttpResponse)> done) {
  if (is_local_request(request)) {
    local_.emplace_back(std::move(request), std::move(done));
    return;
  }
  auto transfer = std::make_unique<CurlTransfer>(std::move(request), std::move(done));
  if (!transfer->prepare()) {
    finished_.push_back(std::move(transfer));
    return;
  }
  void* easy = transfer->easy();
  ENSURE(curl_multi_add_handle(multi_, easy) == CURLM_OK);
  under_way_.emplace(easy, std::move(transfer));
}

// Moves what libcurl has finished to finished_.
void CurlTransport::collect() {
  int running = 0;
  curl_multi_perform(multi_, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;  // `message` dies with the handle
    const auto found = under_way_.find(easy);
    found->second->finish(code);
    curl_multi_remove_handle(multi_, easy);
    finished_.push_back(std::move(found->second));
    under_way_.erase(found);
  }
}

bool CurlTransport::hand_over() {
  std::vector<std::unique_ptr<CurlTransfer>> finished;
  finished.swap(finished_);
  for (const auto& transfer : finished) transfer->tell();
  // The network first: a disk may take its time.
  decltype(local_) local;
  local.swap(local_);
  for (const auto& [request, done] : local) done(perform_local_request(request));
  return !finished.empty() || !local.empty();
}

std::size_t CurlTransport::poll(Period wait) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds(wait));
  while (true) {
    collect();
    if (hand_over() || woken_.exchange(false)) break;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    curl_multi_poll(multi_, nullptr, 0, milliseconds({left}), nullptr);
  }
  return under_way_.size();
}

void CurlTransport::wake() {
  woken_ = true;
  curl_multi_wakeup(multi_);
}

std::unique_ptr<Transport> make_curl_transport() {
  return std::make_unique<CurlTransport>();
}

}  // namespace tocsin
