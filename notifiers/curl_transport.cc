#include "notifiers/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostBody = 65'536;
constexpr long kConnectTimeoutMs = 5000;
constexpr const char* kUserAgent = "tocsin/" TOCSIN_VERSION;

bool has_line_break(std::string_view text) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return text.find_first_of(kBreaks) != std::string_view::npos;
}

int milliseconds(Period period) {
  return static_cast<int>(std::clamp<std::int64_t>(period.ms, 0, std::numeric_limits<int>::max()));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

}  // namespace

// One request. Its address is known to libcurl from start to end, so it never moves.
struct CurlTransport::Transfer {
  HttpRequest request;
  std::function<void(HttpResponse)> done;
  HttpResponse response;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  Transfer(HttpRequest new_request, std::function<void(HttpResponse)> new_done)
      : request(std::move(new_request)), done(std::move(new_done)) {}
  ~Transfer() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    std::string& body = transfer->response.body;
    const std::size_t taken = std::min(size, kMostBody - body.size());
    body.append(data, taken);
    // Taking less than offered ends the transfer, so an answer that never ends is cut here.
    return taken;
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    const std::string_view line(data, size);
    if (line.starts_with("HTTP/")) {  // a new answer begins, after a 1xx
      transfer->response.retry_after.clear();
      transfer->response.date.clear();
      return size;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size;
    const std::string name = to_lower(line.substr(0, colon));
    if (name == "retry-after") transfer->response.retry_after = trimmed(line.substr(colon + 1));
    if (name == "date") transfer->response.date = trimmed(line.substr(colon + 1));
    return size;
  }

  // False where the request can't be made; `response.error` then says why.
  bool prepare();
  void set_method();
  void finish(CURLcode code);
};

bool CurlTransport::Transfer::prepare() {
  // libcurl takes URLs and headers as C strings: a line break in one would smuggle in a header.
  bool broken = has_line_break(request.url) || has_line_break(request.method);
  for (const auto& [name, value] : request.headers) {
    broken = broken || name.empty() || has_line_break(name) || has_line_break(value);
  }
  easy = broken ? nullptr : curl_easy_init();
  if (easy == nullptr) {
    response.error = broken ? "the request holds a line break" : "out of memory";
    return false;
  }
  // An "Expect: 100-continue" would cost a round trip, and some receivers never answer it.
  headers = curl_slist_append(headers, "Expect:");
  for (const auto& [name, value] : request.headers) {
    std::string line = name;
    line += value.empty() ? ";" : ": ";  // libcurl's way to write an empty header
    line += value;
    headers = curl_slist_append(headers, line.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  set_method();
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  // 0 would mean "no limit".
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(milliseconds(request.timeout), 1)));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error.data());
  return true;
}

void CurlTransport::Transfer::set_method() {
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void CurlTransport::Transfer::finish(CURLcode code) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  // A final status counts even where the body broke off: the receiver has taken the message, or refused it.
  if (status >= 200) {
    response.status = static_cast<int>(status);
    return;
  }
  response.error = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
  if (response.error.empty() || code == CURLE_OK) response.error = "no HTTP answer";
}

CurlTransport::CurlTransport() {
  static const CURLcode kInitialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  ENSURE(kInitialized == CURLE_OK);
  multi_ = curl_multi_init();
  ENSURE(multi_ != nullptr);
}

CurlTransport::~CurlTransport() {
  for (const auto& entry : under_way_) curl_multi_remove_handle(multi_, entry.first);
  under_way_.clear();
  curl_multi_cleanup(multi_);
}

void CurlTransport::send(HttpRequest request, std::function<void(HttpResponse)> done) {
  auto transfer = std::make_unique<Transfer>(std::move(request), std::move(done));
  if (!transfer->prepare()) {
    finished_.push_back(std::move(transfer));
    return;
  }
  CURL* easy = transfer->easy;
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
  std::vector<std::unique_ptr<Transfer>> finished;
  finished.swap(finished_);
  for (const auto& transfer : finished) transfer->done(std::move(transfer->response));
  return !finished.empty();
}

std::size_t CurlTransport::poll(Period wait) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds(wait));
  while (true) {
    collect();
    if (hand_over()) break;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    curl_multi_poll(multi_, nullptr, 0, milliseconds({left}), nullptr);
  }
  return under_way_.size();
}

void CurlTransport::wake() {
  curl_multi_wakeup(multi_);
}

std::unique_ptr<Transport> make_curl_transport() {
  return std::make_unique<CurlTransport>();
}

}  // namespace tocsin
